"""The keys that say a recurrence in a definition: `every`, `day`, `month_end_rule`, `on_closed_day`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from types import MappingProxyType
from typing import Literal, TypeVar

from definitions.diagnostics import suggest
from definitions.problems import MappingError, PlacedProblem, Problem
from definitions.time.recurrence import (
    LONGEST_INTERVAL,
    NAMED_DAYS,
    WEEKDAYS,
    MonthEnd,
    OnClosedDay,
    Period,
    Recurrence,
    is_day_of,
)

KEYS = ("every", "day", "month_end_rule", "on_closed_day")
MEANT: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys(["monthly", "months", "each month", "1 month"], "month"),
        **dict.fromkeys(["weekly", "weeks", "each week", "1 week", "7 days"], "week"),
        **dict.fromkeys(["fortnight", "fortnightly", "biweekly", "14 days"], "2 weeks"),
        **dict.fromkeys(["quarter", "quarterly"], "3 months"),
        **dict.fromkeys(["year", "yearly", "annually", "1 year"], "12 months"),
    }
)
SHOWN_DAYS = ("1 to 31", "last_day", "first_working_day", "last_working_day", "second_monday", "last_friday")

Rule = TypeVar("Rule", bound=StrEnum)


def from_mapping(mapping: Mapping[str, object], anchor: date | None = None) -> Recurrence:
    """The recurrence that these keys say; `anchor` is the date that an interval over 1 is counted from.

    Raises MappingError with every problem found.
    """
    problems: list[PlacedProblem] = []
    for key in mapping:
        if key not in KEYS:
            message, near = f"a recurrence has no key `{key}`", suggest(key, KEYS)
            problems.append(_problem("CW520", key, message, key, of="key", allowed=KEYS, suggestion=near))
    every, interval = _every(mapping.get("every"), problems)
    day = _day(mapping.get("day"), every, problems)
    month_end = _rule(mapping, "month_end_rule", MonthEnd.LAST_DAY, problems)
    on_closed = _rule(mapping, "on_closed_day", OnClosedDay.KEEP, problems)
    if every is Period.WEEK and "month_end_rule" in mapping:
        message = "a weekly recurrence has no month end"
        problems.append(_problem("CW520", "month_end_rule", message, "month_end_rule", of="key"))
    if problems or every is None or day is None:
        raise MappingError(problems)
    return Recurrence(every, day, month_end, on_closed, interval, anchor)


def _every(value: object, problems: list[PlacedProblem]) -> tuple[Period | None, int]:
    """Period and interval of `month`, `week`, `2 weeks`, `3 months`."""
    text = value if isinstance(value, str) else ""
    if text in set(Period):
        return Period(text), 1
    match = re.fullmatch(r"([1-9][0-9]{0,2}) (week|month)s", text)
    if match and 2 <= int(match[1]) <= LONGEST_INTERVAL:
        return Period(match[2]), int(match[1])
    message = f"`{_shown(value)}` is not what a recurrence can count"
    if value is None:
        message = "a recurrence says how often, with `every`"
    elif match:
        message = f"a recurrence comes every 2 to {LONGEST_INTERVAL} {match[2]}s, or every {match[2]}"
    allowed = ("week", "month", "2 weeks", "3 months")
    near = MEANT.get(text.lower()) or suggest(text, tuple(Period))
    problems.append(_problem("CW521", "every", message, text, allowed=allowed, suggestion=near))
    return None, 1


def _day(value: object, every: Period | None, problems: list[PlacedProblem]) -> int | str | None:
    if every is None:  # reported already; its days cannot be judged
        return None
    if isinstance(value, int | str) and is_day_of(every, value):
        return value
    allowed = WEEKDAYS if every is Period.WEEK else SHOWN_DAYS
    names = WEEKDAYS if every is Period.WEEK else NAMED_DAYS
    text = str(value) if isinstance(value, int | str) else ""
    message = f"`{_shown(value)}` is not a day of a {every}"
    if value is None:
        message = f"a recurrence says on which day of the {every}, with `day`"
    near = _meant_day(text, every) or suggest(text, names)
    problems.append(_problem("CW522", "day", message, text, allowed=allowed, suggestion=near))
    return None


def _meant_day(text: str, every: Period) -> str | None:
    low = text.lower()
    if every is Period.WEEK:
        return next((each for each in WEEKDAYS if len(low) > 1 and each.startswith(low)), None)
    if low in {"last", "end", "month_end", "-1"}:
        return "last_day"
    number = re.fullmatch(r"([0-9]{1,2})(st|nd|rd|th|\.)?", low)
    return number[1] if number and is_day_of(every, int(number[1])) else None


def _rule(mapping: Mapping[str, object], key: str, default: Rule, problems: list[PlacedProblem]) -> Rule:
    """The value of a key that has a few named rules, the default where it is not written."""
    rules = type(default)
    value = mapping.get(key, default)
    names = tuple(each.value for each in rules)
    if isinstance(value, str) and value in names:
        return rules(value)
    text = value if isinstance(value, str) else ""
    message = f"`{_shown(value)}` is not a rule of `{key}`"
    near = suggest(text, names)
    problems.append(_problem("CW523", key, message, text, allowed=names, suggestion=near))
    return default


def _problem(
    code: str,
    key: str,
    message: str,
    text: str,
    *,
    of: Literal["key", "value"] = "value",
    allowed: tuple[str, ...] = (),
    suggestion: str | None = None,
) -> PlacedProblem:
    return PlacedProblem((key,), Problem(code, message, 0, len(text), allowed, suggestion), of)


def _shown(value: object) -> str:
    text = str(value) if isinstance(value, int | str) else type(value).__name__
    return text if len(text) <= 30 else f"{text[:27]}..."
