"""What happens when the time of a human task or of a waiting step has come: reminders, escalation, ladders,
deadlines.
"""

from datetime import timedelta

from definitions.arguments import Recipient
from models import HumanTask, StepStatus, TaskKind, TaskStatus, Timer, TimerPurpose
from tasks.call import Call
from tasks.history import Happening, chronicle
from tasks.people.appointments import booked
from tasks.people.asking import ask
from tasks.people.forms import choice_item, text_item
from tasks.people.holders import Chosen, resolve
from tasks.people.human_tasks import is_open, note, tasks_of
from tasks.people.notices import send_notice
from tasks.people.task_timers import climb_again
from tasks.timers import on_timer

DECISION = "decision"
GO_ON = "go_on"
KEEP_WAITING = "keep_waiting"
SOONEST_AGAIN, LATEST_AGAIN = timedelta(days=7), timedelta(days=90)
"""When a deadline that has passed is brought up again, while its step still waits."""


@on_timer(TimerPurpose.REMIND)
def remind(call: Call, timer: Timer) -> None:
    """Remind whoever holds the task, if it is still open."""
    task = _open_task(call, timer)
    if task is not None:
        note(call.session, task, "reminded", call.now)
        send_notice(call, task, "reminded", turn=timer.id)


@on_timer(TimerPurpose.DUE)
def due(call: Call, timer: Timer) -> None:
    """Mark in the history that the task, or the booking of its appointment, is overdue; its holder is
    told.
    """
    task = _open_task(call, timer)
    if task is None or (timer.detail.get("what") == "book_by" and booked(call.session, task)):
        return
    event = "book_by" if timer.detail.get("what") == "book_by" else "overdue"
    note(call.session, task, event, call.now, changed=("due_at", None, timer.wall))
    send_notice(call, task, event, turn=timer.id)


@on_timer(TimerPurpose.ESCALATE)
def escalate(call: Call, timer: Timer) -> None:
    """Tell the next person that an open task is overdue. The task stays where it is; they may take it."""
    task = _open_task(call, timer)
    if task is None:
        return
    told = resolve(call, Recipient.read(timer.detail["to"]), excluded=task.excluded_ids)
    _let_take(task, told)
    call.session.add(task)
    note(
        call.session,
        task,
        "escalated",
        call.now,
        changed=("escalated_to", None, told.mark),
        comment=told.note or None,
    )
    chronicle(
        call,
        Happening.TASK_ESCALATED,
        f"Overdue: {task.title}",
        f"Due {task.due_wall}; the {told.role} was told",
        record=("HumanTask", task.id),
    )
    send_notice(call, task, "escalated", to=told, turn=timer.id)


@on_timer(TimerPurpose.NOT_ACCEPTED)
def not_accepted(call: Call, timer: Timer) -> None:
    """Offer a task that nobody has accepted to the next rung. Whoever had it before may still accept it."""
    task = _open_task(call, timer)
    if task is None or task.accepted_at is not None:
        return
    before = Chosen(task.assignee_id, task.candidate_group, "")
    told = resolve(call, Recipient.read(timer.detail["to"]), excluded=task.excluded_ids)
    _let_take(task, before)
    task.assignee_id, task.candidate_group = told.staff_id, told.group
    call.session.add(task)
    note(
        call.session,
        task,
        "offered",
        call.now,
        changed=("holder", before.mark, told.mark),
        comment=told.note or None,
    )
    send_notice(call, task, "offered", turn=timer.id)
    if timer.detail.get("again"):
        climb_again(call, task, timer)


@on_timer(TimerPurpose.DEADLINE)
def deadline(call: Call, timer: Timer) -> None:
    """Ask a person what happens now that the condition did not hold in time. Nothing is approved by time
    itself.

    While the step waits on, the question is put again after as long as it has waited, so that nothing is
    forgotten.
    """
    limit = call.step.deadline
    if limit is None or call.run.status is not StepStatus.WAITING:
        return
    _ask_again_later(call, timer)
    if any(is_open(task) for task in tasks_of(call.session, call.run.id, TaskKind.DECISION)):
        return
    then = limit.then
    title = call.text(then.title) if then.title is not None else f"{call.step.title}: decide how it goes on"
    task = ask(call, to=then.assign, kind=TaskKind.DECISION, title=title, form=decision_form(call))
    what = f"Deadline passed: {call.step.title}"
    chronicle(call, Happening.DEADLINE_PASSED, what, record=("HumanTask", task.id))
    send_notice(call, task, "told")


def _ask_again_later(call: Call, fired: Timer) -> None:
    turn = int(fired.detail.get("turn", 1)) + 1
    waited = min(max(call.now - call.run.started_at, SOONEST_AGAIN), LATEST_AGAIN)
    due = call.calendar.at(call.now + waited)
    call.session.add(
        Timer(
            id=call.new_id(),
            instance_id=call.instance.id,
            step_run_id=call.run.id,
            purpose=TimerPurpose.DEADLINE,
            key=f"{call.run.id}:deadline:{turn}",
            due_at=due.moment_utc,
            wall=due.wall,
            detail={"turn": turn},
            created_at=call.now,
        )
    )


def decision_form(call: Call) -> list[dict[str, object]]:
    """The form of the task that a passed deadline makes."""
    options = {KEEP_WAITING: "Keep waiting", GO_ON: "Do the step now, without waiting any longer"}
    return [
        choice_item(call, DECISION, "How does it go on?", options),
        text_item(call, "reason", "Why?"),
    ]


def decided(call: Call) -> str | None:
    """What a person decided after the deadline of the step: `GO_ON`, `KEEP_WAITING`, or None while nobody
    has.
    """
    done = [
        task
        for task in tasks_of(call.session, call.run.id, TaskKind.DECISION)
        if task.status is TaskStatus.COMPLETED and task.outcome
    ]
    return str(done[-1].outcome["answers"][DECISION]) if done and done[-1].outcome else None


def _open_task(call: Call, timer: Timer) -> HumanTask | None:
    task = call.session.get(HumanTask, timer.detail["task"])
    return task if task is not None and is_open(task) else None


def _let_take(task: HumanTask, chosen: Chosen) -> None:
    fresh = [mark for mark in chosen.marks if mark not in task.escalated_to]
    if fresh:
        task.escalated_to = [*task.escalated_to, *fresh]
