"""Steps that people do, run by the engine: items that count at once, corrections, moves, handovers."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from textwrap import dedent, indent
from typing import Any

import pytest
from databases import in_memory
from sqlmodel import col, select
from step_bench import HEADER, MONDAY, catalogue

from definitions.checker import check
from definitions.source import parse
from flows.dispatch import run_until_quiet
from flows.inbox import PlannedGoal, accept, answer_item, book, cancel_task, complete, correct, record_plan
from flows.instances import start
from flows.runtime import Runtime
from flows.timers import tick
from flows.versions import Plans, publish
from models import (
    Case,
    Client,
    DateQuality,
    HumanTask,
    Instance,
    Staff,
    StaffGroup,
    StepRun,
    StepStatus,
    TaskKind,
    TaskStatus,
    new_id,
)
from tasks.registry import load_kinds

STEPS = """
- id: case
  title: Open the case
  do: create_record
  record: Case
  set: {client: = inputs.client.id, received_at: = inputs.received_at}
- id: assessment
  title: Assess
  do: assign_task
  to: caseworker
  place: Room 2
  ends: booked
- id: findings
  title: Findings
  do: complete_checklist
  for: assessment
  items:
    - {id: danger, ask: "Danger?", type: yes_no, required: true, submit: on_answer}
    - {id: housing, ask: Housing, type: choice, options: {stable: Stable, homeless: Homeless}, required: true}
- id: invitation
  title: Place of the appointment
  do: calculate
  needs: [assessment]
  value: = assessment.appointment.place
- id: alarm
  title: See the client at once
  do: assign_task
  needs: [findings.danger]
  when: findings.danger is yes
  to: supervisor
  priority: critical
  otherwise:
    assign: duty_manager
- id: plan_agreed
  title: Make it active
  do: update_record
  needs: [case]
  once: case.plan.status is agreed
  deadline:
    after: 45 working days from inputs.received_at
    then:
      assign: supervisor
  record: = case
  set: {status: active}
