"""A bench for step kinds: an instance of a checked definition in memory, one step at a time.

It does what the runner does for one step and nothing else: no needs, no conditions, no retries. Use
`tests/flows` for those.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from textwrap import dedent, indent
from typing import Any

from databases import in_memory
from sqlmodel import Session, col, select

from definitions.arguments import StepOutput
from definitions.catalogue import Catalogue, ProcessSignature
from definitions.checker import check
from definitions.diagnostics import render
from definitions.plan import Plan
from definitions.sharing import Shared
from definitions.source import parse
from definitions.types import Record as RecordType
from definitions.types import Text as TextType
from definitions.types import Type
from definitions.vocabulary import Vocabulary
from definitions.vocabulary_file import load_vocabulary
from models import (
    Case,
    Client,
    DateQuality,
    DefinitionVersion,
    GroupRole,
    HouseholdMember,
    HouseholdRelation,
    HumanTask,
    Income,
    IncomeFrequency,
    IncomeSource,
    Instance,
    Staff,
    StaffGroup,
    StepRun,
    StepStatus,
    new_id,
)
from models import Household as HouseholdRow
from tasks.call import Call
from tasks.encoding import encode, encode_input, output_values
from tasks.names import Names, current_runs
from tasks.records.record_catalogue import record_types
from tasks.registry import load_kinds
from tasks.result import Waiting

MONDAY = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
"""10:00 in New York, where the shipped calendar is."""

HEADER = """\
process: try-it
title: A process for tests
purpose: Try one step kind
owner: intake_team
inputs:
  client:
    type: Client
    title: Client
  received_at:
    type: date and time
    title: When we were told
