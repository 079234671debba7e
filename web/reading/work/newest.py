"""Whether anything has happened to any human task since somebody looked: one look for all pages that are
open.

Each change of a task leaves an entry in its history, and ids rise with time, so the newest id says whether a
page has to ask for its own tasks at all.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock
from typing import Final

from sqlmodel import func, select

from models import Store, TaskEvent

LASTS: Final = timedelta(seconds=2)
"""How long what one page has found out counts for the others."""


@dataclass
class Newest:
    """The newest entry in the history of all tasks, as it was up to `LASTS` ago."""

    _id: str = ""
    _at: datetime | None = None
    _lock: Lock = field(default_factory=Lock)

    def of(self, store: Store, now: datetime) -> str:
        """Its id; another one than before where something has happened. Empty where there is none."""
        with self._lock:
            if self._at is None or not self._at <= now < self._at + LASTS:
                with store.read() as session:
                    self._id = session.exec(select(func.max(TaskEvent.id))).one() or ""
                self._at = now
            return self._id
