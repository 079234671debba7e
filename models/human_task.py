"""Human tasks: what people are asked to do, and the history of it."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, Index, Text, text
from sqlmodel import Field

from models.base import Json, Revised, Trace, UtcDateTime, link, one_of


class TaskKind(StrEnum):
    """What a human task is for."""

    ASSIGNMENT = "assignment"
    CHECKLIST = "checklist"
    REFERRAL = "referral"
    CHASE = "chase"
    REVIEW = "review"
    APPROVAL = "approval"
    INCIDENT = "incident"
    NOTICE = "notice"
    HANDOVER = "handover"
    DECISION = "decision"
    QUESTION = "question"


class TaskStatus(StrEnum):
    """The words of FHIR Task, where they fit (domain.md)."""

    REQUESTED = "requested"
    ACCEPTED = "accepted"
    IN_PROGRESS = "in_progress"
    ON_HOLD = "on_hold"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    FAILED = "failed"
    REJECTED = "rejected"


TASK_ENDED = frozenset({TaskStatus.COMPLETED, TaskStatus.CANCELLED, TaskStatus.FAILED, TaskStatus.REJECTED})
"""The statuses in which nobody has anything left to do."""

TASK_OPEN = tuple(status for status in TaskStatus if status not in TASK_ENDED)
"""The others."""


class TaskPriority(StrEnum):
    """FHIR's request priorities, from the least to the most urgent."""

    ROUTINE = "routine"
    URGENT = "urgent"
    ASAP = "asap"
    STAT = "stat"


_OPEN = text("status IN ('requested', 'accepted', 'in_progress', 'on_hold')")


_UNTIL = "CASE WHEN status IN ('in_progress', 'on_hold') THEN due_at ELSE coalesce(book_by, due_at) END"
"""By when something has to be done first; an appointment is booked before its task begins."""

_URGENCY = (
    text("(CASE WHEN priority = 'stat' THEN 0 ELSE 1 END)"),
    text(f"(({_UNTIL}) IS NULL)"),
    text(f"({_UNTIL})"),
)


class HumanTask(Revised, table=True):
    """Work for one person (assignee) or for whoever of a group takes it. The description is neutral."""

    __tablename__ = "human_tasks"
    __table_args__ = (
        CheckConstraint(
            "status NOT IN ('on_hold', 'cancelled', 'failed', 'rejected') OR coalesce(reason, '') <> ''",
            name="ck_human_tasks_reason_given",
        ),
        Index("ix_human_tasks_inbox", "assignee_id", "status"),
        Index("ix_human_tasks_group", "candidate_group", "status"),
        Index("ix_human_tasks_owner", "owner_id", "status"),
        # what open tasks are counted by, so that their rows, which have a form in them, are not read
        Index(
            "ix_human_tasks_counted",
            *("case_id", "status", "assignee_id", "candidate_group"),
            *("book_by", "due_at", "priority", "revision", "id"),
        ),
        Index(
            "ix_human_tasks_open",
            *("candidate_group", "owner_id", "assignee_id", "case_id"),
            *("status", "priority", "book_by", "due_at", "id"),
            sqlite_where=_OPEN,
            postgresql_where=_OPEN,
        ),
        # the order in which they are done, so that a list ends with its page
        Index("ix_human_tasks_urgent", *_URGENCY, "id", sqlite_where=_OPEN, postgresql_where=_OPEN),
        Index(
            "ix_human_tasks_incidents",
            "status",
            sqlite_where=text("kind = 'incident'"),
            postgresql_where=text("kind = 'incident'"),
        ),
        Index(
            "ix_human_tasks_told",
            "case_id",
            sqlite_where=text("CAST(escalated_to AS VARCHAR) <> '[]'"),
            postgresql_where=text("CAST(escalated_to AS VARCHAR) <> '[]'"),
        ),
    )

    kind: TaskKind = Field(sa_type=one_of(TaskKind))
    status: TaskStatus = Field(default=TaskStatus.REQUESTED, sa_type=one_of(TaskStatus))
    title: str
    description: str = Field(default="", sa_type=Text)
    case_id: str | None = Field(default=None, sa_column_args=link("cases"))
    instance_id: str | None = Field(default=None, index=True, sa_column_args=link("instances"))
    step_run_id: str | None = Field(default=None, index=True, sa_column_args=link("step_runs"))
    step: str = ""
    iteration: str = ""
    assignee_id: str | None = Field(default=None, sa_column_args=link("staff"))
    candidate_group: str | None = None
    owner_id: str | None = Field(default=None, sa_column_args=link("staff"))
    priority: TaskPriority = Field(default=TaskPriority.ROUTINE, sa_type=one_of(TaskPriority))
    book_by: datetime | None = Field(default=None, sa_type=UtcDateTime)
    due_at: datetime | None = Field(default=None, sa_type=UtcDateTime, index=True)
    due_wall: str | None = None
    reason: str | None = Field(default=None, sa_type=Text)
    created_at: datetime = Field(sa_type=UtcDateTime)
    accepted_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    completed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    completed_by: str | None = None
    cancelled_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    form: list[dict[str, Any]] = Field(default_factory=list, sa_type=Json)
    details: dict[str, Any] = Field(default_factory=dict, sa_type=Json)
    outcome: dict[str, Any] | None = Field(default=None, sa_type=Json)
    excluded_ids: list[str] = Field(default_factory=list, sa_type=Json)
    escalated_to: list[str] = Field(default_factory=list, sa_type=Json)


class TaskEvent(Trace, table=True):
    """One thing that happened to a human task, with the old and the new value where a field changed."""

    __tablename__ = "task_events"
    __table_args__ = (
        # few of them were sent with a key
        Index(
            "ix_task_events_submission",
            *("task_id", "idempotency_key"),
            unique=True,
            sqlite_where=text("idempotency_key IS NOT NULL"),
            postgresql_where=text("idempotency_key IS NOT NULL"),
        ),
    )

    task_id: str = Field(index=True, sa_column_args=link("human_tasks"))
    at: datetime = Field(sa_type=UtcDateTime)
    actor_id: str
    action: str
    field: str | None = None
    old: str | None = None
    new: str | None = None
    comment: str | None = Field(default=None, sa_type=Text)
    idempotency_key: str | None = None
