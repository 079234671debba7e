"""Forms: made from items, checked as a whole, never by position."""

from typing import Any

import pytest
from people_world import with_case
from step_bench import MONDAY, Bench, faults

from tasks.people.forms import FormError, build_form, is_asked, read_answers, validate_answers

STEP = """
- id: check
  title: Check
  do: complete_checklist
  to: caseworker
  items:
    - id: danger
      ask: Is anyone in danger?
      type: yes_no
      required: true
    - id: needs
      ask: What is needed?
      type: choices
      options: categories of referral
    - id: housing
      ask: Housing
      type: choice
      options:
        stable: Stable
        homeless: Homeless
      required: true
    - id: consent
      ask: May we pass this on?
      type: consent
      only_if: count(needs) > 0
      required: true
    - id: guardian_present
      ask: Was the guardian there?
      type: yes_no
      only_if: age_on(inputs.client.date_of_birth, inputs.received_at) < 18 or housing is homeless
"""
FINE = {"danger": "no", "housing": "stable"}


def form(bench: Bench, **client: object) -> list[dict[str, Any]]:
    with_case(bench, STEP, **client)
    call = bench.call("check")
    return build_form(call, call.step.arguments.items)


def problems(form: list[dict[str, Any]], answers: Any, existing: Any = None) -> dict[str, str]:
    with pytest.raises(FormError) as refused:
        validate_answers(form, answers, existing or {}, now=MONDAY)
    return {each.item: each.reason for each in refused.value.problems}


def test_answers_are_kept_by_step_and_item(bench: Bench) -> None:
    given = validate_answers(form(bench), FINE, {}, now=MONDAY)
    assert given == {("check", "danger"): "no", ("check", "housing"): "stable"}


def test_every_problem_of_every_item_is_told_at_once(bench: Bench) -> None:
    told = problems(
        form(bench), [("danger", "perhaps"), ("needs", ["food"]), ("howsing", "stable"), ("needs", [])]
    )
    assert set(told) == {"danger", "needs", "howsing", "housing"}
    assert told["needs"] == "it is answered twice; send one answer"
    assert told["howsing"] == "the form has no such item; did you mean `housing`?"
    assert told["housing"].startswith("an answer is required")


def test_problems_never_repeat_what_was_typed(bench: Bench) -> None:
    with pytest.raises(FormError) as refused:
        validate_answers(form(bench), {"housing": "with my aunt Eva"}, {}, now=MONDAY)
    assert "Eva" not in str(refused.value)


def test_required_is_met_by_not_knowing_and_not_by_not_collected(bench: Bench) -> None:
    entries = form(bench)
    assert validate_answers(
        entries, {"danger": "doesnt_know", "housing": "prefers_not_to_answer"}, {}, now=MONDAY
    )
    assert set(problems(entries, {"danger": "not_collected", "housing": "not_collected"})) == {
        "danger",
        "housing",
    }


def test_what_counts_already_need_not_be_sent_again(bench: Bench) -> None:
    existing = {("check", "danger"): "yes"}
    assert validate_answers(form(bench), {"housing": "stable"}, existing, now=MONDAY) == {
        ("check", "housing"): "stable"
    }


AFTER_HOURS = """
- id: check
  title: Check
  do: complete_checklist
  to: caseworker
  items:
    - id: night_number
      ask: Which number can be called tonight?
      type: text
      only_if: not in_working_hours(now())
"""


@pytest.mark.parametrize(("hour", "asked"), [(15, False), (23, True)])
def test_an_item_may_be_asked_outside_of_working_hours_only(bench: Bench, hour: int, asked: bool) -> None:
    with_case(bench, AFTER_HOURS)
    call = bench.call("check")
    (item,) = made = build_form(call, call.step.arguments.items)
    assert is_asked(made, item, {}, MONDAY.replace(hour=hour)) is asked


def test_an_item_is_asked_only_if_the_answers_so_far_say_so(bench: Bench) -> None:
    entries = form(bench)
    assert problems(entries, {**FINE, "needs": ["homelessness"]}).keys() == {"consent"}
    assert validate_answers(entries, {**FINE, "needs": []}, {}, now=MONDAY)
    told = problems(entries, {**FINE, "needs": [], "consent": "yes"})
    assert told["consent"].startswith("it is asked only if `count(needs) > 0`")


@pytest.mark.parametrize("needs", ["doesnt_know", None])
def test_an_item_whose_condition_can_not_be_decided_may_be_answered_and_need_not_be(
    bench: Bench, needs: str | None
) -> None:
    entries = form(bench)
    assert validate_answers(entries, {**FINE, "needs": needs}, {}, now=MONDAY)
    given = validate_answers(entries, {**FINE, "needs": needs, "consent": "yes"}, {}, now=MONDAY)
    assert given["check", "consent"] == {"given": "yes"}


