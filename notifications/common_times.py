"""The safe times that several texts leave: what was told anew narrows what is known, and never widens it."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from operator import itemgetter
from typing import Final

from notifications.hours import MINUTES_A_DAY, WEEKDAYS, HoursError, parse_windows

MINUTES_A_WEEK: Final = 7 * MINUTES_A_DAY

Stretch = tuple[int, int]
"""Minutes of one day, from the first to the one after the last."""


class NothingInCommonError(HoursError):
    """The texts leave no time at all at which this contact would be safe."""


def common_times(texts: Iterable[str | None]) -> str | None:
    """The safe times that hold for all of these texts, written as the first of them that says just that.

    None and empty texts say nothing of times; None when none says any. A text that can't be read is given
    back as it is: a person has to decide about it, whatever the others say. Raises NothingInCommonError.
    """
    said = [text for text in texts if text]
    if not said:
        return None
    every: list[frozenset[int]] = []
    for text in said:
        try:
            every.append(_minutes(text))
        except HoursError:
            return text
    common = frozenset[int].intersection(*every)
    if not common:
        raise NothingInCommonError("no time is safe by all that was told of this contact")
    as_said = (text for text, minutes in zip(said, every, strict=True) if minutes == common)
    return next(as_said, None) or _written(common)


def _minutes(text: str) -> frozenset[int]:
    """The minutes of the week, from Monday's midnight, in which a text says that a contact is safe."""
    return frozenset(
        (window.weekday * MINUTES_A_DAY + minute) % MINUTES_A_WEEK
        for window in parse_windows(text)
        for minute in range(window.start, window.end)
    )


def _written(minutes: frozenset[int]) -> str:
    """The text of these minutes, day by day; days with the same hours share an entry."""
    days: dict[Stretch, list[str]] = {}
    for number, name in enumerate(WEEKDAYS):
        day = range(number * MINUTES_A_DAY, (number + 1) * MINUTES_A_DAY)
        for stretch in _stretches([each - day.start for each in day if each in minutes]):
            days.setdefault(stretch, []).append(name)
    return "; ".join(
        f"{','.join(names)} {_clock(start)}-{_clock(end)}" for (start, end), names in days.items()
    )


def _stretches(minutes: list[int]) -> list[Stretch]:
    numbered = [(each - place, each) for place, each in enumerate(minutes)]
    runs = [[each for _, each in run] for _, run in groupby(numbered, key=itemgetter(0))]
    return [(run[0], run[-1] + 1) for run in runs]


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"
