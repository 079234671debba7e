"""What no path reaches, what waits in vain, what stays open; and what must not be told."""

import re
from textwrap import indent

import pytest
from step_bench import HEADER, catalogue, faults

from definitions import check, parse

FORM = """
- id: form
  title: Form
  do: assign_task
  to: group intake_team
  ends: completed
  items:
    - {id: ok, ask: Ok, type: yes_no, required: true}
    - {id: ill, ask: Ill, type: yes_no, required: true}
    - {id: home, ask: Home, type: choice, options: {safe: Safe, lost: Lost, own: Own}, required: true}
    - {id: rent, ask: Rent, type: number}
"""
ONE = "do: calculate, value: 1"
PATHS = re.compile(r"CW(?:534|55[3-9]|56\d)")


def told(steps: str) -> list[str]:
    return [each.splitlines()[0] for each in faults(FORM + steps) if PATHS.search(each)]


def choose(*conditions: str, otherwise: str = "nothing") -> str:
    branches = "".join(
        f"    - when: {each}\n      steps: [{{id: s{n}, title: S{n}, {ONE}}}]\n"
        for n, each in enumerate(conditions)
    )
    return f"- id: route\n  title: Route\n  choose:\n{branches}  otherwise: {otherwise}\n"


@pytest.mark.parametrize(
    ("earlier", "excluded"),
    [
        ("form.ok is yes", "form.ok is yes and form.ill is yes"),
        ("form.home is lost or form.ok is yes", "form.home is lost"),
        ("form.home in (lost, own)", "form.home is own"),
        ("form.home is not safe", "form.home is lost"),
        ("form.rent > 500", "form.rent > 500 and form.ok is yes"),
        ("form.rent <= 500", "not (form.rent > 500)"),
        ("form.rent is known", "not (form.rent is not known)"),
    ],
)
def test_a_branch_that_an_earlier_one_excludes_is_told_with_the_path(earlier: str, excluded: str) -> None:
    (found,) = told(choose(earlier, excluded))
    assert "CW553" in found
    assert f"after: 1 Form, 2 Route, not `{earlier}`" in found


@pytest.mark.parametrize(
    ("earlier", "possible"),
    [
        ("form.ok is yes", "form.ok is no"),
        ("form.ok is yes and form.ill is yes", "form.ok is yes"),
        ("form.home is lost and form.ok is yes or form.ill is yes", "form.home is lost"),
        ("form.rent > 500", "form.rent > 400"),
        ("inputs.client.given_name == 'Ana'", "inputs.client.given_name == 'Ana'"),
    ],
)
def test_a_branch_that_may_be_taken_is_not(earlier: str, possible: str) -> None:
    assert told(choose(earlier, possible)) == []


def test_a_choice_that_is_covered_keeps_an_otherwise_in_case_of_need() -> None:
    steps = f"\n    steps: [{{id: last, title: Last, {ONE}}}]"
    assert told(choose("form.ok is yes", "form.ok is not yes", otherwise=steps)) == []


def test_an_alert_runs_also_where_nothing_can_be_decided() -> None:
    alert = """
- id: alert
  title: Alert
  do: assign_task
  to: caseworker
  priority: critical
  ends: completed
  needs: [calm]
  when: form.ok is not yes or form.ill is yes
"""
    assert told(f"- {{id: calm, title: Calm, when: form.ok is yes and form.ill is no, {ONE}}}" + alert) == []


def test_of_two_needs_one_is_enough_and_their_paths_are_kept_apart() -> None:
    both = f"""
- {{id: x, title: X, when: form.ok is yes, {ONE}}}
- {{id: y, title: Y, needs: [form], when: form.ok is no, {ONE}}}
- {{id: z, title: Z, needs: [x, y], when: form.ok is CODE, {ONE}}}
- {{id: behind, title: Behind, needs: [z], {ONE}}}
- {{id: further, title: Further, needs: [behind], {ONE}}}
"""
    assert told(both.replace("CODE", "no")) == []
    found = told(both.replace("CODE", "doesnt_know"))
    assert [PATHS.search(each)[0] for each in found] == ["CW534", "CW554"]  # type: ignore[index]
    assert "the way: 1 Form, 2 `form.ok is yes`, 3 X" in found[0]


def test_what_is_known_outside_holds_in_blocks_and_nothing_of_a_member_outside() -> None:
    inside = f"""
- id: rounds
  title: Rounds
  when: form.ok is yes
  repeat: {{until: visit.calm is yes, at_most: 3}}
  steps:
    - id: visit
      title: Visit
      do: assign_task
      to: caseworker
      ends: completed
      items: [{{id: calm, ask: Calm, type: yes_no, required: true}}]
    - {{id: a, title: A, when: visit.calm is no, {ONE}}}
    - {{id: b, title: B, needs: [visit], when: form.ok is CODE, {ONE}}}
"""
    assert told(inside.replace("CODE", "yes")) == []
    assert "`b` never runs" in told(inside.replace("CODE", "no"))[0]


def test_a_wait_for_a_record_or_with_a_deadline_is_none_in_vain() -> None:
    once = "- {{id: w, title: W, once: {}, {}do: calculate, value: 1}}"
    deadline = "deadline: {after: 1 week, then: {assign: supervisor}}, "
    assert told(once.format("form.ok is yes", deadline)) == []
    assert told(once.format("inputs.client.given_name == 'Ana'", "")) == []
    assert "CW556" in told(once.format("form.ok is yes", ""))[0]


def test_a_longer_time_never_comes_before_a_shorter_one() -> None:
    waits = """
- id: reply
  title: Reply
  needs: [form]
  first_of:
    - steps: [{id: a, title: A, do: wait, for: 2 days}]
    - steps: [{id: b, title: B, do: wait, for: SECOND}]
"""
    assert "`b` never comes first" in told(waits.replace("SECOND", "3 days"))[0]
    assert told(waits.replace("SECOND", "2 hours from inputs.received_at")) == []


def test_forms_that_together_complete_a_task_leave_none_open() -> None:
    task = "- {id: t, title: T, needs: [form], do: assign_task, to: caseworker, ends: created}\n"
    form = """
- id: {0}
  title: F
  do: complete_checklist
  for: t
  needs: [t]
  when: {1}
  items: [{{id: q, ask: Q, type: yes_no}}]
"""
    first, second = form.format("f", "form.ok is yes"), form.format("g", "not (form.ok is yes)")
    assert told(task + first + second) == []
    (found,) = told(task + first)
    assert "stays open" in found
    assert "2 T, 3 `not (form.ok is yes)`" in found


def test_a_published_version_is_not_judged_again() -> None:
    steps = FORM + choose("form.ok is yes", "form.ok is yes")
    text = HEADER + indent(steps.strip("\n"), "  ") + "\n"
    assert check(parse(text.encode(), "a.yaml"), catalogue()).plan is None
    assert check(parse(text.encode(), "a.yaml"), catalogue(), published=True).plan is not None


CASE = """
- {id: case, title: Case, do: create_record, record: Case, set: {client: = inputs.client.id}}
"""


@pytest.mark.parametrize("late", ["case.status is closed", "case.status is not active", "case.plan is known"])
def test_what_a_record_says_may_have_changed_on_the_way(late: str) -> None:
    early = "case.plan is not known" if "plan" in late else "case.status is active"
    steps = f"""
- {{id: first, title: First, needs: [case], when: {early}, {ONE}}}
- {{id: second, title: Second, needs: [first], when: {late}, {ONE}}}
"""
    assert told(CASE + steps) == []
