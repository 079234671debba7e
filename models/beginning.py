"""How processes begin by themselves, and noticing that a record has changed which one of them begins on.
What is listened to is known here for hooks too (`models.telling`): it is read by one statement.

What is noticed is kept as a timer that is due at once, in the transaction of the change: the process begins
when that timer fires, once, whatever becomes of the process that made the change.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from functools import cache
from typing import Any, Final

from sqlalchemy import Index, Text, UniqueConstraint, inspect, literal_column, union_all
from sqlalchemy import select as sql_select
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Field, Session, col

from models.base import Json, Record, UtcDateTime, new_id, one_of
from models.engine import BeginsOn, Timer, TimerPurpose
from models.hook import Hook

LISTENING: Final = "casewright.listening"
"""Where a session of a store keeps what is listened to."""

LINKS: Final = "casewright.links"
"""Where a pass says how many beginnings have led to its instances, by their cases and clients; "" for all."""

_MADE: Final = "casewright.made"
_MARK: Final = "casewright.mark"
_BEFORE: Final = "casewright.before"
_WRITTEN: Final = "casewright.written"
STALE: Final = 1.0
"""Seconds after which a process looks again what is listened to: another one may have published."""


class Beginning(Record, table=True):
    """One way in which the newest version of a process begins by itself. `key` is its phrase.

    `name` is the signal or the record; `columns` those of which one must change, NULL for any. `only` has
    contents of columns: a row with another one begins nothing, NULL where the row alone never says so.
    `stopped_at` says since when the process begins no more by itself.
    """

    __tablename__ = "beginnings"
    __table_args__ = (
        UniqueConstraint("process", "key"),
        Index("ix_beginnings_begins_on_name", "begins_on", "name"),
    )

    process: str
    key: str
    begins_on: BeginsOn = Field(sa_type=one_of(BeginsOn))
    name: str | None = None
    event: str | None = None
    columns: list[str] | None = Field(default=None, sa_type=Json)
    only: dict[str, list[str]] | None = Field(default=None, sa_type=Json)
    number: int
    since: datetime = Field(sa_type=UtcDateTime)
    stopped_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    stopped_by: str | None = None
    stopped_because: str | None = Field(default=None, sa_type=Text)


@dataclass(frozen=True, slots=True)
class Listener:
    """A beginning on a record, as far as noticing needs it."""

    process: str
    key: str
    event: str
    columns: frozenset[str] | None
    only: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def may_hold(self, row: Any) -> bool:
        """Whether the condition may hold for this row, as far as the row alone says. What is empty is not
        known.
        """
        contents = ((_plain(getattr(row, name)), wanted) for name, wanted in self.only.items())
        return all(content is None or content in wanted for content, wanted in contents)


class Listening:
    """Which records processes begin on, and what hooks hear of, as one store knows it. Read again when it is
    older than `STALE`.

    `clock` says when something was noticed: the engine's, which in a simulation is a virtual one.
    """

    def __init__(self) -> None:
        self.clock: Callable[[], datetime] = _now
        self._records: Mapping[str, Sequence[Listener]] = {}
        self._events: Mapping[str, Sequence[str]] = {}
        self._read_at: float | None = None

    def forget(self) -> None:
        """Read it again when it is needed: this process has published, or changed a hook."""
        self._read_at = None

    def by_record(self, session: Session) -> Mapping[str, Sequence[Listener]]:
        """The listeners by the name of the record."""
        self._refresh(session)
        return self._records

    def by_event(self, session: Session) -> Mapping[str, Sequence[str]]:
        """The ids of the hooks by the event that they hear of."""
        self._refresh(session)
        return self._events

    def _refresh(self, session: Session) -> None:
        now = time.monotonic()
        if self._read_at is None or now - self._read_at > STALE:
            (self._records, self._events), self._read_at = _listened(session), now


def _now() -> datetime:
    return datetime.now(UTC)


def _listened(session: Session) -> tuple[Mapping[str, Sequence[Listener]], Mapping[str, Sequence[str]]]:
    records: dict[str, list[Listener]] = {}
    events: dict[str, list[str]] = {}
    rows: Iterable[Any] = session.connection().execute(_LISTENED)
    for name, process, key, event, columns, only in rows:
        if name == _HOOK:
            for each in columns:
                events.setdefault(each, []).append(key)
            continue
        changing = None if columns is None else frozenset(columns)
        contents = {each: frozenset(wanted) for each, wanted in (only or {}).items()}
        listener = Listener(process, key, str(event), changing, contents)
        records.setdefault(str(name), []).append(listener)
    return records, events


_HOOK: Final = ""
"""What stands in place of a record's name in the row of a hook."""

