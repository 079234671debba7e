"""Published cases of the workflow patterns whose point is who comes when: answers at once, too late, in
another order, in a second round. docs/patterns.md says where each comes from.
"""

from datetime import timedelta

import pytest
from patterns import answers, trace, written
from procedure import Procedure, procedure
from small_office import small_office
from sqlmodel import select

from flows.inbox import complete
from flows.inbox.desk import InboxError
from flows.inbox.task.assigning import accept
from models import HumanTask, InstanceStatus

HOUR = timedelta(hours=1)


def at_once(case: Procedure, *names: str) -> None:
    """People do these tasks before the engine looks."""
    case.clock[0] += timedelta(minutes=1)
    found = case.tasks()
    for name in names:
        by = case.people["worker"]
        complete(case.runtime.store, found[name].id, {}, by=by, now=case.clock[0])
    case.go()


def test_what_follows_each_branch_is_done_in_it() -> None:
    branches = "\n".join(
        f"    - steps:\n"
        f"        - {{id: {name}, title: {name.title()}, do: assign_task, to: group intake_team}}\n"
        f"        - {{id: {name}_seen, title: Look at it, do: assign_task, to: group intake_team}}"
        for name in ("foundation", "material", "labour")
    )
    with procedure(f"- id: beside\n  title: Beside\n  parallel:\n{branches}\n") as case:
        answers(case, "material", "labour", "labour_seen", "foundation", "material_seen", "foundation_seen")
        assert [run.step for run in case.runs() if run.step.endswith("_seen")] == [
            "material_seen",
            "labour_seen",
            "foundation_seen",
        ]
        assert case.status() is InstanceStatus.COMPLETED


@pytest.mark.parametrize("names", [("call", "visit"), ("letter", "visit"), ("letter", "visit", "call")])
def test_two_results_at_once_begin_what_follows_once(names: tuple[str, ...]) -> None:
    with written(9) as case:
        at_once(case, *names)
        answers(case, *({"call", "visit", "letter"} - set(names)))
        assert [run.attempt for run in case.runs() if run.step == "done"] == [1]
        assert {case.stand(name) for name in ("call", "visit", "letter")} == {"completed"}
        assert case.status() is InstanceStatus.COMPLETED


def test_a_result_that_comes_too_late_is_refused() -> None:
    with written(29) as case:
        late = case.tasks()["letter"]
        answers(case, "visit")
        with pytest.raises(InboxError, match=r"withdrawn|cancelled|not needed"):
            complete(case.runtime.store, late.id, {}, by=case.people["worker"], now=case.clock[0])
        assert case.stand("letter") == "cancelled"
        assert case.status() is InstanceStatus.COMPLETED


def test_of_three_reports_at_once_two_count() -> None:
    with written(32) as case:
        at_once(case, "letter", "visit", "call")
        stands = [case.stand(name) for name in ("call", "visit", "letter")]
        assert sorted(map(str, stands)) == ["cancelled", "completed", "completed"]
        assert [run.attempt for run in case.runs() if run.step == "done"] == [1]
        assert case.status() is InstanceStatus.COMPLETED


ROUNDS = """
- id: rounds
  title: In rounds
  repeat: {until: again.answer is enough, at_most: 3}
  steps:
    - id: beside
      title: Beside each other
      parallel:
        - steps: [{id: call, title: Call, do: assign_task, to: group intake_team}]
        - steps: [{id: visit, title: Visit, do: assign_task, to: group intake_team}]
      join: any
    - id: again
      title: Again?
      do: assign_task
      to: group intake_team
      items:
        - {id: answer, ask: Again?, type: choice, options: {again: Again, enough: Enough}, required: true}
"""


