"""A small world for the engine's tests: own step kinds, plans written by hand, a clock that stands still."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlmodel import col, select

from definitions.arguments import Condition, StepArguments, StepOutput, Value
from definitions.catalogue import Catalogue, StepKind
from definitions.diagnostics import Span
from definitions.plan import Need, Plan, PlanStep
from definitions.types import ListOf, Number, Struct, Text
from definitions.vocabulary import Vocabulary
from definitions.vocabulary_file import load_vocabulary
from flows.dispatch import ready_batches
from flows.instances import start
from flows.runner import PassReport, run_pass
from flows.runtime import Runtime
from flows.versions import Plans
from models import (
    DefinitionVersion,
    Household,
    HumanTask,
    Instance,
    StepRun,
    Store,
    TaskKind,
    TaskStatus,
    WaitsFor,
    Wake,
    WakeKind,
    record_wake,
)
from tasks.call import Call
from tasks.registry import Handler
from tasks.result import Waiting

MONDAY = datetime(2026, 3, 2, 9, tzinfo=UTC)


class SayArguments(StepArguments):
    """What to say."""

    text: Value = Value(literal="said")


class SayOutput(StepOutput):
    """What was said."""

    text: str | None


class AskArguments(StepArguments):
    """A question for a person."""


class AskOutput(StepOutput):
    """Who was asked."""

    task: str | None


@dataclass
class Trouble:
    """What the kind `fragile` is to do for which instance."""

    errors: dict[str, BaseException] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    acts: dict[str, Callable[[Call], None]] = field(default_factory=dict)
    on_resume: dict[str, Callable[[Call], None]] = field(default_factory=dict)
    on_supersede: dict[str, Callable[[Call], None]] = field(default_factory=dict)


def nothing(call: Call) -> None:
    """What a step does where no trouble is wanted."""


def _kind(name: str, arguments: type[StepArguments], output: type[StepOutput]) -> StepKind:
    return StepKind(name, 1, name, arguments, output)


def handlers(trouble: Trouble) -> dict[str, Handler[Any]]:
    """The step kinds of the test world."""

    def say(call: Call, args: SayArguments) -> SayOutput:
        return SayOutput(text=str(call.value(args.text)))

    def fragile(call: Call, args: SayArguments) -> SayOutput:
        trouble.calls.append(call.instance.id)
        call.session.add(Household(name=f"written by {call.instance.id}", created_at=call.now))
        error = trouble.errors.get(call.instance.id)
        if error is not None:
            raise error
        trouble.acts.get(call.instance.id, nothing)(call)
        return SayOutput(text="survived")

    def redone(call: Call, args: SayArguments) -> None:
        trouble.on_supersede.get(call.instance.id, nothing)(call)

    def ask(call: Call, args: AskArguments) -> Waiting:
        task = HumanTask(
            kind=TaskKind.ASSIGNMENT,
            title=call.step.title,
            instance_id=call.instance.id,
            step_run_id=call.run.id,
            step=call.step.id,
            iteration=call.run.iteration,
            created_at=call.now,
        )
        call.session.add(task)
        call.run.outputs = {"task": task.id}
        trouble.acts.get(call.instance.id, nothing)(call)
        return Waiting(WaitsFor.PEOPLE)

    def answered(call: Call, args: AskArguments) -> AskOutput | Waiting:
        trouble.on_resume.get(call.instance.id, nothing)(call)
        task = call.session.get_one(HumanTask, call.run.outputs["task"])
        return AskOutput(task=task.id) if task.status is TaskStatus.COMPLETED else Waiting(WaitsFor.PEOPLE)

    asking: Handler[Any] = Handler(_kind("ask", AskArguments, AskOutput), ask)
    asking.resume(answered)
    breaking: Handler[Any] = Handler(_kind("fragile", SayArguments, SayOutput), fragile)
    breaking.supersede(redone)
    return {
        "say": Handler(_kind("say", SayArguments, SayOutput), say),
        "fragile": breaking,
        "ask": asking,
    }


class KnownPlans(Plans):
    """Plans written by hand: the versions of the test world have no YAML to build them from."""

    def __init__(self, world: "World") -> None:
        super().__init__(world.runtime)
        self._world = world

    def of(self, version: DefinitionVersion) -> Plan:
        """The world's plan, whatever the version."""
        assert self._world.plan is not None
        return self._world.plan


TEXT = Struct((("text", Text()),))
TASK = Struct((("task", Text()),))


