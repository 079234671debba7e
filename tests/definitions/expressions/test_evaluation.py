from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from definitions.expressions import (
    ABSENT,
    MISSING,
    UNDECIDED,
    EvaluationError,
    MappingEnvironment,
    decide,
    evaluate,
    parse,
)
from definitions.runtime_values import DurationValue, MoneyValue, RecordView
from definitions.time.calendars import Hours, WorkingCalendar


@dataclass(frozen=True)
class View:
    record: str
    id: str
    fields: dict[str, object] = field(default_factory=dict)

    def field(self, name: str) -> object:
        return self.fields.get(name, MISSING)


RecordView.register(View)

CLIENT = View("Client", "C1", {"date_of_birth": date(2008, 2, 29), "language": None})

VALUES: dict[str, object] = {
    "findings": {
        "immediate_danger": "doesnt_know",
        "housing": "homeless",
        "health": None,
        "needs": ["homelessness", "food-insecurity"],
    },
    "referral": ABSENT,
    "client": View("Client", "C1"),
    "other": View("Staff", "C1"),
    "profile": CLIENT,
    "need": "food-insecurity",
    "nothing": MISSING,
    "none_chosen": (),
    "sealed": False,
    "undecided": None,
    "number": 5,
    "income": MoneyValue(Decimal("1200.10"), "EUR"),
    "dollars": MoneyValue(Decimal(1), "USD"),
    "sizes": [1, 2, 4],
    "holes": [1, None],
    "day": date(2026, 1, 31),
    "moment": datetime(2026, 3, 28, 10, 0, tzinfo=UTC),
    "late": datetime(2026, 2, 28, 23, 30, tzinfo=UTC),
    "ratio": 0.5,
    "endless": Decimal("NaN"),
    "huge": 10**60,
    "clockless": datetime(2026, 1, 1),  # noqa: DTZ001 - a value that must be refused
}


@pytest.fixture
def environment() -> MappingEnvironment:
    return MappingEnvironment(VALUES, datetime(2026, 3, 28, 23, 30, tzinfo=UTC), ZoneInfo("Europe/Berlin"))


CONDITIONS: list[tuple[str, object]] = [
    ("findings.immediate_danger is not no", True),
    ("findings.immediate_danger is yes", False),
    ("findings.immediate_danger is known", False),
    ("findings.housing is homeless", True),
    ("findings.housing in (stable, homeless)", True),
    ("findings.housing not in (stable)", True),
    ("findings.health is severe", UNDECIDED),
    ("findings.health is not severe", UNDECIDED),
    ("findings.health is known", False),
    ("findings.health in (good, severe)", UNDECIDED),
    ("need is food-insecurity", True),
    ("need in findings.needs", True),
    ("housing-instability in findings.needs", False),
    ("homelessness in none_chosen", False),
    ("count(none_chosen) == 0", True),
    ("nothing in (1, 2)", UNDECIDED),
    ("number in (nothing, 5)", True),
    ("number in (nothing, 6)", UNDECIDED),
    ("client is profile", True),
    ("client is profile.id", True),
    ('client is "C2"', False),
    ("client is other", False),
    ("referral is known", False),
    ("referral.id is not known", True),
    ("1 < number <= 5", True),
    ("1 < nothing < 0", UNDECIDED),
    ("7 < number < nothing", False),
    ("days(7) == weeks(1)", True),
    ("hours(25) > days(1)", True),
    ("months(2) > months(1)", True),
    ('income > money(1200, "EUR")', True),
    ("sealed", False),
    ("not sealed", True),
    ("undecided", UNDECIDED),
    ("not undecided", UNDECIDED),
    ("undecided and sealed", False),
    ("sealed and undecided", False),
    ("undecided and not sealed", UNDECIDED),
    ("undecided or not sealed", True),
    ("undecided or sealed", UNDECIDED),
    ("undecided or undecided", UNDECIDED),
    ("referral is known and referral.number > 3", False),
    ("age_on(profile.date_of_birth, day) >= 18", False),
]

