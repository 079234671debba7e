"""Commands about who has a human task: claim, accept, release, reassign, cancel. Each is one
transaction.
"""

from datetime import datetime

from sqlmodel import Session

from flows.inbox.commands import command
from flows.inbox.desk import (
    ConflictError,
    InboxError,
    NotAllowedError,
    active_staff,
    find_open,
    mark_accepted,
    offered,
    tell_case,
    to_be_accepted,
    wake,
)
from flows.inbox.task.four_eyes import kept_from
from flows.inbox.task.sharing import end_delegation
from models import Appointment, Case, HumanTask, Store, TaskKind, TaskStatus, WakeKind
from tasks.history import Happening
from tasks.people.appointments import cancel_standing, standing
from tasks.people.holders import knowing
from tasks.people.human_tasks import change, end, note
from tasks.people.questions import taken_back


@command
def claim(store: Store, task_id: str, *, by: str, now: datetime) -> HumanTask:
    """Take a task that was offered to one's group or up a ladder; of two who try, one wins (G6). Again
    changes nothing.

    ConflictError when somebody else has accepted it; NotAllowedError when it was not offered.
    """
    with store.write("wake") as session:
        task = find_open(session, task_id, by)
        if task.assignee_id == by:
            mark_accepted(session, task, by, now)
            return task
        if task.assignee_id is not None and (task.accepted_at is not None or not offered(session, task, by)):
            raise ConflictError(f"task {task.id} is with somebody else; a supervisor can reassign it")
        if task.assignee_id is None and task.candidate_group is not None and not offered(session, task, by):
            raise NotAllowedError(
                f"task {task.id} was offered to {task.candidate_group}; you do not work there"
            )
        if task.assignee_id is not None:
            end_delegation(session, task.id, now)
        change(session, task, "assignee_id", by, now, by)
        if "appointment" in task.details:
            _follow_holder(session, standing(session, task), by)
        mark_accepted(session, task, by, now)
        return task


def accept(store: Store, task_id: str, *, by: str, now: datetime) -> HumanTask:
    """Accept a task that one was given; the ladder of those who would be asked next ends. Again changes
    nothing.
    """
    return claim(store, task_id, by=by, now=now)


@command
def release(store: Store, task_id: str, *, by: str, now: datetime, reason: str | None = None) -> HumanTask:
    """Put a task back into the queue of its group, or of the case's team."""
    with store.write("wake") as session:
        task = find_open(session, task_id, by)
        if task.assignee_id is None:
            return task
        if task.assignee_id != by:
            raise NotAllowedError(f"task {task.id} is not with you; a supervisor can reassign it")
        case = None if task.case_id is None else session.get(Case, task.case_id)
        group = task.candidate_group or (case.team if case else None)
        if group is None:
            raise NotAllowedError(f"task {task.id} has no team to go back to; reassign it to somebody")
        _give(session, task, None, group, now, by, reason)
        return task


@command
def reassign(
    store: Store,
    task_id: str,
    *,
    by: str | None,
    now: datetime,
    to: str | None = None,
    group: str | None = None,
    reason: str | None = None,
) -> HumanTask:
    """Give a task to another person (`to`, a staff id) or into the queue of a group. It has to be accepted
    anew.
    """
    if (to is None) == (group is None):
        raise InboxError("a task is reassigned to a person or to a group; name one of both")
    with store.write("wake") as session:
        task = find_open(session, task_id, by)
        if to is not None:
            active_staff(session, to)
            if kept_from(session, task, to, instead_of=task.assignee_id):
                raise NotAllowedError(f"task {task.id} needs four eyes: {to} is excluded from it")
            _refuse_conflict(session, task, to)
            _follow_holder(session, standing(session, task), to)
        _give(session, task, to, group, now, by, reason)
        return task


@command
def cancel_task(store: Store, task_id: str, reason: str, *, by: str | None, now: datetime) -> HumanTask:
    """End a task without it being done. Its appointment is cancelled with it; its step goes on by
    `otherwise`, or asks.
    """
    if not reason.strip():
        raise InboxError("cancelling a task needs a reason")
    with store.write("wake") as session:
        task = find_open(session, task_id, by)
        if cancel_standing(session, task, reason, now):
            tell_case(
                session, task, Happening.APPOINTMENT_CANCELLED, "Appointment cancelled", now, by, reason
            )
            gone = {
                "step": task.step,
                "iteration": task.iteration,
                "output": "appointment",
                "reason": reason,
            }
            wake(session, task, f"unbooked:{task.id}", WakeKind.CHANGED, gone, now)
        end(session, task, TaskStatus.CANCELLED, now, by=by, reason=reason)
        if task.kind is TaskKind.QUESTION:
            taken_back(session, task, now)
        wake(session, task, f"cancelled:{task.id}", WakeKind.ANSWER, {}, now)
        return task


def _give(
    session: Session,
    task: HumanTask,
    to: str | None,
    group: str | None,
    now: datetime,
    by: str | None,
    reason: str | None,
) -> None:
    end_delegation(session, task.id, now)
    change(session, task, "assignee_id", to, now, by)
    change(session, task, "candidate_group", group, now, by)
    to_be_accepted(task)
    session.add(task)
    note(session, task, "reassigned", now, by=by, comment=reason)


def _refuse_conflict(session: Session, task: HumanTask, to: str) -> None:
    case = None if task.case_id is None else session.get(Case, task.case_id)
    if case is not None and to in knowing(session, case.client_id):
        raise NotAllowedError(f"task {task.id} is not for {to}; give it to somebody else")


def _follow_holder(session: Session, appointment: Appointment | None, to: str) -> None:
    if appointment is not None:
        appointment.worker_id = to
        session.add(appointment)
