"""What the expressions of one step run read: the runs of the same parts of its loops, and the members that it
is for.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property

from sqlmodel import Session

from definitions.plan import Plan, PlanStep
from definitions.runtime_values import ABSENT
from definitions.types import PREVIOUS_ROUND
from flows.errors import FlowError
from flows.steps.endings import AGAIN
from flows.steps.iterations import loop_type, parent_of
from flows.steps.scopes import part_key, under, within
from flows.steps.state import State
from models import StepRun, StepStatus
from tasks.encoding import decode
from tasks.names import Names
from tasks.outputs import MEMBERS


def names_of(
    session: Session, plan: Plan, state: State, step: PlanStep, run: StepRun, path: str | None = None
) -> Names:
    """The names in sight of a step run; with `path` those of a part of its loop."""
    at = run.iteration if path is None else path
    goes_on = _goes_on(state, step, run)
    members = {**dict(_of_blocks(session, plan, state, step, at)), **_own(session, state, step, run)}
    if not plan.blocks:
        return Names(session, plan, state.instance, state.runs if goes_on else state.live(), members)
    loops = plan.loops_around(step) if path is None else (step.id, *plan.loops_around(step))
    before = _round_before(session, plan, state, loops, at)
    return _names_at(session, plan, state, at, {**before, **members}, past=goes_on)


def _names_at(
    session: Session, plan: Plan, state: State, at: str, members: Mapping[str, object], *, past: bool = False
) -> Names:
    """The names at a path; of the `past`, also what is being done again."""
    paths = {each.id: within(at, each.depth) for each in plan.by_id.values()}
    runs = {
        (name, ""): found
        for name, place in paths.items()
        if (found := state.runs.get((name, place))) is not None
        and (past or found.status is not StepStatus.SUPERSEDED)
    }
    looped = {name: place for name, place in paths.items() if place}
    return Names(session, plan, state.instance, runs, members, looped)


def _round_before(
    session: Session, plan: Plan, state: State, loops: Sequence[str], at: str
) -> dict[str, object]:
    """What the steps of the round before gave, under the name by which a step in the innermost of these loops
    reads it; absent in the first round.
    """
    rounds = (each for each in map(plan.step, loops) if each.block is not None and each.for_each is None)
    loop = next(rounds, None)
    if loop is None or PREVIOUS_ROUND in plan.by_id:
        return {}
    part = within(at, loop.depth + 1).rpartition("/")[2]
    if not part.isdigit() or part == "1":
        return {PREVIOUS_ROUND: ABSENT}
    earlier = under(within(at, loop.depth), str(int(part) - 1))
    return {PREVIOUS_ROUND: _Round(session, plan, state, loop, earlier)}


class _Round(Mapping[str, object]):
    """What the steps of one round gave, by their ids; read when it is asked."""

    def __init__(self, session: Session, plan: Plan, state: State, loop: PlanStep, path: str) -> None:
        self._steps = loop.block.branches[0].steps if loop.block is not None else ()
        self._read = (session, plan, state, path)

    def __getitem__(self, name: str) -> object:
        if name not in self._steps:
            raise KeyError(name)
        return self._names.lookup((name,))

    def __iter__(self) -> Iterator[str]:
        return iter(self._steps)

    def __len__(self) -> int:
        return len(self._steps)

    @cached_property
    def _names(self) -> Names:
        session, plan, state, path = self._read
        return _names_at(session, plan, state, path, {})


def _goes_on(state: State, step: PlanStep, run: StepRun) -> bool:
    """Whether the run is that of an alert that goes on while what it had read is done again: it reads on what
    was there.
    """
    whole = state.run(step.id, within(run.iteration, step.depth))
    return whole is not None and AGAIN in whole.outputs


def _own(session: Session, state: State, step: PlanStep, run: StepRun) -> dict[str, object]:
    """The member of the step's own `for_each` that an iteration is for."""
    if step.for_each is None or step.block is not None or within(run.iteration, step.depth) == run.iteration:
        return {}
    parent = parent_of(state, step, run)
    if parent is None:
        raise FlowError(f"iteration {run.iteration} of `{step.id}` has lost its step")
    key = run.iteration.removeprefix(under(parent.iteration, ""))
    return {step.for_each.name: decode(loop_type(step), parent.outputs[MEMBERS][key], session)}


def _of_blocks(
    session: Session, plan: Plan, state: State, step: PlanStep, path: str
) -> Iterator[tuple[str, object]]:
    """The members of the loops around a step, by their names."""
    for block in (plan.step(name) for name in plan.loops_around(step)):
        if block.for_each is None:
            continue
        run = state.runs.get((block.id, within(path, block.depth)))  # an alert may outlive its loop
        if run is None:
            raise FlowError(f"a step at `{path}` has lost its loop `{block.id}`")
        part = within(path, block.depth + 1).removeprefix(under(run.iteration, ""))
        for key, member in run.outputs[MEMBERS].items():
            if part_key(key) == part:
                yield block.for_each.name, decode(loop_type(block), member, session)
