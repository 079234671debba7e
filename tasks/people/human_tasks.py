"""Human tasks as rows: their history, their end, and the timers that go with them.

Every change leaves a `TaskEvent`; nothing here decides who gets a task (`tasks.people.holders`) or what it
asks (`tasks.people.forms`).
"""

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import bindparam, func, update
from sqlmodel import Session, col, select

from models import (
    TASK_ENDED,
    CohortSession,
    HumanTask,
    TaskEvent,
    TaskKind,
    TaskQuestion,
    TaskStatus,
    Timer,
    TimerPurpose,
    related,
)
from tasks.people.given_answers import forget_answers

SYSTEM = "system"
"""The actor of what the engine does by itself."""


def note(
    session: Session,
    task: HumanTask,
    action: str,
    at: datetime,
    *,
    by: str | None = None,
    changed: tuple[str, object, object] = ("", None, None),
    comment: str | None = None,
    key: str | None = None,
) -> TaskEvent:
    """Add to the history of a task: what happened, who did it (None: the engine), and the field that
    changed with its old and new value; `key` is what it was sent with.
    """
    field, old, new = changed
    event = TaskEvent(
        task_id=task.id,
        at=at,
        actor_id=by or SYSTEM,
        action=action,
        field=field or None,
        old=None if old is None else str(old),
        new=None if new is None else str(new),
        comment=comment,
        idempotency_key=key,
    )
    session.add(event)
    return event


def is_open(task: HumanTask) -> bool:
    """Whether somebody still has something to do."""
    return task.status not in TASK_ENDED


def change(
    session: Session, task: HumanTask, field: str, new: object, at: datetime, by: str | None = None
) -> None:
    """Set a field and keep its old and new value in the history; nothing happens if it already has the
    value.
    """
    old = getattr(task, field)
    if old == new:
        return
    setattr(task, field, new)
    session.add(task)
    note(session, task, "changed", at, by=by, changed=(field, old, new))


def end(
    session: Session,
    task: HumanTask,
    status: TaskStatus,
    at: datetime,
    *,
    by: str | None = None,
    reason: str | None = None,
) -> None:
    """Complete or cancel an open task and withdraw its timers, and the questions about it that nobody has
    answered. A task that has ended stays as it is.
    """
    if not is_open(task):
        return
    if task.status is TaskStatus.ON_HOLD:
        _withdraw_questions(session, task, at, by)
    task.status = status
    task.reason = reason
    forget_answers(session)
    if status is TaskStatus.COMPLETED:
        task.completed_at, task.completed_by = at, by
    else:
        task.cancelled_at = at
    session.add(task)
    note(session, task, status.value, at, by=by, comment=reason)
    withdraw_timers(session, task, at)


def open_questions(session: Session, task: HumanTask) -> list[TaskQuestion]:
    """The questions about a task that nobody has answered yet, oldest first."""
    query = select(TaskQuestion).where(
        TaskQuestion.task_id == task.id,
        col(TaskQuestion.answered_at).is_(None),
        col(TaskQuestion.withdrawn_at).is_(None),
    )
    return list(session.exec(query.order_by(col(TaskQuestion.id))))


def _withdraw_questions(session: Session, task: HumanTask, at: datetime, by: str | None) -> None:
    for row in open_questions(session, task):
        row.withdrawn_at = at
        session.add(row)
        question = session.get_one(HumanTask, row.question_id, with_for_update={"key_share": True})
        why = "The task that it was about has ended"
        end(session, question, TaskStatus.CANCELLED, at, by=by, reason=why)


def withdraw_timers(
    session: Session, task: HumanTask, at: datetime, purposes: Sequence[TimerPurpose] = ()
) -> None:
    """Withdraw the timers of a task that have not fired yet: all of them, or those of some purposes."""
    if task.step_run_id is None:
        return
    if isinstance(session, CohortSession) and session.alone_with(Timer, task.step_run_id):
        # one statement, whatever there is; nobody here has these rows in hand
        keys = {"run": task.step_run_id, "keys": f"{task.id}:%", "at": at}
        session.connection().execute(_withdrawing(tuple(purposes)), keys)
        return
    for timer in open_timers(session, task.step_run_id):
        if timer.key.startswith(f"{task.id}:") and (not purposes or timer.purpose in purposes):
            timer.withdrawn_at = at
            session.add(timer)


@cache
def _withdrawing(purposes: Sequence[TimerPurpose]) -> Any:
    """Said so that only the index of step runs fits: that of open timers has those of every case that waits,
    and looks small to a database that has not counted them lately.
    """
    open_ones = update(Timer).where(
        col(Timer.step_run_id) == bindparam("run"),
        col(Timer.key).like(bindparam("keys")),
        func.coalesce(Timer.fired_at, Timer.withdrawn_at).is_(None),
    )
    if purposes:
        open_ones = open_ones.where(col(Timer.purpose).in_(purposes))
    return open_ones.values(withdrawn_at=bindparam("at"))


def open_timers(session: Session, step_run_id: str) -> list[Timer]:
    """The timers of a step run that have neither fired nor been withdrawn."""
    timers = related(session, Timer, step_run_id=step_run_id)
    return [timer for timer in timers if timer.fired_at is None and timer.withdrawn_at is None]


def tasks_of(session: Session, step_run_id: str, *kinds: TaskKind) -> list[HumanTask]:
    """The human tasks of a step run, oldest first; with `kinds`, only those."""
    found = related(session, HumanTask, step_run_id=step_run_id)
    wanted = [task for task in found if not kinds or task.kind in kinds]
    return sorted(wanted, key=lambda task: (task.created_at, task.id))


def handover_of(session: Session, step_run_id: str) -> HumanTask | None:
    """The latest handover of a step run: while it is open a person does what the step could not."""
    found = tasks_of(session, step_run_id, TaskKind.HANDOVER)
    return found[-1] if found else None
