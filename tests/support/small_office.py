"""An office with small definitions of its own, on the real engine, with a clock that jumps to what is due."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from textwrap import dedent

from databases import in_memory
from sqlmodel import Session, col, select
from step_bench import catalogue

from definitions.catalogue import Catalogue, ProcessSignature
from definitions.checker import Checked, check, output_types
from definitions.diagnostics import render
from definitions.plan import Plan
from definitions.source import parse
from flows.dispatch import run_until_quiet
from flows.instances import start
from flows.runtime import Runtime
from flows.simulation import VirtualClock
from flows.timers import next_due
from flows.versions import Plans, publish
from models import (
    Case,
    CaseStatus,
    Client,
    DefinitionVersion,
    GroupRole,
    HumanTask,
    Instance,
    RiskLevel,
    Staff,
    StaffGroup,
    StepRun,
    Store,
    TaskKind,
    Visit,
    VisitFrequency,
    VisitSchedule,
    new_id,
)
from tasks.registry import load_kinds

MONDAY = datetime(2026, 3, 2, 15, tzinfo=UTC)
"""10:00 in the office."""


class SmallOffice:
    """One client with one open case, and what was published."""

    def __init__(self, store: Store, known: Catalogue | None = None) -> None:
        self.clock = VirtualClock(MONDAY)
        self.runtime = Runtime(store, load_kinds(), known or catalogue(), self.clock, holder="test")
        self.plans = Plans(self.runtime)
        self.known: dict[str, Plan] = {}
        with store.write() as session:
            worker = Staff(name="Synthetic Worker", email="worker@example.org")
            session.add_all(
                [worker, StaffGroup(staff_id=worker.id, group="intake_team", role=GroupRole.MEMBER)]
            )
            self.worker = worker.id
        self.client, self.case = self.open_case("2026-000001")

    @classmethod
    def again(cls, store: Store, reach: Callable[[str], None], *, later: timedelta) -> "SmallOffice":
        """The office of a database where it was opened before, as a restarted process sees it."""
        made = cls.__new__(cls)
        made.clock = VirtualClock(MONDAY + later)
        made.runtime = Runtime(
            store, load_kinds(), catalogue(), made.clock, reach=reach, holder=new_id(), new_id=new_id
        )
        store.reach = reach
        made.plans, made.known = Plans(made.runtime), {}
        with store.read() as session:
            case = session.exec(select(Case).order_by(Case.number)).first()
            assert case is not None
            assert case.worker_id is not None
            made.case, made.client, made.worker = case.id, case.client_id, case.worker_id
        return made

    def open_case(self, number: str, status: CaseStatus = CaseStatus.ACTIVE) -> tuple[str, str]:
        """A client with a case of the highest risk."""
        now = self.clock()
        client = Client(given_name="Synthetic", family_name=number, created_at=now)
        case = Case(
            number=number,
            client_id=client.id,
            status=status,
            risk_level=RiskLevel.HIGH,
            received_at=now,
            activated_on=now.date(),
            worker_id=self.worker,
            team="intake_team",
            created_at=now,
        )
        with self.runtime.store.write() as session:
            session.add_all([client, case])
        return client.id, case.id

    def check(self, text: str) -> Checked:
        """A definition, checked with what was published before."""
        document = parse(dedent(text).encode(), "small.yaml")
        return check(document, self.runtime.catalogue)

    def know(self, process: str, text: str = "") -> None:
        """From now on definitions may name this process, as it was published or as `text` has it."""
        plan = self.known[process] if not text else self.check(text).plan
        assert plan is not None
        inputs = {each.name: each.type for each in plan.inputs}
        required = frozenset(each.name for each in plan.inputs if each.required)
        given = output_types(parse(plan.source.encode(), plan.file), self.runtime.catalogue)
        signature = ProcessSignature(process, inputs, required, given)
        shown = {**self.runtime.catalogue.processes, process: signature}
        self.runtime = replace(self.runtime, catalogue=replace(self.runtime.catalogue, processes=shown))
        self.plans = Plans(self.runtime)

    def publish(self, text: str) -> Plan:
        """Check a definition and publish it."""
        found = self.check(text)
        assert found.plan is not None, "\n".join(render(each) for each in found.diagnostics)
        plan = found.plan
        publish(self.runtime, plan, by="test")
        self.known[plan.process] = plan
        return plan

    def start(self, process: str, **inputs: object) -> str:
        """Start a process that was published, for the case."""
        plan = self.known[process]
        given = inputs or {"case": self.case}
        return start(self.runtime, plan, publish(self.runtime, plan, by="test"), given).instance.id

    def settle(self) -> None:
        """Let everything happen that can happen now."""
        run_until_quiet(self.runtime, self.plans)

    def until(self, end: datetime) -> None:
        """Let everything happen that is due until then; the clock ends there."""
        while True:
            self.settle()
            with self.runtime.store.read() as session:
                due = next_due(session)
            if due is None or due > end:
                break
            self.clock.move_to(due)
        self.clock.move_to(end)

    def instances(self, process: str) -> Sequence[Instance]:
        """The instances of a process, oldest first."""
        with self.runtime.store.read() as session:
            query = select(Instance).where(Instance.process == process)
            return session.exec(query.order_by(col(Instance.started_at), col(Instance.id))).all()

    def version_of(self, instance: Instance) -> DefinitionVersion:
        """The version that an instance keeps."""
        with self.runtime.store.read() as session:
            return session.get_one(DefinitionVersion, instance.version_id)

    def run(self, instance_id: str, step: str) -> StepRun:
        """The newest attempt of a step; of one in a loop, that of the whole."""
        with self.runtime.store.read() as session:
            query = select(StepRun).where(StepRun.instance_id == instance_id, StepRun.step == step)
            return session.exec(query.order_by(col(StepRun.attempt).desc(), col(StepRun.iteration))).all()[0]

    def tasks(self, kind: TaskKind = TaskKind.INCIDENT) -> Sequence[HumanTask]:
        """The human tasks of a kind."""
        with self.runtime.store.read() as session:
            query = select(HumanTask).where(HumanTask.kind == kind)
            return session.exec(query.order_by(col(HumanTask.id))).all()

    def visit(self, session: Session) -> Visit:
        """A new visit of the case, not added yet."""
        now = self.clock()
        schedule = VisitSchedule(
            case_id=self.case,
            frequency=VisitFrequency.MONTH,
            day_rule="last_day",
            time_zone="America/New_York",
            active_from=now.date(),
            dedupe_key=new_id(),
            created_at=now,
        )
        session.add(schedule)
        return Visit(schedule_id=schedule.id, case_id=self.case, local_date=now.date(), starts_at=now)


@contextmanager
def small_office() -> Iterator[SmallOffice]:
    """An office on a fresh database."""
    store = in_memory()
    try:
        yield SmallOffice(store)
    finally:
        store.close()
