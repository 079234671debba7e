"""Due dates that a department would check by hand on a wall calendar."""

from __future__ import annotations

import time
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from definitions.time.calendars import CalendarError, Hours, WorkingCalendar
from definitions.time.clocks import LONGEST, Direction, Unit, parse_clock

OFFICE = (Hours(9 * 60, 17 * 60),)
OFFICE_WEEK = (*[OFFICE] * 5, (), ())
LONDON = WorkingCalendar("Europe/London", OFFICE_WEEK, "GB", "ENG")
BERLIN = WorkingCalendar("Europe/Berlin", OFFICE_WEEK, "DE", "BE")
NEW_YORK = WorkingCalendar("America/New_York", OFFICE_WEEK, "US", "NY")
KATHMANDU = WorkingCalendar("Asia/Kathmandu", (*[OFFICE] * 5, (), OFFICE))
TWO_SHIFTS = WorkingCalendar(
    "Europe/Berlin", (*[(Hours(540, 750), Hours(810, 1020))] * 4, (Hours(540, 840),), (), ()), "DE", "BE"
)
ALL_DAY = WorkingCalendar("Europe/Berlin", ((Hours(0, 1440),),) * 7)
CALENDARS = (LONDON, BERLIN, NEW_YORK, KATHMANDU, TWO_SHIFTS, ALL_DAY)


def wall(calendar: WorkingCalendar, clock: str, start: str) -> str:
    """The wall time at which `clock`, counted from the wall time `start`, is due."""
    moment = datetime.fromisoformat(start).replace(tzinfo=ZoneInfo(calendar.zone))
    due = calendar.due(parse_clock(clock), moment)
    assert due.wall.endswith(f" {calendar.zone}")
    assert due.moment_utc.tzinfo is UTC
    return due.wall.removesuffix(f" {calendar.zone}")


@pytest.mark.parametrize(
    ("calendar", "clock", "start", "due"),
    [
        # England, Easter 2026: Good Friday is 3 April, Easter Monday 6 April
        (LONDON, "1 working day", "2026-04-02 10:00", "2026-04-07 17:00"),
        (LONDON, "10 working days", "2026-04-02 10:00", "2026-04-20 17:00"),
        (LONDON, "2 working days before due", "2026-04-07 17:00", "2026-04-01 17:00"),
        # England, Christmas 2026: 25 is a Friday, Boxing Day a Saturday and made good on Monday 28
        (LONDON, "1 working day", "2026-12-24 16:59", "2026-12-29 17:00"),
        (LONDON, "5 working days", "2026-12-22 09:00", "2026-12-31 17:00"),
        # a statutory 45 working days in England, received 1 April 2026
        (LONDON, "45 working days", "2026-04-01 12:00", "2026-06-09 17:00"),
        # Germany: Good Friday and Easter Monday, Labour Day, Unity Day on a Saturday is not made good
        (BERLIN, "1 working day", "2026-04-02 10:00", "2026-04-07 17:00"),
        (BERLIN, "1 working day", "2026-04-30 10:00", "2026-05-04 17:00"),
        (BERLIN, "1 working day", "2026-10-02 10:00", "2026-10-05 17:00"),
        # United States: Independence Day 2026 is a Saturday, kept on Friday 3 July; Thanksgiving 26 November
        (NEW_YORK, "1 working day", "2026-07-02 10:00", "2026-07-06 17:00"),
        (NEW_YORK, "2 working days", "2026-11-25 10:00", "2026-11-30 17:00"),
        # Nepal works from Sunday to Friday
        (KATHMANDU, "1 working day", "2026-03-06 10:00", "2026-03-08 17:00"),
    ],
)
def test_working_days_pass_over_weekends_and_holidays(
    calendar: WorkingCalendar, clock: str, start: str, due: str
) -> None:
    assert wall(calendar, clock, start) == due


