"""Deleting much of a table in bounded transactions, so that nobody waits long for one of them."""

from __future__ import annotations

from typing import Any, Final, cast

from sqlalchemy import ColumnElement, CursorResult, delete
from sqlmodel import col, select

from models.base import Record
from models.store import Store

AT_ONCE: Final = 1_000
"""Rows that one transaction deletes at most."""


def delete_all(store: Store, table: type[Record], old: ColumnElement[bool]) -> int:
    """Delete the rows of a table that fulfil a condition; how many were deleted here. Where there are none
    nothing is written.
    """
    gone = 0
    while deleted := _delete_some(store, table, old):
        gone += deleted
    return gone


def _delete_some(store: Store, table: type[Record], old: ColumnElement[bool]) -> int:
    with store.read() as session:
        ids = session.exec(select(table.id).where(old).order_by(col(table.id)).limit(AT_ONCE)).all()
    if not ids:
        return 0
    with store.write() as session:
        these = delete(table).where(col(table.id).in_(ids))
        done = session.execute(these.execution_options(synchronize_session=False))
    return cast(CursorResult[Any], done).rowcount
