"""A human task on somebody's desk: finding it for a command, who may work on it, and what a refused command
says.

Messages of these errors name rules and ids; they repeat nothing that was typed as an answer.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam
from sqlmodel import Session, col, select

from flows.errors import FlowError
from models import (
    Case,
    Delegation,
    GroupRole,
    HumanTask,
    Staff,
    StaffGroup,
    TaskStatus,
    TimerPurpose,
    WakeKind,
    record_wake,
)
from tasks.history import Happening, add_entry
from tasks.people.holders import belongs
from tasks.people.human_tasks import is_open, note, withdraw_timers

LEADERS = (GroupRole.LEAD, GroupRole.SUPERVISOR, GroupRole.MANAGER)
OPERATOR = "system:operator"
"""Who did it when a command names no member of staff."""

_ASKED: Final[Any] = (
    select(HumanTask, select(Staff.active).where(Staff.id == bindparam("by")).scalar_subquery())
    .where(HumanTask.id == bindparam("task"))
    .with_for_update(of=HumanTask, key_share=True)
)
"""A task, locked, and whether a member of staff is active. Made once: commands of people begin so, and making
a statement takes as long as sending it.
"""


class InboxError(FlowError):
    """A command of a person was refused; nothing was changed unless the error says so."""


class UnknownTaskError(InboxError):
    """There is no such human task."""


class NotAllowedError(InboxError):
    """This person may not do this with this task."""


class ConflictError(InboxError):
    """Somebody was first: the task was taken, or completed with other answers."""


class ChangedError(ConflictError):
    """It is not as it was read any more: somebody has changed it since."""


class TaskEndedError(InboxError):
    """The task has ended another way. What was sent is kept in its history and counts for nothing."""


def find(session: Session, task_id: str, by: str | None) -> HumanTask:
    """The task, locked for this transaction, for somebody who may work on it."""
    found = session.execute(_ASKED, {"task": task_id, "by": by}).first()
    if found is None:
        raise UnknownTaskError(f"there is no task {task_id}; `casewright tasks` lists the open ones")
    task: HumanTask = found[0]
    _check(task, by, active=bool(found[1]))
    if not may_work(session, task, by):
        raise NotAllowedError(
            f"task {task.id} is not with you or your team; its holder or a supervisor can reassign it"
        )
    return task


def find_open(session: Session, task_id: str, by: str | None) -> HumanTask:
    """`find`, refusing a task that has ended."""
    task = find(session, task_id, by)
    if not is_open(task):
        raise TaskEndedError(ended(task))
    return task


def ended(task: HumanTask) -> str:
    """Why a task takes no more answers."""
    why = f": {task.reason}" if task.reason else ""
    return f"task {task.id} was ended as {task.status.value}{why}"


def active_staff(session: Session, staff_id: str) -> Staff:
    """A member of the staff who works here; NotAllowedError for anybody else."""
    staff = session.get(Staff, staff_id)
    if staff is None or not staff.active:
        raise NotAllowedError(f"{staff_id} is not an active member of the staff")
    return staff


def check_actor(session: Session, task: HumanTask, by: str | None) -> None:
    """Refuse somebody who is no active member of the staff, or excluded from this task (four eyes)."""
    staff = None if by is None else session.get(Staff, by)
    _check(task, by, active=staff is not None and staff.active)


def _check(task: HumanTask, by: str | None, *, active: bool) -> None:
    if by is None:
        if task.excluded_ids:
            raise NotAllowedError(f"task {task.id} needs four eyes; say who does it")
        return
    if not active:
        raise NotAllowedError(f"{by} is not an active member of the staff")
    if by in task.excluded_ids:
        raise NotAllowedError(f"task {task.id} needs four eyes: somebody else has to do it")


def may_work(session: Session, task: HumanTask, by: str | None) -> bool:
    """Whether this person may work on the task: its holder or their cover, whoever has delegated it, the
    group it was offered to, whoever was told of it, or somebody who leads the team or the case. None is the
    operator of the command line.
    """
    if by is None or by in (task.assignee_id, task.owner_id) or offered(session, task, by):
        return True
    holder = None if task.assignee_id is None else session.get(Staff, task.assignee_id)
    if holder is not None and by in (holder.cover_id, holder.supervisor_id):
        return True
    case = None if task.case_id is None else session.get(Case, task.case_id)
    if case is not None and by in (case.worker_id, case.supervisor_id):
        return True
    teams = [team for team in (task.candidate_group, case.team if case else None) if team]
    if _leads(session, by, teams) or (task.assignee_id is None and task.candidate_group is None):
        return True
    return _delegated(session, task, by)


def _delegated(session: Session, task: HumanTask, by: str) -> bool:
    query = select(Delegation.id).where(
        Delegation.task_id == task.id, Delegation.from_id == by, col(Delegation.ended_at).is_(None)
    )
    return session.exec(query).first() is not None


def offered(session: Session, task: HumanTask, by: str) -> bool:
    """Whether the task was offered to this person: through a group, or on the way up a ladder."""
    groups = [mark.removeprefix("group:") for mark in task.escalated_to if mark.startswith("group:")]
    if task.candidate_group is not None:
        groups.append(task.candidate_group)
    return by in task.escalated_to or any(belongs(session, by, group) for group in groups)


def _leads(session: Session, by: str, teams: list[str]) -> bool:
    query = select(StaffGroup.id).where(
        StaffGroup.staff_id == by, col(StaffGroup.group).in_(teams), col(StaffGroup.role).in_(LEADERS)
    )
    return session.exec(query).first() is not None


def zone_of(task: HumanTask) -> str:
    """The time zone of the process that asked."""
    return str(task.details.get("zone", "UTC"))


def wake(
    session: Session, task: HumanTask, cause: str, kind: WakeKind, detail: Mapping[str, Any], now: datetime
) -> None:
    """Wake the task's instance, if it has one, once per cause."""
    if task.instance_id is not None:
        about = {"task": task.id, "step_run": task.step_run_id, **detail}
        record_wake(session, task.instance_id, cause, kind, about, now)


