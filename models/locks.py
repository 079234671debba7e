"""Locks on what has no row yet, or on more than one row; they last until the transaction ends.

On SQLite one transaction writes at a time, so whoever takes one becomes the writer. On PostgreSQL they are
advisory locks, named by a text.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import TextClause, text
from sqlmodel import Session

from models.sqlite import take_place

_TAKEN_IN_ORDER = (
    "SELECT {function}(key) FROM (SELECT hashtextextended(name, 0) AS key"
    " FROM unnest(CAST(:names AS text[])) AS name ORDER BY 1) AS keys"
)
_ALONE = text(_TAKEN_IN_ORDER.format(function="pg_advisory_xact_lock"))
_SHARED = text(_TAKEN_IN_ORDER.format(function="pg_advisory_xact_lock_shared"))


def lock_alone(session: Session, names: Iterable[str]) -> None:
    """Be the only transaction that has locked these names, until it ends."""
    _take(session, _ALONE, names)


def lock_shared(session: Session, names: Iterable[str]) -> None:
    """Keep `lock_alone` of these names waiting until this transaction ends; others may share them."""
    _take(session, _SHARED, names)


def _take(session: Session, statement: TextClause, names: Iterable[str]) -> None:
    wanted = sorted(set(names))
    if not wanted:
        return
    if session.get_bind().dialect.name == "postgresql":
        session.execute(statement, {"names": wanted})
    else:
        take_place(session.connection())
