"""What a pass knows of one instance, and what may happen to it next. Pure: rows in, decisions out."""

from collections.abc import Iterable, Iterator, Set
from dataclasses import dataclass, field
from enum import IntEnum

from definitions.plan import Need, Plan, PlanStep
from flows.steps.alerts import alerts_of, is_alert, sounds
from flows.steps.endings import AGAIN, by_itself, has_ended
from flows.steps.joins import advances
from flows.steps.scopes import block_scopes, open_scopes, under, within
from flows.steps.undoing import turn
from models import (
    INSTANCE_GIVEN_UP,
    Instance,
    InstanceStatus,
    StepRun,
    StepStatus,
    Timer,
    TimerPurpose,
    WaitsFor,
    Wake,
    WakeKind,
)
from tasks.outputs import MEMBERS

Key = tuple[str, str]
"""A step and its iteration path ('' for the step itself)."""


class Phase(IntEnum):
    """In which order the work of a pass is done (engine.md R3.1): a correction first, since it decides
    what else is true; then critical steps; then what time and people brought; then new steps in document
    order; last what may withdraw steps on which an alert hangs."""

    CHANGE = 0
    CRITICAL = 1
    TIMER = 2
    RESUME = 3
    START = 4
    END = 5
    LEAVE = 6


@dataclass(frozen=True, slots=True, order=True)
class Work:
    """One kind of work on one step, done for all instances of the batch that are ready for it."""

    phase: Phase
    index: int
    step: str


@dataclass(slots=True)
class State:
    """One instance in a pass. `runs` holds the newest attempt of each step and iteration, superseded ones
    too.
    """

    instance: Instance
    fence: int
    id: str  # kept apart from the row: a rolled-back transaction leaves rows without their values
    runs: dict[Key, StepRun] = field(default_factory=dict)
    wakes: list[Wake] = field(default_factory=list)
    timers: list[Timer] = field(default_factory=list)
    answered: set[tuple[str, str, str]] = field(default_factory=set)
    asked: set[str] = field(default_factory=set)
    changes: list[Wake] = field(default_factory=list)
    failed: set[Key] = field(default_factory=set)

    def memory(self) -> "Memory":
        """What the pass knows of this instance besides its rows."""
        return Memory(tuple(self.wakes), tuple(self.changes), frozenset(self.asked), frozenset(self.failed))

    def recall(self, memory: "Memory") -> None:
        """Take up again what was known before a transaction that was rolled back. Wakes that came since
        belong to the next pass.
        """
        self.wakes, self.changes = list(memory.wakes), list(memory.changes)
        self.asked, self.failed = set(memory.asked), set(memory.failed)

    def run(self, step: str, iteration: str = "") -> StepRun | None:
        """The live run of a step: None if it has not begun or was superseded."""
        run = self.runs.get((step, iteration))
        return None if run is None or run.status is StepStatus.SUPERSEDED else run

    def live(self) -> dict[Key, StepRun]:
        """All runs that are not superseded."""
        return {key: run for key, run in self.runs.items() if run.status is not StepStatus.SUPERSEDED}

    def runs_of(self, step: str) -> list[StepRun]:
        """All live runs of a step, one for each path at which it runs, and of its iterations."""
        return [
            run
            for (name, _), run in self.runs.items()
            if name == step and run.status is not StepStatus.SUPERSEDED
        ]

    def iterations(self, step: str, path: str = "") -> list[StepRun]:
        """The live runs of the iterations of a step with `for_each` that runs at `path`."""
        start = under(path, "")
        return [
            run for run in self.runs_of(step) if run.iteration != path and run.iteration.startswith(start)
        ]

    def attempt(self, step: str, iteration: str = "") -> int:
        """The number of the next attempt."""
        last = self.runs.get((step, iteration))
        return 1 if last is None else last.attempt + 1

    def ended(self, step: str, path: str = "") -> bool:
        """Whether the step has ended at a path (engine.md R1.1); an incident has not."""
        run = self.run(step, path)
        return run is not None and has_ended(run)


@dataclass(frozen=True, slots=True)
class Memory:
    """See `State.memory`."""

    wakes: tuple[Wake, ...]
    changes: tuple[Wake, ...]
    asked: frozenset[str]
    failed: frozenset[Key]


def met(state: State, need: Need, path: str = "") -> bool:
    """Whether a need of a step that runs at `path` is fulfilled: the step has ended, or its item was
    answered.
    """
    at = within(path, need.depth)
    if state.ended(need.step, at):
        return True
    return need.item is not None and (need.step, need.item, at) in state.answered


def skipped_with_needs(state: State, step: PlanStep, path: str = "") -> bool:
    """Whether every written need was skipped (engine.md R1.2); the implied order only orders. What a person
    skipped skips nothing else: they gave what the others read.
    """
    written = [need for need in step.needs if need.written]
    runs = [state.run(need.step, within(path, need.depth)) for need in written]
    return bool(written) and all(run is not None and by_itself(run) for run in runs)


