from __future__ import annotations

import pytest

from definitions.expressions import Scope, fits, infer, parse
from definitions.types import (
    Choice,
    Condition,
    Date,
    DateTime,
    Duration,
    ListOf,
    MaybeAbsent,
    Money,
    Number,
    Record,
    Struct,
    Text,
    Type,
    Unknown,
)

HOUSING = Choice(("stable", "at_risk", "homeless"))

CONDITIONS = [
    "findings.immediate_danger is yes",
    "findings.immediate_danger is not no",
    'findings.immediate_danger is "doesnt_know"',
    "findings.housing is homeless or findings.health is severe",
    "findings.housing in (at_risk, homeless)",
    "findings.housing not in (homeless)",
    "need is food-insecurity",
    "category is need",
    "need in findings.needs",
    "homelessness in findings.needs and food-insecurity not in findings.needs",
    "count(findings.needs) > 0",
    "client is profile.id and case.plan.status is agreed",
    "case.client is profile",
    "18 <= age_on(profile.date_of_birth, moment) < 65",
    "days_between(birthday, today()) > 30",
    "birthday >= 2020-02-01",
    "moment + hours(36) < now()",
    "birthday + months(6) > today()",
    "moment - moment > days(2)",
    'income * 0.30 > money(450.50, "EUR")',
    "income / income > 0.5",
    'name in ("Miller", "Smith")',
    "number in (1, 2)",
    "3 == number",
    "not sealed and not (number > 3)",
    "name is known",
    "referral is not known",
    "max(birthday, today()) == today()",
    "sum(household.sizes) / count(household.sizes) > -1",
    "round(number / 3, 2) > min(1, 2, number)",
]

VALUES: list[tuple[str, Type]] = [
    ("number + 1", Number()),
    ("income - income", Money()),
    ("birthday - birthday", Duration("days")),
    ("moment - moment", Duration("clock")),
    ("days(2) + hours(3)", Duration("clock")),
    ("days(2) * 3", Duration("days")),
    ("days(2) / weeks(1)", Number()),
    ("weeks(1) + birthday", Date()),
    ("moment + months(1)", DateTime()),
    ("date_of(moment)", Date()),
    ("household.members", ListOf(Record("HouseholdMember"))),
    ("findings.consent", Record("Consent")),
    ("coalesce(referral.number, 0)", Number()),
    ("coalesce(homeless, findings.housing)", HOUSING),
    ("round(income, 2)", Money()),
]


@pytest.mark.parametrize("text", CONDITIONS)
def test_what_a_department_writes_is_a_condition(text: str, scope: Scope) -> None:
    assert infer(parse(text), scope, Condition()) == (Condition(), ())


@pytest.mark.parametrize(("text", "kind"), VALUES)
def test_a_value_has_its_type(text: str, kind: Type, scope: Scope) -> None:
    assert infer(parse(text), scope) == (kind, ())


def test_a_bare_option_is_understood_where_a_choice_is_expected(scope: Scope) -> None:
    assert infer(parse("homeless"), scope, HOUSING) == (HOUSING, ())
    assert infer(parse("food-insecurity"), scope, Choice(("food-insecurity",)))[1] == ()
    assert infer(parse("homeless"), scope)[1][0].code == "CW321"


def test_an_error_silences_what_follows_from_it(scope: Scope) -> None:
    text = "findings.hosing + 1 > 3 and number > 3"
    kind, problems = infer(parse(text), scope, Condition())
    assert kind == Condition()
    assert [(problem.code, text[problem.start : problem.end]) for problem in problems] == [
        ("CW322", "hosing")
    ]
    assert infer(parse("findings.hosing"), scope, Number())[0] == Unknown()


@pytest.mark.parametrize(
    "text",
    [
        "referral.number is known and referral.number > 3",
        "referral is known and referral.number > 3 and referral.housing is homeless",
        "referral.number is known and referral.id is name",
        "referral.number is not known or referral.number > 3",
        "not referral is known or referral.number > 3",
        "coalesce(referral.number, 0) > 3",
        "coalesce(referral.housing, homeless) is homeless",
        "referral.number is known",
    ],
)
def test_an_absent_value_can_be_read_behind_a_guard(text: str, scope: Scope) -> None:
    assert infer(parse(text), scope, Condition())[1] == ()


@pytest.mark.parametrize(
    "text",
    [
        "referral.number > 3",
        "referral.number > 3 and referral.number is known",
        "referral.number is known or referral.number > 3",
        "referral.number is not known and referral.number > 3",
        "coalesce(referral.number, referral.number) > 3",
    ],
)
def test_an_absent_value_cannot_be_read_without_one(text: str, scope: Scope) -> None:
    assert {problem.code for problem in infer(parse(text), scope, Condition())[1]} == {"CW337"}


def test_what_a_condition_establishes_holds_beside_it(scope: Scope) -> None:
    guarded = scope.assuming(parse("sealed and referral.id is known"))
    assert infer(parse("referral.number"), guarded) == (Number(), ())
    assert infer(parse("referral.number"), scope)[1][0].code == "CW337"


def test_a_single_output_may_be_absent_too() -> None:
    scope = Scope({"step": Struct((("always", Number()), ("sometimes", MaybeAbsent(Number(), "step"))))})
    assert infer(parse("step.always"), scope) == (Number(), ())
    assert infer(parse("step.sometimes"), scope)[1][0].code == "CW337"
    assert infer(parse("step.sometimes is known and step.sometimes > 3"), scope)[1] == ()


def test_a_place_may_take_what_is_absent(scope: Scope) -> None:
    expected = MaybeAbsent(Number(), "anything")
    assert infer(parse("referral.number"), scope, expected) == (MaybeAbsent(Number(), "referral"), ())


def test_more_names_hide_the_old_ones(scope: Scope) -> None:
    assert infer(parse("name"), scope.with_names({"name": Number()}))[0] == Number()
    assert infer(parse("name"), scope)[0] == Text()


def test_a_record_that_the_catalogue_lacks_is_not_reported_twice() -> None:
    scope = Scope({"thing": Record("Nothing")})
    assert infer(parse("thing.some.field > 3"), scope)[1] == ()


@pytest.mark.parametrize(
    ("kind", "expected", "answer"),
    [
        (Text(), Record("Client"), True),
        (HOUSING, Text(), True),
        (Text(), HOUSING, False),
        (Choice(("stable",)), HOUSING, True),
        (HOUSING, Choice(("stable",)), False),
        (Duration("days"), Duration(), True),
        (Duration("months"), Duration("days"), False),
        (Unknown(), Date(), True),
        (Date(), DateTime(), False),
    ],
)
def test_which_type_fits_where(kind: Type, expected: Type, answer: bool) -> None:
    assert fits(kind, expected) is answer
