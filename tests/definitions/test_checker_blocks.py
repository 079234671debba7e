"""What the checker says about blocks."""

import re
from pathlib import Path
from textwrap import indent

import pytest
from step_bench import HEADER, catalogue, faults

from definitions import check, parse
from definitions.json_schema import json_schema
from definitions.plan import Plan

ASK = "do: assign_task, to: group intake_team, ends: completed"
FORM = """
- id: form
  title: Form
  {}
  do: assign_task
  to: group intake_team
  ends: completed
  items:
    - id: housing
      ask: Housing
      type: choice
      options: {stable: Stable, homeless: Homeless}
      required: true
    - id: needs
      ask: Needs
      type: choices
      options: {food: Food, money: Money}
""".replace("  {}\n", "")

ROUTE = """
- id: route
  title: Route
  choose:
    - id: fast
      when: form.housing is homeless
      steps:
        - {id: bed, title: Bed, do: calculate, value: = count(form.needs)}
  otherwise: nothing
"""


def codes(steps: str) -> list[str]:
    return [found[1] for each in faults(steps) if (found := re.search(r"(CW\d+)", each))]


@pytest.mark.parametrize(
    ("steps", "code", "words"),
    [
        (ROUTE.replace("  otherwise: nothing\n", ""), "CW202", "`otherwise` is missing"),
        (ROUTE.replace("when: form.housing is homeless", "title: x"), "CW202", "`when` is missing"),
        (
            ROUTE + "- {id: n, title: N, needs: [bed], do: calculate, value: 1}",
            "CW550",
            "inside the block `route`",
        ),
        (ROUTE + "- {id: n, title: N, do: calculate, value: = bed.value}", "CW337", "bed"),
        (ROUTE + "- {id: n, title: N, do: calculate, value: = route.way}", "CW322", "way"),
        (ROUTE.replace("title: Route", "title: Route\n  do: calculate"), "CW230", "has no `do`"),
        (ROUTE.replace("title: Route", "title: Route\n  due: 1 day"), "CW230", "has no `due`"),
        (ROUTE.replace("title: Bed", "title: Bed, needs: [route]"), "CW532", "stands in `route`"),
        (ROUTE.replace("  otherwise: nothing", "  otherwise: nothing\n  join: all"), "CW201", "join"),
        (
            "- {id: a, title: A, do: calculate, value: 1, steps: [{id: b}]}",
            "CW240",
            "`do` or `steps`, not both",
        ),
        (
            """
- id: both
  title: Both
  parallel:
    - steps: [{id: a, title: A, do: calculate, value: 1}]
    - steps: [{id: b, title: B, needs: [a], do: calculate, value: 1}]
""",
            "CW550",
            "another branch",
        ),
        (
            """
- id: both
  title: Both
  parallel:
    - steps: [{id: a, title: A, do: calculate, value: 1}]
  join: 2
""",
            "CW551",
            "waits for 2 branches, and there are 1",
        ),
        (
            """
- id: loop
  title: Loop
  for_each: {need: = form.needs}
  steps: [{id: a, title: A, do: calculate, value: = need}]
- {id: n, title: N, do: calculate, value: = a.value}
""",
            "CW533",
            "a",
        ),
        (
            """
- id: rounds
  title: Rounds
  repeat: {until: nobody.right is yes, at_most: 3}
  steps: [{id: a, title: A, do: calculate, value: 1}]
""",
            "CW321",
            "nobody",
        ),
        (
            """
- id: rounds
  title: Rounds
  repeat: {until: form.housing is stable}
  steps: [{id: a, title: A, do: calculate, value: 1}]
""",
            "CW202",
            "at_most",
        ),
        (
            """
- id: review
  title: Review
  do: assign_task
  to: group intake_team
  ends: completed
  items: [{id: ok, ask: Right, type: yes_no}]
  rework: {when: review.ok is no, back_to: later, at_most: 2}
- {id: later, title: Later, do: calculate, value: 1}
""",
            "CW552",
            "can't go back from `review` to `later`",
        ),
        (ROUTE.replace("id: fast", "id: caseworker"), "CW224", "caseworker"),
        (ROUTE.replace("title: Route", "title: Route\n  parallel: []"), "CW208", "one block"),
        ("- {id: a, title: A, choose: [], otherwise: nothing}", "CW205", "at least 1"),
    ],
)
def test_mistakes_with_blocks_are_told(steps: str, code: str, words: str) -> None:
    told = faults(FORM + steps)
    assert code in [found[1] for each in told if (found := re.search(r"(CW\d+)", each))], told
    assert any(words in each for each in told if code in each), told


