"""Working calendars as a department writes them in `vocabulary.yaml`.

zone: Europe/London
hours:
  mon-thu: 09:00-12:30 and 13:30-17:00
  fri: 09:00-16:00
holidays:
  country: GB
  subdivision: ENG        # none: only those of the whole country
closed: [12-24, 2026-06-01]
open: [2026-12-05]
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import Literal
from zoneinfo import available_timezones

from definitions.diagnostics import suggest
from definitions.problems import MappingError, PlacedProblem, Problem
from definitions.time.calendars import FIRST_YEAR, LAST_YEAR, CalendarError, Hours, Week, WorkingCalendar
from definitions.time.local_time import MINUTES_A_DAY

KEYS = ("zone", "hours", "holidays", "closed", "open")
REQUIRED = ("zone", "hours", "holidays")
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
NONE = "none"

Path = tuple[str | int, ...]


def from_mapping(mapping: object) -> WorkingCalendar:
    """The calendar that plain values from YAML describe. Dates are texts, `2026-12-24` or each year `12-24`.

    Raises MappingError with every problem found; its paths start inside the calendar.
    """
    reader = _Reader()
    calendar = reader.calendar(mapping)
    if reader.problems or calendar is None:
        raise MappingError(reader.problems)
    return calendar


@cache
def _zones() -> Set[str]:
    """The names of all time zones; the system's folder of them is read once."""
    return available_timezones()


