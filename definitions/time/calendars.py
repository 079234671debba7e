"""Working calendars: which days and hours a department works, and the due dates that follow from them.

A calendar is built once, from the vocabulary (`definitions.time.calendar_vocabulary`), and never changes: the
holidays of all its years are looked up when it is made, so that it may be shared by threads.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from definitions.diagnostics import MessageError
from definitions.time.clocks import LONGEST, Clock, Direction, Unit
from definitions.time.local_time import MINUTES_A_DAY, add_months, local_date, minute_to_moment

FIRST_YEAR = 1900
LAST_YEAR = 2100  # the library of holidays looks no further


class CalendarError(MessageError):
    """A calendar cannot be made, or cannot answer. The message names the rule that was broken."""


@dataclass(frozen=True, slots=True, order=True)
class Hours:
    """A stretch of one day in minutes from midnight, the end exclusive. 1440 is midnight at the day's end."""

    start: int
    end: int


Week = tuple[tuple[Hours, ...], ...]


@dataclass(frozen=True, slots=True)
class Due:
    """A moment in UTC, and what the clocks of the calendar show at it: `2026-03-27 17:00 Europe/Berlin`."""

    moment_utc: datetime
    wall: str


@dataclass(frozen=True, slots=True)
class WorkingCalendar:
    """The working days and hours of one department.

    `zone` is an IANA name, `hours` has the stretches of work for each weekday from Monday on. Public holidays
    are those that the `holidays` library lists for `country` (ISO 3166-1) and `subdivision` in the years for
    which it knows them. `closed` and `closed_yearly` (month, day) are further days off; `open` are days that
    are worked whatever else is said. Covers the years 1900 to 2100. Raises CalendarError when no day would
    ever be worked.
    """

    zone: str
    hours: Week
    country: str | None = None
    subdivision: str | None = None
    closed: frozenset[date] = frozenset()
    closed_yearly: frozenset[tuple[int, int]] = frozenset()
    open: frozenset[date] = frozenset()
    _holidays: frozenset[date] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if len(self.hours) != 7 or not any(self.hours):
            raise CalendarError("a calendar needs working hours on at least one day of the week")
        if len(self.closed_yearly) >= 365:
            raise CalendarError("a calendar cannot be closed on every day of the year")
        object.__setattr__(self, "_holidays", _public_holidays(self.country, self.subdivision))

    def is_working_day(self, day: date) -> bool:
        """Whether anybody works on `day`. Raises CalendarError outside the years 1900 to 2100."""
        _check_year(day)
        if day in self.open:
            return True
        if not self.hours[day.weekday()] or day in self.closed or day in self._holidays:
            return False
        return (day.month, day.day) not in self.closed_yearly

    @property
    def usual_hours(self) -> tuple[Hours, ...]:
        """The hours that most working weekdays have; of equally frequent ones those earlier in the week."""
        worked = [each for each in self.hours if each]
        return max(worked, key=worked.count)

    def hours_on(self, day: date) -> tuple[Hours, ...]:
        """The stretches of work on `day`, in order; none on a day off. An extra day has the usual hours."""
        if not self.is_working_day(day):
            return ()
        return self.hours[day.weekday()] or self.usual_hours

    def is_open(self, moment: datetime) -> bool:
        """Whether `moment`, which is aware, lies in working hours. The minute in which work ends does not."""
        day = local_date(moment, self.zone)
        return any(
            minute_to_moment(day, each.start, self.zone)
            <= moment
            < minute_to_moment(day, each.end, self.zone)
            for each in self.hours_on(day)
        )

    def start_of(self, day: date) -> datetime:
        """When work begins on `day`, in UTC; on a day off, when it usually begins."""
        return minute_to_moment(day, (self.hours_on(day) or self.usual_hours)[0].start, self.zone)

    def end_of(self, day: date) -> datetime:
        """When work ends on `day`, in UTC; on a day off, when it usually ends.

        Work that goes on until midnight ends at 23:59 here, so that what is due on a day is due on that date.
        """
        end = (self.hours_on(day) or self.usual_hours)[-1].end
        return minute_to_moment(day, min(end, MINUTES_A_DAY - 1), self.zone)

    def due(self, clock: Clock, origin: datetime) -> Due:
        """When `clock` is due, counted from the moment that its origin stands for."""
        return self.add(origin, clock.amount, clock.unit, clock.direction)

    def add(self, moment: datetime, amount: int, unit: Unit, direction: Direction = "after") -> Due:
        """The moment that lies `amount` units after or before `moment`, which is aware.

        - Minutes and hours are elapsed time: they run at night, on holidays and while clocks are changed.
        - Working hours run only inside working hours; the result is the earliest moment (before: the latest)
          by which they have run.
        - Days, working days, weeks (7 days) and months are counted in local dates, and the day of `moment`
          itself is not counted. The result is the end of work on the day that is reached (`end_of`).
        - Days, weeks and months may reach a day off and stay there. A month that is too short gives its last
          day. Working days never reach a day off; 0 of them from a day off reach the nearest working day.
        - 0 of a unit never lies on the other side of `moment`: 0 days after 20:00 is 20:00, not 17:00.

        Raises CalendarError for a naive moment, an amount that no clock can have, and other years than
        1900 to 2100.
        """
        _check_question(moment, amount, unit)
        moment = moment.astimezone(UTC)
        sign = 1 if direction == "after" else -1
        match unit:
            case Unit.MINUTES:
                return self.at(moment + sign * timedelta(minutes=amount))
            case Unit.HOURS:
                return self.at(moment + sign * timedelta(hours=amount))
            case Unit.WORKING_HOURS:
                return self.at(self._add_working(moment, timedelta(hours=amount), sign))
        day = self._add_dates(local_date(moment, self.zone), amount, unit, sign)
        _check_year(day)
        end = self.end_of(day)
        return self.at(max(end, moment) if sign > 0 else min(end, moment))

    def at(self, moment: datetime) -> Due:
        """The aware `moment` as a due date, with its wall time."""
        local = moment.astimezone(ZoneInfo(self.zone))
        return Due(moment.astimezone(UTC), f"{local:%Y-%m-%d %H:%M} {self.zone}")

    def _add_dates(self, day: date, amount: int, unit: Unit, sign: int) -> date:
        match unit:
            case Unit.DAYS:
                return day + sign * timedelta(days=amount)
            case Unit.WEEKS:
                return day + sign * timedelta(weeks=amount)
            case Unit.MONTHS:
                return add_months(day, sign * amount)
            case _:
                return self._add_working_days(day, amount, sign)

    def _add_working_days(self, day: date, amount: int, sign: int) -> date:
        step = timedelta(days=sign)
        while amount > 0:
            day += step
            amount -= self.is_working_day(day)
        while not self.is_working_day(day):
            day += step
        return day

    def _add_working(self, moment: datetime, left: timedelta, sign: int) -> datetime:
        """Walks from `moment` over stretches of work until `left` has run. Years end the walk."""
        day = local_date(moment, self.zone)
        while left:
            for hours in self.hours_on(day)[::sign]:
                start, end = (minute_to_moment(day, each, self.zone) for each in (hours.start, hours.end))
                start, end = (max(start, moment), end) if sign > 0 else (start, min(end, moment))
                if start >= end:
                    continue
                if end - start >= left:
                    return start + left if sign > 0 else end - left
                left -= end - start
            day += timedelta(days=sign)
        return moment


