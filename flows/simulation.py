"""`simulate`: a plan run by the real runner, in memory, on a virtual clock, with scripted people. No
Prefect, no files.

The clock jumps to whatever is due next, so a month of waiting takes milliseconds and every run gives the
same result.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlmodel import Session, col, select

from definitions.catalogue import Catalogue
from definitions.plan import Plan
from flows.dispatch import run_until_quiet
from flows.errors import InputError
from flows.instances import start
from flows.post import delivery
from flows.runtime import Runtime
from flows.script import Script, apply_script
from flows.timers import next_due
from flows.versions import Plans, publish
from models import Channel as ChannelKind
from models import HumanTask, Instance, InstanceStatus, Message, Record, StepRun, Store, in_memory
from notifications import Channel
from notifications.memory import memory_channels
from tasks.records.record_catalogue import record_types
from tasks.registry import load_kinds

START = datetime(2026, 1, 5, 9, tzinfo=UTC)
"""When a simulation begins that names no time: a Monday morning."""

LONGEST = timedelta(days=366)
"""How far the virtual clock may run on in search of an end, unless `until` says otherwise."""

_ENDED = (InstanceStatus.COMPLETED, InstanceStatus.CANCELLED)


@dataclass(slots=True)
class VirtualClock:
    """A clock that stands still until it is moved. Call it for the time, in UTC."""

    now: datetime

    def __call__(self) -> datetime:
        """The virtual time."""
        return self.now

    def move_to(self, moment: datetime) -> None:
        """Go on to a later moment; an earlier one changes nothing."""
        self.now = max(self.now, moment)


@dataclass(frozen=True, slots=True)
class StepOutcome:
    """What became of one step: its status, when it ended, its outputs and the reason it gave."""

    step: str
    title: str
    status: str
    iteration: str = ""
    started_at: datetime | None = None
    ended_at: datetime | None = None
    outputs: Mapping[str, Any] = field(default_factory=dict)
    inputs: Mapping[str, Any] = field(default_factory=dict)
    reason: str | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Simulation:
    """The end of a simulated run. `store` is the in-memory database, open for questions; close it when
    done.
    """

    store: Store
    instance_id: str
    status: InstanceStatus
    steps: tuple[StepOutcome, ...]
    messages: tuple[Message, ...]
    tasks: tuple[HumanTask, ...]
    ended_at: datetime

    def step(self, step: str, iteration: str = "") -> StepOutcome:
        """The outcome of a step; KeyError when it has not begun."""
        for each in self.steps:
            if (each.step, each.iteration) == (step, iteration):
                return each
        raise KeyError(step)


def simulate(  # noqa: PLR0913  (all but the first four are keyword-only)
    plan: Plan,
    inputs: Mapping[str, object],
    answers: Script | Mapping[str, Any] | None = None,
    clock: VirtualClock | datetime | None = None,
    *,
    catalogue: Catalogue | None = None,
    records: Iterable[Record] = (),
    others: Sequence[Plan] = (),
    channels: Mapping[ChannelKind, Channel] | None = None,
    until: datetime | None = None,
) -> Simulation:
    """Run one instance of `plan` to its end, or to the point where only people could move it on.

    `inputs` are the process's inputs (ids for records). `answers` is a script of what people do, read or
    as plain values (`flows.script`). `clock` is the virtual time to start from, with its time zone. `records`
    are put into the empty database first; `others` are plans that this one may start; `channels` carry the
    messages (by default they are kept in memory and count as delivered). The clock runs on at most to
    `until`. Without `catalogue` the plan's own vocabulary and templates are all there is.

    Raises InputError for inputs that don't fit and a clock without a time zone, ScriptError for a script
    that doesn't. An error of a step is an incident of the instance, as ever.
    """
    virtual = clock if isinstance(clock, VirtualClock) else VirtualClock(clock or START)
    if virtual().tzinfo is None:
        raise InputError(
            "the clock has no time zone; give an aware datetime, such as datetime(..., tzinfo=UTC)"
        )
    script = answers if isinstance(answers, Script | None) else Script.read(answers)
    store = in_memory()
    try:
        runtime = Runtime(
            store,
            load_kinds(),
            catalogue or _own_catalogue(plan),
            virtual,
            holder="simulate",
            draw=_no_chance,
        )
        _put(runtime, records)
        plans = Plans(runtime)
        versions = [publish(runtime, each, by="simulate") for each in (*others, plan)]
        instance_id = start(runtime, plan, versions[-1], inputs).instance.id
        deliver = delivery(runtime, channels if channels is not None else memory_channels())
        _run(_World(runtime, plans, virtual, deliver), instance_id, script, until or virtual() + LONGEST)
        return _result(runtime, plan, instance_id)
    except BaseException:
        store.close()
        raise


def _no_chance(_name: str) -> float:
    """Waits as they are written, without `spread`: every run of a simulation gives the same result."""
    return 0.0


def _own_catalogue(plan: Plan) -> Catalogue:
    """What a plan brings along, and the step kinds and records of the program."""
    kinds = {name: handler.kind for name, handler in load_kinds().items()}
    return Catalogue(kinds, record_types(), plan.vocabulary, plan.templates, plan.processes)


def _put(runtime: Runtime, records: Iterable[Record]) -> None:
    with runtime.store.write() as session:
        session.add_all(list(records))


@dataclass(frozen=True, slots=True)
class _World:
    runtime: Runtime
    plans: Plans
    clock: VirtualClock
    deliver: Callable[[], int]


def _run(world: _World, instance_id: str, answers: Script | None, until: datetime) -> None:
    """Let everything move, then people, then time; until nothing does."""
    while True:
        run_until_quiet(world.runtime, world.plans, deliver=world.deliver)
        if answers is not None and apply_script(world.runtime, instance_id, answers):
            continue
        with world.runtime.store.read() as session:
            ended = session.get_one(Instance, instance_id).status in _ENDED
            due = next_due(session)
        if due is None or due > until or ended:
            return
        world.clock.move_to(due)


def _result(runtime: Runtime, plan: Plan, instance_id: str) -> Simulation:
    with runtime.store.read() as session:
        instance = session.get_one(Instance, instance_id)
        messages = session.exec(
            select(Message).where(Message.instance_id == instance_id).order_by(col(Message.id))
        )
        tasks = session.exec(
            select(HumanTask).where(HumanTask.instance_id == instance_id).order_by(col(HumanTask.id))
        )
        return Simulation(
            store=runtime.store,
            instance_id=instance_id,
            status=instance.status,
            steps=outcomes(session, plan, instance_id),
            messages=tuple(messages),
            tasks=tuple(tasks),
            ended_at=runtime.clock(),
        )


def outcomes(session: Session, plan: Plan, instance_id: str) -> tuple[StepOutcome, ...]:
    """What became of each step of an instance, in document order; superseded attempts are left out."""
    runs = session.exec(
        select(StepRun).where(StepRun.instance_id == instance_id).order_by(col(StepRun.attempt))
    )
    newest = {(run.step, run.iteration): run for run in runs if run.status != "superseded"}
    order = plan.by_id
    ranked = sorted(newest.values(), key=lambda run: (order[run.step].index, run.iteration))
    return tuple(_outcome(order[run.step].title, run) for run in ranked)


def _outcome(title: str, run: StepRun) -> StepOutcome:
    return StepOutcome(
        step=run.step,
        title=title,
        status=run.status.value,
        iteration=run.iteration,
        started_at=run.started_at,
        ended_at=run.ended_at,
        outputs=run.outputs,
        inputs=run.inputs,
        reason=run.reason,
        error=run.error,
    )
