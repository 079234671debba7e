"""Taking back what a step run has asked for and not got: human tasks, timers, messages, processes."""

from typing import TYPE_CHECKING

from definitions.plan import PlanStep
from flows.steps.failure import blame
from models import StepRun, StepStatus
from tasks.people.asking import withdraw

if TYPE_CHECKING:
    from flows.steps.state import State
    from flows.steps.stepping import Stepper


def withdraw_run(stepper: "Stepper", state: "State", step: PlanStep, run: StepRun, reason: str) -> None:
    """Take back what the run has asked for; a step that was done sees to what it has set going."""
    handler = stepper.handler(step)
    call = stepper.call(state, step, run)
    with blame(call, alone=stepper.alone, resuming=True):
        withdraw(stepper.session, run.id, reason, stepper.runtime.clock())
        if handler.withdraws is not None and run.status is StepStatus.WAITING:
            handler.withdraws(call, step.arguments)
        if handler.supersedes is not None and run.status is StepStatus.COMPLETED:
            handler.supersedes(call, step.arguments)


def cancel_run(stepper: "Stepper", state: "State", step: PlanStep, run: StepRun, reason: str) -> None:
    """End a run that is not needed any more; what it did stays."""
    withdraw_run(stepper, state, step, run, reason)
    run.status, run.waits_for, run.reason = StepStatus.CANCELLED, None, reason
    run.ended_at = stepper.runtime.clock()
    stepper.session.add(run)
