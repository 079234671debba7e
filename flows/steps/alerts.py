"""Safety alerts: critical steps that have begun. Nothing takes one back but a decision about it.

A block that is left, a branch that was quicker, work that is sent back say nothing about the danger: the
alert goes on beside them to its end. Pure: rows in, decisions out.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from definitions.plan import Block, Place, Plan, PlanStep
from flows.steps.endings import has_ended
from flows.steps.scopes import EXIT, WINNER, block_scopes, lies_at, under_way, within
from models import StepRun, StepStatus, WaitsFor

if TYPE_CHECKING:
    from flows.steps.state import State


def alerts_of(plan: Plan) -> Iterator[PlanStep]:
    """The critical steps of a plan. A block is none: those in it are asked themselves."""
    return (step for step in plan.steps if is_alert(step))


def is_alert(step: PlanStep) -> bool:
    """Whether a step is itself critical; a block goes first only for those in it."""
    return step.critical and step.block is None


def sounds(state: "State", step: PlanStep, run: StepRun) -> bool:
    """Whether a step run is that of an alert that has begun and not ended, or one of its iterations. One that
    waits for its `once` has not begun.
    """
    if not is_alert(step):
        return False
    whole = state.run(step.id, within(run.iteration, step.depth)) or run
    if whole.status is StepStatus.INCIDENT:
        return True
    return whole.status is StepStatus.WAITING and whole.waits_for is not WaitsFor.CONDITION


def open_alerts(state: "State", plan: Plan) -> tuple[str, ...]:
    """The alerts that have begun and not ended, or may still come: not those of a branch that was not taken,
    or of a block that has ended.
    """
    return tuple(
        step.id
        for step in alerts_of(plan)
        if any(sounds(state, step, run) for run in state.runs_of(step.id)) or _ahead(state, plan, step)
    )


def _ahead(state: "State", plan: Plan, step: PlanStep) -> bool:
    """Whether a step has not ended somewhere where it may still run."""
    if step.place is None:
        return not state.ended(step.id)
    block = plan.step(step.place.block)
    return any(_may_run(state, block, step, run) for run in state.runs_of(block.id)) or _begins_later(
        state, plan, block
    )


def _may_run(state: "State", block: PlanStep, step: PlanStep, run: StepRun) -> bool:
    """Whether a step may still run in one of its block's runs."""
    if not under_way(run):
        return not has_ended(run)
    if _later(block.block, step.place, run):
        return True
    paths = (path for path in block_scopes(state, step) if lies_at(path, run.iteration))
    return any(not state.ended(step.id, path) for path in paths)


def _begins_later(state: "State", plan: Plan, block: PlanStep) -> bool:
    """Whether a block may still begin somewhere."""
    if block.place is None:
        return state.run(block.id) is None
    if any(state.run(block.id, path) is None for path in block_scopes(state, block)):
        return True
    outer = plan.step(block.place.block)
    later = any(_later(outer.block, block.place, run) for run in state.runs_of(outer.id))
    return later or _begins_later(state, plan, outer)


def _later(block: Block | None, place: Place | None, run: StepRun) -> bool:
    """Whether what stands at this place may begin though it can't now: in another round, when its branch has
    won, or when the block is left.
    """
    if block is None or place is None or EXIT in run.outputs or not under_way(run):
        return False
    undecided = place.follows and run.outputs.get(WINNER) is None
    return undecided or block.kind == "repeat" or place.branch not in block.usual
