"""Applying a correction: what it changes is read anew, and the steps that had read the old value run again
(engine.md R1.4).
"""

from sqlalchemy import update
from sqlmodel import col

from definitions.plan import PlanStep
from definitions.runtime_values import MISSING
from flows.steps.corrections import changed_steps, later_rounds, shared_path
from flows.steps.failure import blame
from flows.steps.iterations import collected
from flows.steps.redoing import redo
from flows.steps.retrying import restore
from flows.steps.scopes import within
from flows.steps.state import State
from flows.steps.stepping import Stepper
from models import StepStatus, Wake, WakeKind
from tasks.encoding import encode, output_values
from tasks.names import has_form
from tasks.result import Waiting


def apply_changes(stepper: Stepper, state: State) -> None:
    """Supersede the steps that had read what was corrected; they run again with what is true now.

    The wake stays until the pass has done what follows, but as an ordinary one: a change is applied once.
    """
    restore(stepper.session, state)
    for wake in state.changes:
        consume(stepper, wake)
        source = stepper.plan.step(str(wake.detail["step"]))
        path = within(str(wake.detail.get("iteration", "")), source.depth)
        _read_anew(stepper, state, source, wake.detail.get("item"), path)
        reason = str(wake.detail.get("reason") or "an answer it had read was corrected")
        found = changed_steps(stepper.plan, state, wake)
        redo(
            stepper, state, {step.id: shared_path(stepper.plan, source, path, step) for step in found}, reason
        )
        for paths in later_rounds(stepper.plan, state, source, path):
            redo(stepper, state, paths, reason)
    state.changes.clear()


def consume(stepper: Stepper, wake: Wake) -> None:
    """Make the wake of a change an ordinary one, so that the change is applied once."""
    stepper.session.exec(update(Wake).where(col(Wake.id) == wake.id).values(kind=WakeKind.RECORD))


def _read_anew(stepper: Stepper, state: State, step: PlanStep, item: str | None, path: str) -> None:
    """What the corrected step gives now, for those who look at it; its readers read the answers
    themselves.
    """
    resumes = stepper.handler(step).resumes
    run = state.run(step.id, path)
    if step.for_each is None and run is not None and item is not None and item in run.outputs:
        call = stepper.call(state, step, run)
        with blame(call, alone=stepper.alone, resuming=True):
            answered = call.names.answer((step.id, item)) is not None or not has_form(step)
            value = call.names.lookup((step.id, item)) if answered else MISSING  # it is not asked any more
            run.outputs = {**run.outputs, item: encode(value)}
            stepper.session.add(run)
    if step.for_each is None or resumes is None:
        return
    for run in state.iterations(step.id, path):
        if run.status is not StepStatus.COMPLETED:
            continue
        call = stepper.call(state, step, run)
        with blame(call, alone=stepper.alone, resuming=True):
            result = resumes(call, step.arguments)
            if not isinstance(result, Waiting):
                given = {name: encode(value) for name, value in output_values(result).items()}
                run.outputs = {**run.outputs, **given}
                stepper.session.add(run)
    parent = state.run(step.id, path)
    if parent is not None and parent.status is StepStatus.COMPLETED:
        parent.outputs = {**parent.outputs, "each": collected(state, step, parent)}
        stepper.session.add(parent)
