"""A question that is asked only under a condition, in a scorecard that counts it always."""

from dataclasses import replace

import pytest
from score_bench import score_bench
from step_bench import HEADER, catalogue

from definitions import check, parse, shared_of
from definitions.diagnostics import Diagnostic

FORM = """\
  - id: form
    title: Drinking
    do: complete_checklist
    to: caseworker
    items:
      - {id: drinks, ask: Do you drink?, type: yes_no, required: true}
      - {id: often, ask: On how many days?, type: number, required: true}
      - {id: glass, ask: What?, type: choice, options: {beer: Beer, wine: Wine, gin: Gin}, required: true}
      - {id: needs, ask: Needs, type: choices, options: {food: Food, rest: Rest}}
      - {id: since, ask: Since?, type: date, required: true}
"""
RATING = """\
  - id: rating
    title: Rating
    do: score
    needs: [form]
"""


def told(asked: str, counted: str = "", *, when: str = "") -> list[str]:
    """The codes for a card that counts `form.alone`, which is asked only if `asked`."""
    only_if, when = f"\n        only_if: {counted}" if counted else "", f"    when: {when}\n" if when else ""
    item = f'      alone:\n        of: = form.alone\n        points: {{"yes": 2, "no": 0}}{only_if}\n'
    bands = "    bands: {low: 0 to 1, high: 2}\n"
    return [each.code for each in found(_form(asked) + RATING + when + "    items:\n" + item + bands)]


def _form(asked: str) -> str:
    item = "{id: alone, ask: Alone?, type: yes_no, only_if: ASKED}".replace("ASKED", asked)
    return f"{FORM}      - {item}\n"


def found(steps: str, *shared: tuple[str, str]) -> tuple[Diagnostic, ...]:
    files = [parse(text.encode(), name) for name, text in shared]
    known = replace(catalogue(), shared=shared_of(files))
    return check(parse((HEADER + steps).encode(), "try-it.yaml"), known).diagnostics


@pytest.mark.parametrize(
    ("asked", "counted"),
    [
        ("drinks is yes", ""),
        ("drinks is yes", "form.often > 2"),
        ("drinks is not no", "form.glass is wine"),
        ("often > 3", "form.often > 2"),
        ("glass is wine", "form.glass is not beer"),
        ("count(needs) > 0", ""),
        ("drinks is yes and often > 3", "form.drinks is yes"),
    ],
)
def test_what_counts_also_where_it_is_not_asked_is_told(asked: str, counted: str) -> None:
    assert told(asked, counted) == ["CW716"]


@pytest.mark.parametrize(
    ("asked", "counted"),
    [
        ("drinks is yes", "form.drinks is yes"),
        ("drinks is not no", "form.drinks is yes"),
        ("often > 3", "form.often >= 5"),
        ("glass is not gin", "form.glass is wine or form.glass is beer"),
        ("drinks is yes", "form.often > 3 and form.drinks is yes"),
        ("count(needs) > 0", "food in form.needs"),
        ("since > 2026-01-01", "form.since > 2026-02-01"),  # days can't be tried out
    ],
)
def test_a_condition_that_holds_only_where_the_question_is_asked_says_enough(
    asked: str, counted: str
) -> None:
    assert told(asked, counted) == []


def test_a_step_that_runs_only_where_the_question_is_asked_says_enough() -> None:
    assert told("drinks is yes", when="form.drinks is yes") == []
    assert told("drinks is yes", when="form.often > 3") == ["CW716"]


def test_an_answer_that_may_come_from_elsewhere_counts_as_answered() -> None:
    item = (
        '    items:\n      alone: {of: "= coalesce(form.alone, form.drinks)", points: {"yes": 2, "no": 0}}\n'
    )
    text = _form("drinks is yes") + RATING + item + "    bands: {low: 0 to 1, high: 2}\n"
    assert [each.code for each in found(text)] == []


def test_a_question_that_hangs_on_one_which_is_not_asked_needs_both_conditions() -> None:
    form = _form("drinks is yes") + "      - {id: worse, ask: Worse?, type: yes_no, only_if: alone is yes}\n"
    card = '    items:\n      worse: {of: = form.worse, points: {"yes": 2, "no": 0}, only_if: CONDITION}\n'
    text = form + RATING + card + "    bands: {low: 0 to 1, high: 2}\n"
    short, whole = "form.alone is yes", "form.drinks is yes and form.alone is yes"
    (fault,) = found(text.replace("CONDITION", short))
    assert (fault.code, whole in str(fault.advice)) == ("CW716", True)
    assert found(text.replace("CONDITION", whole)) == ()


def test_an_override_that_reads_what_is_not_asked_is_told() -> None:
    rest = """\
    items:
      drinks: {of: = form.drinks, points: {"yes": 1, "no": 0}}
    bands: {low: 0, high: 1}
    overrides:
      - {when: CONDITION, band: high, because: Alone}
"""
    text = _form("drinks is yes") + RATING + rest
    (fault,) = found(text.replace("CONDITION", "form.alone is yes"))
    assert (fault.code, fault.severity, fault.span.line) == ("CW716", "warning", 32)
    assert found(text.replace("CONDITION", "form.drinks is yes and form.alone is yes")) == ()
    assert found(text.replace("CONDITION", "form.alone is yes and form.drinks is yes")) == ()


CARD = """\
scorecard: drinking-alone
title: Drinking alone
inputs:
  drinks: {type: yes_no, title: Drinks}
  alone: {type: yes_no, title: Alone, required: false}
items:
  alone: {of: = inputs.alone, points: {"yes": 2, "no": 0}}
bands: {low: 0 to 1, high: 2}
"""


@pytest.mark.parametrize("filled", ["from: = form", "inputs: {drinks: = form.drinks, alone: = form.alone}"])
def test_a_shared_card_is_told_where_the_step_fills_it(filled: str) -> None:
    text = f"{_form('drinks is yes')}{RATING}    scorecard: drinking-alone\n    {filled}\n"
    (fault,) = found(text, ("scorecards/drinking-alone.yaml", CARD))
    assert (fault.code, fault.span.line) == ("CW716", (HEADER + text).count("\n"))
    asked = CARD.replace('"no": 0}}', '"no": 0}, only_if: inputs.drinks is yes}')
    assert found(text, ("scorecards/drinking-alone.yaml", asked)) == ()


def test_what_is_told_of_is_so_without_the_condition_the_score_stays_provisional() -> None:
    card = (
        'items: {alone: {of: = inputs.alone, points: {"yes": 2, "no": 0}%s}}\nbands: {low: 0 to 1, high: 2}'
    )
    plain = score_bench(card % "", drinks="yes_no", alone="yes_no")
    asked = score_bench(card % ", only_if: inputs.drinks is yes", drinks="yes_no", alone="yes_no")
    assert plain.score(drinks="no").provisional
    assert not asked.score(drinks="no").provisional
