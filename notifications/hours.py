"""When a person may be reached: quiet hours, and the safe times of a contact.

Both are said in the recipient's wall time and computed in UTC, so that they hold on days when clocks change.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from notifications.errors import NotificationError

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MINUTES_A_DAY = 24 * 60
LONGEST_TEXT = 500


class HoursError(NotificationError):
    """Hours cannot be read or asked. The message says what was expected; it never quotes a contact's text."""


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of time that begins on one weekday (0 is Monday), in minutes from midnight.

    `end` is over 1440 when it goes on into the next day.
    """

    weekday: int
    start: int
    end: int


def quiet_until(moment: datetime, zone: str, start: str = "21:00", end: str = "08:00") -> datetime | None:
    """When the quiet hours around `moment` end, in UTC; None when it is not in quiet hours.

    `moment` is aware, `zone` the recipient's IANA zone. Quiet hours are the same on all days and may cross
    midnight; they begin at `start` and are over at `end`. The same time twice means no quiet hours.
    """
    first, last = _minute(start), _minute(end)
    if first == last:
        return None
    window = _stretch(first, last)
    day = _local_date(moment, zone)
    for each in (day - timedelta(days=1), day):
        opens, closes = _moments(each, *window, zone)
        if opens <= moment < closes:
            return closes
    return None


def parse_windows(text: str) -> tuple[Window, ...]:
    """The weekly windows of `mon-fri 09:00-17:00; sat 10:00-12:00`, in the order of the week.

    Each entry has days (`mon`, `mon-fri`, `tue,thu`) and one stretch, which may cross midnight. Raises
    HoursError when the text is empty or an entry is not of this form.
    """
    if len(text) > LONGEST_TEXT:
        raise HoursError(f"safe times have at most {LONGEST_TEXT} characters")
    windows: set[Window] = set()
    for number, entry in enumerate(text.split(";"), start=1):
        days, _, hours = entry.strip().lower().partition(" ")
        first, _, last = hours.strip().partition("-")
        try:
            stretch = _stretch(_minute(first), _minute(last))
            windows.update(Window(weekday, *stretch) for weekday in _weekdays(days))
        except HoursError as error:
            advice = "write safe times like `mon-fri 09:00-17:00; sat 10:00-12:00`"
            raise HoursError(f"entry {number} of the safe times: {error}; {advice}") from error
    return tuple(sorted(windows, key=lambda each: (each.weekday, each.start, each.end)))


def within_windows(moment: datetime, zone: str, windows: str | tuple[Window, ...]) -> bool:
    """Whether the aware `moment` lies in one of the weekly windows, in the wall time of `zone`."""
    parsed = parse_windows(windows) if isinstance(windows, str) else windows
    day = _local_date(moment, zone)
    return any(opens <= moment < closes for opens, closes in _openings(day, parsed, zone, days=1))


def next_opening(moment: datetime, zone: str, windows: str | tuple[Window, ...]) -> datetime:
    """The first moment, in UTC, from `moment` on that lies in one of the windows; `moment` itself if it does.

    Raises HoursError when there is no window at all.
    """
    parsed = parse_windows(windows) if isinstance(windows, str) else windows
    day = _local_date(moment, zone)
    openings = _openings(day, parsed, zone, days=15)
    candidates = [max(opens, moment) for opens, closes in openings if closes > moment]
    if not candidates:
        raise HoursError("there are no safe times to choose from")
    return min(candidates).astimezone(UTC)


def _openings(
    day: date, windows: tuple[Window, ...], zone: str, *, days: int
) -> Iterator[tuple[datetime, datetime]]:
    """Start and end of each window that begins on the day before `day` or on one of `days` days from it."""
    for offset in range(-1, days):
        each = day + timedelta(days=offset)
        for window in windows:
            if window.weekday == each.weekday():
                opens, closes = _moments(each, window.start, window.end, zone)
                if opens < closes:  # the gap of spring can leave nothing of a window
                    yield opens, closes


def _moments(day: date, start: int, end: int, zone: str) -> tuple[datetime, datetime]:
    return _moment(day, start, zone), _moment(day, end, zone)


def _moment(day: date, minute: int, zone: str) -> datetime:
    """The moment of a wall time: moved forward over the gap of spring, the first of two in autumn."""
    days, rest = divmod(minute, MINUTES_A_DAY)
    wall = datetime.combine(day + timedelta(days=days), time(rest // 60, rest % 60), ZoneInfo(zone))
    return wall.astimezone(UTC)


def _local_date(moment: datetime, zone: str) -> date:
    if moment.utcoffset() is None:
        raise HoursError("hours are asked for a moment with a time zone, not for a bare date and time")
    return moment.astimezone(ZoneInfo(zone)).date()


def _stretch(start: int, end: int) -> tuple[int, int]:
    """Start and end, the end on the next day where it is earlier than the start."""
    if start in {end, MINUTES_A_DAY}:
        raise HoursError("the hours end when they begin")
    return (start, end) if start < end else (start, end + MINUTES_A_DAY)


def _minute(text: str) -> int:
    """The minute of the day of `09:00`; 1440 for `24:00`."""
    match = re.fullmatch(r"([0-9]{1,2}):([0-9]{2})", text.strip())
    minute = int(match[1]) * 60 + int(match[2]) if match and int(match[2]) < 60 else -1
    if not 0 <= minute <= MINUTES_A_DAY:
        raise HoursError("a time of day is written like `09:00`, and is 24:00 at most")
    return minute


def _weekdays(text: str) -> set[int]:
    """The weekdays of `mon`, `mon-fri` or `tue,thu`; `fri-mon` goes over the end of the week."""
    found: set[int] = set()
    for part in text.split(","):
        first, _, last = part.partition("-")
        if first not in WEEKDAYS or (last or first) not in WEEKDAYS:
            raise HoursError(f"the days of the week are {', '.join(WEEKDAYS)}")
        start = WEEKDAYS.index(first)
        length = (WEEKDAYS.index(last or first) - start) % 7
        found.update((start + offset) % 7 for offset in range(length + 1))
    return found
