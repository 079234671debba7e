"""Who has a task open right now, so that two people in one form are told of each other.

It is kept in the memory of this process: it only tells, nothing depends on it. Two people who are served by
two processes still lose nothing, because a draft says what it was typed over (`flows.inbox.save_draft`).
"""

from datetime import datetime, timedelta
from threading import Lock
from typing import Final

LASTS: Final = timedelta(seconds=25)
"""How long somebody counts as there after their page last said so; it does every six seconds."""


class Presence:
    """Remembers who was seen at which task, for a short time."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._seen: dict[str, dict[str, tuple[str, datetime]]] = {}

    def here(self, task_id: str, staff_id: str, name: str, now: datetime) -> tuple[str, ...]:
        """Say that somebody has the task open; the names of the others who have."""
        with self._lock:
            people = self._seen.setdefault(task_id, {})
            people[staff_id] = (name, now)
            for gone in [who for who, (_, at) in people.items() if now - at > LASTS]:
                del people[gone]
            return tuple(sorted(each for who, (each, _) in people.items() if who != staff_id))

    def gone(self, task_id: str, staff_id: str) -> None:
        """Somebody has left the task."""
        with self._lock:
            people = self._seen.get(task_id, {})
            people.pop(staff_id, None)
            if not people:
                self._seen.pop(task_id, None)
