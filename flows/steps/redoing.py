"""Doing steps again (engine.md R1.4): their runs are superseded, the blocks around them go on. An alert that
has begun is not taken back by it.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from definitions.plan import PlanStep
from flows.steps.blocks import begin_clocks
from flows.steps.failure import blame
from flows.steps.going_on import goes_on, redone
from flows.steps.scopes import EXIT, awaited, lies_at
from models import StepRun, StepStatus
from tasks.people.asking import REDONE

if TYPE_CHECKING:
    from flows.steps.state import State
    from flows.steps.stepping import Stepper


def redo(
    stepper: "Stepper", state: "State", paths: Mapping[str, str], reason: str, *, sent_back: bool = False
) -> None:
    """Supersede the runs of these steps, each at its path and below: they are done again. A block around one
    of them that has ended goes on. What was `sent_back` is marked.
    """
    steps = [step for step in stepper.plan.steps if step.id in paths]
    for step in reversed(steps):
        # members before their loop: their calls read their member from the loop's own run
        for run in sorted(state.runs_of(step.id), key=lambda each: -len(each.iteration)):
            if lies_at(run.iteration, paths[step.id]) and not goes_on(stepper, state, step, run, reason):
                redone(stepper, state, step, run, reason)
                if sent_back:
                    run.outputs = {**run.outputs, REDONE: True}
    around = {(name, paths[step.id]) for step in steps for name in stepper.plan.around(step)}
    for name in {name for name, _ in around} - paths.keys():
        at = [path for block, path in around if block == name]
        for run in state.runs_of(name):
            there = any(lies_at(run.iteration, path) or lies_at(path, run.iteration) for path in at)
            if there and run.status is StepStatus.COMPLETED:
                _reopen(stepper, state, stepper.plan.step(name), run)


def _reopen(stepper: "Stepper", state: "State", step: PlanStep, run: StepRun) -> None:
    """Let a block that has ended wait for its steps again, as long as if it had begun now."""
    if step.block is None:
        return
    run.status, run.waits_for, run.ended_at = StepStatus.WAITING, awaited(step.block), None
    stepper.session.add(run)
    call = stepper.call(state, step, run)
    with blame(call, alone=stepper.alone, resuming=True):
        begin_clocks(state, call, step.block, left=EXIT in run.outputs)
