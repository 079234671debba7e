"""Going on after an incident: a step that had begun before it goes on from where it stood; one that had not
is begun.

Without this, trying again would ask a person a second time for what they had answered.
"""

from collections.abc import Mapping
from typing import Any

from sqlmodel import Session

from flows.steps.failure import StepFailureError
from flows.steps.skipping import skip_of
from flows.steps.state import State
from models import StepRun, StepStatus, Timer, WaitsFor, WakeKind
from tasks.result import DefiniteFailure

TIME_LIMIT = "time_limit"
"""The code of the error of a step that has not ended in time."""


def standing(state: State, run: StepRun | None, failure: StepFailureError) -> dict[str, Any]:
    """What an incident keeps of the moment before it, as JSON: the state of the step run, the timer that
    failed, the corrections that could not be applied. Empty where the step is to be begun again.
    """
    changes = {"changes": [wake.detail for wake in state.changes]} if state.changes else {}
    if run is None or not failure.resuming or isinstance(failure.cause, DefiniteFailure):
        return changes
    too_late = getattr(failure.cause, "code", None) == TIME_LIMIT  # then the step failed, not the timer
    timers = {"timers": [failure.timer]} if failure.timer is not None and not too_late else {}
    if run.status is StepStatus.INCIDENT:
        return {**_kept(state, run), **timers, **changes}
    waits = {"waits_for": run.waits_for.value} if run.waits_for is not None else {}
    return {"was": run.status.value, **waits, **timers, **changes}


def together(first: Mapping[str, Any], second: Mapping[str, Any]) -> dict[str, Any]:
    """What an open incident keeps when something else goes wrong with its step run meanwhile."""
    lists = {
        name: [
            *first.get(name, ()),
            *(each for each in second.get(name, ()) if each not in first.get(name, ())),
        ]
        for name in ("timers", "changes")
        if name in first or name in second
    }
    return {**second, **first, **lists}


def restore(session: Session, state: State) -> bool:
    """Put the step runs that are to be tried again back to where they stood before their incident; timers
    that failed are fired once more. False when there are none.
    """
    found = False
    for run in [*state.runs.values()]:
        kept = _kept(state, run) if run.status is StepStatus.INCIDENT else {}
        if kept and skip_of(state, run) is None:
            run.status = StepStatus(kept["was"])
            run.waits_for = WaitsFor(kept["waits_for"]) if "waits_for" in kept else None
            run.error = run.error_code = None
            session.add(run)
            for timer_id in kept.get("timers", ()):
                _fire_again(session, state, timer_id)
            found = True
    return found


def _kept(state: State, run: StepRun) -> dict[str, Any]:
    for wake in state.wakes:
        if wake.kind is WakeKind.RETRY and wake.detail.get("step_run") == run.id and "was" in wake.detail:
            return {name: wake.detail[name] for name in ("was", "waits_for", "timers") if name in wake.detail}
    return {}


def _fire_again(session: Session, state: State, timer_id: str) -> None:
    timer = session.get(Timer, timer_id)
    if timer is not None and timer.withdrawn_at is None and timer not in state.timers:
        timer.handled_at = None
        session.add(timer)
        state.timers.append(timer)
