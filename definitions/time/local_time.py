"""Local dates and wall times, and the moments in UTC that they stand for."""

from __future__ import annotations

import calendar
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

MINUTES_A_DAY = 24 * 60


def to_moment(day: date, at: time, zone: str) -> datetime:
    """The moment in UTC at which the clocks of `zone` show `at` on `day`.

    A wall time that the clocks skip in spring is taken as if they had not been changed, so it moves forward
    by the length of the gap; of a wall time that comes twice in autumn the first is taken (RFC 5545, 3.3.5).
    """
    return datetime.combine(day, at.replace(tzinfo=None, fold=0), ZoneInfo(zone)).astimezone(UTC)


def minute_to_moment(day: date, minute: int, zone: str) -> datetime:
    """Like `to_moment` for a minute of the day. 1440, which is written 24:00, is the next day's midnight."""
    days, rest = divmod(minute, MINUTES_A_DAY)
    return to_moment(day + timedelta(days=days), time(rest // 60, rest % 60), zone)


def local_date(moment: datetime, zone: str) -> date:
    """The date that the calendars of `zone` show at `moment`, which is aware."""
    return moment.astimezone(ZoneInfo(zone)).date()


def completed_years(born: date, day: date) -> int:
    """The age on a day; for 29 February, where there is none, a year is completed on 1 March."""
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def days_in(year: int, month: int) -> int:
    """How many days the month has."""
    return calendar.monthrange(year, month)[1]


def add_months(day: date, months: int) -> date:
    """The same day `months` later, or earlier when negative; the last day of a month that is too short."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, days_in(year, month + 1)))