@pytest.mark.parametrize(
    ("clock", "start", "due"),
    [
        ("1 working day", "2026-03-07 12:00", "2026-03-09 17:00"),  # from a Saturday: Monday is the first
        ("0 working days", "2026-03-07 12:00", "2026-03-09 17:00"),
        ("0 working days before due", "2026-03-07 12:00", "2026-03-06 17:00"),
        ("1 working day", "2026-03-09 23:30", "2026-03-10 17:00"),  # the local date counts, not the hour
        ("1 day", "2026-03-06 12:00", "2026-03-07 17:00"),  # a calendar day stays on its Saturday
        ("28 days", "2026-03-02 08:00", "2026-03-30 17:00"),
        ("2 weeks", "2026-12-11 08:00", "2026-12-25 17:00"),
        ("1 month", "2026-01-31 08:00", "2026-02-28 17:00"),
        ("1 month", "2028-01-31 08:00", "2028-02-29 17:00"),
        ("12 months", "2028-02-29 08:00", "2029-02-28 17:00"),
        ("1 month before due", "2028-03-31 08:00", "2028-02-29 17:00"),
        ("3 months", "2026-11-30 08:00", "2027-02-28 17:00"),
        ("0 days", "2026-03-09 10:00", "2026-03-09 17:00"),
        ("0 days", "2026-03-09 20:00", "2026-03-09 20:00"),  # not before the moment itself
        ("0 days before due", "2026-03-09 10:00", "2026-03-09 10:00"),
    ],
)
def test_days_weeks_and_months_end_with_the_working_hours_of_their_day(
    clock: str, start: str, due: str
) -> None:
    assert wall(LONDON, clock, start) == due


@pytest.mark.parametrize(
    ("calendar", "clock", "start", "due"),
    [
        (LONDON, "36 hours", "2026-12-24 18:00", "2026-12-26 06:00"),
        (LONDON, "10 minutes", "2026-12-25 03:55", "2026-12-25 04:05"),
        # Berlin, night to 29 March 2026: 02:00 becomes 03:00; to 25 October: 03:00 becomes 02:00
        (BERLIN, "24 hours", "2026-03-28 12:00", "2026-03-29 13:00"),
        (BERLIN, "24 hours", "2026-10-24 12:00", "2026-10-25 11:00"),
        (BERLIN, "30 minutes", "2026-03-29 01:45", "2026-03-29 03:15"),
        (BERLIN, "24 hours before due", "2026-03-29 13:00", "2026-03-28 12:00"),
        # New York changes on 8 March and 1 November 2026, Kathmandu never
        (NEW_YORK, "24 hours", "2026-03-07 12:00", "2026-03-08 13:00"),
        (NEW_YORK, "24 hours", "2026-10-31 12:00", "2026-11-01 11:00"),
        (KATHMANDU, "24 hours", "2026-03-28 12:00", "2026-03-29 12:00"),
    ],
)
def test_minutes_and_hours_are_elapsed_time(
    calendar: WorkingCalendar, clock: str, start: str, due: str
) -> None:
    assert wall(calendar, clock, start) == due


@pytest.mark.parametrize(
    ("clock", "start", "due"),
    [
        ("2 working hours", "2026-03-09 10:00", "2026-03-09 12:00"),
        ("2 working hours", "2026-03-09 11:30", "2026-03-09 14:30"),  # over lunch, 12:30 to 13:30
        ("1 working hours", "2026-03-09 16:30", "2026-03-10 09:30"),
        ("7 working hours", "2026-03-09 09:00", "2026-03-09 17:00"),  # the end of a day, not the next start
        ("1 working hour", "2026-03-06 13:30", "2026-03-09 09:30"),  # Friday ends at 14:00
        ("1 working hour", "2026-03-07 03:00", "2026-03-09 10:00"),
        ("1 working hour", "2026-04-02 16:30", "2026-04-07 09:30"),  # over Easter
        ("1 working hour before due", "2026-03-09 09:30", "2026-03-06 13:30"),
        ("7 working hours before due", "2026-03-09 18:00", "2026-03-09 09:00"),
        ("0 working hours", "2026-03-07 03:00", "2026-03-07 03:00"),
    ],
)
def test_working_hours_run_only_inside_working_hours(clock: str, start: str, due: str) -> None:
    assert wall(TWO_SHIFTS, clock, start) == due


