"""Progress of the demo on the standard error: a line that moves on a terminal, and plain lines elsewhere."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

from rich.console import Console

MOMENT = 0.5
"""Seconds below which it is not said how long something took."""


class Shown:
    """Says what is being done, and, when it is done, what came of it."""

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or Console(file=sys.stderr, highlight=False, markup=False, soft_wrap=True)

    @contextmanager
    def stage(self, doing: str) -> Iterator[Callable[[str], None]]:
        """A stage begins; the function is told what came of it. A stage that fails leaves no line."""
        told: list[str] = []
        began = time.monotonic()
        with self._moving(f"{doing} ..."):
            yield told.append
        took = time.monotonic() - began
        facts = ", ".join([*told, *([f"{took:.1f} s"] if took >= MOMENT else [])])
        self._console.print(f"{doing}: {facts}" if facts else doing)

    def _moving(self, text: str) -> AbstractContextManager[object]:
        return self._console.status(text, spinner="line") if self._console.is_terminal else nullcontext()