def test_a_blank_answer_to_an_item_that_is_not_asked_is_no_problem(bench: Bench) -> None:
    assert validate_answers(form(bench), {**FINE, "needs": [], "consent": ""}, {}, now=MONDAY)


def test_conditions_read_what_was_true_outside_when_the_form_was_made(bench: Bench) -> None:
    entries = form(bench, born=MONDAY.date().replace(year=2015))
    guardian = entries[-1]
    assert guardian["given"] == {
        "inputs.client.date_of_birth": {"date": "2015-03-02"},
        "inputs.received_at": {"moment": "2026-03-02T15:00:00+00:00"},
    }
    assert is_asked(entries, guardian, {("check", "housing"): "stable"}, MONDAY) is True


def test_the_own_items_of_a_condition_beat_the_words_of_options(bench: Bench) -> None:
    entries = form(bench)
    guardian = entries[-1]
    assert is_asked(entries, guardian, {("check", "housing"): "homeless"}, MONDAY) is True
    assert is_asked(entries, guardian, {("check", "housing"): "stable"}, MONDAY) is False
    assert is_asked(entries, guardian, {}, MONDAY) is None


def test_where_two_steps_share_a_form_an_item_is_named_with_its_step(bench: Bench) -> None:
    one = form(bench)
    two = [{**each, "step": "other"} for each in one]
    told = problems([*one, *two], {"danger": "no"})
    assert told["danger"] == "two steps have this item; write check.danger or other.danger"
    answers = {f"{step}.{item}": value for step in ("check", "other") for item, value in FINE.items()}
    assert (
        len(validate_answers([*one, *two], {**answers, "check.needs": [], "other.needs": []}, {}, now=MONDAY))
        == 6
    )


def test_an_item_that_stands_twice_in_json_is_refused(bench: Bench) -> None:
    pairs = read_answers('{"danger": "no", "danger": "yes", "housing": "stable"}')
    assert problems(form(bench), pairs)["danger"] == "it is answered twice; send one answer"


@pytest.mark.parametrize("text", ["", "[1]", "{", '"x"', "[" * 100_000])
def test_what_is_no_json_object_is_refused(text: str) -> None:
    with pytest.raises(FormError):
        read_answers(text)


def test_a_form_keeps_the_titles_of_its_options(bench: Bench) -> None:
    entries = {each["id"]: each for each in form(bench)}
    assert entries["housing"]["options"] == {"stable": "Stable", "homeless": "Homeless"}
    assert entries["needs"]["options"]["food-insecurity"] == "Food"
    assert entries["consent"]["consent"]["recipients"] == ["services"]


ITEM = "- id: check\n  title: Check\n  do: complete_checklist\n  to: caseworker\n  items:\n    - "


@pytest.mark.parametrize(
    ("item", "code", "message"),
    [
        ("{id: a-b, ask: Q, type: text}", "CW221", "subtraction"),
        ("{id: when, ask: Q, type: txt}", "CW204", "type"),
        ("{id: a, ask: Q, type: choice}", "CW402", "needs options"),
        ("{id: a, ask: Q, type: text, options: {b: B}}", "CW402", "has no options"),
        ("{id: a, ask: Q, type: choices, options: kinds of help}", None, "value set"),
        ("{id: a, ask: Q, type: choice, options: {doesnt_know: No idea}}", "CW206", "way not to answer"),
        ("{id: a, ask: Q, type: Referral}", None, "type"),
        ("{id: a, ask: Q, type: duration}", None, "type"),
        ("{id: a, ask: Q, type: text, filter: active}", "CW209", "filter"),
        ("{id: a, ask: Q, type: text, at_least: 3}", "CW209", "bounds numbers only"),
        ("{id: a, ask: Q, type: text, purpose: To help}", "CW209", "belongs to an item of type consent"),
        ("{id: a, ask: Q, type: consent, valid_for: 3 hours}", "CW539", "lasts from the day"),
        ("{id: a, ask: Q, type: text, only_if: b is yes}", "CW321", "b"),
        ("{id: a, ask: Q, type: text, only_if: a is known}", "CW321", "a"),
        ("{id: completed_by, ask: Q, type: text}", "CW226", "output `completed_by`"),
        ("{id: a, ask: Q, type: Service, filter: need in categories}", "CW321", "need"),
    ],
)
def test_the_checker_says_what_is_wrong_with_an_item(item: str, code: str | None, message: str) -> None:
    told = faults(ITEM + item + "\n")
    assert told
    assert any(message in each and (code is None or code in each) for each in told), "\n".join(told)


def test_two_items_of_one_name_are_refused() -> None:
    told = faults(ITEM + "{id: a, ask: Q, type: text}\n    - {id: a, ask: R, type: text}\n")
    assert any("CW226" in each for each in told)
