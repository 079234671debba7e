"""Giving way: while something critical is under way, ordinary passes of the process wait before their next
transaction. Else they would share the interpreter, and on SQLite the one writer's place, with it.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

LONGEST: Final = 2.0
"""Seconds that an ordinary transaction waits at most, so that nothing stands still for good."""


class Courtesy:
    """One process's order of precedence."""

    def __init__(self) -> None:
        self._first = 0
        self._changed = threading.Condition()

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

    def give_way(self) -> None:
        """Wait while somebody goes first."""
        if self._first:
            with self._changed:
                self._changed.wait_for(lambda: self._first == 0, LONGEST)
