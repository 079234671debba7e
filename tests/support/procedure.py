"""A procedure in YAML on a real database: people answer, time passes, the engine goes on."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from textwrap import dedent, indent
from typing import Any

from databases import in_memory
from sqlmodel import col, select
from step_bench import HEADER, MONDAY, catalogue

from definitions import Plan
from definitions.checker import check
from definitions.diagnostics import render
from definitions.source import parse
from flows.dispatch import run_until_quiet
from flows.inbox import complete, correct
from flows.instances import start
from flows.runtime import Runtime
from flows.timers import tick
from flows.versions import Plans, publish
from models import (
    Client,
    DateQuality,
    HumanTask,
    Instance,
    InstanceStatus,
    Staff,
    StaffGroup,
    StepRun,
    TaskKind,
    new_id,
)
from tasks.registry import load_kinds

OPEN = ("requested", "accepted", "in_progress")


@dataclass
class Procedure:
    """One instance of a process of one's own."""

    runtime: Runtime
    plans: Plans
    plan: Plan
    clock: list[datetime]
    people: dict[str, str] = field(default_factory=dict)
    instance_id: str = ""

    def go(self) -> None:
        """Let the engine do what it can."""
        run_until_quiet(self.runtime, self.plans)

    def pass_time(self, by: timedelta) -> None:
        """Let time pass and the engine do what is due."""
        self.clock[0] += by
        tick(self.runtime, self.plans)
        self.go()

    def runs(self) -> list[StepRun]:
        """All step runs, in the order in which they began."""
        with self.runtime.store.read() as session:
            query = select(StepRun).where(StepRun.instance_id == self.instance_id)
            began = query.order_by(col(StepRun.started_at), col(StepRun.attempt), col(StepRun.id))
            return list(session.exec(began))

    def stands(self) -> dict[str, str]:
        """The status of the newest attempt of each step, by `step` or `step@path`."""
        found: dict[str, str] = {}
        for run in sorted(self.runs(), key=lambda each: each.attempt):
            found[run.step + (f"@{run.iteration}" if run.iteration else "")] = run.status.value
        return found

    def stand(self, step: str) -> str | None:
        """The status of one of them."""
        return self.stands().get(step)

    def run(self, step: str, path: str = "") -> StepRun:
        """The newest attempt of a step."""
        return [run for run in self.runs() if (run.step, run.iteration) == (step, path)][-1]

    def status(self) -> InstanceStatus:
        """The instance's status."""
        with self.runtime.store.read() as session:
            return session.get_one(Instance, self.instance_id).status

    def outputs(self) -> Mapping[str, Any]:
        """What the process has given."""
        with self.runtime.store.read() as session:
            return session.get_one(Instance, self.instance_id).outputs

    def tasks(self, kind: TaskKind = TaskKind.ASSIGNMENT) -> dict[str, HumanTask]:
        """The open human tasks, by `step` or `step@path`."""
        with self.runtime.store.read() as session:
            rows = session.exec(select(HumanTask).where(HumanTask.kind == kind))
            return {
                task.step + (f"@{task.iteration}" if task.iteration else ""): task
                for task in rows
                if task.status.value in OPEN and task.step is not None
            }

    def answer(self, name: str, **answers: object) -> None:
        """Somebody does the open task of a step (`step@path`), and the engine goes on."""
        found = {**self.tasks(), **self.tasks(TaskKind.CHECKLIST), **self.tasks(TaskKind.HANDOVER)}[name]
        by = self.people["worker"]
        complete(self.runtime.store, found.id, answers, by=found.assignee_id or by, now=self.clock[0])
        self.go()

    def correct(self, task_id: str, item: str, value: object) -> None:
        """An answer is corrected."""
        by = self.people["worker"]
        correct(self.runtime.store, task_id, item, value, reason="It was wrong", by=by, now=self.clock[0])
        self.go()


@contextmanager
def procedure(
    steps: str,
    *,
    header: str = HEADER,
    published: bool = False,
    templates: Mapping[str, Any] | None = None,
    **inputs: object,
) -> Iterator[Procedure]:
    """An instance of these steps, which must be right, as far as it comes by itself. `published` ones run as
    they are, whatever is told of their paths.
    """
    with in_memory() as store:
        clock = [MONDAY]
        runtime = Runtime(store, load_kinds(), catalogue(templates), lambda: clock[0], new_id, holder="test")
        text = header + indent(dedent(steps).strip("\n"), "  ") + "\n"
        checked = check(parse(text.encode(), "try-it.yaml"), runtime.catalogue, published=published)
        assert checked.plan is not None, "\n".join(render(each) for each in checked.diagnostics)
        made = Procedure(runtime, Plans(runtime), checked.plan, clock)
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
            made.people = {"lead": lead.id, "worker": worker.id, "client": client.id}
        version = publish(runtime, checked.plan, by="test")
        given = {"client": made.people["client"], "received_at": MONDAY, **inputs}
        made.instance_id = start(runtime, checked.plan, version, given).instance.id
        made.go()
        yield made
