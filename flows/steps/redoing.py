"""Doing steps again (engine.md R1.4): their runs are superseded, the blocks around them go on."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from definitions.plan import Block, PlanStep
from flows.steps.corrections import supersede
from flows.steps.scopes import awaited, lies_at
from flows.steps.withdrawing import withdraw_run
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
            if lies_at(run.iteration, paths[step.id]):
                _redo(stepper, state, step, run, reason)
                if sent_back:
                    run.outputs = {**run.outputs, REDONE: True}
    for name in {name for step in steps for name in stepper.plan.around(step)} - paths.keys():
        block = stepper.plan.step(name).block
        for run in state.runs_of(name):
            if block is not None and run.status is StepStatus.COMPLETED:
                _reopen(stepper, block, run)


def _reopen(stepper: "Stepper", block: Block, run: StepRun) -> None:
    """Let a block that has ended wait for its steps again."""
    run.status, run.waits_for, run.ended_at = StepStatus.WAITING, awaited(block), None
    stepper.session.add(run)


def _redo(stepper: "Stepper", state: "State", step: PlanStep, run: StepRun, reason: str) -> None:
    withdraw_run(stepper, state, step, run, reason)
    supersede(run, reason, stepper.runtime.clock())
    stepper.session.add(run)
