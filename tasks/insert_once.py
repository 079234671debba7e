"""Inserting a row that another transaction may be inserting at the same time."""

from functools import cache
from typing import Any

from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session

from models import CohortSession, Record, lock_alone, tell


def insert_once(session: Session, row: Record, *unique: str) -> bool:
    """Insert the row unless one with the same values in the columns `unique` is there; whether it was new.

    A unique constraint must cover exactly these columns. The row given is not attached to the session: read
    it back.
    """
    session.flush()
    table, dialect = type(row), session.get_bind().dialect.name
    values = {name: getattr(row, name) for name in table.model_fields}
    new = bool(session.connection().execute(_unless_there(table, unique, dialect), values).rowcount == 1)
    if new:
        tell(session, (row,), ())  # no flush writes it
    if isinstance(session, CohortSession):
        session.forget(table)
    return new


@cache
def _unless_there(table: type[Record], unique: tuple[str, ...], dialect: str) -> Any:
    """Made once, since making it took longer than sending it."""
    insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
    statement = insert(table).on_conflict_do_nothing(index_elements=unique)
    # of an INSERT the number of rows is not kept unless it is asked for: with psycopg it would be -1
    return statement.execution_options(preserve_rowcount=True)


def one_at_a_time(session: Session, name: str) -> None:
    """Let one transaction at a time do what has this name, until it has ended; reads after this see what the
    one before has written.
    """
    taken: set[str] = session.info.setdefault("casewright.one_at_a_time", set())
    if name in taken:
        return
    lock_alone(session, [name])
    taken.add(name)