_LISTENED: Final[Any] = union_all(
    sql_select(
        col(Beginning.name).label("name"),
        col(Beginning.process).label("process"),
        col(Beginning.key).label("key"),
        col(Beginning.event),
        col(Beginning.columns),
        col(Beginning.only),
    ).where(col(Beginning.begins_on) == BeginsOn.RECORD, col(Beginning.stopped_at).is_(None)),
    sql_select(
        literal_column("''"),
        literal_column("''"),
        col(Hook.id),
        literal_column("NULL"),
        col(Hook.events),
        literal_column("NULL"),
    ).where(col(Hook.removed_at).is_(None), col(Hook.stopped_at).is_(None)),
).order_by("process", "key")


def notice(session: Session, made: Iterable[Any], changed: Iterable[Any]) -> None:
    """Write down for which beginnings these rows count that a flush writes. Called while it does."""
    listening = session.info.get(LISTENING)
    if listening is None:
        return
    made = [row for row in made if type(row).__name__ in NOTICED]
    changed = [row for row in changed if type(row).__name__ in NOTICED]
    if not made and not changed:
        return
    listeners = listening.by_record(session)
    if not listeners:
        return
    new = session.info.setdefault(_MADE, set())
    new.update(row.id for row in made)
    timers = [
        timer
        for row, first in (*((row, True) for row in made), *((row, False) for row in changed))
        for each in listeners.get(type(row).__name__, ())
        if _counts(each, row, made=row.id in new, first=first)
        if (timer := _timer(session, row, each, made=row.id in new)) is not None
    ]
    if timers:
        session.connection().execute(_or_put_right(session.get_bind().dialect.name), timers)


def _counts(listener: Listener, row: Any, *, made: bool, first: bool) -> bool:
    """Whether it is what the beginning waits for. One with a condition also wants to hear of a new record for
    which it may hold already.
    """
    if listener.event == "created":
        return first
    if first:
        return listener.columns is not None
    if made and listener.columns is None:
        return False
    attributes = inspect(row).attrs
    names = listener.columns if listener.columns is not None else type(row).model_fields.keys()
    return any(attributes[name].history.has_changes() for name in names)


def _timer(session: Session, row: Any, listener: Listener, *, made: bool) -> dict[str, Any] | None:
    """The timer of one occasion. `before` and `after` are the values that the condition reads, as they were
    before this transaction (None for a new record), and as it leaves them. None where the row alone says that
    nothing begins; one that this transaction has written already is put right all the same.
    """
    mark = "created"
    if listener.event != "created":  # each transaction counts once
        mark = session.info.setdefault(_MARK, new_id())
    key = f"begin:{listener.process}:{listener.key}:{row.id}:{mark}"
    now = session.info[LISTENING].clock()
    columns = sorted(listener.columns or ())
    before = session.info.setdefault(_BEFORE, {})
    if key not in before:
        before[key] = None if made else {name: _plain(_old(row, name)) for name in columns}
    written = session.info.setdefault(_WRITTEN, set())
    if key not in written and not listener.may_hold(row):
        return None
    written.add(key)
    detail = {
        "process": listener.process,
        "beginning": listener.key,
        "record": type(row).__name__,
        "id": row.id,
        "key": key,
        "links": links_of(session, row) + 1,
        "before": before[key],
        "after": {name: _plain(getattr(row, name)) for name in columns},
    }
    return {
        "id": new_id(),
        "purpose": TimerPurpose.BEGIN,
        "key": key,
        "due_at": now,
        "detail": detail,
        "created_at": now,
    }


def _old(row: Any, name: str) -> Any:
    history = inspect(row).attrs[name].history
    return history.deleted[0] if history.deleted else getattr(row, name)


def _plain(value: Any) -> Any:
    """A column's value as JSON: codes, ids and numbers as text, dates and moments as ISO 8601."""
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value


def links_of(session: Session, row: Any) -> int:
    """How many beginnings have led to the instance that changes this row; 0 for a person."""
    links: Mapping[str, int] = session.info.get(LINKS, {})
    about = (row.id, getattr(row, "case_id", None), getattr(row, "client_id", None))
    mine = [links[each] for each in about if each is not None and each in links]
    return max(mine) if mine else links.get("", 0)


NOTICED: Final = frozenset(
    {
        "Appointment",
        "Assessment",
        "Case",
        "CaseNote",
        "Client",
        "Consent",
        "ContactPoint",
        "Goal",
        "Household",
        "HouseholdMember",
        "Income",
        "Intervention",
        "Involvement",
        "Meeting",
        "Outcome",
        "Plan",
        "Referral",
        "Service",
        "Staff",
        "Visit",
    }
)
"""The records whose changes are noticed: those that the work is about."""


@cache
def _or_put_right(dialect: str) -> Any:
    """A second flush of one transaction leaves one occasion, with what it leaves the record as."""
    insert = (sqlite.insert if dialect == "sqlite" else postgresql.insert)(Timer)
    return insert.on_conflict_do_update(index_elements=["key"], set_={"detail": insert.excluded.detail})
