"""What is sent to a database while a test looks on."""

from collections.abc import Iterator
from contextlib import contextmanager
from math import inf
from typing import Any
from unittest.mock import patch

from sqlalchemy import event

from models import Store

OVERHEAD = ("BEGIN", "PRAGMA", "SELECT pg_")
"""How statements begin that begin a transaction, or tell others of it."""


@contextmanager
def statements(store: Store) -> Iterator[list[tuple[str, Any]]]:
    """What the block sends, with its parameters, without what begins a transaction; an executemany counts
    once. What the store knows of beginnings does not get old meanwhile: on a busy machine it would be read
    again in the middle of what is looked at.
    """
    sent: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if not statement.startswith(OVERHEAD):
            sent.append((statement, parameters))

    event.listen(store.engine, "before_cursor_execute", note)
    try:
        with patch("models.beginning.STALE", inf):
            yield sent
    finally:
        event.remove(store.engine, "before_cursor_execute", note)
