from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from definitions.codes import CODES
from definitions.problems import Problem
from definitions.time.clocks import LONGEST, Clock, ClockError, Origin, Unit, describe, length, parse_clock


def refusal(text: str) -> Problem:
    with pytest.raises(ClockError) as refused:
        parse_clock(text)
    [problem] = refused.value.problems
    return problem


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("10 working days from inputs.received_at", "10 working days after inputs.received_at"),
        ("1 working day before due", "1 working day before the due date"),
        ("2 working days before due", "2 working days before the due date"),
        ("5 working days", "5 working days after the step starts"),
        ("10 minutes", "10 minutes after the step starts"),
        ("0 hours", "0 hours after the step starts"),
        ("36 hours from inputs.told_at", "36 hours after inputs.told_at"),
        ("4 working hours from due", "4 working hours after the due date"),
        ("1 week", "1 week after the step starts"),
        ("3 months from case.agreed_on", "3 months after case.agreed_on"),
        ("28 days from coalesce(case.a, case.b)", "28 days after coalesce(case.a, case.b)"),
    ],
)
def test_a_clock_is_read_and_said_back_in_words(text: str, words: str) -> None:
    assert describe(parse_clock(text)) == words


def test_a_clock_keeps_the_place_of_its_expression() -> None:
    text = "  10  working days   from inputs.received_at "
    clock = parse_clock(text)
    assert clock == Clock(10, Unit.WORKING_DAYS, "after", Origin("expression", "inputs.received_at", 26))
    assert text[clock.origin.offset :].startswith("inputs.received_at")


def test_due_as_part_of_an_expression_is_not_the_due_date() -> None:
    assert parse_clock("1 day before case.due").origin == Origin("expression", "case.due", 13)
    assert parse_clock("1 day before due").origin.kind == "due"


def test_singular_and_plural_are_both_read() -> None:
    assert parse_clock("1 days") == parse_clock("1 day")
    assert length(parse_clock("1 days")) == "1 day"
    assert length(parse_clock("2 day")) == "2 days"


@pytest.mark.parametrize(
    ("text", "code", "marked", "suggestion"),
    [
        ("", "CW501", "", None),
        ("   ", "CW501", "   ", None),
        ("soon", "CW501", "soon", None),
        ("days 5", "CW501", "days", None),
        ("P10D", "CW501", "P10D", None),
        ("-1 days", "CW502", "-1", None),
        ("−3 hours from due", "CW502", "−3", None),
        ("1.5 days", "CW503", "1.5", None),
        ("1,5 Tage", "CW503", "1,5", None),
        ("½ day", "CW503", "½", None),
        ("٣ days", "CW503", "٣", None),
        ("1e3 days", "CW503", "1e3", None),
        ("1,000 days", "CW503", "1,000", "1000"),
        ("1.000 days", "CW503", "1.000", "1000"),
        ("two days", "CW503", "two", "2"),
        ("a week from due", "CW503", "a", "1"),
        ("20000 days", "CW504", "20000 days", None),
        ("601 months", "CW504", "601 months", None),
        ("1000000000 days", "CW504", "1000000000", None),
        ("5", "CW505", "5", None),
        ("5 from due", "CW505", "5", None),
        ("5 business days", "CW506", "business days", "working days"),
        ("1 business day before due", "CW506", "business day", "working day"),
        ("5 workdays", "CW506", "workdays", "working days"),
        ("5 wroking days", "CW506", "wroking days", "working days"),
        ("5 Working Days", "CW506", "Working Days", "working days"),
        ("3 calendar days", "CW506", "calendar days", "days"),
        ("3 hrs", "CW506", "hrs", "hours"),
        ("3 d", "CW506", "d", "days"),
        ("3d from due", "CW506", "3d", "3 days"),
        ("36h", "CW506", "36h", "36 hours"),
        ("5 Arbeitstage", "CW506", "Arbeitstage", "working days"),
        ("5 m", "CW506", "m", None),
        ("5 working", "CW506", "working", None),
        ("30 seconds", "CW506", "seconds", None),
        ("2 years from due", "CW506", "years", "months"),
        ("5 parsecs", "CW506", "parsecs", None),
        ("1 day before", "CW507", "before", None),
        ("1 day from", "CW507", "from", None),
        ("1 day from the due date", "CW507", "the due date", "due"),
        ("1 day from now", "CW507", "from now", None),
        ("within 5 days", "CW508", "within 5 days", "5 days"),
        ("in due time", "CW508", "in", None),
        ("5 days ago", "CW508", "ago", None),
        ("5 days after due", "CW508", "after", "from"),
        ("5 days since inputs.told_at", "CW508", "since", "from"),
        ("5 days until due", "CW508", "until", "before"),
        ("5 days form due", "CW508", "form", "from"),
        ("5 days due", "CW508", "due", None),
        ("1 day 12 hours", "CW509", "12 hours", None),
        ("1 day and 12 hours", "CW509", "and 12 hours", None),
    ],
)
def test_what_is_not_a_clock_is_refused_where_it_stands(
    text: str, code: str, marked: str, suggestion: str | None
) -> None:
    problem = refusal(text)
    assert (problem.code, text[problem.start : problem.end]) == (code, marked)
    assert problem.suggestion == suggestion
    assert problem.advice
    assert code in CODES


def test_the_advice_does_the_sum_for_a_larger_unit() -> None:
    assert refusal("2 years from due").advice == "write `24 months`"
    assert refusal("3 fortnights").advice == "write `6 weeks`"


def test_a_hostile_text_is_refused_at_once() -> None:
    started = time.process_time()
    for text in ("9" * 1_000_000, "9" * 900 + " days", "5 days from " + "x" * 5_000_000, "5 " + "a" * 900):
        assert len(refusal(text).message) < 200
    assert time.process_time() - started < 5  # of the processor's; a slow way takes minutes


@given(st.integers(0, 600), st.sampled_from(Unit), st.sampled_from(["after", "before"]))
def test_every_clock_within_bounds_is_read_as_written(amount: int, unit: Unit, direction: str) -> None:
    joint = {"after": "from", "before": "before"}[direction]
    clock = parse_clock(f"{amount} {unit} {joint} inputs.told_at")
    assert (clock.amount, clock.unit, clock.direction) == (amount, unit, direction)


@pytest.mark.parametrize("unit", Unit)
def test_the_longest_clock_is_about_fifty_years(unit: Unit) -> None:
    assert parse_clock(f"{LONGEST[unit]} {unit}").amount == LONGEST[unit]
    assert refusal(f"{LONGEST[unit] + 1} {unit}").code == "CW504"


CLOCK_WORDS = ["5", "-1", "1.5", "days", "working", "hours", "from", "before", "due", "ago", "and", "m", "3d"]


@given(st.one_of(st.text(), st.lists(st.sampled_from(CLOCK_WORDS)).map(" ".join)))
def test_any_text_is_a_clock_or_is_refused_with_its_place(text: str) -> None:
    try:
        clock = parse_clock(text)
    except ClockError as error:
        for problem in error.problems:
            assert 0 <= problem.start <= problem.end <= len(text)
            assert problem.code in CODES
    else:
        assert 0 <= clock.amount <= LONGEST[clock.unit]
