"""The clocks of a step run: those of its `once`, of its time limit, and of a block that may be left."""

from collections.abc import Set
from datetime import datetime
from typing import Final

from sqlmodel import Session

from definitions.time.calendars import Due
from flows.steps.iterations import parent_of
from flows.steps.state import State
from models import StepRun, Timer, TimerPurpose, related
from tasks.call import Call
from tasks.people.human_tasks import open_timers

OF_THE_WAIT: Final = frozenset(
    {
        TimerPurpose.SILENCE,
        TimerPurpose.DEADLINE,
        TimerPurpose.RETRY,
        TimerPurpose.TIME_LIMIT,
        TimerPurpose.WAIT,
    }
)
"""Timers that end with the step's wait; the others end with the human task or the record they belong to."""


def timer_of(call: Call, purpose: TimerPurpose, key: str, due: Due) -> Timer:
    """A timer of the call's step run; its key makes it fire once."""
    return Timer(
        id=call.new_id(),
        instance_id=call.instance.id,
        step_run_id=call.run.id,
        purpose=purpose,
        key=key,
        due_at=due.moment_utc,
        wall=due.wall,
        created_at=call.now,
    )


def watch_deadline(call: Call) -> None:
    """Start the clock of `deadline`; a step run that waits a second time keeps the first one's."""
    key, deadline = f"{call.run.id}:deadline", call.step.deadline
    if deadline is None:
        return
    timers = related(call.session, Timer, step_run_id=call.run.id)
    known = next((each for each in timers if each.key == key), None)
    if known is None:
        due = call.moment(deadline.after)
        call.session.add(timer_of(call, TimerPurpose.DEADLINE, key, due))
    elif known.fired_at is None:
        known.withdrawn_at = None
        call.session.add(known)


def watch_time(state: State, call: Call) -> datetime | None:
    """Start the clock of `time_limit` unless it runs; says when it runs out. Iterations go by that of their
    loop. After an incident the step gets as long again.
    """
    limit = call.step.time_limit
    owner = parent_of(state, call.step, call.run) or call.run
    if limit is None:
        return None
    timers = related(call.session, Timer, step_run_id=owner.id)
    known = [each for each in timers if each.purpose is TimerPurpose.TIME_LIMIT]
    running = next((each for each in known if each.fired_at is None and each.withdrawn_at is None), None)
    if running is not None or owner is not call.run:
        return None if running is None else running.due_at
    key = f"{owner.id}:time_limit:{len(known) + 1}"
    timer = timer_of(call, TimerPurpose.TIME_LIMIT, key, call.moment(limit))
    call.session.add(timer)
    return timer.due_at


def watch_block(call: Call, due: Due) -> None:
    """Start the clock after which a block is left; one that goes on after it had ended has a new one."""
    timers = related(call.session, Timer, step_run_id=call.run.id)
    number = sum(1 for each in timers if each.purpose is TimerPurpose.DEADLINE) + 1
    call.session.add(timer_of(call, TimerPurpose.DEADLINE, f"{call.run.id}:leave:{number}", due))


def stop_waiting(
    session: Session, run: StepRun, now: datetime, purposes: Set[TimerPurpose] = OF_THE_WAIT
) -> None:
    """Withdraw the clocks of a wait that is over."""
    for timer in open_timers(session, run.id):
        if timer.purpose in purposes:
            timer.withdrawn_at = now
            session.add(timer)


def stop_trying(session: Session, run: StepRun, now: datetime) -> None:
    """A person is asked about the step run: it is not tried again by itself."""
    stop_waiting(session, run, now, frozenset({TimerPurpose.RETRY}))
