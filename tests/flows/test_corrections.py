"""A corrected answer: what had read the old one is withdrawn and done anew (engine.md R1.4)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from databases import in_memory
from sqlmodel import col, select
from step_bench import catalogue

from definitions import Plan
from definitions.checker import check
from definitions.source import parse
from flows.dispatch import ready_batches, run_until_quiet
from flows.inbox import TaskEndedError, answer_item, complete, correct
from flows.instances import start
from flows.runtime import Runtime
from flows.steps.corrections import readers
from flows.timers import tick
from flows.versions import Plans, publish
from models import (
    ChecklistAnswer,
    HumanTask,
    Instance,
    InstanceStatus,
    StepRun,
    StepStatus,
    TaskStatus,
    Timer,
    Wake,
)
from tasks.registry import load_kinds

MONDAY = datetime(2026, 3, 2, 15, tzinfo=UTC)
TEXT = """process: try-it
title: A process for tests
purpose: To be corrected.
owner: intake_team
steps:
  - id: first
    title: First form
    do: complete_checklist
    to: group intake_team
    items:
      - {id: housing, ask: Housing, type: choice, options: {stable: Stable, homeless: None}, required: true}
      - {id: note, ask: Note, type: text}
  - id: second
    title: Second form
    do: complete_checklist
    to: group intake_team
    when: first.housing is homeless
    due: 2 days
    remind: [1 day before due]
    items:
      - {id: danger, ask: "Danger?", type: yes_no, required: true, submit: on_answer}
      - {id: shelter, ask: Shelter, type: text}
  - id: alarm
    title: Alarm
    do: assign_task
    needs: [second.danger]
    when: coalesce(second.danger, no) is yes
    to: group intake_team
  - id: noted
    title: What was noted
    do: calculate
    needs: [first]
    value: = first.note