def test_a_join_in_rounds_begins_anew_in_each() -> None:
    with procedure(ROUNDS) as case:
        answers(case, "call@1")
        answers(case, "again@1", answer="again")
        assert set(case.tasks()) == {"call@2", "visit@2"}
        answers(case, "visit@2")
        answers(case, "again@2", answer="enough")
        assert trace(case) == [
            "rounds+ beside@1+ call@1+ visit@1+",
            "beside@1- call@1- visit@1! again@1+",
            "beside@2+ call@2+ visit@2+ again@1-",
            "beside@2- call@2! visit@2- again@2+",
            "rounds- again@2-",
        ]
        assert case.status() is InstanceStatus.COMPLETED


COMPLAINT = """
- id: first
  title: Who is first
  first_of:
    - id: taken
      steps:
        - {id: contact, title: Talk to them, do: assign_task, to: group intake_team, ends: accepted}
        - {id: solve, title: Solve it, do: assign_task, to: group intake_team}
    - id: escalated
      steps:
        - {id: two_days, title: 48 hours, do: wait, for: 48 hours}
        - {id: boss, title: The manager sees to it, do: assign_task, to: group intake_team}
- {id: done, title: Done, do: calculate, value: = first.branch}
"""


def test_the_choice_falls_when_somebody_accepts() -> None:
    with procedure(COMPLAINT) as case:
        task = case.tasks()["contact"]
        accept(case.runtime.store, task.id, by=case.people["worker"], now=case.clock[0])
        case.go()
        assert (case.stand("two_days"), case.stand("solve")) == ("cancelled", "waiting")
        case.pass_time(50 * HOUR)
        assert case.stand("boss") is None
        answers(case, "solve")
        assert case.run("done").outputs["value"] == "taken"
    with procedure(COMPLAINT) as case:
        case.pass_time(48 * HOUR)
        assert set(case.tasks()) == {"boss"}
        answers(case, "boss")
        assert case.run("done").outputs["value"] == "escalated"
        assert case.status() is InstanceStatus.COMPLETED


def test_an_answer_after_the_time_and_before_anybody_looks_counts_or_not_but_never_both() -> None:
    with written(16) as case:
        case.clock[0] += timedelta(days=8)
        task = case.tasks()["answer"]
        complete(case.runtime.store, task.id, {}, by=case.people["worker"], now=case.clock[0])
        case.pass_time(timedelta(minutes=1))
        won = case.run("first").outputs["#winner"]
        first, other = (("answer", "a_week"), ("a_week", "answer"))[won]
        assert (case.stand(first), case.stand(other)) == ("completed", "cancelled")
        answers(case, *case.tasks())
        assert case.status() is InstanceStatus.COMPLETED


DEFECT = """
process: defect
title: A defect
purpose: To be tried
owner: intake_team
inputs:
  case:
    type: Case
    title: Case
steps:
  - id: found
    title: What else was found?
    do: assign_task
    to: group intake_team
    items:
      - {id: others, ask: Others?, type: choices, options: {pump: The pump, valve: The valve}}
"""
MORE_DEFECTS = (
    DEFECT
    + """
  - id: inner
    title: Another defect
    do: start_process
    for_each: {other: = found.others}
    process: defect
    inputs:
      case: = inputs.case
    ends: completed
"""
)


def test_a_process_waits_for_all_that_it_has_started_itself() -> None:
    with small_office() as office:
        office.know("defect", DEFECT)  # the name has to be known before a definition can use it
        office.publish(MORE_DEFECTS)
        office.start("defect")
        office.settle()
        for others in (["pump", "valve"], [], ["pump"], []):
            assert len([each for each in office.instances("defect") if each.parent_step_run_id is None]) == 1
            with office.runtime.store.read() as session:
                tasks = [task for task in session.exec(select(HumanTask)) if task.completed_at is None]
            task = min(tasks, key=lambda each: each.id)
            now = office.clock()
            complete(office.runtime.store, task.id, {"others": others}, by=office.worker, now=now)
            office.settle()
            first = min(office.instances("defect"), key=lambda each: each.id)
            assert (first.status is InstanceStatus.COMPLETED) is (len(tasks) == 1 and not others)
        assert [each.status for each in office.instances("defect")] == [InstanceStatus.COMPLETED] * 4