def startable(state: State, step: PlanStep) -> bool:
    """Whether a step can begin now somewhere: not begun, or to be tried again, or with iterations to begin;
    and its needs met.
    """
    return any(startable_at(state, step, path) for path in open_scopes(state, step))


def startable_at(state: State, step: PlanStep, path: str) -> bool:
    """`startable` at one path."""
    if (step.id, path) in state.failed:
        return False
    run = state.run(step.id, path)
    if run is None:
        return all(met(state, need, path) for need in step.needs)
    if due_again(state, step, run) or retried(state, run):
        return True
    return step.block is None and bool(open_members(state, run))


def due_again(state: State, step: PlanStep, run: StepRun) -> bool:
    """Whether an alert that went on while work was sent back is to be done again now: what it needs is there
    anew, and its block leads to it.
    """
    if AGAIN not in run.outputs or run.iteration not in block_scopes(state, step):
        return False
    return all(met(state, need, run.iteration) for need in step.needs)


def retried(state: State, run: StepRun) -> bool:
    """Whether a wake says that this failed step run is to be tried again. About an incident a person decides;
    a try that was planned before it is none.
    """
    incident = run.status is StepStatus.INCIDENT
    if not incident and run.waits_for is not WaitsFor.TIMER:
        return False
    return any(
        wake.kind is WakeKind.RETRY
        and wake.detail.get("step_run") == run.id
        and not (incident and "timer" in wake.detail)
        for wake in state.wakes
    )


def open_members(state: State, run: StepRun) -> list[str]:
    """The iterations of a step's `for_each` that are still to begin, in their order."""
    if run.waits_for is not WaitsFor.ITERATIONS:
        return []
    return [key for key in run.outputs[MEMBERS] if _to_begin(state, run, key)]


def _to_begin(state: State, parent: StepRun, key: str) -> bool:
    path = under(parent.iteration, key)
    if (parent.step, path) in state.failed:
        return False
    child = state.run(parent.step, path)
    return child is None or retried(state, child)


def begins(state: State, step: PlanStep) -> bool:
    """Whether the step is to begin now, for the first time or again."""
    return any(
        startable_at(state, step, path) and _anew(state, step, state.run(step.id, path))
        for path in open_scopes(state, step)
    )


def _anew(state: State, step: PlanStep, run: StepRun | None) -> bool:
    return run is None or due_again(state, step, run) or retried(state, run)


def expands(state: State, step: PlanStep) -> bool:
    """Whether a step's `for_each` has iterations that are still to begin."""
    if step.block is not None or step.for_each is None:
        return False
    return any(
        (step.id, run.iteration) not in state.failed and bool(open_members(state, run))
        for run in state.runs_of(step.id)
        if MEMBERS in run.outputs
    )


def work_of(state: State, plan: Plan) -> Iterator[Work]:
    """Everything that can be done for this instance now. While it is held only critical steps go on, and what
    people answer to steps that those wait for, or correct of what those have read, is taken in. A block with
    an alert goes on last, and its deadline after that: an answer that leads to the alert is taken in, with
    all that stands between them, before what is open in the block is withdrawn.
    """
    held = state.instance.status is InstanceStatus.HELD
    if state.instance.status in INSTANCE_GIVEN_UP:
        yield from _undoing(state, plan)
        return
    if state.changes and (not held or _change_alerts(state, plan)):
        yield Work(Phase.CHANGE, 0, "")
    ended = {step for (step, path), run in state.runs.items() if not path and has_ended(run)}
    awaited = _before_alerts(plan, ended) if held else frozenset()
    for step in plan.steps:
        if (step.depth == 0 and step.id in ended) or (held and not step.critical and step.id not in awaited):
            continue
        if held and not step.critical and startable(state, step):
            continue
        yield from _work_on(state, step)
    if fired_timers(state, plan):
        yield Work(Phase.TIMER, 0, "")
    if leaving_timers(state, plan):
        yield Work(Phase.LEAVE, 0, "")


def _change_alerts(state: State, plan: Plan) -> bool:
    """Whether an alert that does not sound is to be decided anew, because what it had read was corrected. One
    that sounds goes on sounding.
    """
    from flows.steps.corrections import changed_steps  # which knows states

    changed = (step for change in state.changes for step in changed_steps(plan, state, change))
    return any(
        is_alert(step) and not any(sounds(state, step, run) for run in state.runs_of(step.id))
        for step in changed
    )


def _undoing(state: State, plan: Plan) -> Iterator[Work]:
    """What there is to do after a cancel: the steps that undo the step run whose turn it is, and what time
    has brought to what those have made.
    """
    run = turn(state.runs.values()) if state.instance.status is InstanceStatus.CANCELLING else None
    for name in plan.step(run.step).undo if run is not None else ():
        yield from _work_on(state, plan.step(name))
    if state.timers:
        yield Work(Phase.TIMER, 0, "")


