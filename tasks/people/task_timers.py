"""The timers that go with a human task: book-by, due, reminders, escalation, and the ladder while nobody has
accepted.

Each is a row whose key starts with the task's id, so it fires once and ends with the task. What a fired timer
does is written in `tasks.timers`; the row says all it needs, so that a person can read why somebody was told.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from definitions.arguments import Clock, Recipient
from definitions.schema import NotAccepted
from definitions.time.calendars import Due
from models import HumanTask, Timer, TimerPurpose
from tasks.call import Call

ROUND_GAP = timedelta(days=1)
"""The longest pause between two rounds of a ladder that goes on until somebody accepts."""
SHORTEST_GAP = timedelta(minutes=5)


def recipient_text(recipient: Recipient) -> str:
    """The recipient as it was written, so that `Recipient.read` gives it back."""
    if recipient.expression is not None:
        return f"= {recipient.expression.text}"
    if recipient.group is not None:
        return f"group {recipient.group}"
    return (" and " if recipient.every else " or ").join(recipient.roles)


def set_timer(
    call: Call,
    task: HumanTask,
    purpose: TimerPurpose,
    name: str,
    due: Due,
    detail: Mapping[str, object] | None = None,
) -> Timer:
    """Insert a timer for a task; `name` tells several of one purpose apart."""
    timer = Timer(
        id=call.new_id(),
        instance_id=call.instance.id,
        step_run_id=call.run.id,
        purpose=purpose,
        key=f"{task.id}:{name}",
        due_at=due.moment_utc,
        wall=due.wall,
        detail={"task": task.id, **(detail or {})},
        created_at=call.now,
    )
    call.session.add(timer)
    return timer


def follow(call: Call, task: HumanTask, book_by: Clock | None = None) -> None:
    """Give the task the step's due date and insert the timers that the step names.

    A reminder whose time has passed already is left out: the task itself has just said the same.
    """
    step = call.step
    if book_by is not None:
        limit = call.moment(book_by)
        task.book_by = limit.moment_utc
        set_timer(call, task, TimerPurpose.DUE, "book_by", limit, {"what": "book_by"})
    due = None if step.due is None else call.moment(step.due)
    if due is not None:
        task.due_at, task.due_wall = due.moment_utc, due.wall
        set_timer(call, task, TimerPurpose.DUE, "due", due, {"what": "due"})
    _remind(call, task, due)
    if due is not None:
        for index, rung in enumerate(step.escalate):
            passed = call.calendar.add(due.moment_utc, rung.overdue.parsed.amount, rung.overdue.parsed.unit)
            told = {"to": recipient_text(rung.to)}
            set_timer(call, task, TimerPurpose.ESCALATE, f"escalate:{index}", passed, told)
    climb(call, task, step.not_accepted)


def _remind(call: Call, task: HumanTask, due: Due | None) -> None:
    for index, clock in enumerate(call.step.remind):
        moment = call.moment(clock, due=None if due is None else due.moment_utc)
        if moment.moment_utc > call.now:
            set_timer(call, task, TimerPurpose.REMIND, f"remind:{index}", moment)


def climb(call: Call, task: HumanTask, ladder: Sequence[NotAccepted], *, again: bool = False) -> None:
    """Insert the rungs of a ladder; each counts from when the task was made. With `again`, it starts over
    until somebody accepts, at growing intervals of at most `ROUND_GAP` between two rounds."""
    for index, rung in enumerate(ladder):
        due = call.moment(rung.after)
        detail: dict[str, object] = {
            "to": recipient_text(rung.to),
            "rung": index,
            "round": 1,
            "offset": (due.moment_utc - call.now).total_seconds(),
            "again": again,
        }
        set_timer(call, task, TimerPurpose.NOT_ACCEPTED, f"not_accepted:1:{index}", due, detail)


def climb_again(call: Call, task: HumanTask, fired: Timer) -> None:
    """After a rung that starts over: the same rung of the next round, later by a doubled interval."""
    turn = int(fired.detail["round"]) + 1
    first = max(timedelta(seconds=float(fired.detail["offset"])), SHORTEST_GAP)
    gap = min(first * 2 ** min(turn, 20), ROUND_GAP)
    due = call.calendar.at(_later(fired.due_at, gap, call.now))
    name = f"not_accepted:{turn}:{fired.detail['rung']}"
    set_timer(call, task, TimerPurpose.NOT_ACCEPTED, name, due, {**fired.detail, "round": turn})


def _later(due: datetime, gap: timedelta, now: datetime) -> datetime:
    """`gap` after the moment it was due; after an outage the rounds that were missed are left out."""
    return due + gap if due + gap > now else now + gap