def test_working_hours_of_a_day_on_which_clocks_change_are_as_long_as_the_day() -> None:
    assert wall(ALL_DAY, "24 working hours", "2026-03-29 00:00") == "2026-03-30 01:00"
    assert wall(ALL_DAY, "24 working hours", "2026-10-25 00:00") == "2026-10-25 23:00"


def test_a_due_date_is_stored_in_utc_of_its_own_season() -> None:
    clock = parse_clock("1 working day")
    winter = BERLIN.due(clock, datetime(2026, 3, 26, 9, tzinfo=UTC))
    summer = BERLIN.due(clock, datetime(2026, 3, 27, 9, tzinfo=UTC))
    assert winter.moment_utc == datetime(2026, 3, 27, 16, tzinfo=UTC)
    assert summer.moment_utc == datetime(2026, 3, 30, 15, tzinfo=UTC)
    assert KATHMANDU.due(clock, datetime(2026, 3, 9, 3, tzinfo=UTC)).moment_utc == datetime(
        2026, 3, 10, 11, 15, tzinfo=UTC
    )


def test_the_day_is_the_day_of_the_department_not_of_greenwich() -> None:
    late = datetime(2026, 3, 9, 23, tzinfo=UTC)  # already Tuesday in Kathmandu, still Monday in New York
    assert KATHMANDU.add(late, 1, Unit.DAYS).wall == "2026-03-11 17:00 Asia/Kathmandu"
    assert NEW_YORK.add(late, 1, Unit.DAYS).wall == "2026-03-10 17:00 America/New_York"


def test_a_closing_time_that_the_clocks_skip_moves_forward_and_one_that_comes_twice_is_the_first() -> None:
    night = WorkingCalendar("Europe/Berlin", ((Hours(0, 150),),) * 7)  # until 02:30
    assert night.end_of(date(2026, 3, 29)) == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)  # 03:30
    assert night.end_of(date(2026, 10, 25)) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)  # the first 02:30


def test_work_until_midnight_is_due_on_its_own_date() -> None:
    assert wall(ALL_DAY, "1 day", "2026-03-09 10:00") == "2026-03-10 23:59"
    assert wall(ALL_DAY, "24 working hours", "2026-03-09 00:00") == "2026-03-10 00:00"


def test_closed_and_open_days_of_the_department_outweigh_week_and_holidays() -> None:
    calendar = WorkingCalendar(
        "Europe/London",
        OFFICE_WEEK,
        "GB",
        "ENG",
        closed=frozenset([date(2026, 6, 1)]),
        closed_yearly=frozenset([(12, 24)]),
        open=frozenset([date(2026, 12, 25), date(2026, 6, 6)]),
    )
    assert not calendar.is_working_day(date(2026, 6, 1))
    assert calendar.is_working_day(date(2027, 6, 1))
    assert not calendar.is_working_day(date(2026, 12, 24))
    assert not calendar.is_working_day(date(2029, 12, 24))
    assert calendar.is_working_day(date(2026, 12, 25))
    assert calendar.hours_on(date(2026, 6, 6)) == OFFICE  # a Saturday, with the usual hours
    assert calendar.hours_on(date(2026, 6, 7)) == ()


def test_a_day_off_ends_when_the_usual_day_ends() -> None:
    assert wall(TWO_SHIFTS, "1 day", "2026-03-06 10:00") == "2026-03-07 17:00"
    assert wall(TWO_SHIFTS, "4 days", "2026-03-09 10:00") == "2026-03-13 14:00"
    assert TWO_SHIFTS.start_of(date(2026, 3, 9)) == datetime(2026, 3, 9, 8, tzinfo=UTC)