def _work_on(state: State, step: PlanStep) -> Iterator[Work]:
    if startable(state, step):
        yield Work(Phase.CRITICAL if step.critical else Phase.START, step.index, step.id)
    elif advances(state, step) or _resumes(state, step):
        yield Work(_resuming(step), -step.index if _ends_late(step) else step.index, step.id)


def _resuming(step: PlanStep) -> Phase:
    if step.critical:
        return Phase.END if _ends_late(step) else Phase.CRITICAL
    return Phase.RESUME


def _ends_late(step: PlanStep) -> bool:
    """Whether a step is a block with an alert. Of several the inner ones go first."""
    return step.critical and step.block is not None


def _resumes(state: State, step: PlanStep) -> bool:
    return step.id not in state.asked and bool(waiting_paths(state, step))


def waiting_paths(state: State, step: PlanStep) -> list[str]:
    """The paths at which the step waits for something that a wake may have brought. A block that waits for
    its own steps is not asked: it goes on when they have ended.
    """
    return [
        path
        for path in open_scopes(state, step)
        if (step.id, path) not in state.failed
        and waits(state, step.id, path)
        and not (step.block is not None and state.runs[step.id, path].waits_for is WaitsFor.ITERATIONS)
    ]


def _before_alerts(plan: Plan, ended: Set[str]) -> frozenset[str]:
    """The steps for which critical steps that have not ended wait, directly or by others."""
    needs = {step.id: [*(need.step for need in step.needs), *plan.around(step)] for step in plan.steps}
    found: set[str] = set()
    ahead = [step.id for step in plan.steps if step.critical and step.id not in ended]
    while ahead:
        fresh = [need for need in needs[ahead.pop()] if need not in found]
        found.update(fresh)
        ahead += fresh
    return frozenset(found)


def fired_timers(state: State, plan: Plan) -> list[Timer]:
    """The fired timers to act on as soon as they are there, or those of critical steps while the instance is
    held. Deadlines of blocks with an alert are not among them (`leaving_timers`).
    """
    if state.instance.status is InstanceStatus.HELD:
        critical = {step.id for step in alerts_of(plan)}
        runs = {run.id for run in state.runs.values() if run.step in critical}
        return [timer for timer in state.timers if timer.step_run_id in runs]
    late = {timer.id for timer in leaving_timers(state, plan)}
    return [timer for timer in state.timers if timer.id not in late]


def leaving_timers(state: State, plan: Plan) -> list[Timer]:
    """The fired deadlines of blocks with an alert; none while the instance is held or given up."""
    deadlines = [timer for timer in state.timers if timer.purpose is TimerPurpose.DEADLINE]
    if not deadlines or state.instance.status in {InstanceStatus.HELD, *INSTANCE_GIVEN_UP}:
        return []
    blocks = {step.id for step in plan.steps if _ends_late(step)}
    runs = {run.id for run in state.runs.values() if run.step in blocks}
    return [timer for timer in deadlines if timer.step_run_id in runs]


def critical_at_start(plan: Plan) -> bool:
    """Whether starting an instance makes a critical step ready."""
    return any(step.critical and not step.needs for step in plan.steps)


def waits(state: State, step: str, path: str = "") -> bool:
    """Whether the step waits at a path for something that a wake may have brought."""
    run = state.run(step, path)
    return run is not None and run.status is StepStatus.WAITING and run.waits_for is not WaitsFor.TIMER


def waits_somewhere(state: State, step: str) -> bool:
    """`waits`, at any path."""
    return any(waits(state, step, run.iteration) for run in state.runs_of(step))


def standing(state: State) -> frozenset[tuple[str, StepStatus, WaitsFor | None, int]]:
    """How far the instance has come: each of its step runs, with what it waits for. Asking a step that goes
    on waiting changes nothing of it.
    """
    return frozenset((run.id, run.status, run.waits_for, len(run.outputs)) for run in state.runs.values())


def fold(plan: Plan, runs: Iterable[StepRun], status: InstanceStatus) -> InstanceStatus:
    """The status that follows from an instance's live step runs (G7). Held and cancelled are decided by
    people; one that is being cancelled is cancelled once everything is undone.
    """
    if status is InstanceStatus.CANCELLING:
        return InstanceStatus.CANCELLED if turn(runs) is None else status
    if status in {InstanceStatus.HELD, InstanceStatus.CANCELLED}:
        return status
    live = {(run.step, run.iteration): run for run in runs if run.status is not StepStatus.SUPERSEDED}
    if any(run.status is StepStatus.INCIDENT for run in live.values()):
        return InstanceStatus.INCIDENT
    ended = {step for (step, path), run in live.items() if not path and has_ended(run)}
    if not all(step.id in ended for step in plan.steps if step.place is None):
        return InstanceStatus.WAITING
    unfinished = plan.blocks and any(run.status is StepStatus.WAITING for run in live.values())
    return InstanceStatus.WAITING if unfinished else InstanceStatus.COMPLETED
