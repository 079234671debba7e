"""Writing down what went wrong with a step of one instance, in a transaction of its own after the step's was
rolled back.
"""

from collections.abc import Callable
from dataclasses import replace

from flows.incidents import code_of, words_of
from flows.leases import owned
from flows.passes.batch import Batch
from flows.passes.gathering import attach
from flows.passes.report import Failure
from flows.passes.telling import tell_failure
from flows.steps.failing import ask_for_help, fail
from flows.steps.failure import Standing, StepFailureError, infrastructure, own, standing_of
from flows.steps.state import State
from flows.steps.stepping import Stepper
from models import StepStatus

Act = Callable[[Stepper, State, StepFailureError], bool]


def write_down(batch: Batch, state: State, failure: StepFailureError) -> Failure | None:
    """Write down a step's own error: `otherwise`, another try later, or an incident. What goes wrong with it
    is an incident too. None when the instance belongs to another carrier by now.
    """
    try:
        incident = _patiently(batch, state, failure, fail)
    except Exception as second:
        if infrastructure(second):
            raise
        cause = second.cause if isinstance(second, StepFailureError) else own(second)
        failure = replace(failure, cause=cause)
        incident = _patiently(batch, state, failure, ask_for_help)
    if incident is None:
        return None
    step, cause = failure.step, failure.cause
    tell_failure(batch.runtime.observe, batch.plan, failure, incident=incident)
    return Failure(state.id, step.id, step.position, code_of(cause), words_of(cause), incident)


def _patiently(batch: Batch, state: State, failure: StepFailureError, act: Act) -> bool | None:
    before = standing_of(state, failure)
    return batch.patiently([state], lambda states, _: _once(batch, states[0], failure, act, before))


def _once(
    batch: Batch, state: State, failure: StepFailureError, act: Act, before: Standing | None
) -> bool | None:
    now = standing_of(state, failure)
    if now != before:  # it was written down, and the answer to that commit was lost
        batch.members.confirm([state])
        batch.leave({state.id})
        return now is not None and now.status is StepStatus.INCIDENT
    reach, incident, settled = batch.runtime.reach, None, {state.id}
    batch.members.doubt([state])
    with batch.runtime.store.write() as session:
        if owned(session, batch.claim, [state.id]):
            attach(session, state)
            stepper = batch.stepper(session, alone=True)
            incident = act(stepper, state, failure)
            batch.members.moved([state])
            settled = batch.settle(stepper, [state])
        reach("failure.before_commit")
    batch.members.confirm([state])
    reach("failure.after_commit")
    batch.leave(settled)
    return incident
