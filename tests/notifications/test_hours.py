from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifications.hours import HoursError, next_opening, parse_windows, quiet_until, within_windows

BERLIN, NEW_YORK, KATHMANDU = "Europe/Berlin", "America/New_York", "Asia/Kathmandu"
OFFICE = "mon-fri 09:00-17:00; sat 10:00-12:00"


def at(wall: str, zone: str = BERLIN, fold: int = 0) -> datetime:
    return datetime.fromisoformat(wall).replace(tzinfo=ZoneInfo(zone), fold=fold)


def quiet(wall: str, zone: str = BERLIN, *hours: str) -> str | None:
    until = quiet_until(at(wall, zone), zone, *hours)
    return until and f"{until.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M}"


@pytest.mark.parametrize(
    ("wall", "until"),
    [
        ("2026-03-09 20:59", None),
        ("2026-03-09 21:00", "2026-03-10 08:00"),
        ("2026-03-10 00:00", "2026-03-10 08:00"),
        ("2026-03-10 07:59", "2026-03-10 08:00"),
        ("2026-03-10 08:00", None),
        ("2026-03-28 23:00", "2026-03-29 08:00"),
        ("2026-12-31 22:00", "2027-01-01 08:00"),
    ],
)
def test_quiet_hours_cross_midnight_and_end_on_the_minute(wall: str, until: str | None) -> None:
    assert quiet(wall) == until


def test_quiet_hours_are_those_of_the_recipient() -> None:
    noon = datetime(2026, 3, 9, 17, tzinfo=UTC)  # 13:00 in New York, 22:45 in Kathmandu
    assert quiet_until(noon, NEW_YORK) is None
    assert quiet_until(noon, KATHMANDU) == datetime(2026, 3, 10, 2, 15, tzinfo=UTC)


def test_quiet_hours_end_by_the_clocks_of_the_morning_after_a_change() -> None:
    assert quiet_until(at("2026-03-28 22:00"), BERLIN) == datetime(2026, 3, 29, 6, tzinfo=UTC)
    assert quiet_until(at("2026-10-24 22:00"), BERLIN) == datetime(2026, 10, 25, 7, tzinfo=UTC)


def test_quiet_hours_at_noon_do_not_cross_midnight() -> None:
    assert quiet("2026-03-09 12:30", BERLIN, "12:00", "14:00") == "2026-03-09 14:00"
    assert quiet("2026-03-09 23:30", BERLIN, "12:00", "14:00") is None


def test_the_same_time_twice_means_no_quiet_hours() -> None:
    assert quiet("2026-03-09 00:00", BERLIN, "00:00", "00:00") is None


@given(
    st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    st.sampled_from([BERLIN, NEW_YORK, KATHMANDU]),
    st.integers(0, 47),
    st.integers(0, 47),
)
def test_the_end_of_quiet_hours_is_later_and_not_quiet(
    moment: datetime, zone: str, start: int, end: int
) -> None:
    hours = [f"{each // 2:02}:{each % 2 * 30:02}" for each in (start, end)]
    until = quiet_until(moment, zone, *hours)
    if until is not None:
        assert moment < until <= moment + timedelta(hours=25)
        assert quiet_until(until, zone, *hours) is None


@pytest.mark.parametrize(
    ("wall", "windows", "inside"),
    [
        ("2026-03-09 09:00", OFFICE, True),  # Monday
        ("2026-03-09 08:59", OFFICE, False),
        ("2026-03-09 17:00", OFFICE, False),
        ("2026-03-14 11:59", OFFICE, True),  # Saturday
        ("2026-03-14 12:00", OFFICE, False),
        ("2026-03-15 11:00", OFFICE, False),  # Sunday
        ("2026-03-14 01:00", "fri 22:00-02:00", True),  # the night that began on Friday
        ("2026-03-13 01:00", "fri 22:00-02:00", False),
        ("2026-03-15 23:00", "sat-mon 20:00-24:00", True),
        ("2026-03-10 10:00", "mon,wed 09:00-12:00", False),
        ("2026-03-11 10:00", "MON,WED 9:00-12:00", True),
    ],
)
def test_a_safe_time_is_the_recipients_weekday_and_hour(wall: str, windows: str, inside: bool) -> None:
    assert within_windows(at(wall), BERLIN, windows) is inside


@pytest.mark.parametrize(
    ("wall", "windows", "opens"),
    [
        ("2026-03-09 10:00", OFFICE, "2026-03-09 10:00"),
        ("2026-03-09 17:00", OFFICE, "2026-03-10 09:00"),
        ("2026-03-14 12:00", OFFICE, "2026-03-16 09:00"),
        ("2026-03-09 12:00", "mon 09:00-12:00", "2026-03-16 09:00"),
        ("2026-03-29 00:00", "sun 02:30-05:00", "2026-03-29 03:30"),  # 02:30 is skipped on that night
        ("2026-03-29 01:00", "sun 02:30-03:15", "2026-04-05 02:30"),  # nothing is left of the window
    ],
)
def test_the_next_safe_time_is_found(wall: str, windows: str, opens: str) -> None:
    assert next_opening(at(wall), BERLIN, windows) == at(opens)


@given(
    st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    st.sampled_from([OFFICE, "fri 22:00-02:00", "sun 02:00-03:00; wed 00:00-24:00"]),
)
def test_the_next_safe_time_is_safe_and_not_in_the_past(moment: datetime, windows: str) -> None:
    opens = next_opening(moment, BERLIN, windows)
    assert moment <= opens
    assert within_windows(opens, BERLIN, windows)
    assert (opens == moment) is within_windows(moment, BERLIN, windows)


@pytest.mark.parametrize(
    "text",
    [
        *("", ";", "always", "mon", "mon 9-17", "monday 09:00-17:00", "mon 09:00-25:00", "mon 09:00-09:00"),
        *("mon 09:60-10:00", "mon 09:00-17:00;", "mon- 09:00-17:00,", "mon 24:00-02:00", "m" * 10_000),
    ],
)
def test_safe_times_that_cannot_be_read_are_refused(text: str) -> None:
    with pytest.raises(HoursError):
        parse_windows(text)


def test_a_refusal_names_the_entry_and_does_not_quote_it() -> None:
    with pytest.raises(HoursError, match="entry 2 of the safe times") as refused:
        parse_windows("mon 09:00-17:00; when Anna is out")
    assert "Anna" not in str(refused.value)


def test_no_windows_at_all_are_refused() -> None:
    with pytest.raises(HoursError, match="no safe times"):
        next_opening(at("2026-03-09 10:00"), BERLIN, ())


def test_a_bare_date_and_time_is_refused() -> None:
    bare = at("2026-03-09 10:00").replace(tzinfo=None)
    for ask in (lambda: quiet_until(bare, BERLIN), lambda: within_windows(bare, BERLIN, OFFICE)):
        with pytest.raises(HoursError, match="time zone"):
            ask()
