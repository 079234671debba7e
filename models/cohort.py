"""A session that reads for a whole batch what is asked for one of its rows.

Step kinds are written for one instance and read a row here and some rows there. In a batch of a hundred
that would be a hundred statements for each. So rows that are read together form *cohorts*: their own ids, and
for each column the ids that they refer to. Asked for one id of a cohort, the session reads the rows of them
all in one statement and keeps them for as long as the transaction lasts. For a single instance the cohorts
have one member each, and it reads what any session would read.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from functools import cache
from typing import Any, TypeVar

from sqlalchemy import bindparam, event, insert
from sqlalchemy.orm.state import InstanceState
from sqlmodel import Session, col, select

from models.among import among, many
from models.base import Record, Trace
from models.revisions import write_changes
from models.telling import pass_on

R = TypeVar("R", bound=Record)
MOST_AT_ONCE = 500
"""Ids that one statement asks for at most."""


class CohortSession(Session):
    """A session with `related`, whose `get` reads for the whole cohort of an id."""

    def __init__(self, *arguments: Any, **settings: Any) -> None:
        super().__init__(*arguments, **settings)
        self._cohorts: dict[str, Collection[str]] = {}
        self._held: dict[tuple[type[Record], str], Record] = {}
        self._groups: dict[type[Record], dict[str, dict[str, list[Any]]]] = {}
        self._new_rows: dict[type[Record], list[Any]] = {}
        self._new_ids: set[str] = set()
        self._traces: dict[type[Record], list[Record]] = {}

    def cohort(self, ids: Iterable[str]) -> None:
        """Say that these ids will be asked for together. An id stays in the largest cohort that names it."""
        members = set(ids)
        for each in members:
            if len(self._cohorts.get(each, ())) < len(members):
                self._cohorts[each] = members

    def gather(self, rows: Collection[Record]) -> None:
        """Make cohorts of rows of one table that belong together: their ids, and those that they refer to."""
        if len(rows) < 2:
            return
        values = [row.__dict__ for row in rows]  # past the instrumented attributes: this is asked very often
        self.cohort(row["id"] for row in values)
        for name in _references(type(next(iter(rows)))):
            self.cohort(value for row in values if isinstance(value := row.get(name), str))

    def related(self, table: type[R], column: str, value: Any) -> list[R]:
        """The rows whose column has this value; see `related` below.

        They are read once per transaction. A row whose column is changed afterwards leaves its old list, but
        does not come into the new one.
        """
        if table in self._traces:
            self.flush()
        groups = self._groups.setdefault(table, {}).setdefault(column, {})
        if value not in groups:
            self._read(table, column, value, groups)
        found = [row for row in groups[value] if self._is_here(row) and row.__dict__.get(column) == value]
        return sorted(found, key=_by_id) if len(found) > 1 else found

    def added(self, table: type[Record]) -> int:
        """How many rows of a table this transaction has added so far."""
        return len(self._new_rows.get(table, ()))

    def changes(self, *tables: type[Record]) -> bool:
        """Whether rows of these tables that were stored are changed here, and this is not written yet."""
        return any(isinstance(row, tables) for row in (*self.dirty, *self.deleted))

    def alone_with(self, table: type[Record], ident: str) -> bool:
        """Whether nothing else is asked for together with this id, and no row of the table is here: then the
        rows that refer to it may be changed by a statement, past the session.
        """
        here = any(isinstance(row, table) for row in self.identity_map.values())
        return len(self.together(ident)) == 1 and not here and table not in self._new_rows

    def together(self, ident: str) -> Collection[str]:
        """The ids that are asked for together with this one, itself included."""
        return self._cohorts.get(ident, (ident,))

    def get(self, entity: Any, ident: Any, **options: Any) -> Any:
        """The row with this id, or None. Without options it is read with the rows of its cohort."""
        if options or not isinstance(ident, str):
            return super().get(entity, ident, **options)
        held = self._held.get((entity, ident))
        if held is not None and self._is_here(held):
            return held
        if entity in self._traces:
            self.flush()
        if held is not None or ident in self._new_ids:  # a savepoint took it back, or it is not here yet
            return super().get(entity, ident)
        wanted = [each for each in self.together(ident) if (entity, each) not in self._held]
        self._where(entity, "id", wanted)
        return self._held.get((entity, ident))

    def add(self, instance: Any, **options: Any) -> None:
        """As in any session; a new row is found by `related` and `get` from now on. A new trace is kept until
        the next flush, which writes it.
        """
        state = _state(instance)
        if state.session_id == self.hash_key and not state.deleted:
            return  # it is here already
        new = state.key is None and state.session_id is None
        if new and isinstance(instance, Trace):
            self.add_last(instance)
            return
        if options:
            super().add(instance, **options)
        else:  # nothing is reached from a record: looking for it cost more than adding
            self._save_or_update_impl(state)
        if new and isinstance(instance, Record):
            self._remember(instance)

    def add_last(self, row: Record) -> None:
        """Write a new row as a trace is written, in bulk past the unit of work: for rows that nothing in the
        transaction changes. Asking for rows of the table writes them at once.
        """
        self._traces.setdefault(type(row), []).append(row)

    def flush(self, objects: Any = None) -> None:
        """Write what is pending, traces last."""
        write_changes(self)
        super().flush(objects)
        self._write_traces()

    def forget(self, table: type[Record]) -> None:
        """Have `related` read rows of this table anew: a statement past the session has added some."""
        self._groups.pop(table, None)

    def _write_traces(self) -> None:
        while self._traces:
            table, traces = self._traces.popitem()
            names = tuple(table.model_fields)
            rows = [{name: trace.__dict__.get(name) for name in names} for trace in traces]
            self.connection().execute(_into(table), rows)
            pass_on(self, traces, ())
            if not issubclass(table, Trace):  # what had been read, or was known to be empty, lacks these
                self.forget(table)
                self._new_ids.difference_update(row[name] for row in rows for name in _references(table))

    def _remember(self, row: Record) -> None:
        table = type(row)
        self._new_ids.add(row.id)
        self._held[table, row.id] = row
        self._new_rows.setdefault(table, []).append(row)
        for column, groups in self._groups.get(table, {}).items():
            group = groups.get(getattr(row, column))
            if group is not None:
                group.append(row)

    def _read(self, table: type[R], column: str, value: str, groups: dict[str, list[R]]) -> None:
        wanted = [each for each in self._cohorts.get(value, (value,)) if each not in groups]
        groups.update((each, []) for each in wanted)
        stored = [each for each in wanted if each not in self._new_ids]
        found = self._where(table, column, stored)
        for row in {row.id: row for row in (*found, *self._new_rows.get(table, ()))}.values():
            group = groups.get(getattr(row, column))
            if group is not None:
                group.append(row)

    def _where(self, table: type[R], column: str, values: Sequence[Any]) -> list[R]:
        """The stored rows whose column has one of these values; they are held, and make cohorts."""
        found: list[R] = []
        with self.no_autoflush:
            for start in range(0, len(values), MOST_AT_ONCE):
                some = values[start : start + MOST_AT_ONCE]
                if len(some) == 1:
                    found += self.execute(_equal_to(table, column), {"value": some[0]}).scalars()
                else:
                    found += self.execute(_one_of(table, column), {"values": some}).scalars()
        self._held.update(((table, row.id), row) for row in found)  # a session refers to its rows weakly
        self.gather(found)
        return found

    def _is_here(self, row: Record) -> bool:
        """Not expunged by a rolled-back savepoint, and not deleted."""
        state = _state(row)
        return state.session_id == self.hash_key and not state.deleted and not state.expired


@event.listens_for(CohortSession, "before_commit")
def _flush_traces(session: CohortSession) -> None:
    session.flush()  # a session flushes at its commit only if it has other rows to write


@event.listens_for(CohortSession, "after_flush")
def _notice(session: CohortSession, _context: object) -> None:
    pass_on(session, session.new, session.dirty)


@event.listens_for(CohortSession, "after_soft_rollback")
def _forget_traces(session: CohortSession, _transaction: object) -> None:
    session._traces.clear()


def related(session: Session, table: type[R], **key: Any) -> list[R]:
    """The rows of a table whose column has this value (`related(session, Consent, case_id=case.id)`), those
    that the transaction has added included, in the order of their ids. A `CohortSession` reads them once for
    the whole batch.
    """
    ((column, value),) = key.items()
    if isinstance(session, CohortSession):
        return session.related(table, column, value)
    wanted = select(table).where(getattr(table, column) == value)
    return list(session.exec(wanted.order_by(col(table.id))))


def add_last(session: Session, *rows: Record) -> None:
    """Add new rows that nothing in the rest of the transaction changes; a `CohortSession` writes them in
    bulk, past the unit of work.
    """
    for row in rows:
        if isinstance(session, CohortSession):
            session.add_last(row)
        else:
            session.add(row)


def _state(row: Any) -> InstanceState[Any]:
    state: InstanceState[Any] = row.__dict__["_sa_instance_state"]
    return state


@cache
def _one_of(table: type[Record], column: str) -> Any:
    """The statement for rows whose column has one of `values`; made once, since making it took longer than
    sending it.
    """
    return select(table).where(among(getattr(table, column), many("values")))


@cache
def _equal_to(table: type[Record], column: str) -> Any:
    """`_one_of` for one value, which may be of any type; ids alone are asked for together."""
    return select(table).where(col(getattr(table, column)) == bindparam("value"))


@cache
def _into(table: type[Record]) -> Any:
    return insert(table)


def _by_id(row: Record) -> str:
    return str(row.__dict__["id"])


@cache
def _references(table: type[Record]) -> tuple[str, ...]:
    """The columns that hold the id of another record, and those by which the table says it is asked for."""
    own = getattr(table, "__asked_by__", ())
    return tuple(name for name in table.model_fields if name.endswith("_id") or name in own)