NUMBERS: list[tuple[str, object]] = [
    ("0.1 + 0.2", Decimal("0.3")),
    ("-number * 2 - 1", Decimal(-11)),
    ("round(number / 3, 2)", Decimal("1.67")),
    ("round(2.5)", Decimal(3)),
    ("round(-2.5)", Decimal(-3)),
    ("round(income / 7, 2)", MoneyValue(Decimal("171.44"), "EUR")),
    ("income * 2 - income", MoneyValue(Decimal("1200.10"), "EUR")),
    ("income / income", Decimal(1)),
    ("sum(sizes)", Decimal(7)),
    ("sum(holes)", MISSING),
    ("sum(none_chosen)", MISSING),
    ("max(sizes)", Decimal(4)),
    ("min(number, 7, 6)", Decimal(5)),
    ("min(number, nothing)", MISSING),
    ("nothing + 1", MISSING),
    ("coalesce(referral.number, nothing, 7)", Decimal(7)),
    ("coalesce(nothing, referral.number)", MISSING),
    ("age_on(profile.date_of_birth, day)", Decimal(17)),
    ("age_on(profile.date_of_birth, 2026-02-28)", Decimal(17)),
    ("age_on(profile.date_of_birth, late)", Decimal(18)),
    ("age_on(profile.date_of_birth, 2028-02-28)", Decimal(19)),
    ("age_on(profile.date_of_birth, 2028-02-29)", Decimal(20)),
    ("days_between(day, late)", Decimal(29)),
    ("days_between(late, day)", Decimal(-29)),
    ("days(3) / hours(36)", Decimal(2)),
]

DATES: list[tuple[str, object]] = [
    ("today()", date(2026, 3, 29)),
    ("date_of(late)", date(2026, 3, 1)),
    ("day + months(1)", date(2026, 2, 28)),
    ("day - months(11)", date(2025, 2, 28)),
    ("day + weeks(1) - days(1)", date(2026, 2, 6)),
    ("moment + hours(24)", datetime(2026, 3, 29, 10, 0, tzinfo=UTC)),
    (
        "moment + days(1)",
        datetime(2026, 3, 29, 9, 0, tzinfo=UTC),
    ),  # the same wall time, an hour less that night
    ("day - 2026-01-01", DurationValue(Decimal(30), "days")),
    ("moment - late", DurationValue(Decimal(27 * 1440 + 630), "minutes")),
    ("days(1) + hours(12)", DurationValue(Decimal(2160), "minutes")),
    ("findings.needs", ("homelessness", "food-insecurity")),
    ("profile.language", MISSING),
    ("homeless", "homeless"),
]


@pytest.mark.parametrize(("text", "value"), CONDITIONS)
def test_a_condition_is_decided(text: str, value: object, environment: MappingEnvironment) -> None:
    assert decide(parse(text), environment)[0] is value


@pytest.mark.parametrize(("text", "value"), NUMBERS + DATES)
def test_a_value_is_computed(text: str, value: object, environment: MappingEnvironment) -> None:
    assert evaluate(parse(text), environment).value == value


OFFICE = WorkingCalendar("Europe/Berlin", (*[(Hours(9 * 60, 17 * 60),)] * 5, (), ()))
FRIDAY = datetime(2026, 3, 27, 15, 59, tzinfo=UTC)
"""16:59 in Berlin, before the weekend on which the clocks change."""


@pytest.fixture
def office() -> MappingEnvironment:
    values = {"friday": FRIDAY, "day": date(2026, 3, 27), "nothing": None}
    return MappingEnvironment(values, FRIDAY, ZoneInfo("Europe/Berlin"), OFFICE)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("in_working_hours(friday)", True),
        ("in_working_hours(friday + minutes(1))", False),
        ("not in_working_hours(now() + days(1))", True),
        ("in_working_hours(nothing)", MISSING),
        ("working_hours_after(4, friday)", datetime(2026, 3, 30, 10, 59, tzinfo=UTC)),
        ("working_days_after(1, friday)", datetime(2026, 3, 30, 15, 0, tzinfo=UTC)),
        ("working_days_after(1, day)", datetime(2026, 3, 30, 15, 0, tzinfo=UTC)),
        ("working_days_after(-1, friday)", datetime(2026, 3, 26, 16, 0, tzinfo=UTC)),
    ],
)
def test_working_time_is_that_of_the_calendar(text: str, value: object, office: MappingEnvironment) -> None:
    assert evaluate(parse(text), office).value == value


def test_a_moment_that_nobody_knows_is_undecided(office: MappingEnvironment) -> None:
    assert decide(parse("in_working_hours(nothing)"), office)[0] is UNDECIDED


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("working_hours_after(1.5, friday)", "working hours are counted in whole numbers"),
        ("working_days_after(99999, friday)", "a calendar adds 0 to"),
        ("working_days_after(12000, friday + days(26000))", "1900 to 2100"),
    ],
)
def test_working_time_that_no_calendar_has_says_why(
    text: str, message: str, office: MappingEnvironment
) -> None:
    with pytest.raises(EvaluationError, match=message) as caught:
        evaluate(parse(text), office)
    assert caught.value.start == 0


