from __future__ import annotations

from collections.abc import Callable

import pytest

from definitions.checker import Checked
from definitions.plan import Need, Read

Check = Callable[..., Checked]

FIRST = "{id: first, title: First, do: say}"


def faults(found: Checked) -> list[tuple[str, int]]:
    return [(each.code, each.span.line) for each in found.diagnostics if each.severity == "error"]


def messages(found: Checked) -> str:
    return "\n".join(f"{each.message} / {each.advice}" for each in found.diagnostics)


def test_a_step_without_needs_follows_the_one_before_it(checked: Check) -> None:
    plan = checked(FIRST, "{id: second, title: Second, do: say}").plan
    assert plan is not None
    assert plan.step("first").needs == ()
    assert plan.step("second").needs == (Need("first", written=False),)


def test_empty_needs_start_at_once(checked: Check) -> None:
    plan = checked(FIRST, "{id: second, title: Second, do: say, needs: []}").plan
    assert plan is not None
    assert plan.step("second").needs == ()


def test_an_unknown_need_is_named_with_a_near_one(checked: Check) -> None:
    found = checked(FIRST, "{id: second, title: Second, do: say, needs: [frist]}")
    assert faults(found) == [("CW530", 10)]
    assert found.diagnostics[0].suggestion == "first"
    assert found.diagnostics[0].allowed == ("first",)


def test_a_circle_of_needs_is_reported_once_with_all_its_places(checked: Check) -> None:
    found = checked(
        "{id: a, title: A, do: say, needs: [c]}",
        "{id: b, title: B, do: say, needs: [a]}",
        "{id: c, title: C, do: say, needs: [b]}",
        "{id: d, title: D, do: say, anything: = a.words}",
    )
    assert [each.code for each in found.diagnostics] == ["CW532"]
    assert "`a` needs `c` needs `b` needs `a`" in found.diagnostics[0].message
    assert len(found.diagnostics[0].related) == 2


def test_a_step_cannot_need_itself(checked: Check) -> None:
    assert faults(checked("{id: a, title: A, do: say, needs: [a]}")) == [("CW532", 9)]


def test_a_need_stands_once(checked: Check) -> None:
    assert faults(checked(FIRST, "{id: b, title: B, do: say, needs: [first, first]}")) == [("CW540", 10)]


def test_reading_a_later_step_says_that_it_has_not_ended(checked: Check) -> None:
    found = checked("{id: a, title: A, do: say, anything: = b.words}", "{id: b, title: B, do: say}")
    assert faults(found) == [("CW533", 9)]
    assert "starts only after" in messages(found)


def test_reading_a_step_beside_says_what_to_need(checked: Check) -> None:
    found = checked(FIRST, "{id: b, title: B, do: say, needs: [], anything: = first.words}")
    assert faults(found) == [("CW533", 10)]
    assert "add it to the step's `needs`: `first`" in messages(found)


def test_a_step_cannot_read_itself(checked: Check) -> None:
    assert "reads itself" in messages(checked("{id: a, title: A, do: say, anything: = a.words}"))


def test_what_is_before_a_need_has_ended_too(checked: Check) -> None:
    plan = checked(
        FIRST,
        "{id: b, title: B, do: say}",
        "{id: c, title: C, do: say, needs: [b], anything: = first.words}",
    ).plan
    assert plan is not None
    assert plan.step("c").reads == frozenset({Read("first", "words")})


FORM = """
id: form
title: Form
do: ask
to: caseworker
items:
  - {id: danger, submit: on_answer}
  - {id: housing}
"""


def test_an_item_answered_by_itself_can_be_needed_and_read(checked: Check) -> None:
    plan = checked(
        FIRST, FORM, "{id: c, title: C, do: say, needs: [form.danger], when: form.danger is yes}"
    ).plan
    assert plan is not None
    assert plan.step("c").needs == (Need("form", "danger"),)


def test_what_is_before_the_form_can_be_read_behind_an_item(checked: Check) -> None:
    found = checked(FIRST, FORM, "{id: c, title: C, do: say, needs: [form.danger], anything: = first.words}")
    assert faults(found) == []


