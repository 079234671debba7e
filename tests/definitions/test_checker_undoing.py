"""What the checker says about `undo`; the codes have examples of their own in `definitions/code_texts`."""

import re

import pytest
from step_bench import HEADER, catalogue, faults

from definitions import check, explain, parse
from definitions.json_schema import json_schema

STEPS = """
- id: form
  title: Form
  do: complete_checklist
  to: group intake_team
  items:
    - {id: danger, ask: Danger?, type: yes_no, submit: on_answer}
    - {id: house, ask: House, type: text}
- id: place
  title: Book
  needs: [NEED]
  do: assign_task
  to: group intake_team
  items: [{id: nights, ask: Nights, type: number}]
  undo:
    steps:
      - {id: back, title: Back, do: calculate, value: = VALUE}
      - {id: noted, title: Noted, do: calculate, value: = back.value}
- {id: later, title: Later, needs: [place], do: calculate, value: = 1}
"""


def codes(steps: str) -> list[str]:
    return [found[1] for each in faults(steps) if (found := re.search(r"(CW\d+)", each))]


@pytest.mark.parametrize(
    ("need", "value", "expected"),
    [
        ("form", "place.nights", []),
        ("form", "form.house", []),
        ("form", "later.value", ["CW573"]),
        ("form", "noted.value", ["CW533"]),
        ("form.danger", "place.nights", []),
        ("form.danger", "form.danger", ["CW573"]),
    ],
)
def test_an_undo_reads_what_had_ended_before_the_step_that_it_undoes(
    need: str, value: str, expected: list[str]
) -> None:
    """An answer on a form that is still open is withdrawn with it."""
    assert codes(STEPS.replace("NEED", need).replace("VALUE", value)) == expected


def test_nothing_reads_what_undoes_a_step() -> None:
    assert codes(GOOD.replace("value: = 1", "value: = back.value")) == ["CW573"]


def test_a_block_has_no_undo_of_its_own() -> None:
    inner = "{id: one, title: One, do: calculate, value: = 1}"
    block = f"- {{id: both, title: Both, steps: [{inner}], undo: {{steps: []}}}}"
    assert codes(block) == ["CW230"]


UNDOS = [("{}", "CW210"), ("{steps: []}", "CW210"), ("{stepz: [1]}", "CW201")]


@pytest.mark.parametrize(("undo", "expected"), UNDOS)
def test_an_undo_has_steps(undo: str, expected: str) -> None:
    step = f"- {{id: one, title: One, do: calculate, value: = 1, undo: {undo}}}"
    assert expected in codes(step)


GOOD = STEPS.replace("NEED", "form").replace("VALUE", "place.nights")


def test_the_plan_keeps_what_undoes_a_step_beside_its_steps() -> None:
    text = HEADER + GOOD.replace("\n", "\n  ")
    plan = check(parse(text.encode(), "try-it.yaml"), catalogue()).plan
    assert plan is not None
    assert [step.id for step in plan.steps] == ["form", "place", "later"]
    assert [step.id for step in plan.undo_steps] == ["back", "noted"]
    assert plan.step("place").undo == ("back", "noted")
    assert plan.before["noted"] == {"form", "place", "back"}
    words = {each.id: each for each in explain(plan)}
    assert "When the process is cancelled after it: Back then Noted." in words["place"].notes
    assert words["back"].starts_after == (
        "the process was cancelled, and all that came after Book was undone",
    )


def test_the_schema_for_editors_has_it_at_every_kind_of_step() -> None:
    kinds = {name: each for name, each in json_schema(catalogue())["$defs"].items() if name.startswith("do_")}
    assert kinds
    assert all(each["properties"]["undo"]["required"] == ["steps"] for each in kinds.values())


def test_the_process_gives_nothing_of_what_undoes_a_step() -> None:
    header = HEADER.replace("steps:", "outputs:\n  given: = back.value\nsteps:")
    found = [code[1] for each in faults(GOOD, header) if (code := re.search(r"(CW\d+)", each))]
    assert found == ["CW573"]