@dataclass(slots=True)
class _Reader:
    """Reads the parts one by one and collects what is wrong with them."""

    problems: list[PlacedProblem] = field(default_factory=list)

    def calendar(self, mapping: object) -> WorkingCalendar | None:
        parts = self._mapping(mapping, (), "a calendar", KEYS, REQUIRED)
        zone = self._zone(parts["zone"]) if "zone" in parts else ""
        hours = self._week(parts["hours"]) if "hours" in parts else ()
        country, subdivision = self._holidays(parts["holidays"]) if "holidays" in parts else (None, None)
        closed, yearly = self._days(parts.get("closed", ()), "closed", yearly_too=True)
        opened, _ = self._days(parts.get("open", ()), "open", yearly_too=False)
        for day in sorted(closed & opened):
            self._add(
                "CW516", ("open",), f"{day} is both open and closed", advice="take it out of one of them"
            )
        if self.problems:
            return None
        try:
            return WorkingCalendar(zone, hours, country, subdivision, closed, yearly, opened)
        except CalendarError as error:
            self._add("CW513", ("hours",), error.message)
            return None

    def _zone(self, value: object) -> str:
        names = _zones()
        if isinstance(value, str) and value in names and ("/" in value or value == "UTC"):
            return value
        shown = _shown(value)
        near = suggest(value, sorted(names)) if isinstance(value, str) and "/" in value else None
        advice = "write area and city, like `Europe/London`; names like `EST` do not say when clocks change"
        self._add("CW511", ("zone",), f"`{shown}` is not a time zone", value, suggestion=near, advice=advice)
        return ""

    def _week(self, value: object) -> Week:
        if not isinstance(value, Mapping) or not value:
            advice = "name the days and the hours of each, like `mon-fri: 09:00-17:00`"
            self._add("CW512", ("hours",), "working hours are written day by day", value, advice=advice)
            return ()
        week: dict[int, tuple[Hours, ...]] = {}
        for key, text in value.items():
            hours = self._hours(text, ("hours", str(key)))
            for weekday in self._weekdays(str(key)):
                if weekday in week:
                    message = f"{WEEKDAYS[weekday]} has hours already"
                    self._add(
                        "CW512", ("hours", str(key)), message, key, of="key", advice="name each day once"
                    )
                week[weekday] = hours
        return tuple(week.get(weekday, ()) for weekday in range(7))

    def _weekdays(self, key: str) -> range:
        first, _, last = key.partition("-")
        if first in WEEKDAYS and (not last or last in WEEKDAYS):
            start = WEEKDAYS.index(first)
            end = WEEKDAYS.index(last) if last else start
            if start <= end:
                return range(start, end + 1)
        near = key[:3].lower() if key[:3].lower() in WEEKDAYS and "-" not in key else None
        advice = "write a day or the first and last of several days, like `mon-fri`; a week begins with mon"
        message = f"`{_shown(key)}` does not name days of the week"
        self._add(
            "CW512", ("hours", key), message, key, of="key", allowed=WEEKDAYS, suggestion=near, advice=advice
        )
        return range(0)

    def _hours(self, value: object, path: Path) -> tuple[Hours, ...]:
        pieces = value.split(" and ") if isinstance(value, str) else []
        stretches: list[Hours] = []
        for piece in pieces:
            match = re.fullmatch(r"\s*([0-9]{1,2}):([0-9]{2})-([0-9]{1,2}):([0-9]{2})\s*", piece)
            start, end = _minutes(match) if match else (0, 0)
            if not start < end <= MINUTES_A_DAY or (stretches and start < stretches[-1].end):
                break
            stretches.append(Hours(start, end))
        if pieces and len(stretches) == len(pieces):
            return tuple(stretches)
        advice = (
            "write `09:00-17:00` or `09:00-12:30 and 13:30-17:00`, earlier hours first; leave a day off out; "
            "give a night shift to two days, until 24:00 and from 00:00"
        )
        self._add("CW512", path, f"`{_shown(value)}` are not working hours", value, advice=advice)
        return ()

    def _holidays(self, value: object) -> tuple[str | None, str | None]:
        if value == NONE:
            return None, None
        from holidays import list_supported_countries

        known = list_supported_countries(include_aliases=False)
        parts = self._mapping(value, ("holidays",), "holidays", ("country", "subdivision"), ("country",))
        if "country" not in parts:
            return None, None
        country = parts["country"]
        if not isinstance(country, str) or country not in known:
            near = {"UK": "GB", "EN": "GB", "ENG": "GB"}.get(str(country).upper()) or suggest(
                str(country), known
            )
            advice = "write the two letters of ISO 3166-1, like `GB`, or `holidays: none`"
            message = f"the holidays of `{_shown(country)}` are not known"
            self._add("CW514", ("holidays", "country"), message, country, suggestion=near, advice=advice)
            return None, None
        return country, self._subdivision(parts.get("subdivision"), country, known[country])

    def _subdivision(self, value: object, country: str, known: Sequence[str]) -> str | None:
        if value == NONE or (value is None and not known):
            return None
        if isinstance(value, str) and value in known:
            return value
        advice = "write `none` to have only the holidays of the whole country"
        path: Path = ("holidays",)
        message = f"the parts of {country} have holidays of their own, and no subdivision is named"
        if value is not None:
            path = ("holidays", "subdivision")
            message = f"`{_shown(value)}` is not a part of {country} with holidays of its own"
        near = suggest(str(value), known) if value is not None else None
        self._add("CW514", path, message, value, allowed=(*known, NONE), suggestion=near, advice=advice)
        return None

    def _days(
        self, value: object, key: str, *, yearly_too: bool
    ) -> tuple[frozenset[date], frozenset[tuple[int, int]]]:
        once: set[date] = set()
        yearly: set[tuple[int, int]] = set()
        if isinstance(value, str) or not isinstance(value, Sequence):
            self._add("CW515", (key,), f"`{key}` is a list of days", value, advice="write `[2026-12-24]`")
            return frozenset(), frozenset()
        for index, each in enumerate(value):
            text = each if isinstance(each, str) else ""
            if yearly_too and re.fullmatch(r"[0-9]{2}-[0-9]{2}", text) and (day := _date(f"2024-{text}")):
                yearly.add((day.month, day.day))
            elif (day := _date(text)) and FIRST_YEAR <= day.year <= LAST_YEAR:
                once.add(day)
            else:
                advice = "write it as `2026-12-24`" + (", or `12-24` for every year" if yearly_too else "")
                self._add("CW515", (key, index), f"`{_shown(each)}` is not a day", each, advice=advice)
        return frozenset(once), frozenset(yearly)

    def _mapping(
        self, value: object, path: Path, what: str, keys: Sequence[str], required: Iterable[str]
    ) -> dict[str, object]:
        if not isinstance(value, Mapping):
            self._add("CW510", path, f"{what} has the keys {', '.join(keys)}", value, allowed=tuple(keys))
            return {}
        for key in value:
            if key not in keys:
                message, near = f"{what} has no key `{_shown(key)}`", suggest(str(key), keys)
                self._add(
                    "CW510", (*path, str(key)), message, key, of="key", allowed=tuple(keys), suggestion=near
                )
        for key in required:
            if key not in value:
                advice = "write `holidays: none` if there are none" if key == "holidays" else None
                self._add("CW510", path, f"{what} needs the key `{key}`", advice=advice)
        return {str(key): each for key, each in value.items() if key in keys}

    def _add(
        self,
        code: str,
        path: Path,
        message: str,
        value: object = "",
        *,
        of: Literal["key", "value"] = "value",
        allowed: tuple[str, ...] = (),
        suggestion: str | None = None,
        advice: str | None = None,
    ) -> None:
        length = len(value) if isinstance(value, str) else 0
        problem = Problem(code, message, 0, length, allowed, suggestion, advice)
        self.problems.append(PlacedProblem(path, problem, of))


def _minutes(match: re.Match[str]) -> tuple[int, int]:
    """Start and end in minutes, (0, 0) when a minute is over 59."""
    start_hour, start, end_hour, end = (int(each) for each in match.groups())
    return (start_hour * 60 + start, end_hour * 60 + end) if max(start, end) < 60 else (0, 0)


def _date(text: str) -> date | None:
    """The date of `2026-12-24`, in no other notation."""
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _shown(value: object) -> str:
    text = value if isinstance(value, str) else type(value).__name__ if value is not None else "nothing"
    return text if len(text) <= 30 else f"{text[:27]}..."
