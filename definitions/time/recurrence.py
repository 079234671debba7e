"""Recurrences: what comes every month or week, keyed by local date.

A recurrence knows dates and nothing else: no time of day and no zone can make it fire twice or not at all
(02:30 comes twice in Berlin on 25 October 2026 and never on 29 March).
`definitions.time.local_time.to_moment` adds them to one date.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Protocol

from definitions.diagnostics import MessageError
from definitions.time.local_time import days_in

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
ORDINALS = ("first", "second", "third", "fourth", "last")
NAMED_DAYS = (
    *("last_day", "first_working_day", "last_working_day"),
    *(f"{ordinal}_{weekday}" for ordinal in ORDINALS for weekday in WEEKDAYS),
)
FIRST_YEAR = 1900
LAST_YEAR = 2100
LONGEST_INTERVAL = 120
MOST_OCCURRENCES = 1_000


class Period(StrEnum):
    """What a recurrence counts."""

    WEEK = "week"
    MONTH = "month"


class MonthEnd(StrEnum):
    """What becomes of a day that a short month lacks: its last day, nothing, or the next month's first."""

    LAST_DAY = "last_day"
    SKIP = "skip"
    NEXT_DAY = "next_day"


class OnClosedDay(StrEnum):
    """What an occurrence on a day off does: it stays, or moves to the next or the previous working day."""

    KEEP = "keep"
    NEXT = "next"
    PREVIOUS = "previous"


class WorkingDays(Protocol):
    """What a recurrence asks a working calendar."""

    def is_working_day(self, day: date, /) -> bool:
        """Whether anybody works on `day`."""


class RecurrenceError(MessageError):
    """A recurrence cannot be made, or has no occurrence. The message names the rule that was broken."""


@dataclass(frozen=True, slots=True, order=True)
class Occurrence:
    """One date of a recurrence: `nominal` as the rule says it, `day` as it is after moving off a day off.

    `nominal` is the key to store: it stays the same when the working calendar is edited.
    """

    nominal: date
    day: date