@pytest.mark.parametrize(
    ("text", "where", "message"),
    [
        ("in_working_hours(moment)", "in_working_hours(moment)", "no working calendar"),
        ("1 + number / 0", "number / 0", "division by zero"),
        ("0 / 0", "0 / 0", "cannot be computed"),
        ("referral.number > 3", "referral.number", "`referral.number` is absent"),
        ("income > dollars", "income > dollars", "EUR and USD"),
        ("months(1) > days(30)", "months(1) > days(30)", "months have no fixed number"),
        ("huge > 1", "huge", "`huge` holds a value"),
        ("endless > 1", "endless", "`endless` holds a value"),
        ("ratio > 1", "ratio", "(float)"),
        ("clockless < now()", "clockless", "(datetime)"),
        ("day + days(9999999)", "day + days(9999999)", "outside the calendar"),
        ("day - months(9999999)", "day - months(9999999)", "outside the calendar"),
        ("days(99999999)", "days(99999999)", "too many days"),
        ("days(1.5)", "days(1.5)", "whole numbers"),
        ("age_on(2026-02-01, day)", "age_on(2026-02-01, day)", "before the date of birth"),
        ("round(1, 99)", "round(1, 99)", "0 to 10 digits"),
        ("number and sealed", None, "a condition was expected"),
        ("unknown.field", "unknown.field", "`unknown` is not known"),
        ("number.field", "number.field", "`number` has no fields"),
        ("coalesce(referral.a, referral.b)", "coalesce(referral.a, referral.b)", "is absent"),
        ("999999999999999 * 999999999999999 * 999999999999999", None, "too large"),
    ],
)
def test_what_has_no_value_says_where_and_why(
    text: str, where: str | None, message: str, environment: MappingEnvironment
) -> None:
    with pytest.raises(EvaluationError) as caught:
        evaluate(parse(text), environment)
    assert message in str(caught.value)
    assert caught.value.start is not None
    if where is not None:
        assert text[caught.value.start : caught.value.end] == where


def test_a_message_tells_no_value_of_the_case(environment: MappingEnvironment) -> None:
    with pytest.raises(EvaluationError) as caught:
        evaluate(parse("findings.housing > 3"), environment)
    assert "homeless" not in str(caught.value)


def test_a_value_that_is_no_condition_is_not_decided(environment: MappingEnvironment) -> None:
    with pytest.raises(EvaluationError, match="a condition was expected, not a number"):
        decide(parse("number"), environment)


def test_the_trace_says_which_value_each_name_had(environment: MappingEnvironment) -> None:
    found = evaluate(
        parse("number > 3 and (number < 9 or sealed) and findings.health is severe"), environment
    )
    assert found.value is UNDECIDED
    assert found.trace == (("number", Decimal(5)), ("findings.health", MISSING))


def test_nothing_is_read_behind_what_decides(environment: MappingEnvironment) -> None:
    found = evaluate(parse("sealed and referral.number / 0 > 3"), environment)
    assert found.value is False
    assert found.trace == (("sealed", False),)


def test_an_option_gives_way_to_a_name_that_is_known(environment: MappingEnvironment) -> None:
    assert evaluate(parse("need"), environment).value == "food-insecurity"
    assert (
        evaluate(parse("number-day"), MappingEnvironment({}, environment.now, environment.zone)).value
        == "number-day"
    )


def test_evaluation_does_not_change_the_decimal_context_of_its_caller(
    environment: MappingEnvironment,
) -> None:
    before = Decimal(1) / 3
    evaluate(parse("1 / 3"), environment)
    assert Decimal(1) / 3 == before


@pytest.mark.parametrize(
    ("text", "truth"),
    [
        ("findings.immediate_danger is yes", UNDECIDED),
        ("not (findings.immediate_danger is yes)", UNDECIDED),
        ("findings.immediate_danger in (yes, no)", UNDECIDED),
        ("findings.immediate_danger is not no", True),
        ("findings.immediate_danger is doesnt_know", True),
        ("findings.immediate_danger in (yes, doesnt_know)", True),
        ("findings.housing is doesnt_know", False),
        ("findings.housing in (stable, doesnt_know)", False),
    ],
)
def test_where_only_answers_that_tell_something_decide(
    environment: MappingEnvironment, text: str, truth: object
) -> None:
    assert decide(parse(text), environment, telling=True)[0] is truth
