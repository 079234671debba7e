"""Alerts that go on while what leads to them is done again, until that is there anew.

Whoever sends work back, or corrects an answer, has not said that the danger is over. So an alert that has
begun keeps its message, its task and its ladder. When its needs are met again it is decided anew; when
what is decided anew does not lead to it any more it is taken back.
"""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from definitions.plan import PlanStep
from flows.steps.alerts import is_alert, sounds
from flows.steps.corrections import supersede
from flows.steps.endings import AGAIN, ENDED
from flows.steps.scopes import lies_at, within
from flows.steps.withdrawing import cancel_run, withdraw_run
from models import StepRun

if TYPE_CHECKING:
    from flows.steps.state import State
    from flows.steps.stepping import Stepper


def goes_on(stepper: "Stepper", state: "State", step: PlanStep, run: StepRun, reason: str) -> bool:
    """Let an alert that has begun go on, though its step is to be done again; False for anything else."""
    if not sounds(state, step, run):
        return False
    if within(run.iteration, step.depth) == run.iteration:
        run.outputs = {**run.outputs, AGAIN: reason}
        stepper.session.add(run)
    return True


def renew(stepper: "Stepper", state: "State", step: PlanStep, run: StepRun) -> None:
    """What the alert needs is there anew: its run and iterations are superseded, and it is decided again."""
    reason = str(run.outputs[AGAIN])
    for each in sorted(state.runs_of(step.id), key=lambda each: -len(each.iteration)):
        if lies_at(each.iteration, run.iteration):
            redone(stepper, state, step, each, reason)


def redone(stepper: "Stepper", state: "State", step: PlanStep, run: StepRun, reason: str) -> None:
    """Supersede a step run with what it has asked for; its sent effects stay."""
    withdraw_run(stepper, state, step, run, reason)
    supersede(run, reason, stepper.runtime.clock())
    stepper.session.add(run)


def forget(
    stepper: "Stepper", state: "State", steps: Iterable[PlanStep], gone: Callable[[str], bool]
) -> None:
    """Take back the alerts among these steps that went on, at the paths that are gone: what leads to them was
    decided anew, and does not lead there.
    """
    for step in filter(is_alert, steps):
        for run in sorted(state.runs_of(step.id), key=lambda each: -len(each.iteration)):
            whole = state.run(step.id, within(run.iteration, step.depth)) or run
            if gone(run.iteration) and AGAIN in whole.outputs and run.status not in ENDED:
                cancel_run(stepper, state, step, run, "what it was for does not hold any more")
