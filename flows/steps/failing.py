"""What becomes of a step that went wrong: a person takes over, another try later, or an incident.

Everything here happens in a transaction of its own, after the step's was rolled back.
"""

from flows.incidents import code_of, open_incident, raise_incident, words_of
from flows.steps.alerts import is_alert
from flows.steps.blocks import leave
from flows.steps.failure import StepFailureError
from flows.steps.retrying import standing, together
from flows.steps.scopes import EXIT, under_way, within
from flows.steps.state import State
from flows.steps.stepping import HANDOVER, Stepper
from flows.steps.superseding import consume
from flows.steps.trying import next_try
from flows.steps.watching import stop_trying, timer_of, watch_time
from flows.steps.withdrawing import cancel_run
from models import TimerPurpose, WaitsFor
from tasks.result import DefiniteFailure


def fail(stepper: Stepper, state: State, failure: StepFailureError) -> bool:
    """Write down a step's own error after its transaction was rolled back: `otherwise`, another try
    later, or an incident (then True)."""
    step, cause = failure.step, failure.cause
    run = state.run(step.id, failure.iteration)
    handed = run is not None and HANDOVER in run.outputs
    if state.changes:  # a correction could not be applied: no rule of a step foresees that
        return ask_for_help(stepper, state, failure)
    if isinstance(cause, DefiniteFailure) and step.otherwise is not None and not handed:
        _mark_failed(stepper, state, failure)
        run = run or stepper.new_run(state, step, failure.iteration)
        stepper.take_over(stepper.call(state, step, run), cause)
        return False
    foreseen = isinstance(cause, DefiniteFailure) or failure.timer is not None  # a timer is not fired later
    if not foreseen and _try_later(stepper, state, failure):
        return False
    if _caught(stepper, state, failure):
        return False
    return ask_for_help(stepper, state, failure)


def _caught(stepper: Stepper, state: State, failure: StepFailureError) -> bool:
    """Leave the innermost block around the step, or the block that it is, that says what to do `on_error`;
    the step is withdrawn with its error. False where there is none, and for an alert: a person hears of that.
    """
    plan, step = stepper.plan, failure.step
    if is_alert(step) or step.undoes is not None:  # the blocks around what undoes are over
        return False
    for name in (step.id, *plan.around(step)):
        block = plan.step(name)
        run = state.run(name, within(failure.iteration, block.depth))
        catches = block.block is not None and block.block.exit("on_error") is not None
        if catches and run is not None and under_way(run) and EXIT not in run.outputs:
            _mark_failed(stepper, state, failure)
            if name != step.id:
                failed = state.run(step.id, failure.iteration) or stepper.new_run(
                    state, step, failure.iteration
                )
                failed.error_code, failed.error = code_of(failure.cause), words_of(failure.cause)
                cancel_run(stepper, state, step, failed, f"it went wrong, and `{name}` was left for it")
            state.failed.discard((step.id, failure.iteration))
            leave(stepper, state, block, run, "on_error")
            return True
    return False


def ask_for_help(stepper: Stepper, state: State, failure: StepFailureError) -> bool:
    """Ask a person: the instance keeps its place. One who is asked about this step run already is not asked
    again. Always True.
    """
    step = failure.step
    run = state.run(step.id, failure.iteration)
    again = standing(state, run, failure)
    _mark_failed(stepper, state, failure)
    run = run or stepper.new_run(state, step, failure.iteration)
    stop_trying(stepper.session, run, stepper.runtime.clock())
    known = open_incident(stepper.session, run.id)
    if known is not None:
        known.details = {**known.details, "again": together(known.details.get("again", {}), again)}
        stepper.session.add(known)
        return True
    raise_incident(
        stepper.session, stepper.runtime, stepper.plan, state, run, failure.cause, failure.inputs, again
    )
    return True


def _try_later(stepper: Stepper, state: State, failure: StepFailureError) -> bool:
    step, code = failure.step, code_of(failure.cause)
    run = state.run(step.id, failure.iteration)
    tried = 1 + (run.generation if run is not None else 0)
    if step.retry is None or tried >= step.retry.attempts:
        return False
    run = run or stepper.new_run(state, step, failure.iteration)
    call = stepper.call(state, step, run)
    due = next_try(
        step.retry,
        failed=tried,
        code=code,
        now=call.now,
        calendar=call.calendar,
        draw=stepper.runtime.draw(f"{run.id}:{tried}"),
        until=watch_time(state, call),
    )
    if due is None:
        return False
    _mark_failed(stepper, state, failure)
    run.generation, run.error_code, run.error = tried, code, words_of(failure.cause)
    if not failure.resuming:
        stepper.wait(call, WaitsFor.TIMER)
    stepper.session.add(timer_of(call, TimerPurpose.RETRY, f"{run.id}:retry:{tried}", due))
    stepper.session.add(run)
    return True


def _mark_failed(stepper: Stepper, state: State, failure: StepFailureError) -> None:
    """The step is not tried again in this pass. A timer or a correction that failed counts as handled, or
    it would fail for ever; the incident keeps what is needed to do it again.
    """
    state.failed.add((failure.step.id, failure.iteration))
    for wake in state.changes:
        consume(stepper, wake)
    state.changes.clear()
    for timer in [each for each in state.timers if each.id == failure.timer]:
        timer.handled_at = stepper.runtime.clock()
        stepper.session.add(timer)
        state.timers.remove(timer)
