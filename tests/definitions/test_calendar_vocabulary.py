from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from definitions.codes import CODES
from definitions.problems import MappingError, PlacedProblem
from definitions.time.calendar_vocabulary import from_mapping
from definitions.time.calendars import Hours

OFFICE: dict[str, Any] = {
    "zone": "Europe/London",
    "hours": {"mon-thu": "09:00-12:30 and 13:30-17:00", "fri": "9:00-16:00"},
    "holidays": {"country": "GB", "subdivision": "ENG"},
    "closed": ["12-24", "2026-06-01"],
    "open": ["2026-12-05"],
}


def refusals(mapping: object) -> tuple[PlacedProblem, ...]:
    with pytest.raises(MappingError) as refused:
        from_mapping(mapping)
    assert all(each.problem.code in CODES for each in refused.value.problems)
    return refused.value.problems


def test_a_calendar_is_read_as_it_is_written() -> None:
    calendar = from_mapping(OFFICE)
    assert calendar.hours_on(date(2026, 3, 9)) == (Hours(540, 750), Hours(810, 1020))
    assert calendar.hours_on(date(2026, 3, 13)) == (Hours(540, 960),)
    closed = [date(2026, 4, 6), date(2026, 6, 1), date(2030, 12, 24), date(2026, 3, 14)]
    assert not any(calendar.is_working_day(day) for day in closed)
    assert calendar.is_working_day(date(2026, 12, 5))
    assert from_mapping(dict(OFFICE)) == calendar


def test_parts_of_a_country_can_be_left_out_only_on_purpose() -> None:
    [problem] = refusals({**OFFICE, "holidays": {"country": "GB"}})
    assert problem.path == ("holidays",)
    assert problem.problem.allowed == ("ENG", "NIR", "SCT", "WLS", "none")
    whole = from_mapping({**OFFICE, "holidays": {"country": "GB", "subdivision": "none"}})
    assert whole.is_working_day(date(2026, 4, 6))  # Easter Monday is not a holiday in Scotland
    assert not whole.is_working_day(date(2026, 4, 3))
    assert from_mapping({**OFFICE, "holidays": {"country": "NP"}}).country == "NP"


def test_no_holidays_are_said_not_forgotten() -> None:
    assert from_mapping({**OFFICE, "holidays": "none"}).is_working_day(date(2026, 12, 25))
    [problem] = refusals({key: value for key, value in OFFICE.items() if key != "holidays"})
    assert problem.problem.advice == "write `holidays: none` if there are none"


@pytest.mark.parametrize(
    ("change", "code", "path", "suggestion"),
    [
        ({"colsed": []}, "CW510", ("colsed",), "closed"),
        ({"zone": "EST"}, "CW511", ("zone",), None),
        ({"zone": "Europe/Lodnon"}, "CW511", ("zone",), "Europe/London"),
        ({"zone": "../etc/passwd"}, "CW511", ("zone",), None),
        ({"zone": 5}, "CW511", ("zone",), None),
        ({"hours": "09:00-17:00"}, "CW512", ("hours",), None),
        ({"hours": {}}, "CW512", ("hours",), None),
        ({"hours": {"monday": "09:00-17:00"}}, "CW512", ("hours", "monday"), "mon"),
        ({"hours": {"fri-mon": "09:00-17:00"}}, "CW512", ("hours", "fri-mon"), None),
        ({"hours": {"mon-fri": "09:00-17:00", "fri": "09:00-14:00"}}, "CW512", ("hours", "fri"), None),
        ({"hours": {"mon": "9-17"}}, "CW512", ("hours", "mon"), None),
        ({"hours": {"mon": "17:00-09:00"}}, "CW512", ("hours", "mon"), None),
        ({"hours": {"mon": "09:00-24:01"}}, "CW512", ("hours", "mon"), None),
        ({"hours": {"mon": "09:00-12:75"}}, "CW512", ("hours", "mon"), None),
        ({"hours": {"mon": "13:00-17:00 and 09:00-12:00"}}, "CW512", ("hours", "mon"), None),
        ({"hours": {"mon": None}}, "CW512", ("hours", "mon"), None),
        ({"holidays": {"country": "UK"}}, "CW514", ("holidays", "country"), "GB"),
        ({"holidays": {"country": "GB", "subdivision": "EN"}}, "CW514", ("holidays", "subdivision"), "ENG"),
        ({"holidays": "GB"}, "CW510", ("holidays",), None),
        ({"closed": "2026-12-24"}, "CW515", ("closed",), None),
        ({"closed": ["24.12."]}, "CW515", ("closed", 0), None),
        ({"closed": ["2026-02-29"]}, "CW515", ("closed", 0), None),
        ({"closed": ["02-30"]}, "CW515", ("closed", 0), None),
        ({"closed": ["0001-01-01"]}, "CW515", ("closed", 0), None),
        ({"open": ["12-24"]}, "CW515", ("open", 0), None),
        ({"closed": ["2026-12-05"]}, "CW516", ("open",), None),
    ],
)
def test_what_is_not_a_calendar_is_refused_where_it_stands(
    change: dict[str, Any], code: str, path: tuple[str | int, ...], suggestion: str | None
) -> None:
    [placed] = refusals({**OFFICE, **change})
    assert (placed.problem.code, placed.path, placed.problem.suggestion) == (code, path, suggestion)


def test_a_calendar_closed_all_year_is_refused_at_its_hours() -> None:
    every_day = [f"{month:02}-{day:02}" for month in range(1, 13) for day in range(1, 32)]
    real = [each for each in every_day if each not in {"02-30", "02-31", "04-31", "06-31", "09-31", "11-31"}]
    [placed] = refusals({**OFFICE, "closed": real})
    assert (placed.problem.code, placed.path) == ("CW513", ("hours",))


def test_all_problems_are_found_in_one_reading() -> None:
    broken = {"zone": "EST", "hours": {"monday": "9-17"}, "holidays": {"country": "XX"}, "closed": ["x"]}
    assert [each.problem.code for each in refusals(broken)] == ["CW511", "CW512", "CW512", "CW514", "CW515"]


@pytest.mark.parametrize("value", [None, "office", 5, [], {}])
def test_something_else_than_a_calendar_is_refused(value: object) -> None:
    assert refusals(value)[0].problem.code == "CW510"
