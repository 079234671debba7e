from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from definitions.codes import CODES
from definitions.problems import MappingError
from definitions.time.calendars import Hours, WorkingCalendar
from definitions.time.local_time import add_months, to_moment
from definitions.time.recurrence import (
    NAMED_DAYS,
    WEEKDAYS,
    MonthEnd,
    OnClosedDay,
    Period,
    Recurrence,
    RecurrenceError,
)
from definitions.time.recurrence_keys import from_mapping

LONDON = WorkingCalendar("Europe/London", (*[(Hours(540, 1020),)] * 5, (), ()), "GB", "ENG")


def days(recurrence: Recurrence, start: str, count: int) -> list[str]:
    found = recurrence.occurrences(date.fromisoformat(start), count, LONDON)
    return [f"{each.day:%d %b}" for each in found]


def monthly(day: int | str, rule: str = "last_day", closed: str = "keep") -> Recurrence:
    return Recurrence(Period.MONTH, day, MonthEnd(rule), OnClosedDay(closed))


@pytest.mark.parametrize(
    ("recurrence", "expected"),
    [
        (monthly("last_day"), ["31 Jan", "28 Feb", "31 Mar", "30 Apr", "31 May"]),
        (monthly(31), ["31 Jan", "28 Feb", "31 Mar", "30 Apr", "31 May"]),
        (monthly(31, "skip"), ["31 Jan", "31 Mar", "31 May", "31 Jul", "31 Aug"]),
        (monthly(31, "next_day"), ["31 Jan", "01 Mar", "31 Mar", "01 May", "31 May"]),
        (monthly(15), ["15 Jan", "15 Feb", "15 Mar", "15 Apr", "15 May"]),
        (monthly("first_working_day"), ["02 Jan", "02 Feb", "02 Mar", "01 Apr", "01 May"]),
        (monthly("last_working_day"), ["30 Jan", "27 Feb", "31 Mar", "30 Apr", "29 May"]),
        (monthly("second_monday"), ["12 Jan", "09 Feb", "09 Mar", "13 Apr", "11 May"]),
        (monthly("last_friday"), ["30 Jan", "27 Feb", "27 Mar", "24 Apr", "29 May"]),
        (monthly("first_thursday"), ["01 Jan", "05 Feb", "05 Mar", "02 Apr", "07 May"]),
        (monthly("last_day", closed="previous"), ["30 Jan", "27 Feb", "31 Mar", "30 Apr", "29 May"]),
        (monthly("last_day", closed="next"), ["02 Feb", "02 Mar", "31 Mar", "30 Apr", "01 Jun"]),
        (monthly(1, closed="next"), ["02 Jan", "02 Feb", "02 Mar", "01 Apr", "01 May"]),
        (Recurrence(Period.WEEK, "monday"), ["05 Jan", "12 Jan", "19 Jan", "26 Jan", "02 Feb"]),
    ],
)
def test_the_dates_of_2026_are_those_of_a_wall_calendar(recurrence: Recurrence, expected: list[str]) -> None:
    assert days(recurrence, "2026-01-01", 5) == expected


def test_the_29th_of_february_comes_in_leap_years() -> None:
    assert days(monthly(30), "2028-02-01", 2) == ["29 Feb", "30 Mar"]
    assert days(monthly(29, "skip"), "2027-02-01", 2) == ["29 Mar", "29 Apr"]
    assert days(monthly(29, "skip"), "2028-02-01", 2) == ["29 Feb", "29 Mar"]


def test_an_interval_counts_from_its_anchor() -> None:
    fortnight = Recurrence(Period.WEEK, "monday", interval=2, anchor=date(2026, 1, 8))
    assert days(fortnight, "2026-01-01", 3) == ["05 Jan", "19 Jan", "02 Feb"]
    assert days(fortnight, "2026-01-06", 2) == ["19 Jan", "02 Feb"]
    quarter = Recurrence(Period.MONTH, "last_day", interval=3, anchor=date(2026, 3, 1))
    assert days(quarter, "2026-01-01", 4) == ["31 Mar", "30 Jun", "30 Sep", "31 Dec"]
    with pytest.raises(RecurrenceError, match="needs a first date"):
        Recurrence(Period.WEEK, "monday", interval=2).next_after(date(2026, 1, 1))


