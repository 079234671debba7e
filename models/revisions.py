"""Writing what was changed in many rows that people edit by one statement.

SQLAlchemy sends an UPDATE for each row that has a revision. In a batch of a hundred instances they differ in
their values only, and sending one costs more than everything in it.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any, cast

from sqlalchemy import CursorResult, Table, bindparam, inspect, update
from sqlalchemy.orm.attributes import get_history, set_committed_value
from sqlalchemy.orm.exc import StaleDataError
from sqlmodel import Session

from models.base import Revised
from models.telling import pass_on


def write_changes(session: Session) -> None:
    """Write the changed rows of `Revised` tables, where several of a table differ in the same columns; the
    session writes the others. StaleDataError says that somebody was faster with one of them.
    """
    alike: dict[tuple[type[Revised], tuple[str, ...]], list[Revised]] = {}
    for row in session.dirty:
        if isinstance(row, Revised) and (names := _changed(row)):
            alike.setdefault((type(row), names), []).append(row)
    for (table, names), rows in alike.items():
        if len(rows) > 1:
            _write(session, table, names, sorted(rows, key=lambda row: row.id))


def _changed(row: Revised) -> tuple[str, ...]:
    """The columns whose values differ from what was read."""
    changed = inspect(row).committed_state
    return tuple(sorted(name for name in changed if get_history(row, name).has_changes()))


def _write(session: Session, table: type[Revised], names: tuple[str, ...], rows: Sequence[Revised]) -> None:
    values = [
        {
            "its_id": row.id,
            "its_revision": row.revision,
            "next_revision": row.revision + 1,
            **{f"new_{name}": getattr(row, name) for name in names},
        }
        for row in rows
    ]
    result = cast(CursorResult[Any], session.connection().execute(_update(table, names), values))
    if result.rowcount != len(rows):
        raise StaleDataError(f"{len(rows) - result.rowcount} of {len(rows)} rows were changed meanwhile")
    pass_on(session, (), rows)  # a flush does so for its own; afterwards the old values are gone
    for row in rows:
        for name in names:
            set_committed_value(row, name, getattr(row, name))
        set_committed_value(row, "revision", row.revision + 1)


@cache
def _update(table: type[Revised], names: tuple[str, ...]) -> Any:
    """Made once, since making it took longer than sending it."""
    columns = cast(Table, inspect(table).local_table).c
    new = {name: bindparam(f"new_{name}", type_=columns[name].type) for name in names}
    return (
        update(table.__table__)  # type: ignore[attr-defined]
        .where(columns.id == bindparam("its_id"), columns.revision == bindparam("its_revision"))
        .values({**new, "revision": bindparam("next_revision")})
    )
