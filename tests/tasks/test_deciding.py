"""`decide`: a table in a step, what it gives to later steps, and why."""

from decimal import Decimal
from typing import Any

import pytest
from step_bench import Bench, faults

from models import ChecklistAnswer, HumanTask, StepStatus, TaskKind
from tasks.result import StepError

FORM = """
- id: form
  title: Questions
  do: complete_checklist
  to: caseworker
  items:
    - id: danger
      ask: Danger?
      type: yes_no
    - id: size
      ask: How many live there?
      type: number
    - id: housing
      ask: Housing
      type: choice
      options:
        stable: Stable
        at_risk: At risk
        homeless: Homeless
"""
ROUTE = """
- id: route
  title: Route
  do: decide
  inputs:
    danger: = form.danger
    size:
      of: = form.size
      title: People
      at_least: 0
      whole: true
    housing: = form.housing
  outputs:
    team:
      type: choice
      options:
        crisis: Crisis team
        housing: Housing team
        general: General team
    hours:
      type: number
  hit: first
  rows:
    - when:
        danger: is not no
      then:
        team: crisis
        hours: 2
      because: Danger now or not ruled out
    - when:
        housing: in (homeless, at_risk)
        size: 4 and over
      then:
        team: housing
        hours: = size * 2
  default:
    team: general
    hours: 48
"""


def decided(bench: Bench, steps: str = ROUTE, **answers: Any) -> Any:
    """Decide with these answers; one that is not given is missing."""
    worker = bench.staff("Wanda")
    bench.start(FORM + steps, client=bench.client().id, received_at=bench.now)
    run = bench.call("form").run
    task = HumanTask(
        kind=TaskKind.CHECKLIST, title="Q", instance_id=bench.instance.id, step="form", created_at=bench.now
    )
    rows = [
        ChecklistAnswer(task_id=task.id, step="form", item=item, value=value, answered_by=worker.id,
                        answered_at=bench.now)
        for item, value in answers.items()
    ]  # fmt: skip
    run.status = StepStatus.COMPLETED
    bench.session.add_all([task, *rows, run])
    bench.session.flush()
    return bench.run("route")


def test_the_row_that_counts_gives_the_outputs_and_says_why(bench: Bench) -> None:
    found = decided(bench, danger="no", size=5, housing="homeless")
    assert (found.team, found.hours, found.rows, found.provisional) == ("housing", Decimal(10), [2], False)
    assert found.explanation == (
        "Row 2: People 5 (4 and over), housing homeless (in (at_risk, homeless)). team: housing; hours: 10."
    )


def test_a_reason_that_the_row_has_is_told(bench: Bench) -> None:
    assert "Because: Danger now or not ruled out." in decided(bench, danger="yes").explanation


def test_where_no_row_holds_the_rest_counts(bench: Bench) -> None:
    found = decided(bench, danger="no", size=1, housing="stable")
    assert (found.team, found.hours, found.rows) == ("general", Decimal(48), [])
    assert found.explanation == "No row holds. team: general; hours: 48."


def test_while_something_is_missing_the_decision_says_what_it_could_be(
    bench: Bench,
) -> None:
    found = decided(bench, size=1, housing="stable")
    assert (found.team, found.provisional, found.open_rows) == ("crisis", True, [1])
    assert found.possible["team"] == ["crisis", "general"]
    assert found.explanation.endswith(
        "Missing: danger. team could be crisis or general. hours could be 2 or 48. Provisional."
    )


def test_what_is_missing_and_makes_no_difference_makes_nothing_provisional(bench: Bench) -> None:
    assert not decided(bench, danger="yes", housing="stable").provisional


def test_an_input_outside_of_what_it_can_be_is_an_error_of_the_step(bench: Bench) -> None:
    with pytest.raises(StepError, match="`size`") as caught:
        decided(bench, danger="no", size=-1, housing="stable")
    assert caught.value.code == "not_in_table"


def test_later_steps_read_the_decision(bench: Bench) -> None:
    after = """
- id: after
  title: After
  do: calculate
  needs: [route]
  set:
    soon: = route.hours < 5
    crisis: = crisis in route.possible.team
    people: = route.inputs.size
"""
    decided(bench, ROUTE + after, danger="yes", size=3)
    found = bench.run("after")
    assert (found.soon, found.crisis, found.people) == (True, True, Decimal(3))


def test_a_list_of_all_that_hold_can_be_gone_through(bench: Bench) -> None:
    listed = ROUTE.replace("hit: first", "hit: rule order")
    after = """
- id: letters
  title: A letter for each
  do: calculate
  for_each:
    one: = route.each
  value: = one.hours
"""
    found = decided(bench, listed + after, danger="yes", size=5, housing="homeless")
    assert found.team == ("crisis", "housing")
    assert found.each == [{"team": "crisis", "hours": Decimal(2)}, {"team": "housing", "hours": Decimal(10)}]


def test_the_words_of_a_table_are_those_of_its_rows(bench: Bench) -> None:
    bench.start(FORM + ROUTE, client=bench.client().id, received_at=bench.now)
    step = bench.plan.step("route")
    assert step.kind.explain is not None
    assert list(step.kind.explain(step.arguments)) == [
        "Decides team, hours by danger, size, housing.",
        "The first row that holds counts:",
        "1. When danger is not no: team crisis, hours 2 (Danger now or not ruled out).",
        "2. When housing in (homeless, at_risk) and size 4 and over: team housing, hours size * 2.",
        "Otherwise team general, hours 48.",
    ]


@pytest.mark.parametrize(
    ("before", "after", "code", "line"),
    [
        ("danger: is not no", "danger: is not non", "CW803", "danger: is not non"),
        ("hit: first", "hit: second", "CW204", "hit: second"),
        ("housing: in (homeless, at_risk)", "house: stable", "CW809", "house: stable"),
        ("= size * 2", "= sise * 2", "CW321", "hours: = sise * 2"),
        ("hours: 48", "hour: 48", "CW809", "hour: 48"),
        ("hours: 48", "hours: many", "CW403", "hours: many"),
        ("of: = form.size", "of: = form", "CW805", "size:"),
        ("hours: 2", "hours: two", "CW403", "hours: two"),
        ("at_least: 0", "at_least: under 3", "CW806", "at_least: under 3"),
        ("danger: = form.danger", "danger: = form.dangers", "CW322", "danger: = form.dangers"),
        ("default:", "otherwise:", "CW230", "otherwise:"),
        ("danger: = form.danger", "yes: = form.danger", "CW222", "yes: = form.danger"),
    ],
)
def test_mistakes_are_told_at_their_place(before: str, after: str, code: str, line: str) -> None:
    found = faults((FORM + ROUTE).replace(before, after, 1), header=HEADER)
    assert any(f"error {code}: " in each and each.splitlines()[1].endswith(line) for each in found), found


def test_who_writes_otherwise_is_told_of_the_default() -> None:
    found = faults((FORM + ROUTE).replace("default:", "otherwise:"), header=HEADER)
    told = next(each for each in found if "CW230" in each)
    assert "advice: write `default:` for what counts where no row does" in told
    assert not any("CW541" in each or "CW202" in each for each in found)


def test_an_output_cannot_have_a_name_that_every_decision_has() -> None:
    found = faults(
        (FORM + ROUTE).replace("    hours:", "    rows:").replace("      hours:", "      rows:"), HEADER
    )
    assert [each.splitlines()[0] for each in found if "error" in each] == [
        "try-it.yaml:43:7: error CW807: `rows` cannot be the name of an output"
    ]


HEADER = "process: try-it\ntitle: T\npurpose: P\nowner: intake_team\nsteps:\n"