def _check_question(moment: datetime, amount: int, unit: Unit) -> None:
    if moment.utcoffset() is None:
        raise CalendarError(
            "a due date is counted from a moment with a time zone, not from a bare date and time"
        )
    if not 0 <= amount <= LONGEST[unit]:
        raise CalendarError(f"a calendar adds 0 to {LONGEST[unit]:,} {unit}, not {amount:,}")
    _check_year(moment.date())


def _check_year(day: date) -> None:
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise CalendarError(f"a calendar covers the years {FIRST_YEAR} to {LAST_YEAR}, not {day.year}")


@lru_cache(maxsize=32)
def _public_holidays(country: str | None, subdivision: str | None) -> frozenset[date]:
    """All public holidays of the covered years. Imports the library late: it takes a quarter of a second."""
    if country is None:
        return frozenset()
    from holidays import country_holidays

    try:
        known = country_holidays(country, subdiv=subdivision)
    except NotImplementedError as error:
        place = country if subdivision is None else f"{country}, {subdivision}"
        raise CalendarError(f"the holidays of {place} are not known") from error
    years = range(max(FIRST_YEAR, known.start_year), min(LAST_YEAR, known.end_year) + 1)
    return frozenset(country_holidays(country, subdiv=subdivision, years=years, expand=False))
