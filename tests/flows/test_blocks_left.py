"""Blocks that are left before their steps have ended: by time, by an error, by a condition."""

from datetime import timedelta
from typing import Any

from procedure import Procedure, procedure
from sqlmodel import select

from flows.inbox.case.holding import cancel, hold, resume
from flows.waking.wakes import wake_watchers
from models import Case, CaseStatus, InstanceStatus, Timer

TIMED = """
- id: search
  title: Find a place
  LOOP
  steps:
    - {id: call, title: Call, do: assign_task, to: group intake_team, ends: completed}
    - {id: visit, title: Visit, do: assign_task, to: group intake_team, ends: completed}
  deadline:
    after: 3 days
    then:
      steps:
        - {id: hotel, title: Book a hotel, do: assign_task, to: group intake_team, ends: completed}
- id: after
  title: After
  do: calculate
  value: = search.ended_by
"""


def steps_of(case: Procedure, name: str) -> list[str]:
    return [run.status.value for run in case.runs() if run.step == name]


def test_a_block_that_takes_too_long_is_left_for_other_steps() -> None:
    with procedure(TIMED.replace("  LOOP\n", "")) as case:
        case.answer("call")
        case.pass_time(timedelta(days=4))
        assert (case.stand("visit"), set(case.tasks())) == ("cancelled", {"hotel"})
        assert case.stand("after") is None
        case.answer("hotel")
        assert case.run("after").outputs["value"] == "deadline"
        assert case.status() is InstanceStatus.COMPLETED


def test_a_block_that_ends_in_time_has_no_clock_left() -> None:
    with procedure(TIMED.replace("  LOOP\n", "")) as case:
        case.answer("call")
        case.answer("visit")
        assert case.run("after").outputs["value"] == "steps"
        with case.runtime.store.read() as session:
            assert [timer.withdrawn_at is not None for timer in session.exec(select(Timer))] == [True]
        assert case.status() is InstanceStatus.COMPLETED


def test_a_loop_is_left_with_all_its_rounds() -> None:
    loop = TIMED.replace("LOOP", "for_each: {name: = inputs.names}")
    with procedure(loop, header=HEADER, names=["ana", "ben"]) as case:
        case.answer("call@ana")
        case.pass_time(timedelta(days=4))
        assert (case.stand("visit@ana"), case.stand("call@ben")) == ("cancelled", "cancelled")
        assert set(case.tasks()) == {"hotel"}
        case.answer("hotel")
        assert case.run("search").outputs["each"] == []
        assert case.status() is InstanceStatus.COMPLETED


HEADER = """process: try-it
title: A process for tests
purpose: Try blocks
owner: intake_team
inputs:
  client: {type: Client, title: Client}
  received_at: {type: date and time, title: When we were told}
  names: {type: choices, title: Names, options: {ana: Ana, ben: Ben}}
steps:
"""

FAILS = """
- id: try_it
  title: Try it
  steps:
    - id: beside
      title: Beside
      needs: []
      do: assign_task
      to: group intake_team
      ends: completed
    - id: letter
      title: Visits
      needs: []
      do: schedule_visits
      to: caseworker
      every: month
      day: last_day
      starts: welfare-check
      ends: never
  on_error:
    steps:
      - {id: by_hand, title: Work it out by hand, do: assign_task, to: group intake_team, ends: completed}
- id: after
  title: After
  do: calculate
  value: = try_it.ended_by
"""


def test_an_error_leaves_the_block_that_foresees_it_instead_of_becoming_an_incident() -> None:
    with procedure(FAILS) as case:
        assert (case.stand("beside"), case.stand("letter")) == ("cancelled", "cancelled")
        assert case.run("letter").error_code == "no_case"
        assert set(case.tasks()) == {"by_hand"}
        assert case.status() is InstanceStatus.WAITING
        case.answer("by_hand")
        assert case.run("after").outputs["value"] == "on_error"
        assert case.status() is InstanceStatus.COMPLETED


WHILE = """
- id: case
  title: Case
  do: create_record
  record: Case
  set: {client: = inputs.client.id, received_at: = inputs.received_at}
- id: help
  title: Help
  while: case.status is not on_hold
  steps:
    - {id: call, title: Call, do: assign_task, to: group intake_team, ends: completed}
- id: after
  title: After
  do: calculate
  value: = help.ended_by
"""


def test_a_block_is_left_when_its_condition_ceases_to_hold() -> None:
    with procedure(WHILE) as case:
        assert set(case.tasks()) == {"call"}
        with case.runtime.store.write() as session:
            row = session.exec(select(Case)).one()
            row.status = CaseStatus.ON_HOLD
            session.add(row)
            wake_watchers(session, row.id, "held", case.clock[0])
        case.go()
        assert case.stand("call") == "cancelled"
        assert case.run("after").outputs["value"] == "condition"
        assert case.status() is InstanceStatus.COMPLETED


