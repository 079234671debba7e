"""Giving way: while something critical is under way, ordinary passes of the process wait before their next
transaction. Else they would share the interpreter with it, and on SQLite the one writer's place.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

LONGEST: Final = 10.0
"""Seconds that an ordinary transaction waits at most, so that nothing stands still for good."""


class Courtesy:
    """One process's order of precedence.

    With `one_writer`, for SQLite, ordinary transactions come one after the other, so that what is critical
    waits for one of them and not for all that have queued up at the database.
    """

    def __init__(self, *, one_writer: bool = False) -> None:
        self._first = 0
        self._changed = threading.Condition()
        self._writer = threading.Lock() if one_writer else None

    @contextmanager
    def first(self) -> Iterator[None]:
        """Have others give way for as long as the block lasts."""
        with self._changed:
            self._first += 1
        try:
            yield
        finally:
            with self._changed:
                self._first -= 1
                self._changed.notify_all()

    @contextmanager
    def turn(self) -> Iterator[None]:
        """An ordinary transaction: it waits while somebody goes first."""
        if self._writer is None:
            self.give_way()
            yield
            return
        with self._writer:
            self.give_way()
            yield

    def give_way(self) -> None:
        """Wait while somebody goes first."""
        if self._first:
            with self._changed:
                self._changed.wait_for(lambda: self._first == 0, LONGEST)
