"""What holds for every text and every accepted expression."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from definitions.expressions import (
    ABSENT,
    MISSING,
    UNDECIDED,
    EvaluationError,
    ExpressionError,
    MappingEnvironment,
    Scope,
    evaluate,
    infer,
    parse,
    parse_running_text,
)
from definitions.problems import Problem
from definitions.runtime_values import DurationValue, MoneyValue, RecordView, Singleton
from definitions.types import (
    YES_NO_CODES,
    Choice,
    Choices,
    Condition,
    Date,
    DateTime,
    Duration,
    ListOf,
    MaybeAbsent,
    Money,
    Number,
    Record,
    Text,
    Type,
    YesNo,
)

PIECES = st.sampled_from(
    [
        *(
            "findings.housing",
            "findings.immediate_danger",
            "findings.needs",
            "referral.number",
            "number",
            "sealed",
        ),
        *("household.sizes", "birthday", "moment", "income", "name", "profile", "client", "case.plan.status"),
        *(
            "homeless",
            "food-insecurity",
            "yes",
            "agreed",
            '"x"',
            "2020-02-29",
            "0",
            "1",
            "2.5",
            "need",
            "known",
        ),
        *(
            "and",
            "or",
            "not",
            "is",
            "is not",
            "in",
            "not in",
            "+",
            "-",
            "*",
            "/",
            "<",
            "<=",
            "==",
            "!=",
            ">=",
        ),
        *(
            "(",
            ")",
            ",",
            "count(",
            "age_on(",
            "sum(",
            "max(",
            "coalesce(",
            "days(",
            "months(",
            "hours(",
            "round(",
        ),
        *(
            "today()",
            "now()",
            "date_of(",
            'money(1, "EUR")',
            "days_between(",
            ".",
            "=",
            "10%",
            "1,200",
            "_x",
            "if",
        ),
    ]
)
SOUP = st.lists(PIECES, max_size=14).map(" ".join)
TEXTS = st.text(max_size=60) | st.text(alphabet="ab.(),'\"=<>!-+*/ 0123%#{}[]\n\\_:&|“é", max_size=40) | SOUP


def leaves(*texts: str) -> st.SearchStrategy[str]:
    return st.sampled_from(texts)


def numbers(depth: int) -> st.SearchStrategy[str]:
    plain = leaves(
        "0", "3", "2.5", "number", "count(findings.needs)", "sum(household.sizes)", "max(household.sizes)"
    )
    if depth == 0:
        return plain
    inner = numbers(depth - 1)
    return st.one_of(
        plain,
        st.builds("({} {} {})".format, inner, leaves("+", "-", "*", "/"), inner),
        st.builds("-{}".format, inner),
        st.builds("coalesce(referral.number, {})".format, inner),
        st.builds("round({}, 2)".format, inner),
        st.builds("days_between({}, {})".format, dates(depth - 1), dates(depth - 1)),
        st.builds("age_on({}, {})".format, dates(depth - 1), dates(depth - 1)),
        st.builds("({} / {})".format, amounts(depth - 1), amounts(depth - 1)),
    )


def amounts(depth: int) -> st.SearchStrategy[str]:
    plain = leaves("income", 'money(3, "EUR")', 'money(0, "USD")')
    if depth == 0:
        return plain
    return st.one_of(
        plain,
        st.builds("({} {} {})".format, amounts(depth - 1), leaves("+", "-"), amounts(depth - 1)),
        st.builds("({} {} {})".format, amounts(depth - 1), leaves("*", "/"), numbers(depth - 1)),
    )


def dates(depth: int) -> st.SearchStrategy[str]:
    plain = leaves("birthday", "2020-02-29", "today()", "date_of(moment)", "profile.date_of_birth")
    if depth == 0:
        return plain
    length = st.builds("{}({})".format, leaves("days", "weeks", "months"), numbers(depth - 1))
    return plain | st.builds("({} {} {})".format, dates(depth - 1), leaves("+", "-"), length)


def conditions(depth: int) -> st.SearchStrategy[str]:
    plain = leaves(
        *("sealed", "findings.housing is homeless", "findings.immediate_danger is not no", "name is known"),
        *("need in findings.needs", "food-insecurity not in findings.needs", "client is profile.id"),
        *("findings.health in (good, severe)", "referral is known", "case.plan.status is not agreed"),
        *("(referral.number is known and referral.number > 3)", "moment + hours(3) < now()"),
    )
    if depth == 0:
        return plain
    inner, sign = conditions(depth - 1), leaves("<", "<=", "==", "!=", ">=", ">")
    return st.one_of(
        plain,
        st.builds("({} {} {})".format, inner, leaves("and", "or"), inner),
        st.builds("not {}".format, inner),
        st.builds("{} {} {}".format, numbers(depth - 1), sign, numbers(depth - 1)),
        st.builds("{} {} {}".format, amounts(depth - 1), sign, amounts(depth - 1)),
        st.builds("{} {} {}".format, dates(depth - 1), sign, dates(depth - 1)),
        st.builds("0 <= {} < {}".format, numbers(depth - 1), numbers(depth - 1)),
    )


TYPED = numbers(3) | amounts(3) | dates(3) | conditions(3)


@dataclass(frozen=True)
class View:
    record: str
    id: str
    scope: Scope
    missing: bool

    def field(self, name: str) -> object:
        kind = self.scope.records[self.record][name]
        return MISSING if self.missing else VALUES[type(kind)](kind, self.scope, self.missing)


RecordView.register(View)

VALUES: dict[type, Any] = {
    Text: lambda *_: "x",
    Number: lambda *_: 4,
    Money: lambda *_: MoneyValue(Decimal("12.50"), "EUR"),
    Date: lambda *_: date(2000, 2, 29),
    DateTime: lambda *_: datetime(2024, 2, 29, 23, 30, tzinfo=UTC),
    Condition: lambda *_: True,
    YesNo: lambda *_: "doesnt_know",
    Choice: lambda kind, *_: kind.options[-1],
    Choices: lambda kind, *_: list(kind.options[:2]),
    ListOf: lambda kind, scope, missing: [
        value_of(kind.item, scope, missing),
        value_of(kind.item, scope, False),
    ],
    Record: lambda kind, scope, missing: View(kind.name, f"{kind.name}-1", scope, missing),
}


def value_of(kind: Type, scope: Scope, missing: bool) -> object:
    if isinstance(kind, MaybeAbsent):
        return ABSENT if missing else value_of(kind.of, scope, missing)
    if hasattr(kind, "fields"):
        return {name: value_of(inner, scope, missing) for name, inner in kind.fields}
    return (
        MISSING
        if missing and not isinstance(kind, ListOf | Record)
        else VALUES[type(kind)](kind, scope, missing)
    )


def environments(scope: Scope) -> list[MappingEnvironment]:
    """One where everything is there, and one where all that can be missing or absent is."""
    now, zone = datetime(2026, 3, 29, 1, 30, tzinfo=UTC), ZoneInfo("Europe/Berlin")
    return [
        MappingEnvironment(
            {name: value_of(kind, scope, missing) for name, kind in scope.names.items()}, now, zone
        )
        for missing in (False, True)
    ]


RUNTIME: dict[type, tuple[type, ...]] = {
    Number: (Decimal,),
    Money: (MoneyValue,),
    Date: (date,),
    DateTime: (datetime,),
    Duration: (DurationValue,),
    Condition: (bool,),
    Text: (str,),
    YesNo: (str,),
    Choice: (str,),
    Choices: (tuple,),
    ListOf: (tuple,),
    Record: (RecordView,),
}
ONLY_VALUES_SHOW = (
    "division by zero",
    "too large",
    "outside the calendar",
    "whole numbers",
    "too many",
    "before the date of birth",
    "EUR and USD",
    "USD and EUR",
)


def problems_of(read: Callable[[str], object], text: str) -> tuple[Problem, ...] | None:
    """The problems with which a text is refused, or None."""
    try:
        read(text)
    except ExpressionError as error:
        return error.problems
    return None


@settings(deadline=None, max_examples=400)
@given(TEXTS)
def test_no_text_makes_parsing_fail_otherwise_than_with_problems_inside_it(text: str) -> None:
    for read in (parse, parse_running_text):
        found = problems_of(read, text)
        if found is not None:
            assert found
            assert all(0 <= problem.start <= problem.end <= len(text) for problem in found)


@settings(deadline=None, max_examples=400)
@given(text=SOUP | TYPED)
def test_whatever_is_accepted_has_a_value_of_its_type(text: str, scope: Scope) -> None:
    with suppress(ExpressionError):
        check_value(text, scope)


@settings(deadline=None, max_examples=400)
@given(text=TYPED)
def test_what_is_put_together_by_type_is_accepted(text: str, scope: Scope) -> None:
    found = problems_of(parse, text)
    if found is None:
        assert infer(parse(text), scope)[1] == ()
    else:
        assert {problem.code for problem in found} == {"CW302"}


def check_value(text: str, scope: Scope) -> None:
    expression = parse(text)
    kind, problems = infer(expression, scope)
    assert all(0 <= problem.start < problem.end <= len(text) for problem in problems)
    if problems:
        return
    for environment in environments(scope):
        try:
            value = evaluate(expression, environment).value
        except EvaluationError as error:
            if not any(reason in str(error) for reason in ONLY_VALUES_SHOW):
                raise
            continue
        if isinstance(value, Singleton):
            assert value in ((UNDECIDED, MISSING) if isinstance(kind, Condition) else (MISSING,))
        elif not hasattr(kind, "fields"):
            assert isinstance(value, RUNTIME[type(kind)]), (text, kind, value)
            assert isinstance(value, bool) == isinstance(kind, Condition)


@pytest.mark.parametrize("code", YES_NO_CODES)
def test_every_answer_is_either_what_is_asked_or_not(code: str) -> None:
    environment = MappingEnvironment({"answer": code}, datetime(2026, 1, 1, tzinfo=UTC), ZoneInfo("UTC"))
    for asked in YES_NO_CODES:
        assert evaluate(parse(f"answer is {asked}"), environment).value is (asked == code)
        assert evaluate(parse(f"answer is not {asked}"), environment).value is (asked != code)
    assert evaluate(parse("answer is known"), environment).value is (code in ("yes", "no"))
