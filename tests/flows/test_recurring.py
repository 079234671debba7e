"""Visits, reports and started processes by the real timers and the real runner."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time

import pytest
from databases import in_memory
from sqlmodel import Session, col, select
from step_bench import catalogue

from definitions.checker import check
from definitions.diagnostics import render
from definitions.source import parse
from flows.dispatch import run_until_quiet
from flows.inbox import ConflictError, move_visit
from flows.instances import start
from flows.runtime import Runtime
from flows.simulation import VirtualClock
from flows.timers import next_due
from flows.versions import Plans, publish
from models import (
    Client,
    Instance,
    InstanceStatus,
    Report,
    ReportStatus,
    Staff,
    StepRun,
    Visit,
    VisitStatus,
)
from tasks.registry import load_kinds

HEADER = """\
process: {name}
title: {name}
purpose: To be tried
owner: intake_team
inputs:
{inputs}steps:
"""
INTAKE = """\
  - id: case
    title: Open the case
    do: create_record
    record: Case
    set:
      client: = inputs.client
      received_at: 2026-03-02T15:00:00Z
  - id: visits
    title: Schedule visits
    do: schedule_visits
    to: caseworker
    every: month
    day: last_day
    starts: welfare-check
  - id: summary
    title: Join the summary
    do: generate_report
    report: monthly-summary
"""
CHECK = """\
  - id: outcome
    title: Record the visit
    do: update_record
    record: = inputs.visit
    set:
      status: done
"""
SUMMARY = """\
  - id: figures
    title: Freeze the figures
    do: generate_report
    report: = inputs.report
"""
CRISIS = """\
  - id: told
    title: Keep the reason
    do: calculate
    value: = inputs.reason
"""
PARENT = """\
  - id: crisis
    title: Crisis intervention
    do: start_process
    process: crisis-intervention
    inputs:
      client: = inputs.client
      reason: Told by telephone
    ends: completed
"""


class Office:
    """An engine with a clock that jumps to whatever is due."""

    def __init__(self) -> None:
        self.clock = VirtualClock(datetime(2026, 3, 2, 15, tzinfo=UTC))
        self.runtime = Runtime(in_memory(), load_kinds(), catalogue(), self.clock, holder="test")
        self.plans = Plans(self.runtime)
        with self.runtime.store.write() as session:
            client = Client(given_name="Ana", family_name="Ruiz", created_at=self.clock())
            session.add(client)
            self.client = client.id

    def publish(self, name: str, steps: str, **inputs: str) -> None:
        """Check and publish a process; its inputs are given as names and types."""
        given = "".join(f"  {each}:\n    type: {kind}\n    title: {each}\n" for each, kind in inputs.items())
        text = HEADER.format(name=name, inputs=given) + steps
        checked = check(parse(text.encode(), f"{name}.yaml"), self.runtime.catalogue)
        assert checked.plan is not None, "\n".join(render(each) for each in checked.diagnostics)
        self.version = publish(self.runtime, checked.plan, by="test")
        self.plan = checked.plan

    def start(self) -> str:
        """Start the process that was published last, for the client."""
        started = start(self.runtime, self.plan, self.version, {"client": self.client})
        run_until_quiet(self.runtime, self.plans)
        return started.instance.id

    def until(self, end: datetime) -> None:
        """Let everything happen that is due until then."""
        while True:
            with self.runtime.store.read() as session:
                due = next_due(session)
            if due is None or due > end:
                return
            self.clock.move_to(due)
            run_until_quiet(self.runtime, self.plans)


@pytest.fixture
def office() -> Iterator[Office]:
    made = Office()
    yield made
    made.runtime.store.close()


def instances(session: Session, process: str) -> list[Instance]:
    found = session.exec(select(Instance).where(Instance.process == process).order_by(col(Instance.id)))
    return list(found)


def test_each_visit_starts_its_process_once_and_each_month_ends_its_report(office: Office) -> None:
    office.publish("welfare-check", CHECK, visit="Visit")
    office.publish("monthly-summary", SUMMARY, report="Report")
    office.publish("intake", INTAKE, client="Client")
    office.start()
    office.until(datetime(2026, 6, 5, tzinfo=UTC))
    with office.runtime.store.read() as session:
        visits = session.exec(select(Visit).order_by(col(Visit.local_date))).all()
        reports = session.exec(select(Report).order_by(col(Report.period_start))).all()
        assert [(str(each.local_date), each.status) for each in visits] == [
            ("2026-03-31", VisitStatus.DONE),
            ("2026-04-30", VisitStatus.DONE),
            ("2026-05-31", VisitStatus.DONE),
            ("2026-06-30", VisitStatus.PLANNED),
        ]
        started = [each.id for each in instances(session, "welfare-check")]
        assert [each.instance_id for each in visits] == [*started, None]
        assert [each.status for each in reports] == [ReportStatus.FINAL] * 3 + [ReportStatus.OPEN]
        april = reports[1].body
        assert april is not None
        assert april["visits"]["done"]["count"] == 1
        assert len(instances(session, "monthly-summary")) == 3


@pytest.mark.parametrize("to", [date(2026, 3, 20), date(2026, 4, 3)])
def test_a_visit_that_is_moved_begins_once_on_its_new_day_and_the_schedule_goes_on(
    office: Office, to: date
) -> None:
    office.publish("welfare-check", CHECK, visit="Visit")
    office.publish("intake", INTAKE, client="Client")
    office.start()
    with office.runtime.store.write() as session:
        worker = Staff(name="Synthetic Worker", email="worker@example.org")
        session.add(worker)
        (visit,) = session.exec(select(Visit))
    calendar = office.runtime.catalogue.vocabulary.calendar(None)
    given = {"reason": "She is away", "by": worker.id, "now": office.clock(), "calendar": calendar}
    move_visit(office.runtime.store, visit.id, to, time(15), **given)
    office.until(datetime(2026, 6, 5, tzinfo=UTC))
    with office.runtime.store.read() as session:
        visits = session.exec(select(Visit).order_by(col(Visit.local_date))).all()
        done, moved = VisitStatus.DONE, VisitStatus.RESCHEDULED
        assert {str(each.local_date): each.status for each in visits} == {
            "2026-03-31": moved,
            str(to): done,
            "2026-04-30": done,
            "2026-05-31": done,
            "2026-06-30": VisitStatus.PLANNED,
        }
        assert len(instances(session, "welfare-check")) == 3
    begun = next(each for each in visits if each.local_date == to)
    with pytest.raises(ConflictError):
        move_visit(office.runtime.store, begun.id, date(2026, 7, 1), **given)


def test_a_process_that_is_not_published_stops_no_timer(office: Office) -> None:
    office.publish("intake", INTAKE, client="Client")
    office.start()
    office.until(datetime(2026, 5, 5, tzinfo=UTC))
    with office.runtime.store.read() as session:
        visits = session.exec(select(Visit).order_by(col(Visit.local_date))).all()
        assert [str(each.local_date) for each in visits] == ["2026-03-31", "2026-04-30", "2026-05-31"]
        assert instances(session, "welfare-check") == []


def test_a_step_waits_for_the_process_that_it_started(office: Office) -> None:
    office.publish("crisis-intervention", CRISIS, client="Client", reason="text")
    office.publish("intake", PARENT, client="Client")
    parent = office.start()
    with office.runtime.store.read() as session:
        assert session.get_one(Instance, parent).status is InstanceStatus.COMPLETED
        (child,) = instances(session, "crisis-intervention")
        (run,) = session.exec(select(StepRun).where(StepRun.instance_id == parent))
        assert run.outputs["instance"] == child.id
        assert child.parent_step_run_id == run.id
