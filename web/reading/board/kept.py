"""Boards that were counted lately, kept in this process, and those that are being counted.

Counting all figures of somebody who answers for tens of thousands of cases takes about half a second; what
was counted before is shown meanwhile, with its time. A board is kept for one person, with the roles and teams
that they had, and what it was narrowed to. It holds figures and names of staff, nothing of a case.

Boards are counted one after the other in a thread of their own, and each once: a page that is loaded again
while its board is being counted waits for the same figures, and however many are asked for, there is room for
other pages.
"""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock
from typing import Final

from web.access.actor import Actor
from web.reading.board.narrowed import Mine, Narrowed
from web.reading.board.whole import Board, Choices

FRESH: Final = timedelta(seconds=55)
"""As long as this a board needs not be counted again."""

LASTS: Final = timedelta(minutes=30)
"""As long as this a board is shown while it is counted anew."""

AT_ONCE: Final = 1
"""Boards that are counted at the same time. With two, pages took up to half as long again on two cores."""

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
    _counting: dict[Key, "Future[Shown]"] = field(default_factory=dict)
    _choices: dict[Actor, tuple[datetime, Choices]] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)
    _threads: ThreadPoolExecutor = field(
        default_factory=lambda: ThreadPoolExecutor(AT_ONCE, thread_name_prefix="board")
    )

    def last(self, mine: Mine, within: timedelta = LASTS) -> Shown | None:
        """What was counted last, if that was within this time."""
        with self._lock:
            return self._last(mine, within)

    def choices(self, mine: Mine, find: Callable[[], Choices]) -> Choices:
        """What this person can narrow any of their boards to, now or a moment ago."""
        with self._lock:
            at, found = self._choices.get(mine.actor, (None, None))
        if at is not None and found is not None and mine.now - at < FRESH:
            return found
        made = find()
        with self._lock:
            self._choices = {who: each for who, each in self._choices.items() if mine.now - each[0] < FRESH}
            self._choices[mine.actor] = mine.now, made
        return made

    def counted(self, mine: Mine, count: Callable[[], Shown]) -> "Future[Shown]":
        """The board as it is now, or was a moment ago. It is counted where nobody has and nobody does, by
        `count` in another thread; what that raises, everybody gets who waits. Nobody can cancel it.
        """
        with self._lock:
            found = self._counting.get(_key(mine))
            if found is not None:
                return found
            made: Future[Shown] = Future()
            made.set_running_or_notify_cancel()
            fresh = self._last(mine, FRESH)
            if fresh is None:
                self._counting[_key(mine)] = made
        if fresh is None:
            self._threads.submit(self._count, mine, count, made)
        else:
            made.set_result(fresh)
        return made

    def _last(self, mine: Mine, within: timedelta) -> Shown | None:
        found = self._boards.get(_key(mine))
        return found if found is not None and mine.now - found.board.at < within else None

    def _count(self, mine: Mine, count: Callable[[], Shown], made: "Future[Shown]") -> None:
        try:
            shown = count()
        except BaseException as error:  # whoever waits for it raises it
            self._done(mine, None)
            made.set_exception(error)
        else:
            self._done(mine, shown)
            made.set_result(shown)

    def _done(self, mine: Mine, shown: Shown | None) -> None:
        with self._lock:
            del self._counting[_key(mine)]
            if shown is None:
                return
            self._boards = {
                key: each for key, each in self._boards.items() if mine.now - each.board.at < LASTS
            }
            self._boards[_key(mine)] = shown


def _key(mine: Mine) -> Key:
    return mine.actor, mine.narrowed
