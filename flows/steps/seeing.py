"""What the expressions of one step run read: the runs of the same parts of its loops, and the members that it
is for.
"""

from collections.abc import Iterator

from sqlmodel import Session

from definitions.plan import Plan, PlanStep
from flows.errors import FlowError
from flows.steps.iterations import loop_type, parent_of
from flows.steps.scopes import MEMBERS, part_key, under, within
from flows.steps.state import State
from models import StepRun
from tasks.encoding import decode
from tasks.names import Names


def names_of(
    session: Session, plan: Plan, state: State, step: PlanStep, run: StepRun, path: str | None = None
) -> Names:
    """The names in sight of a step run; with `path` those of a part of its loop."""
    at = run.iteration if path is None else path
    members = {**dict(_of_blocks(session, plan, state, step, at)), **_own(session, state, step, run)}
    if not plan.blocks:
        return Names(session, plan, state.instance, state.live(), members)
    paths = {each.id: within(at, each.depth) for each in plan.steps}
    runs = {
        (name, ""): found for name, place in paths.items() if (found := state.run(name, place)) is not None
    }
    looped = {name: place for name, place in paths.items() if place}
    return Names(session, plan, state.instance, runs, members, looped)


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
        run = state.run(block.id, within(path, block.depth))
        if run is None:
            raise FlowError(f"a step at `{path}` has lost its loop `{block.id}`")
        part = within(path, block.depth + 1).removeprefix(under(run.iteration, ""))
        for key, member in run.outputs[MEMBERS].items():
            if part_key(key) == part:
                yield block.for_each.name, decode(loop_type(block), member, session)