def test_next_after_an_occurrence_is_the_following_one_by_either_of_its_dates() -> None:
    moved = monthly(1, closed="previous")
    august, september = moved.occurrences(date(2026, 7, 15), 2, LONDON)
    assert (august.nominal, august.day) == (date(2026, 8, 1), date(2026, 7, 31))
    assert moved.next_after(august.nominal, LONDON) == september
    assert moved.next_after(august.day, LONDON) == september


def test_two_occurrences_that_move_to_one_day_count_once() -> None:
    closed = frozenset(date(2026, 12, 19) + timedelta(days=each) for each in range(16))
    shut = WorkingCalendar("Europe/London", LONDON.hours, closed=closed)
    weekly = Recurrence(Period.WEEK, "monday", on_closed_day=OnClosedDay.NEXT)
    found = weekly.occurrences(date(2026, 12, 14), 3, shut)
    assert [each.day for each in found] == [date(2026, 12, 14), date(2027, 1, 4), date(2027, 1, 11)]


def test_a_recurrence_that_never_comes_says_so() -> None:
    never = Recurrence(Period.MONTH, 30, MonthEnd.SKIP, interval=12, anchor=date(2026, 2, 1))
    with pytest.raises(RecurrenceError, match="no date of this recurrence"):
        never.next_after(date(2026, 1, 1))


@pytest.mark.parametrize("day", [date.min, date(1899, 12, 31), date(2101, 1, 1), date.max])
def test_other_years_are_refused(day: date) -> None:
    with pytest.raises(RecurrenceError, match="1900 to 2100"):
        monthly(1).next_after(day)


def test_working_days_need_a_calendar() -> None:
    for recurrence in (monthly("first_working_day"), monthly(1, closed="next")):
        with pytest.raises(RecurrenceError, match="needs a working calendar"):
            recurrence.next_after(date(2026, 1, 1))


@pytest.mark.parametrize(
    ("every", "day"), [("month", 0), ("month", 32), ("month", "monday"), ("week", 1), ("week", "last_day")]
)
def test_a_day_that_the_period_does_not_have_is_refused(every: str, day: int | str) -> None:
    with pytest.raises(RecurrenceError, match="is not a day of a"):
        Recurrence(Period(every), day)


RECURRENCES = st.builds(
    Recurrence,
    every=st.just(Period.MONTH),
    day=st.one_of(st.integers(1, 31), st.sampled_from(NAMED_DAYS)),
    month_end_rule=st.sampled_from(MonthEnd),
    on_closed_day=st.sampled_from(OnClosedDay),
    interval=st.integers(1, 5),
    anchor=st.just(date(2026, 1, 1)),
) | st.builds(
    Recurrence,
    every=st.just(Period.WEEK),
    day=st.sampled_from(WEEKDAYS),
    on_closed_day=st.sampled_from(OnClosedDay),
    interval=st.integers(1, 5),
    anchor=st.just(date(2026, 1, 1)),
)


@given(RECURRENCES, st.dates(date(2020, 1, 1), date(2040, 1, 1)))
def test_occurrences_rise_and_each_follows_from_the_one_before(recurrence: Recurrence, start: date) -> None:
    found = recurrence.occurrences(start, 6, LONDON)
    for one, two in pairwise(found):
        assert one.nominal < two.nominal
        assert one.day < two.day
        assert recurrence.next_after(one.nominal, LONDON) == two
    assert all(each.day >= start and each.nominal >= start for each in found)
    if recurrence.on_closed_day is not OnClosedDay.KEEP:
        assert all(LONDON.is_working_day(each.day) for each in found)