@pytest.mark.parametrize("week", [(), ((),) * 7, (OFFICE,)])
def test_a_calendar_without_any_working_day_is_refused(week: tuple[tuple[Hours, ...], ...]) -> None:
    with pytest.raises(CalendarError, match="working hours on at least one day"):
        WorkingCalendar("Europe/London", week)


def test_a_calendar_that_is_closed_every_day_of_the_year_is_refused() -> None:
    every_day = frozenset((month, day) for month in range(1, 13) for day in range(1, 32))
    with pytest.raises(CalendarError, match="every day of the year"):
        WorkingCalendar("Europe/London", OFFICE_WEEK, closed_yearly=every_day)


def test_unknown_holidays_are_refused() -> None:
    with pytest.raises(CalendarError, match="GB, XX are not known"):
        WorkingCalendar("Europe/London", OFFICE_WEEK, "GB", "XX")


@pytest.mark.parametrize(
    ("calendar", "at", "open_then"),
    [
        # England: Friday 1 May 2026 is an ordinary day before the May Day holiday of Monday 4 May
        (LONDON, "2026-05-01 08:59", False),
        (LONDON, "2026-05-01 09:00", True),
        (LONDON, "2026-05-01 16:59", True),
        (LONDON, "2026-05-01 17:00", False),
        (LONDON, "2026-05-02 12:00", False),
        (LONDON, "2026-05-04 12:00", False),
        (LONDON, "2026-05-05 09:00", True),
        # between two stretches of one day nobody works
        (TWO_SHIFTS, "2026-03-09 12:29", True),
        (TWO_SHIFTS, "2026-03-09 12:30", False),
        (TWO_SHIFTS, "2026-03-09 13:30", True),
        # clocks go from 2:00 to 3:00 on 29 March 2026
        (ALL_DAY, "2026-03-29 00:00", True),
        (ALL_DAY, "2026-03-29 23:59", True),
    ],
)
def test_a_moment_lies_in_working_hours_or_not(calendar: WorkingCalendar, at: str, open_then: bool) -> None:
    moment = datetime.fromisoformat(at).replace(tzinfo=ZoneInfo(calendar.zone)).astimezone(UTC)
    assert calendar.is_open(moment) is open_then


