"""The end of an instance's pass: what its step runs say of it (G7), and who is told."""

import logging
from collections.abc import Iterable, Set
from typing import Final

from sqlalchemy import delete, update
from sqlmodel import Session, col

from definitions.arguments import Value
from definitions.expressions import EvaluationError
from definitions.plan import Plan
from flows.incidents import raise_incident
from flows.runtime import Runtime
from flows.steps.scopes import open_scopes, under_way
from flows.steps.state import State, fold, met
from flows.steps.stepping import Stepper
from models import (
    Case,
    Instance,
    InstanceStatus,
    StepRun,
    StepStatus,
    Wake,
    WakeKind,
    among,
    many,
    record_wake,
)
from tasks.call import Call
from tasks.encoding import encode
from tasks.result import StepError, TaskError

log = logging.getLogger(__name__)


OVER: Final = (InstanceStatus.COMPLETED, InstanceStatus.CANCELLED)


def settle_status(stepper: Stepper, state: State) -> None:
    """Write the instance's status; a finished one tells the step that started it, a stuck one asks a
    person. One that is being cancelled has ended when everything is undone.
    """
    session, runtime, plan, instance = stepper.session, stepper.runtime, stepper.plan, state.instance
    if stuck(plan, state):
        _ask_about(stepper, state)
    instance.status = fold(plan, state.runs.values(), instance.status)
    instance.lease_id = None
    if instance.status not in OVER:
        instance.ended_at = None
    elif instance.ended_at is None:
        instance.ended_at = runtime.clock()
        if instance.status is InstanceStatus.COMPLETED:
            instance.outcome = _outcome(session, plan, instance)
            instance.outputs = _outputs(stepper, state)
        _tell_parent(session, runtime, instance)
    session.add(instance)


def clear_wakes(session: Session, states: Iterable[State]) -> None:
    """Delete the wakes that the pass had read (engine.md R2.5). Those of a held instance are parked: they
    count again when it is resumed.
    """
    read: dict[bool, list[str]] = {False: [], True: []}
    for state in states:
        read[state.instance.status is InstanceStatus.HELD] += [wake.id for wake in state.wakes]
    if read[False]:
        session.flush()
        session.connection().execute(_CLEARED, {"ids": read[False]})
    if read[True]:
        session.exec(update(Wake).where(col(Wake.id).in_(read[True])).values(parked=True))


_CLEARED: Final = delete(Wake).where(among(Wake.id, many("ids")))
"""Said past the session, in which no wake is: looking for them there took longer than deleting them."""


def stuck(plan: Plan, state: State) -> bool:
    """Whether an instance with nothing to do would wait for nothing: no step run waits, yet not all steps
    have ended. No wake would ever come for it.
    """
    if fold(plan, state.runs.values(), state.instance.status) is not InstanceStatus.WAITING:
        return False
    return not any(
        run.status is StepStatus.WAITING and not (plan.step(run.step).block is not None and under_way(run))
        for run in state.live().values()
    )


def _ask_about(stepper: Stepper, state: State) -> None:
    """Make the first step that has not ended an incident; trying it again begins it."""
    step, path = next(
        (each, path)
        for each in stepper.plan.steps
        for path in open_scopes(state, each)
        if state.run(each.id, path) is None
    )
    missing = ", ".join(f"`{need.step}`" for need in step.needs if not met(state, need, path))
    cause = StepError(
        "stuck",
        f"`{step.id}` can't begin, and nothing waits that could change that"
        + (f": {missing} has not ended" if missing else "")
        + "; trying again begins it",
    )
    run = stepper.new_run(state, step, path)
    raise_incident(stepper.session, stepper.runtime, stepper.plan, state, run, cause, {})


def _outcome(session: Session, plan: Plan, instance: Instance) -> str | None:
    """The case's status where the definition lists it as an outcome."""
    case = session.get(Case, instance.case_id) if instance.case_id else None
    return case.status.value if case is not None and case.status.value in plan.outcomes else None


def _outputs(stepper: Stepper, state: State) -> dict[str, object]:
    """The process's `outputs:` as its steps have left them; what is not recorded is null."""
    plan = stepper.plan
    outermost = [step for step in plan.steps if step.place is None]  # of the others not every one has a run
    last = state.run(outermost[-1].id)
    if not plan.outputs or last is None:
        return {}
    call = stepper.call(state, outermost[-1], last)
    steps = {step.id for step in plan.steps}
    return {name: _output(call, value, steps) for name, value in plan.outputs.items()}


def _output(call: Call, value: Value, steps: Set[str]) -> object:
    """One output of the process. All steps have ended, so it may read each of them."""
    read = (
        {name.path[0] for name in value.expression.names} & steps if value.expression is not None else set()
    )
    try:
        return encode(call.value(value, {step: call.names.lookup((step,)) for step in read}))
    except (EvaluationError, TaskError) as error:
        log.warning("an output of instance %s can't be worked out: %s", call.instance.id, error)
        return None


def _tell_parent(session: Session, runtime: Runtime, instance: Instance) -> None:
    if instance.parent_step_run_id is None:
        return
    parent = session.get(StepRun, instance.parent_step_run_id)
    if parent is not None:
        detail = {"step_run": parent.id}
        cause = f"child:{instance.id}"
        if instance.status is InstanceStatus.CANCELLED:
            cause += ":cancelled"
        record_wake(session, parent.instance_id, cause, WakeKind.CHILD, detail, runtime.clock())