steps:
"""


def _signature(name: str, **inputs: Type) -> ProcessSignature:
    return ProcessSignature(name, inputs, frozenset(inputs))


PROCESSES = {
    each.name: each
    for each in (
        _signature("welfare-check", visit=RecordType("Visit")),
        _signature("monthly-summary", report=RecordType("Report")),
        _signature("crisis-intervention", client=RecordType("Client"), reason=TextType()),
    )
}
"""The processes that a definition can refer to."""


def catalogue(templates: Mapping[str, Any] | None = None, shared: Shared | None = None) -> Catalogue:
    """The shipped vocabulary with all built-in step kinds and records."""
    kinds = {name: handler.kind for name, handler in load_kinds().items()}
    return Catalogue(kinds, record_types(), _vocabulary(), templates or {}, PROCESSES, shared or {})


@cache
def _vocabulary() -> Vocabulary:
    return load_vocabulary()


def faults(steps: str, header: str = HEADER) -> list[str]:
    """What the checker says about these steps, rendered, one text per problem."""
    return [render(each) for each in check(_document(steps, header), catalogue()).diagnostics]


def _document(steps: str, header: str = HEADER) -> Any:
    return parse((header + indent(dedent(steps).strip("\n"), "  ") + "\n").encode(), "try-it.yaml")


@dataclass(repr=False)
class Bench:
    """One session on an empty database in memory, a clock that stands still, and at most one instance."""

    session: Session
    now: datetime = MONDAY
    templates: Mapping[str, Any] = field(default_factory=dict)
    shared: Shared = field(default_factory=dict)
    plan: Plan = field(init=False)
    instance: Instance = field(init=False)

    # -- the process

    def start(self, steps: str, *, header: str = HEADER, **inputs: object) -> Instance:
        """Check the steps (they must be right) and start an instance of them."""
        checked = check(_document(steps, header), catalogue(self.templates, self.shared))
        assert checked.plan is not None, "\n".join(render(each) for each in checked.diagnostics)
        self.plan = checked.plan
        kinds = {each.name: each.type for each in self.plan.inputs}
        version = DefinitionVersion(
            process=self.plan.process,
            number=len(self.all(DefinitionVersion)) + 1,
            content_hash=new_id().ljust(64, "0"),
            title=self.plan.title,
            source=self.plan.source,
            file_name=self.plan.file,
            published_at=self.now,
            published_by="test",
        )
        self.instance = Instance(
            process=self.plan.process,
            version_id=version.id,
            inputs={
                name: encode_input(kinds[name], value, self.session, name) for name, value in inputs.items()
            },
            started_at=self.now,
            start_key=new_id(),
        )
        self.session.add_all([version, self.instance])
        self.session.flush()
        return self.instance

    def call(self, step: str, *, iteration: str = "", loop: Mapping[str, object] | None = None) -> Call:
        """The call of a step, with its current step run or a new attempt."""
        run = current_runs(self.runs()).get((step, iteration))
        if run is None:
            attempt = 1 + len(
                [each for each in self.runs() if (each.step, each.iteration) == (step, iteration)]
            )
            run = StepRun(
                instance_id=self.instance.id,
                step=step,
                iteration=iteration,
                attempt=attempt,
                status=StepStatus.WAITING,
                started_at=self.now,
            )
            self.session.add(run)
            self.session.flush()
        names = Names(self.session, self.plan, self.instance, current_runs(self.runs()), loop)
        return Call(
            self.session, self.now, self.plan, self.plan.step(step), self.instance, run, names, new_id
        )

    def run(self, step: str, **kwargs: Any) -> StepOutput | Waiting:
        """Begin a step; its output is kept in its step run, as the runner keeps it."""
        call = self.call(step, **kwargs)
        return self._settle(call, load_kinds()[call.step.kind.name].start(call, call.step.arguments))

    def resume(self, step: str, **kwargs: Any) -> StepOutput | Waiting:
        """Ask a waiting step whether it has ended."""
        call = self.call(step, **kwargs)
        resumes = load_kinds()[call.step.kind.name].resumes
        assert resumes is not None
        return self._settle(call, resumes(call, call.step.arguments))

    def again(self, step: str) -> None:
        """Supersede a step's run, as a correction does; the next `run` is another attempt."""
        call = self.call(step)
        supersedes = load_kinds()[call.step.kind.name].supersedes
        if supersedes is not None and call.run.status is StepStatus.COMPLETED:
            supersedes(call, call.step.arguments)
        call.run.status = StepStatus.SUPERSEDED
        self.session.flush()

    def read(self, step: str, *path: str) -> object:
        """The value that a later step reads as `step.path`."""
        return self.call(step).names.lookup((step, *path))

    def runs(self) -> list[StepRun]:
        """All step runs of the instance."""
        wanted = select(StepRun).where(StepRun.instance_id == self.instance.id).order_by(col(StepRun.id))
        return list(self.session.exec(wanted))

    def _settle(self, call: Call, result: StepOutput | Waiting) -> StepOutput | Waiting:
        if isinstance(result, Waiting):
            call.run.waits_for = result.on
        else:
            call.run.status, call.run.waits_for, call.run.ended_at = StepStatus.COMPLETED, None, self.now
            call.run.outputs = {name: encode(value) for name, value in output_values(result).items()}
        call.run.inputs = {name: encode(value) for name, value in call.traced.items()}
        self.session.flush()
        return result

    # -- the records

    def client(self, given: str = "Ana", *, born: date | None = date(1980, 5, 1), **fields: Any) -> Client:
        """A client."""
        quality = DateQuality.FULL if born else DateQuality.NOT_COLLECTED
        row = Client(
            given_name=given,
            family_name="Ruiz",
            date_of_birth=born,
            date_of_birth_quality=quality,
            created_at=self.now,
            **fields,
        )
        return self._added(row)

    def household(self, *members: Client, joined: date | None = None) -> HouseholdRow:
        """A household whose first member is the head."""
        home = self._added(HouseholdRow(name="Ruiz", created_at=self.now))
        for index, member in enumerate(members):
            relation = HouseholdRelation.CHILD if index else HouseholdRelation.SELF
            self._added(
                HouseholdMember(
                    household_id=home.id, client_id=member.id, relation=relation, joined_on=joined
                )
            )
        return home

    def income(self, client: Client, amount: str | None, frequency: str = "monthly", **fields: Any) -> Income:
        """An income in dollars unless another currency is given."""
        values: dict[str, Any] = {"source": IncomeSource.EARNED, "currency": "USD", **fields}
        return self._added(
            Income(
                client_id=client.id,
                amount=None if amount is None else Decimal(amount),
                frequency=IncomeFrequency(frequency),
                recorded_at=self.now,
                **values,
            )
        )

    def staff(
        self, name: str, group: str | None = "intake_team", role: GroupRole = GroupRole.MEMBER, **fields: Any
    ) -> Staff:
        """Somebody of the staff, in a group."""
        row = self._added(Staff(name=name, email=f"{name.lower()}@office.example", **fields))
        if group is not None:
            self._added(StaffGroup(staff_id=row.id, group=group, role=role))
        return row

    def case(self) -> Case:
        """The case of the instance."""
        found = self.session.get(Case, self.instance.case_id)
        assert found is not None
        return found

    def tasks(self) -> list[HumanTask]:
        """All human tasks, oldest first."""
        return list(self.session.exec(select(HumanTask).order_by(col(HumanTask.id))))

    def all(self, table: type[Any]) -> list[Any]:
        """All rows of a table, in the order of their ids."""
        return list(self.session.exec(select(table).order_by(table.id)))

    def _added(self, row: Any) -> Any:
        self.session.add(row)
        self.session.flush()
        return row


@contextmanager
def open_bench() -> Iterator[Bench]:
    """A bench whose transaction is committed at the end, so that constraints and foreign keys are checked."""
    with in_memory() as store, store.write() as session:
        yield Bench(session)