"""
THURSDAY = datetime(2026, 3, 5, 15, tzinfo=UTC)
FINE = {"danger": "no", "housing": "stable"}


@dataclass
class Office:
    """An engine with one instance of `STEPS`."""

    runtime: Runtime
    plans: Plans
    clock: list[datetime]
    instance_id: str = ""
    people: dict[str, str] = field(default_factory=dict)

    def go(self) -> None:
        """Let the engine do what it can."""
        run_until_quiet(self.runtime, self.plans)

    def pass_to(self, moment: datetime) -> None:
        """Let the time come and the engine do what is due."""
        self.clock[0] = moment
        tick(self.runtime, self.plans)
        self.go()

    def run_of(self, step: str) -> StepRun | None:
        """The newest attempt of a step."""
        with self.runtime.store.read() as session:
            query = select(StepRun).where(StepRun.instance_id == self.instance_id, StepRun.step == step)
            return session.exec(query.order_by(col(StepRun.attempt).desc())).first()

    def status(self, step: str) -> StepStatus | None:
        """The status of the newest attempt."""
        run = self.run_of(step)
        return None if run is None else run.status

    def task(self, step: str, kind: TaskKind = TaskKind.ASSIGNMENT) -> HumanTask:
        """The newest task of a step."""
        with self.runtime.store.read() as session:
            query = select(HumanTask).where(HumanTask.step == step, HumanTask.kind == kind)
            found = session.exec(
                query.order_by(col(HumanTask.created_at).desc(), col(HumanTask.id).desc())
            ).first()
            assert found is not None
            return found

    def do(self, command: Any, step: str, *arguments: object, **more: object) -> Any:
        """Give a command about the newest task of a step, as the caseworker, and let the engine go on."""
        options = {"by": self.people["worker"], "now": self.clock[0], **more}
        result = command(self.runtime.store, self.task(step).id, *arguments, **options)
        self.go()
        return result


@pytest.fixture
def office() -> Iterator[Office]:
    with in_memory() as store:
        clock = [MONDAY]
        runtime = Runtime(store, load_kinds(), catalogue(), lambda: clock[0], new_id, holder="test")
        document = parse((HEADER + indent(dedent(STEPS).strip("\n"), "  ") + "\n").encode(), "try-it.yaml")
        checked = check(document, runtime.catalogue)
        assert checked.plan is not None, checked.diagnostics
        made = Office(runtime, Plans(runtime), clock)
        with store.write() as session:
            lead = Staff(name="Lead", email="lead@office.example")
            worker = Staff(name="Worker", email="worker@office.example", supervisor_id=lead.id)
            client = Client(
                given_name="Ana",
                family_name="Ruiz",
                date_of_birth=date(1980, 5, 1),
                date_of_birth_quality=DateQuality.FULL,
                created_at=MONDAY,
            )
            session.add_all([lead, worker, client, StaffGroup(staff_id=worker.id, group="intake_team")])
            made.people = {"lead": lead.id, "worker": worker.id}
        version = publish(runtime, checked.plan, by="test")
        inputs = {"client": client.id, "received_at": MONDAY}
        made.instance_id = start(runtime, checked.plan, version, inputs).instance.id
        made.go()
        yield made


def test_booking_ends_the_assignment_and_begins_the_checklist_on_the_same_task(office: Office) -> None:
    assert office.status("assessment") is StepStatus.WAITING
    assert office.status("findings") is None
    office.do(book, "assessment", THURSDAY)
    assert office.status("assessment") is StepStatus.COMPLETED
    assert office.status("findings") is StepStatus.WAITING
    assert [item["id"] for item in office.task("assessment").form] == ["danger", "housing"]


def test_danger_raises_the_alarm_before_the_form_is_sent(office: Office) -> None:
    office.do(book, "assessment", THURSDAY)
    office.do(answer_item, "assessment", "danger", "yes")
    assert office.task("alarm").assignee_id == office.people["lead"]
    assert office.task("assessment").status is TaskStatus.IN_PROGRESS
    assert office.status("findings") is StepStatus.WAITING


def test_a_corrected_answer_takes_the_alarm_back(office: Office) -> None:
    office.do(book, "assessment", THURSDAY)
    office.do(answer_item, "assessment", "danger", "yes")
    raised = office.task("alarm")
    office.do(answer_item, "assessment", "danger", "no")
    assert office.status("alarm") is StepStatus.SKIPPED
    with office.runtime.store.read() as session:
        assert session.get_one(HumanTask, raised.id).status is TaskStatus.CANCELLED


def test_a_correction_after_the_form_was_sent_raises_the_alarm(office: Office) -> None:
    office.do(book, "assessment", THURSDAY)
    office.do(complete, "assessment", FINE)
    assert office.status("alarm") is StepStatus.SKIPPED
    office.do(correct, "assessment", "danger", "yes", reason="She said so on the phone")
    assert office.status("alarm") is StepStatus.WAITING
    assert office.task("alarm").status is TaskStatus.REQUESTED
    assert office.status("findings") is StepStatus.COMPLETED


def test_a_moved_appointment_runs_again_whatever_had_read_it(office: Office) -> None:
    office.do(book, "assessment", THURSDAY)
    first = office.run_of("invitation")
    assert first is not None
    assert first.outputs["value"] == "Room 2"
    office.do(book, "assessment", THURSDAY, place="Room 3")
    again = office.run_of("invitation")
    assert again is not None
    assert (again.attempt, again.outputs["value"]) == (2, "Room 3")


def test_a_cancelled_task_hands_the_step_over(office: Office) -> None:
    office.do(book, "assessment", THURSDAY)
    office.do(answer_item, "assessment", "danger", "yes")
    office.do(cancel_task, "alarm", "Nobody is free", by=office.people["lead"])
    handed = office.task("alarm", TaskKind.HANDOVER)
    assert handed.candidate_group == "duty_managers"
    assert office.status("alarm") is StepStatus.WAITING
    complete(office.runtime.store, handed.id, {}, by=None, now=office.clock[0])
    office.go()
    assert office.status("alarm") is StepStatus.COMPLETED


def test_an_agreed_plan_wakes_the_step_that_waits_for_it(office: Office) -> None:
    assert office.status("plan_agreed") is StepStatus.WAITING
    with office.runtime.store.read() as session:
        instance = session.get_one(Instance, office.instance_id)
    goal = PlannedGoal("A lease", "Signed", "One", "homelessness", date(2026, 6, 1))
    parties = ("client", "worker")
    record_plan(office.runtime.store, instance.case_id, [goal], agreed_by=parties, by=None, now=MONDAY)
    office.go()
    assert office.status("plan_agreed") is StepStatus.COMPLETED
    with office.runtime.store.read() as session:
        assert session.get_one(Case, instance.case_id).status == "active"


def test_after_the_deadline_a_person_decides_and_only_then_it_goes_on(office: Office) -> None:
    office.pass_to(MONDAY + timedelta(days=80))
    asked = office.task("plan_agreed", TaskKind.DECISION)
    assert asked.assignee_id == office.people["lead"]
    assert office.status("plan_agreed") is StepStatus.WAITING
    answers = {"decision": "go_on", "reason": "Agreed on the phone"}
    complete(office.runtime.store, asked.id, answers, by=office.people["lead"], now=office.clock[0])
    office.go()
    assert office.status("plan_agreed") is StepStatus.COMPLETED


def test_accepting_a_critical_task_is_one_command(office: Office) -> None:
    office.do(book, "assessment", THURSDAY)
    office.do(answer_item, "assessment", "danger", "yes")
    office.do(accept, "alarm", by=office.people["lead"])
    assert office.task("alarm").status is TaskStatus.ACCEPTED


def test_who_keeps_waiting_after_a_deadline_is_asked_again_later(office: Office) -> None:
    office.pass_to(MONDAY + timedelta(days=80))
    first = office.task("plan_agreed", TaskKind.DECISION)
    answers = {"decision": "keep_waiting", "reason": "The client is in hospital"}
    complete(office.runtime.store, first.id, answers, by=office.people["lead"], now=office.clock[0])
    office.go()
    assert office.status("plan_agreed") is StepStatus.WAITING
    office.pass_to(MONDAY + timedelta(days=161))
    again = office.task("plan_agreed", TaskKind.DECISION)
    assert (again.id != first.id, again.status) == (True, TaskStatus.REQUESTED)