"""


@dataclass
class Desk:
    """One instance of the process, and who works on it."""

    runtime: Runtime
    plans: Plans
    clock: list[datetime]
    instance_id: str

    def go(self) -> None:
        run_until_quiet(self.runtime, self.plans)

    def runs(self, step: str) -> list[StepRun]:
        with self.runtime.store.read() as session:
            query = select(StepRun).where(StepRun.instance_id == self.instance_id, StepRun.step == step)
            return list(session.exec(query.order_by(col(StepRun.attempt))))

    def status(self, step: str) -> StepStatus | None:
        runs = self.runs(step)
        return runs[-1].status if runs else None

    def tasks(self, step: str) -> list[HumanTask]:
        with self.runtime.store.read() as session:
            query = select(HumanTask).where(HumanTask.step == step).order_by(col(HumanTask.created_at))
            return sorted(session.exec(query), key=lambda task: task.status is TaskStatus.REQUESTED)

    def do(self, command: Any, task: HumanTask, *given: object, **more: object) -> Any:
        self.clock[0] += timedelta(seconds=1)
        result = command(self.runtime.store, task.id, *given, by=None, now=self.clock[0], **more)
        self.go()
        return result

    def every(self, table: type[Any]) -> list[Any]:
        with self.runtime.store.read() as session:
            return list(session.exec(select(table)))


def a_plan() -> Plan:
    checked = check(parse(TEXT.encode(), "try-it.yaml"), catalogue())
    assert checked.plan is not None, checked.diagnostics
    return checked.plan


@pytest.fixture
def desk() -> Iterator[Desk]:
    """The first form is sent (homeless), the second is open."""
    with in_memory() as store:
        clock = [MONDAY]
        runtime = Runtime(store, load_kinds(), catalogue(), lambda: clock[0], holder="test")
        plan = a_plan()
        instance = start(runtime, plan, publish(runtime, plan, by="test"), {}).instance
        made = Desk(runtime, Plans(runtime), clock, instance.id)
        made.go()
        made.do(complete, made.tasks("first")[0], {"housing": "homeless", "note": "old"})
        assert made.status("second") is StepStatus.WAITING
        yield made


def wrong(desk: Desk, value: str) -> None:
    desk.do(correct, desk.tasks("first")[0], "housing", value, reason="It was the wrong box")


def test_the_readers_of_an_item_are_those_that_read_it_and_those_that_read_them() -> None:
    plan = a_plan()
    assert [step.id for step in readers(plan, "first", "housing")] == ["second", "alarm"]
    assert [step.id for step in readers(plan, "first", "note")] == ["noted"]
    assert [step.id for step in readers(plan, "second", "danger")] == ["alarm"]
    assert [step.id for step in readers(plan, "second", "shelter")] == []


def test_a_correction_supersedes_the_readers_only_and_they_run_anew(desk: Desk) -> None:
    wrong(desk, "stable")
    assert [run.status for run in desk.runs("second")] == [StepStatus.SUPERSEDED, StepStatus.SKIPPED]
    assert [run.attempt for run in desk.runs("noted")] == [1]
    assert desk.runs("second")[0].reason == "It was the wrong box"


def test_what_the_superseded_step_had_asked_for_is_withdrawn(desk: Desk) -> None:
    assert any(timer.withdrawn_at is None for timer in desk.every(Timer))
    wrong(desk, "stable")
    (task,) = desk.tasks("second")
    assert (task.status, task.reason) == (TaskStatus.CANCELLED, "It was the wrong box")
    assert all(timer.withdrawn_at is not None or timer.fired_at is not None for timer in desk.every(Timer))
    desk.clock[0] += timedelta(days=30)
    assert tick(desk.runtime, desk.plans) == 0


def test_an_answer_to_what_was_superseded_is_kept_wakes_nothing_and_is_told_why(desk: Desk) -> None:
    (old,) = desk.tasks("second")
    wrong(desk, "stable")
    with pytest.raises(TaskEndedError, match="kept in its history"):
        desk.do(answer_item, old, "danger", "yes")
    with pytest.raises(TaskEndedError, match="kept in its history"):
        desk.do(complete, old, {"danger": "yes"})
    assert desk.every(Wake) == []
    assert ready_batches(desk.runtime) == []
    assert desk.status("alarm") is StepStatus.SKIPPED


def test_an_answer_on_a_withdrawn_form_fulfils_no_need_of_the_new_one(desk: Desk) -> None:
    (old,) = desk.tasks("second")
    desk.do(answer_item, old, "danger", "no")
    assert desk.status("alarm") is StepStatus.SKIPPED
    wrong(desk, "stable")
    wrong(desk, "homeless")
    new = desk.tasks("second")[-1]
    assert (new.id != old.id, new.status) == (True, TaskStatus.REQUESTED)
    alarms = [run.status for run in desk.runs("alarm")]
    assert alarms[-1] is StepStatus.SUPERSEDED  # the new form's question is not answered yet
    desk.do(answer_item, new, "danger", "yes")
    assert desk.status("alarm") is StepStatus.WAITING
    assert len(desk.every(ChecklistAnswer)) >= 4  # nothing that was typed is lost


def test_a_correction_back_and_forth_leaves_one_live_run_of_each_step(desk: Desk) -> None:
    for value in ("stable", "homeless", "stable", "homeless"):
        wrong(desk, value)
    for step in ("second", "alarm"):
        live = [run for run in desk.runs(step) if run.status is not StepStatus.SUPERSEDED]
        assert len(live) <= 1, step
    assert [run.attempt for run in desk.runs("second")] == [1, 2, 3, 4, 5]
    open_forms = [task for task in desk.tasks("second") if task.status is TaskStatus.REQUESTED]
    assert len(open_forms) == 1


def test_a_finished_instance_is_moved_again_by_a_correction_and_finishes_again(desk: Desk) -> None:
    desk.do(complete, desk.tasks("second")[-1], {"danger": "no"})
    (instance,) = desk.every(Instance)
    assert instance.status is InstanceStatus.COMPLETED
    wrong(desk, "stable")
    (instance,) = desk.every(Instance)
    assert instance.status is InstanceStatus.COMPLETED
    assert desk.status("second") is StepStatus.SKIPPED


def test_the_same_value_again_corrects_nothing(desk: Desk) -> None:
    wrong(desk, "homeless")
    assert [run.attempt for run in desk.runs("second")] == [1]