def tell_case(
    session: Session,
    task: HumanTask,
    kind: Happening,
    title: str,
    now: datetime,
    by: str | None,
    detail: str = "",
) -> None:
    """Add to the chronology of the task's case, if it has one."""
    if task.case_id is None:
        return
    add_entry(
        session,
        task.case_id,
        kind,
        title,
        now=now,
        zone=ZoneInfo(zone_of(task)),
        by=by or OPERATOR,
        detail=detail,
        record=("HumanTask", task.id),
    )


def mark_accepted(session: Session, task: HumanTask, by: str | None, now: datetime) -> None:
    """Somebody has accepted the task: those who would be asked next are not. Once."""
    if task.accepted_at is not None:
        return
    task.accepted_at = now
    if task.status is not TaskStatus.ON_HOLD:  # information is still awaited
        task.status = TaskStatus.ACCEPTED
    session.add(task)
    note(session, task, "accepted", now, by=by)
    withdraw_timers(session, task, now, (TimerPurpose.NOT_ACCEPTED,))
    wake(session, task, f"accepted:{task.id}", WakeKind.ANSWER, {}, now)


def to_be_accepted(task: HumanTask) -> None:
    """Somebody else has the task now and has not accepted it yet. Information that it waits for is awaited
    all the same.
    """
    task.accepted_at = None
    if task.status is not TaskStatus.ON_HOLD:
        task.status = TaskStatus.REQUESTED


def keep_late(
    session: Session, task: HumanTask, answers: Mapping[str, object], now: datetime, by: str | None
) -> None:
    """Keep answers that came after the task had ended, in its history: they are shown and wake nothing
    (engine.md R1.4).
    """
    for name, value in answers.items():
        written = json.dumps(value, ensure_ascii=False, default=str)
        note(session, task, "late_answer", now, by=by, changed=(str(name)[:200], None, written[:10_000]))