@pytest.mark.parametrize(
    "steps",
    [
        ROUTE + "- {id: n, title: N, when: form.housing is homeless, do: calculate, value: = bed.value}",
        ROUTE + "- {id: n, title: N, do: calculate, value: '= coalesce(bed.value, 0)'}",
        ROUTE.replace("nothing", "{id: slow, steps: [{id: x, title: X, do: calculate, value: 1}]}")
        + "- {id: n, title: N, when: route.branch is slow, do: calculate, value: 1}",
        """
- id: both
  title: Both
  needs: []
  parallel:
    - steps: [{id: a, title: A, do: calculate, value: 1}]
    - steps: [{id: b, title: B, do: calculate, value: 2}]
- {id: n, title: N, do: calculate, value: = a.value + b.value}
""",
    ],
)
def test_what_surely_ran_is_read_without_asking(steps: str) -> None:
    assert codes(FORM + steps) == []


def plan_of(steps: str) -> Plan:
    checked = check(
        parse((HEADER + indent(steps.strip("\n"), "  ") + "\n").encode(), "try-it.yaml"), catalogue()
    )
    assert checked.plan is not None, checked.diagnostics
    return checked.plan


def test_steps_in_blocks_know_their_places_and_are_numbered_in_document_order() -> None:
    plan = plan_of(FORM + ROUTE)
    assert [(step.id, step.index) for step in plan.steps] == [("form", 0), ("route", 1), ("bed", 2)]
    bed = plan.step("bed")
    assert plan.around(bed) == ("route",)
    assert bed.needs == ()
    assert "form" in plan.before["bed"]


def test_a_critical_step_makes_the_blocks_around_it_critical() -> None:
    steps = ROUTE.replace(
        "do: calculate, value: = count(form.needs)", "do: assign_task, to: caseworker, priority: critical"
    )
    plan = plan_of(FORM + steps)
    assert [step.id for step in plan.steps if step.critical] == ["route", "bed"]


def test_the_blocks_of_the_documentation_are_right() -> None:
    page = (Path(__file__).parents[2] / "docs" / "language.md").read_text(encoding="utf-8")
    blocks = re.search(r"^## Blocks\n.*?```yaml\n(.*?)```", page, re.DOTALL | re.MULTILINE)
    rework = re.search(r"^### Sending work back\n.*?```yaml\n(.*?)```", page, re.DOTALL | re.MULTILINE)
    assert blocks
    assert rework
    before = """
- id: findings
  title: Findings
  do: complete_checklist
  to: group intake_team
  items:
    - {id: immediate_danger, ask: Danger?, type: yes_no, required: true}
    - {id: housing, ask: Housing, type: choice, options: {stable: S, at_risk: R, homeless: H}, required: true}
    - {id: needs, ask: Needs, type: choices, options: {food: Food, money: Money}}
"""
    draft = "- {id: draft, title: Draft, do: assign_task, to: group intake_team, ends: completed}\n"
    told = faults(before + blocks[1] + draft + rework[1])
    assert [each for each in told if " error " in each] == []


def test_editors_know_the_keys_of_blocks() -> None:
    defined = json_schema(catalogue())["$defs"]
    assert {
        "block_choose",
        "block_parallel",
        "block_first_of",
        "block_for_each",
        "block_repeat",
    } <= defined.keys()
    assert "steps" in defined["Choose.ChosenKeys"]["properties"]
    assert defined["block_repeat"]["required"] == ["id", "title", "repeat", "steps"]


LOOP = (
    FORM
    + """
- id: help
  title: Help
  needs: [form]
  for_each: {need: = form.needs}
  steps: [{id: look, title: Look, do: calculate, value: = need}]
- {id: behind, title: Behind, do: calculate, needs: [BEHIND], value: = count(help.each)}
- {id: reader, title: Reader, do: calculate, needs: [READER], value: = behind.value}
"""
)


@pytest.mark.parametrize(
    ("behind", "reader", "told"),
    [
        ("help", "form, behind", ["CW337"]),  # without members `behind` is skipped, and `reader` runs
        ("help", "behind", []),  # `reader` is skipped too
        ("help", "help, behind", []),  # what runs because of the loop runs where it has members
        ("form, help", "form, behind", []),
    ],
)
def test_a_step_that_needs_a_loop_alone_is_skipped_where_the_loop_is_empty(
    behind: str, reader: str, told: list[str]
) -> None:
    assert codes(LOOP.replace("BEHIND", behind).replace("READER", reader)) == told
