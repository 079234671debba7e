"""Boards that were counted lately, kept in this process.

Counting all figures of somebody who answers for tens of thousands of cases takes about a second; what was
counted before is shown meanwhile, with its time. A board is kept for one person, with the roles and teams
that they had, and what it was narrowed to. It holds figures and names of staff, nothing of a case.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from threading import Lock
from typing import Final

from web.access.actor import Actor
from web.reading.board.narrowed import Mine, Narrowed
from web.reading.board.whole import Board, Choices

FRESH: Final = timedelta(seconds=55)
"""As long as this a board needs not be counted again."""

LASTS: Final = timedelta(minutes=30)
"""As long as this a board is shown while it is counted anew."""

Key = tuple[Actor, Narrowed]


@dataclass(frozen=True, slots=True)
class Shown:
    """The figures, and what they can be narrowed to."""

    board: Board
    choices: Choices


@dataclass
class Kept:
    """The boards that are kept."""

    _boards: dict[Key, Shown] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def last(self, mine: Mine, within: timedelta = LASTS) -> Shown | None:
        """What was counted last, if that was within this time."""
        with self._lock:
            found = self._boards.get((mine.actor, mine.narrowed))
        return found if found is not None and mine.now - found.board.at < within else None

    def counted(self, mine: Mine, count: Callable[[], Shown]) -> Shown:
        """The board as it is now, or was a moment ago; it is counted where nobody has."""
        fresh = self.last(mine, FRESH)
        if fresh is not None:
            return fresh
        made = count()
        with self._lock:
            self._boards = {
                key: each for key, each in self._boards.items() if mine.now - each.board.at < LASTS
            }
            self._boards[mine.actor, mine.narrowed] = made
        return made