@dataclass(frozen=True, slots=True)
class Recurrence:
    """Every `interval` periods on one day.

    `day` is 1 to 31, `last_day`, `first_working_day`, `last_working_day` or `second_monday` of a month, or
    a weekday of a week (`monday`). `anchor` is a date in a month or week that counts; it is needed before
    occurrences are asked for when the interval is over 1. Weeks begin on Monday. Working days, and moving
    off a day off, need a calendar.
    """

    every: Period
    day: int | str
    month_end_rule: MonthEnd = MonthEnd.LAST_DAY
    on_closed_day: OnClosedDay = OnClosedDay.KEEP
    interval: int = 1
    anchor: date | None = None

    def __post_init__(self) -> None:
        if not is_day_of(self.every, self.day):
            raise RecurrenceError(f"`{self.day}` is not a day of a {self.every}")
        if not 1 <= self.interval <= LONGEST_INTERVAL:
            raise RecurrenceError(f"a recurrence comes every 1 to {LONGEST_INTERVAL} {self.every}s")

    def next_after(self, day: date, calendar: WorkingDays | None = None) -> Occurrence:
        """The first occurrence after `day`, which is a nominal date of this recurrence or any other date.

        After a nominal date it is the first that falls on a later day than that occurrence does, so that
        two occurrences moved to one day count once. Raises RecurrenceError when none comes until the year
        2100.
        """
        if not FIRST_YEAR <= day.year <= LAST_YEAR:
            raise RecurrenceError(
                f"a recurrence covers the years {FIRST_YEAR} to {LAST_YEAR}, not {day.year}"
            )
        if self.interval > 1 and self.anchor is None:
            raise RecurrenceError(f"every {self.interval} {self.every}s needs a first date to count from")
        floor = self._moved(day, calendar) if self._is_nominal(day, calendar) else day
        for nominal in self._nominals(day, calendar):
            moved = self._moved(nominal, calendar)
            if nominal > day and moved > floor:
                return Occurrence(nominal, moved)
        raise RecurrenceError(f"no date of this recurrence comes after {day} and until {LAST_YEAR}")

    def occurrences(
        self, start: date, count: int, calendar: WorkingDays | None = None
    ) -> tuple[Occurrence, ...]:
        """The first `count` occurrences, at most 1,000, whose nominal date and day are `start` or later."""
        if not 0 <= count <= MOST_OCCURRENCES:
            raise RecurrenceError(f"0 to {MOST_OCCURRENCES:,} occurrences can be listed, not {count:,}")
        found: list[Occurrence] = []
        last = start - timedelta(days=1)
        while len(found) < count:
            found.append(self.next_after(last, calendar))
            last = found[-1].nominal
        return tuple(found)

    def _is_nominal(self, day: date, calendar: WorkingDays | None) -> bool:
        return next(self._nominals(day, calendar), None) == day

    def _nominals(self, start: date, calendar: WorkingDays | None) -> Iterator[date]:
        """The nominal dates from `start` on, in order, until the last year."""
        # One period earlier, because `next_day` puts a month's occurrence into the month after it.
        period = self._period_of(start) - 1
        while (first := self._first_day(period)).year <= LAST_YEAR:
            if self._counts(period):
                nominal = self._in_period(first, calendar)
                if nominal is not None and nominal >= start:
                    yield nominal
            period += 1

    def _period_of(self, day: date) -> int:
        """The number of the week or month that holds `day`."""
        if self.every is Period.MONTH:
            return day.year * 12 + day.month - 1
        return (day.toordinal() - 1) // 7

    def _first_day(self, period: int) -> date:
        if self.every is Period.MONTH:
            return date(period // 12, period % 12 + 1, 1)
        return date.fromordinal(period * 7 + 1)

    def _counts(self, period: int) -> bool:
        return self.anchor is None or (period - self._period_of(self.anchor)) % self.interval == 0

    def _in_period(self, first: date, calendar: WorkingDays | None) -> date | None:
        """The nominal date in the week or month that begins on `first`, or None where it has none."""
        if self.every is Period.WEEK:
            return first + timedelta(days=WEEKDAYS.index(str(self.day)))
        last = first.replace(day=days_in(first.year, first.month))
        if isinstance(self.day, int):
            return self._numbered_day(self.day, last)
        match self.day:
            case "last_day":
                return last
            case "first_working_day":
                return _working_day(first, last, _needed(calendar))
            case "last_working_day":
                return _working_day(last, first, _needed(calendar))
        return _nth_weekday(first, last, self.day)

    def _numbered_day(self, number: int, last: date) -> date | None:
        """The day of that number in the month that ends on `last`, or what the month-end rule makes of
        it.
        """
        if number <= last.day:
            return last.replace(day=number)
        match self.month_end_rule:
            case MonthEnd.LAST_DAY:
                return last
            case MonthEnd.NEXT_DAY:
                return last + timedelta(days=1)
            case MonthEnd.SKIP:
                return None

    def _moved(self, nominal: date, calendar: WorkingDays | None) -> date:
        """Where the occurrence of `nominal` falls. At most a year is searched for a working day."""
        if self.on_closed_day is OnClosedDay.KEEP:
            return nominal
        year = timedelta(days=366 if self.on_closed_day is OnClosedDay.NEXT else -366)
        moved = _working_day(nominal, nominal + year, _needed(calendar))
        if moved is None:
            raise RecurrenceError(f"the working calendar has no working day within a year of {nominal}")
        return moved


def is_day_of(every: Period, day: object) -> bool:
    """Whether `day` names a day of such a period."""
    if isinstance(day, bool) or not isinstance(day, int | str):
        return False
    if every is Period.WEEK:
        return day in WEEKDAYS
    return day in NAMED_DAYS if isinstance(day, str) else 1 <= day <= 31


def _nth_weekday(first: date, last: date, name: str) -> date:
    """The date that `second_monday` or `last_friday` names between the first and last day of a month."""
    ordinal, _, weekday = name.partition("_")
    wanted = WEEKDAYS.index(weekday)
    if ordinal == "last":
        return last - timedelta(days=(last.weekday() - wanted) % 7)
    return first + timedelta(days=(wanted - first.weekday()) % 7 + 7 * ORDINALS.index(ordinal))


def _working_day(start: date, end: date, calendar: WorkingDays) -> date | None:
    """The first working day on the way from `start` to `end`, which may lie before it; both included."""
    step = 1 if start <= end else -1
    for ordinal in range(start.toordinal(), end.toordinal() + step, step):
        day = date.fromordinal(ordinal)
        if calendar.is_working_day(day):
            return day
    return None


def _needed(calendar: WorkingDays | None) -> WorkingDays:
    if calendar is None:
        raise RecurrenceError("this recurrence needs a working calendar to know the days off")
    return calendar