def test_behind_an_item_the_others_are_not_answered_yet(checked: Check) -> None:
    found = checked(FORM, "{id: c, title: C, do: say, needs: [form.danger], when: form.housing is yes}")
    assert faults(found) == [("CW533", 16)]
    assert found.diagnostics[0].allowed == ("form.danger",)


@pytest.mark.parametrize(
    ("need", "words"),
    [
        ("form.dager", "no item `dager`"),
        ("form.housing", "only when the whole form"),
        ("first.words", "no item"),
    ],
)
def test_only_an_item_answered_by_itself_can_be_needed(checked: Check, need: str, words: str) -> None:
    found = checked(FIRST, FORM, f"{{id: c, title: C, do: say, needs: [{need}]}}")
    assert [each.code for each in found.errors] == ["CW531"]
    assert words in messages(found)


def test_a_form_on_a_task_that_ends_with_it_waits_for_itself(checked: Check) -> None:
    found = checked(
        "{id: task, title: Task, do: ask, to: caseworker, ends: completed}",
        "{id: form, title: Form, do: ask, for: task, items: [{id: seen}]}",
    )
    assert faults(found) == [("CW535", 10)]
    assert "ends: booked" in messages(found)


def test_a_form_on_a_task_that_needs_the_form_waits_for_itself(checked: Check) -> None:
    found = checked(
        "{id: form, title: Form, do: ask, needs: [], for: task, items: [{id: seen}]}",
        "{id: task, title: Task, do: ask, to: caseworker, needs: [form], ends: booked}",
    )
    assert faults(found) == [("CW535", 9)]


def test_a_form_on_a_booked_task_is_fine(checked: Check) -> None:
    found = checked(
        "{id: task, title: Task, do: ask, to: caseworker, ends: booked}",
        "{id: form, title: Form, do: ask, for: task, items: [{id: seen}]}",
    )
    assert found.diagnostics == ()


def test_waiting_behind_a_step_that_takes_long_is_a_warning(checked: Check) -> None:
    found = checked(FORM, "{id: c, title: C, do: say}")
    assert [(each.code, each.severity) for each in found.diagnostics] == [("CW536", "warning")]
    assert found.plan is not None
    assert checked(FORM, "{id: c, title: C, do: say, when: form.housing is yes}").diagnostics == ()
    assert checked(FORM, "{id: c, title: C, do: say, needs: [form]}").diagnostics == ()


def test_a_step_that_contradicts_what_it_needs_never_runs(checked: Check) -> None:
    found = checked(
        FORM,
        "{id: b, title: B, do: say, when: form.housing is yes}",
        "{id: c, title: C, do: say, needs: [b], when: form.housing is not yes}",
        "{id: d, title: D, do: say, needs: [c]}",
    )
    assert faults(found) == [("CW534", 17)]


@pytest.mark.parametrize(
    "condition",
    ["form.housing is yes and not (form.housing is yes)", "form.danger is yes and form.danger is no"],
)
def test_a_condition_that_contradicts_itself_never_holds(checked: Check, condition: str) -> None:
    found = checked(FORM, f"{{id: b, title: B, do: say, when: {condition}}}")
    assert faults(found) == [("CW534", 16)]


def test_order_says_nothing_more_where_needs_are_wrong(checked: Check) -> None:
    found = checked(FIRST, FORM, "{id: c, title: C, do: say, needs: [nobody], anything: = form.housing}")
    assert [each.code for each in found.diagnostics] == ["CW530"]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("case.status is active", "case.status is closed"),
        ("case.note is known", "case.note is not known"),
        ("inputs.client.given_name is 'Ana'", "inputs.client.given_name is not 'Ana'"),
    ],
)
def test_the_field_of_a_record_may_change_between_two_steps(checked: Check, before: str, after: str) -> None:
    found = checked(
        "{id: case, title: Case, do: fetch, record: Case}",
        f'{{id: b, title: B, do: say, needs: [case], when: "{before}"}}',
        f'{{id: c, title: C, do: say, needs: [b], when: "{after}"}}',
    )
    assert faults(found) == []


def test_two_parts_of_one_condition_are_asked_in_one_moment(checked: Check) -> None:
    found = checked(
        "{id: case, title: Case, do: fetch, record: Case}",
        "{id: b, title: B, do: say, needs: [case], when: case.status is active and case.status is closed}",
    )
    assert faults(found) == [("CW534", 10)]