@given(st.sampled_from(CALENDARS), st.integers(0, 5_000_000))
@settings(max_examples=60)
def test_an_hour_of_work_takes_an_hour_exactly_when_people_work_all_through_it(
    calendar: WorkingCalendar, minutes: int
) -> None:
    moment = datetime(2020, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    at_once = calendar.add(moment, 1, Unit.WORKING_HOURS).moment_utc - moment == timedelta(hours=1)
    assert at_once == all(calendar.is_open(moment + timedelta(minutes=each)) for each in range(60))


@pytest.mark.parametrize(
    ("moment", "amount", "unit", "message"),
    [
        (datetime(2026, 3, 9, 10), 1, Unit.DAYS, "time zone"),  # noqa: DTZ001 - what is refused here
        (datetime(2026, 3, 9, tzinfo=UTC), -1, Unit.DAYS, "not -1"),
        (datetime(2026, 3, 9, tzinfo=UTC), 10**9, Unit.DAYS, "not 1,000,000,000"),
        (datetime(1899, 12, 31, tzinfo=UTC), 1, Unit.MINUTES, "1900 to 2100"),
        (datetime(2100, 12, 31, 12, tzinfo=UTC), 1, Unit.DAYS, "1900 to 2100"),
        (datetime(9999, 12, 31, 23, 59, tzinfo=UTC), 600, Unit.MONTHS, "1900 to 2100"),
    ],
)
def test_a_question_without_an_answer_is_refused(
    moment: datetime, amount: int, unit: Unit, message: str
) -> None:
    with pytest.raises(CalendarError, match=message):
        LONDON.add(moment, amount, unit)


def test_the_longest_clocks_take_bounded_work_even_on_a_calendar_that_hardly_ever_works() -> None:
    one_hour_a_week = WorkingCalendar("Europe/London", ((Hours(540, 600),), (), (), (), (), (), ()))
    moment = datetime(2026, 3, 9, tzinfo=UTC)
    started = time.process_time()
    for unit in Unit:
        assert LONDON.add(moment, LONGEST[unit], unit).moment_utc.year >= 2075
    for unit in (Unit.WORKING_DAYS, Unit.WORKING_HOURS):
        with pytest.raises(CalendarError, match="1900 to 2100"):
            one_hour_a_week.add(moment, LONGEST[unit], unit)
    assert time.process_time() - started < 20  # of the processor's; it takes a tenth of one


MOMENTS = st.datetimes(datetime(2020, 1, 1), datetime(2035, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001
ANY_CALENDAR = st.sampled_from(CALENDARS)
DIRECTIONS: st.SearchStrategy[Direction] = st.sampled_from(["after", "before"])


@given(ANY_CALENDAR, MOMENTS, st.integers(0, 300), DIRECTIONS)
def test_adding_working_days_never_lands_on_a_day_off(
    calendar: WorkingCalendar, moment: datetime, amount: int, direction: Direction
) -> None:
    due = calendar.add(moment, amount, Unit.WORKING_DAYS, direction).moment_utc
    if due != moment:  # 0 working days after hours stay where they are
        assert calendar.is_working_day(due.astimezone(ZoneInfo(calendar.zone)).date())


@given(ANY_CALENDAR, MOMENTS, st.integers(0, 250), st.integers(0, 250), st.sampled_from(Unit))
def test_a_longer_clock_is_never_due_earlier(
    calendar: WorkingCalendar, moment: datetime, one: int, two: int, unit: Unit
) -> None:
    short, long = sorted((one, two))
    after = [calendar.add(moment, each, unit).moment_utc for each in (short, long)]
    before = [calendar.add(moment, each, unit, "before").moment_utc for each in (short, long)]
    assert moment <= after[0] <= after[1]
    assert before[1] <= before[0] <= moment


@given(ANY_CALENDAR, MOMENTS, MOMENTS, st.integers(0, 100), st.sampled_from(Unit), DIRECTIONS)
def test_a_clock_that_starts_later_is_never_due_earlier(
    calendar: WorkingCalendar,
    one: datetime,
    two: datetime,
    amount: int,
    unit: Unit,
    direction: Direction,
) -> None:
    early, late = sorted((one, two))
    dues = [calendar.add(each, amount, unit, direction).moment_utc for each in (early, late)]
    assert dues[0] <= dues[1]


@given(ANY_CALENDAR, MOMENTS, st.integers(0, 300))
def test_working_days_forth_and_back_meet_at_the_end_of_the_day(
    calendar: WorkingCalendar, moment: datetime, amount: int
) -> None:
    start = calendar.add(moment, 1, Unit.WORKING_DAYS).moment_utc
    there = calendar.add(start, amount, Unit.WORKING_DAYS).moment_utc
    assert calendar.add(there, amount, Unit.WORKING_DAYS, "before").moment_utc == start
    back = calendar.add(start, amount, Unit.WORKING_DAYS, "before").moment_utc
    assert calendar.add(back, amount, Unit.WORKING_DAYS).moment_utc == start


@settings(max_examples=50)
@given(st.sampled_from([LONDON, TWO_SHIFTS]), MOMENTS, st.integers(1, 60))
def test_working_hours_between_start_and_due_are_those_of_the_clock(
    calendar: WorkingCalendar, moment: datetime, amount: int
) -> None:
    moment = moment.replace(second=0, microsecond=0)
    due = calendar.add(moment, amount, Unit.WORKING_HOURS).moment_utc
    zone = ZoneInfo(calendar.zone)
    counted: Counter[bool] = Counter()
    minute = moment
    while minute < due:
        local = minute.astimezone(zone)
        at = local.hour * 60 + local.minute
        counted[any(each.start <= at < each.end for each in calendar.hours_on(local.date()))] += 1
        minute += timedelta(minutes=1)
    assert counted[True] == amount * 60
