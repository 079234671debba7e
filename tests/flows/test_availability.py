"""When somebody is taken, and which times are offered."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from definitions.time.calendar_vocabulary import from_mapping
from definitions.time.local_time import minute_to_moment
from flows.inbox.office.availability import Taken, clashes, free_times

OFFICE = from_mapping(
    {
        "zone": "Europe/Berlin",
        "hours": {"mon-fri": "09:00-12:00 and 13:00-17:00"},
        "holidays": {"country": "DE", "subdivision": "none"},
    }
)
MONDAY, HOLIDAY = date(2026, 3, 2), date(2026, 5, 1)


def at(hour: int, minute: int = 0, day: date = MONDAY) -> object:
    return minute_to_moment(day, hour * 60 + minute, OFFICE.zone)


def local(times: list[object]) -> list[str]:
    from zoneinfo import ZoneInfo

    return [f"{each.astimezone(ZoneInfo(OFFICE.zone)):%H:%M}" for each in times]  # type: ignore[attr-defined]


def test_free_times_lie_in_working_hours_around_what_is_taken() -> None:
    others = [Taken(at(10), at(11), "appointment")]
    found = free_times(MONDAY, 60, others, OFFICE, at(0))
    assert local(found) == [
        "09:00", "11:00", "13:00", "13:30", "14:00", "14:30", "15:00", "15:30", "16:00",
    ]  # fmt: skip
    assert local(free_times(MONDAY, 60, others, OFFICE, at(15, 1))) == ["15:30", "16:00"]
    assert free_times(HOLIDAY, 60, (), OFFICE, at(0)) == []


def test_what_stands_against_a_time_is_said_in_words() -> None:
    others = [Taken(at(10), at(11), "appointment"), Taken(at(0), at(0, day=date(2026, 3, 9)), "absence")]
    assert clashes(at(10, 30), at(11, 30), others, OFFICE) == (
        "there is another appointment then (10:00 to 11:00)",
        "the worker is away until 9 March",
    )
    assert clashes(at(12), at(13), (), OFFICE) == ("it lies outside the office's hours",)
    assert clashes(at(10, day=HOLIDAY), at(11, day=HOLIDAY), (), OFFICE) == (
        "it is a holiday, or a day on which nobody works",
    )
    assert clashes(at(11), at(12), others[:1], OFFICE) == ()


stretches = st.lists(
    st.tuples(st.integers(0, 23 * 60), st.integers(1, 180)).map(
        lambda each: Taken(
            minute_to_moment(MONDAY, each[0], OFFICE.zone),
            minute_to_moment(MONDAY, each[0], OFFICE.zone) + timedelta(minutes=each[1]),
            "visit",
        )
    ),
    max_size=6,
)


@given(stretches, st.integers(5, 300))
def test_a_time_that_is_offered_never_clashes(others: list[Taken], minutes: int) -> None:
    for start in free_times(MONDAY, minutes, others, OFFICE, at(0)):
        assert clashes(start, start + timedelta(minutes=minutes), others, OFFICE) == ()
