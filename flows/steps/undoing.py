"""Undoing what an instance had done when it was cancelled: step run by step run, the last one completed
first.

Nothing else is stored than what each completed step run says of itself (`tasks.undoing`) and the runs of the
steps that undo it, so a pass that is killed anywhere finds its place again. Pure: rows in, decisions out.
"""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from definitions.plan import PlanStep
from flows.steps.endings import ENDED
from models import InstanceStatus, StepRun, StepStatus
from tasks.undoing import UNDO, can_be_undone

if TYPE_CHECKING:
    from flows.steps.state import State


def noted(state: "State", step: PlanStep) -> dict[str, Any]:
    """What the run of a step that is completed now keeps for the case that its instance is cancelled."""
    if not step.undo:
        return {}
    before = (run.outputs[UNDO]["number"] for run in state.runs.values() if UNDO in run.outputs)
    return {UNDO: {"number": max(before, default=0) + 1, "steps": list(step.undo)}}


def turn(runs: Iterable[StepRun]) -> StepRun | None:
    """The completed step run whose undoing is under way or next; None when nothing is left to undo."""
    live = {(run.step, run.iteration): run for run in runs if run.status is not StepStatus.SUPERSEDED}

    def undone(run: StepRun) -> bool:
        steps = (live.get((name, run.iteration)) for name in run.outputs[UNDO]["steps"])
        return all(each is not None and each.status in ENDED for each in steps)

    left = (run for run in live.values() if can_be_undone(run) and not undone(run))
    return max(left, key=lambda run: int(run.outputs[UNDO]["number"]), default=None)


def undone_at(state: "State", step: PlanStep) -> Iterator[str]:
    """The path at which a step that undoes another one may run now: that of the step run whose turn it is."""
    if state.instance.status is not InstanceStatus.CANCELLING:
        return
    run = turn(state.runs.values())
    if run is not None and run.step == step.undoes:
        yield run.iteration
