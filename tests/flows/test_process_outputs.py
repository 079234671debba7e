"""What a process gives to the one that has started it and waits for its end."""

from collections.abc import Iterator

import pytest
from small_office import SmallOffice, small_office

from flows.inbox import complete
from models import InstanceStatus, StepStatus, TaskKind

HEAD = """\
process: {name}
title: {name}
purpose: To be tried
owner: intake_team
inputs:
  case: {{type: Case, title: Case}}
"""
FORM = """\
steps:
  - id: form
    title: Form
    do: assign_task
    to: group intake_team
    items:
      - {id: nights, ask: Nights, type: number}
      - {id: level, ask: Level, type: choice, options: {low: Low, high: High}}
      - {id: told, ask: Told, type: yes_no}
"""
OUTPUTS = """\
outputs:
  nights: = form.nights
  level: = form.level
  told: = form.told
"""
CHILD = HEAD.format(name="child") + OUTPUTS + FORM

START = """\
  - id: child
    title: Begin
    do: start_process
    process: child
    inputs: {case: = inputs.case}
    ends: completed
"""
PARENT = (
    HEAD.format(name="parent")
    + "steps:\n"
    + START
    + """\
  - id: added
    title: Add up
    do: calculate
    set:
      nights: = coalesce(child.outputs.nights, 0) + 1
      level:
        first:
          - {when: child.outputs.level is high, use: urgent}
        otherwise: usual
  - id: late
    title: It was told
    when: child.outputs.told is known and child.outputs.told is yes
    do: calculate
    value: = child.outputs.nights
"""
)


@pytest.fixture
def office() -> Iterator[SmallOffice]:
    with small_office() as made:
        made.know("child", CHILD)
        yield made


def answer(office: SmallOffice, **answers: object) -> None:
    (task,) = [each for each in office.tasks(TaskKind.ASSIGNMENT) if each.completed_at is None]
    complete(office.runtime.store, task.id, answers, by=office.worker, now=office.clock())
    office.settle()


def test_the_one_that_waits_reads_what_the_other_has_given(office: SmallOffice) -> None:
    office.publish(CHILD)
    office.publish(PARENT)
    parent = office.start("parent")
    office.settle()
    answer(office, nights="3", level="high", told="yes")
    assert office.run(parent, "child").outputs["outputs"] == {"nights": "3", "level": "high", "told": "yes"}
    assert office.run(parent, "added").outputs["nights"] == "4"
    assert office.run(parent, "added").outputs["level"] == "urgent"
    assert office.run(parent, "late").outputs["value"] == "3"


def test_what_the_other_has_not_recorded_is_missing(office: SmallOffice) -> None:
    office.publish(CHILD)
    office.publish(PARENT)
    parent = office.start("parent")
    office.settle()
    answer(office, level="low")
    assert office.run(parent, "added").outputs == {"nights": "1", "level": "usual", "provisional": False}
    assert office.run(parent, "late").status is StepStatus.SKIPPED


def test_a_newer_version_of_the_other_that_gives_something_else_breaks_nothing(office: SmallOffice) -> None:
    """A name that is gone, an option that is new, another type: missing, and what is still given counts."""
    office.publish(CHILD)
    office.publish(PARENT)
    newer = CHILD.replace("  told: = form.told\n", "  more: = form.told\n")
    newer = newer.replace("nights: = form.nights", "nights: = form.level").replace("high: High", "top: Top")
    office.publish(newer)
    office.know("child")
    parent = office.start("parent")
    office.settle()
    answer(office, nights="3", level="top", told="yes")
    nothing = {"nights": None, "level": None, "told": None}
    assert office.run(parent, "child").outputs["outputs"] == nothing
    assert office.run(parent, "added").outputs["provisional"] is True
    assert office.instances("parent")[0].status is InstanceStatus.COMPLETED


def test_each_of_several_gives_its_own(office: SmallOffice) -> None:
    office.publish(CHILD)
    each = START.replace("    inputs:", "    for_each: {name: = inputs.names}\n    inputs:")
    names = "  names: {type: choices, title: Names, options: {ana: Ana, ben: Ben}}\nsteps:\n"
    later = """\
  - id: after
    title: After
    do: calculate
    for_each: {one: = child.each}
    value: = one.outputs.nights
"""
    office.publish(HEAD.format(name="parent") + names + each + later)
    parent = office.start("parent", case=office.case, names=["ana", "ben"])
    office.settle()
    for task in [*office.tasks(TaskKind.ASSIGNMENT)]:
        complete(office.runtime.store, task.id, {"nights": "2"}, by=office.worker, now=office.clock())
    office.settle()
    assert [one["value"] for one in office.run(parent, "after").outputs["each"]] == ["2", "2"]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("= child.outputs.nightz", "CW322"),
        ("= child.outputs.level + 1", "CW335"),
        ("= child.nightz", "CW322"),
    ],
)
def test_the_checker_knows_what_the_other_gives(office: SmallOffice, text: str, code: str) -> None:
    found = office.check(PARENT + f"  - {{id: wrong, title: Wrong, do: calculate, value: {text}}}\n")
    assert [each.code for each in found.errors] == [code]


def test_what_goes_on_at_once_reads_no_outputs(office: SmallOffice) -> None:
    found = office.check(PARENT.replace("ends: completed", "ends: created"))
    assert {each.code for each in found.errors} == {"CW322"}


def test_a_process_whose_last_step_stands_in_a_block_gives_its_outputs(office: SmallOffice) -> None:
    last = "  - {id: last, title: Last, steps: [{id: inner, title: Inner, do: calculate, value: = 1}]}\n"
    plan = office.publish(CHILD.replace("process: child", "process: blocks") + last)
    assert plan.steps[-1].id == "inner"
    office.start("blocks")
    office.settle()
    answer(office, nights="3")
    assert office.instances("blocks")[0].outputs["nights"] == "3"


def test_two_processes_that_start_each_other_can_be_checked(office: SmallOffice) -> None:
    other = CHILD.replace("  told: = form.told\n", "  told: = child.outputs.told\n") + START
    found = office.check(other)
    assert [each.code for each in found.errors] == []


def test_other_outputs_make_another_version_only_of_those_that_read_them(office: SmallOffice) -> None:
    blind = PARENT[: PARENT.index("  - id: added")]
    before = [
        office.publish(text).hash for text in (PARENT, blind.replace("process: parent", "process: blind"))
    ]
    office.know("child", CHILD.replace("nights: = form.nights", "nights: = form.level"))
    after = [
        office.check(text).plan
        for text in (
            PARENT.replace("coalesce(child.outputs.nights, 0) + 1", "3"),
            blind.replace("process: parent", "process: blind"),
        )
    ]
    assert after[0] is not None
    assert after[1] is not None
    assert after[1].hash == before[1]
    office.know("child", CHILD)
    same = office.check(PARENT.replace("coalesce(child.outputs.nights, 0) + 1", "3")).plan
    assert same is not None
    assert same.hash != after[0].hash