@pytest.mark.parametrize(
    ("day", "at", "zone", "utc"),
    [
        ("2026-03-29", "02:30", "Europe/Berlin", "2026-03-29 01:30"),  # skipped: 03:30
        ("2026-10-25", "02:30", "Europe/Berlin", "2026-10-25 00:30"),  # twice: the first
        ("2026-03-08", "02:30", "America/New_York", "2026-03-08 07:30"),
        ("2026-11-01", "01:30", "America/New_York", "2026-11-01 05:30"),
        ("2026-03-29", "10:00", "Asia/Kathmandu", "2026-03-29 04:15"),
    ],
)
def test_a_date_and_a_time_of_day_make_one_moment(day: str, at: str, zone: str, utc: str) -> None:
    moment = to_moment(date.fromisoformat(day), time.fromisoformat(at), zone)
    assert moment == datetime.fromisoformat(utc).replace(tzinfo=UTC)
    assert moment.tzinfo is UTC


@given(
    st.dates(date(2020, 1, 1), date(2040, 1, 1)),
    st.times(),
    st.sampled_from(["Europe/Berlin", "Asia/Kathmandu"]),
)
def test_a_moment_shows_its_wall_time_unless_the_clocks_skip_it(day: date, at: time, zone: str) -> None:
    local = to_moment(day, at, zone).astimezone(ZoneInfo(zone)).replace(tzinfo=None, fold=0)
    wanted = datetime.combine(day, at.replace(fold=0))
    assert local in (wanted, wanted + timedelta(hours=1))
    assert local == wanted or (day.month == 3 and at.hour == 2)


def test_a_short_month_gives_its_last_day() -> None:
    assert add_months(date(2028, 1, 31), 1) == date(2028, 2, 29)
    assert add_months(date(2028, 2, 29), -12) == date(2027, 2, 28)
    assert add_months(date(2026, 1, 15), -1) == date(2025, 12, 15)


def test_the_keys_of_a_definition_make_a_recurrence() -> None:
    assert from_mapping({"every": "month", "day": "last_day"}) == monthly("last_day")
    fortnight = from_mapping({"every": "2 weeks", "day": "friday"}, date(2026, 1, 2))
    assert fortnight == Recurrence(Period.WEEK, "friday", interval=2, anchor=date(2026, 1, 2))
    keys = {"every": "month", "day": 31, "month_end_rule": "skip", "on_closed_day": "next"}
    assert from_mapping(keys) == monthly(31, "skip", "next")


@pytest.mark.parametrize(
    ("keys", "code", "key", "suggestion"),
    [
        ({"evry": "month", "every": "month", "day": 1}, "CW520", "evry", "every"),
        ({"every": "week", "day": "monday", "month_end_rule": "skip"}, "CW520", "month_end_rule", None),
        ({}, "CW521", "every", None),
        ({"every": "monthly", "day": 1}, "CW521", "every", "month"),
        ({"every": "quarter", "day": 1}, "CW521", "every", "3 months"),
        ({"every": "fortnight", "day": 1}, "CW521", "every", "2 weeks"),
        ({"every": "999 weeks", "day": "monday"}, "CW521", "every", None),
        ({"every": "day", "day": 1}, "CW521", "every", None),
        ({"every": "month"}, "CW522", "day", None),
        ({"every": "month", "day": 32}, "CW522", "day", None),
        ({"every": "month", "day": "31st"}, "CW522", "day", "31"),
        ({"every": "month", "day": "last"}, "CW522", "day", "last_day"),
        ({"every": "month", "day": "last-day"}, "CW522", "day", "last_day"),
        ({"every": "month", "day": True}, "CW522", "day", None),
        ({"every": "month", "day": ["x"]}, "CW522", "day", None),
        ({"every": "week", "day": "mon"}, "CW522", "day", "monday"),
        ({"every": "month", "day": 31, "month_end_rule": "skipp"}, "CW523", "month_end_rule", "skip"),
        ({"every": "month", "day": 31, "on_closed_day": 5}, "CW523", "on_closed_day", None),
    ],
)
def test_what_is_not_a_recurrence_is_refused_at_its_key(
    keys: dict[str, Any], code: str, key: str, suggestion: str | None
) -> None:
    with pytest.raises(MappingError) as refused:
        from_mapping(keys)
    [placed] = refused.value.problems
    assert (placed.problem.code, placed.path, placed.problem.suggestion) == (code, (key,), suggestion)
    assert code in CODES