def test_a_block_whose_condition_holds_ends_with_its_steps() -> None:
    with procedure(WHILE) as case:
        case.answer("call")
        assert case.run("after").outputs["value"] == "steps"
        assert case.status() is InstanceStatus.COMPLETED


def test_a_block_that_goes_on_after_a_correction_is_left_by_its_condition_again() -> None:
    steps = WHILE.replace(
        "- id: help",
        """- id: form
  title: Form
  do: assign_task
  to: group intake_team
  items: [{id: way, ask: Way, type: text, required: true}]
- id: help""",
    ).replace("{id: call, title: Call,", '{id: call, title: Call, description: "{{ form.way }}",')
    with procedure(steps) as case:
        form = case.tasks()["form"].id
        case.answer("form", way="by phone")
        case.answer("call")
        assert case.stand("help") == "completed"
        case.correct(form, "way", "in person")
        assert (case.stand("help"), set(case.tasks())) == ("waiting", {"call"})
        with case.runtime.store.write() as session:
            row = session.exec(select(Case)).one()
            row.status = CaseStatus.ON_HOLD
            session.add(row)
            wake_watchers(session, row.id, "held", case.clock[0])
        case.go()
        assert case.run("help").outputs["ended_by"] == "condition"
        assert case.status() is InstanceStatus.COMPLETED


REOPENED = """
- id: form
  title: Form
  do: assign_task
  to: group intake_team
  ends: completed
  items:
    - {id: way, ask: Way, type: text, required: true}
- id: search
  title: Find a place
  steps:
    - id: call
      title: Call
      description: "{{ form.way }}"
      do: assign_task
      to: group intake_team
      ends: completed
  deadline:
    after: 3 days
    then:
      steps:
        - {id: hotel, title: Book a hotel, do: assign_task, to: group intake_team, ends: completed}
- {id: last, title: Last, do: assign_task, to: group intake_team, ends: completed}
"""


def test_a_block_that_goes_on_after_a_correction_has_its_time_anew() -> None:
    with procedure(REOPENED) as case:
        form = case.tasks()["form"].id
        case.answer("form", way="by phone")
        case.answer("call")
        case.pass_time(timedelta(days=10))
        case.correct(form, "way", "in person")
        assert (case.stand("search"), set(case.tasks())) == ("waiting", {"call", "last"})
        case.pass_time(timedelta(days=2))
        assert "call" in case.tasks()
        case.pass_time(timedelta(days=2))
        assert (case.stand("call"), set(case.tasks())) == ("cancelled", {"hotel", "last"})
        case.answer("hotel")
        case.answer("last")
        assert case.run("search").outputs["ended_by"] == "deadline"
        assert case.status() is InstanceStatus.COMPLETED


def decide(case: Procedure, act: Any, **more: Any) -> None:
    act(case.runtime, case.instance_id, by=None, now=case.clock[0], **more)
    case.go()


def test_a_block_of_a_held_instance_is_left_once_when_it_is_resumed() -> None:
    with procedure(TIMED.replace("  LOOP\n", "")) as case:
        decide(case, hold, reason="asked to")
        case.pass_time(timedelta(days=4))
        assert set(case.tasks()) == {"call"}
        decide(case, resume)
        assert (case.stand("call"), set(case.tasks())) == ("cancelled", {"hotel"})
        case.answer("hotel")
        assert case.status() is InstanceStatus.COMPLETED


def test_a_held_instance_takes_in_what_was_answered_in_its_blocks_when_it_is_resumed() -> None:
    loop = TIMED.replace("LOOP", "for_each: {name: = inputs.names}")
    with procedure(loop, header=HEADER, names=["ana", "ben"]) as case:
        decide(case, hold, reason="asked to")
        case.answer("call@ana")
        assert case.stand("visit@ana") is None
        decide(case, resume)
        assert set(case.tasks()) == {"visit@ana", "call@ben"}


def test_cancelling_takes_back_what_the_steps_in_blocks_wait_for() -> None:
    loop = TIMED.replace("LOOP", "for_each: {name: = inputs.names}")
    with procedure(loop, header=HEADER, names=["ana", "ben"]) as case:
        decide(case, cancel, reason="moved away")
        assert case.tasks() == {}
        assert set(case.stands().values()) == {"cancelled"}
        case.pass_time(timedelta(days=4))
        with case.runtime.store.read() as session:
            assert all(timer.withdrawn_at is not None for timer in session.exec(select(Timer)))