@dataclass
class World:
    """An engine on an in-memory database with a plan of its own."""

    runtime: Runtime
    trouble: Trouble
    clock: list[datetime]
    plan: Plan | None = None
    version: DefinitionVersion | None = None

    def publish(self, *steps: PlanStep, **header: Any) -> Plan:
        """A plan of these steps, and its version, the next one."""
        plan = Plan(
            process="test",
            title="Test process",
            purpose="To be tested.",
            owner="intake_team",
            hash=f"{abs(hash(steps)):064x}"[:64],
            steps=steps,
            source="process: test",
            file="test.yaml",
            vocabulary=self.runtime.catalogue.vocabulary,
            **header,
        )
        version = DefinitionVersion(
            process="test",
            number=1 if self.version is None else self.version.number + 1,
            content_hash=plan.hash,
            title=plan.title,
            source=plan.source,
            file_name=plan.file,
            published_at=MONDAY,
            published_by="test",
        )
        with self.runtime.store.write() as session:
            session.add(version)
        self.plan, self.version = plan, version
        return plan

    def start(self, count: int = 1, **inputs: object) -> list[str]:
        """Instances of the plan."""
        assert self.plan is not None
        assert self.version is not None
        return [start(self.runtime, self.plan, self.version, inputs).instance.id for _ in range(count)]

    def run(self, *ids: str) -> PassReport:
        """One pass."""
        assert self.plan is not None
        assert self.version is not None
        return run_pass(self.runtime, self.plan, self.version.id, ids)

    def wake(self, instance_id: str, cause: str, kind: WakeKind = WakeKind.ANSWER, **detail: Any) -> None:
        """A wake of our own."""
        with self.runtime.store.write() as session:
            record_wake(session, instance_id, cause, kind, detail, self.runtime.clock())

    def complete_tasks(self, instance_id: str) -> None:
        """People do everything that is open, and the instance is woken."""
        with self.runtime.store.write() as session:
            query = select(HumanTask).where(HumanTask.instance_id == instance_id)
            for task in session.exec(query.where(HumanTask.status == TaskStatus.REQUESTED)):
                task.status, task.completed_at = TaskStatus.COMPLETED, self.runtime.clock()
                record_wake(
                    session, instance_id, f"done:{task.id}", WakeKind.ANSWER, {}, self.runtime.clock()
                )

    def runs(self, instance_id: str) -> dict[tuple[str, str], StepRun]:
        """The newest attempt of each step."""
        with self.runtime.store.read() as session:
            query = select(StepRun).where(StepRun.instance_id == instance_id).order_by(col(StepRun.attempt))
            return {(run.step, run.iteration): run for run in session.exec(query)}

    def statuses(self, instance_id: str) -> dict[str, str]:
        """Status by step, without iterations."""
        return {step: run.status.value for (step, path), run in self.runs(instance_id).items() if not path}

    def instance(self, instance_id: str) -> Instance:
        """The instance's row."""
        with self.runtime.store.read() as session:
            return session.get_one(Instance, instance_id)

    def wakes(self) -> list[Wake]:
        """All wakes."""
        with self.runtime.store.read() as session:
            return list(session.exec(select(Wake)))

    def set(self, **settings: Any) -> None:
        """Replace settings of the runtime: `reach`, `limits`, `stopwatch`."""
        self.runtime = replace(self.runtime, **settings)

    def run_all(self) -> int:
        """Passes until nothing is ready; returns their number. It gives up where that never comes."""
        for passes in range(20):
            ready = ready_batches(self.runtime)
            if not ready:
                return passes
            for batch in ready:
                self.run(*batch.instances)
        raise AssertionError("something is ready for ever")

    def tasks(self, kind: TaskKind = TaskKind.ASSIGNMENT) -> list[HumanTask]:
        """The human tasks of a kind, oldest first."""
        with self.runtime.store.read() as session:
            return list(
                session.exec(select(HumanTask).where(HumanTask.kind == kind).order_by(col(HumanTask.id)))
            )

    def written(self) -> Counter[str]:
        """How often the kind `fragile` has written for each instance."""
        with self.runtime.store.read() as session:
            return Counter(
                str(row.name).removeprefix("written by ") for row in session.exec(select(Household))
            )

    def pass_time(self, by: timedelta) -> None:
        """Move the clock."""
        self.clock[0] += by


def step(kind: str, name: str, index: int, **more: Any) -> PlanStep:
    """A step of the test world; needs are given as ids, `implied=` for the step before."""
    needs = tuple(Need(each) for each in more.pop("needs", ()))
    implied = more.pop("implied", None)
    needs += (Need(implied, written=False),) if implied else ()
    when = more.pop("when", None)
    kinds = handlers(Trouble())
    arguments = kinds[kind].kind.arguments(**more.pop("arguments", {}))
    output = TASK if kind == "ask" else TEXT
    if "for_each" in more:
        loop = more["for_each"].name
        output = Struct((("each", ListOf(Struct((*output.fields, (loop, Text()))))),))
    return PlanStep(
        id=name,
        title=name.replace("_", " ").capitalize(),
        index=index,
        kind=kinds[kind].kind,
        arguments=arguments,
        span=Span("test.yaml", 10 + index, 5, 10 + index, 9),
        needs=needs,
        output=more.pop("output", output),
        when=Condition.read(when) if when else None,
        **more,
    )


NUMBER = Number()


def world_on(store: Store, reach: Callable[[str], None] | None = None, **settings: Any) -> World:
    """A world on a database of one's own. `settings` replace those of its runtime.

    Work takes no time in it, so that batches are cut the same on every machine.
    """
    clock = [MONDAY]
    trouble = Trouble()
    kinds = handlers(trouble)
    catalogue = Catalogue({name: handler.kind for name, handler in kinds.items()}, {}, vocabulary())
    more = {"reach": reach, **settings} if reach else settings
    runtime = Runtime(
        store,
        kinds,
        catalogue,
        **{"clock": lambda: clock[0], "holder": "test", "stopwatch": lambda: 0.0, **more},
    )
    return World(runtime, trouble, clock)


def vocabulary() -> Vocabulary:
    """The shipped vocabulary."""
    return load_vocabulary()
