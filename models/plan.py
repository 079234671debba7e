"""Plans: the goals agreed with a client, what is done for them, and what came of it."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, Index, Text, text
from sqlmodel import Field

from models.base import Record, Revised, UtcDateTime, link, one_of


class PlanStatus(StrEnum):
    """Where a plan stands."""

    DRAFT = "draft"
    PROPOSED = "proposed"
    AGREED = "agreed"
    COMPLETED = "completed"
    REPLACED = "replaced"
    WITHDRAWN = "withdrawn"


class GoalStatus(StrEnum):
    """Where a goal stands (domain.md)."""

    PLANNED = "planned"
    IN_PROGRESS = "in_progress"
    ACHIEVED = "achieved"
    PARTLY_ACHIEVED = "partly_achieved"
    NOT_ACHIEVED = "not_achieved"
    WITHDRAWN = "withdrawn"


class InterventionStatus(StrEnum):
    """Where an intervention stands."""

    PLANNED = "planned"
    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


_AGREED = text("status = 'agreed'")


class Plan(Revised, table=True):
    """A case's plan. One plan of a case is agreed at a time; the one before it is `replaced`."""

    __tablename__ = "plans"
    __table_args__ = (
        CheckConstraint("status <> 'agreed' OR agreed_on IS NOT NULL", name="ck_plans_agreed_dated"),
        Index("uq_plans_agreed", "case_id", unique=True, sqlite_where=_AGREED, postgresql_where=_AGREED),
    )

    case_id: str = Field(index=True, sa_column_args=link("cases"))
    status: PlanStatus = Field(default=PlanStatus.DRAFT, sa_type=one_of(PlanStatus))
    summary: str | None = Field(default=None, sa_type=Text)
    client_view: str | None = Field(default=None, sa_type=Text)
    written_by: str | None = Field(default=None, index=True, sa_column_args=link("staff"))
    approved_by: str | None = Field(default=None, index=True, sa_column_args=link("staff"))
    agreed_on: date | None = None
    review_on: date | None = None
    ended_on: date | None = None
    replaced_by_id: str | None = Field(default=None, sa_column_args=link("plans"))
    created_at: datetime = Field(sa_type=UtcDateTime)


class Goal(Revised, table=True):
    """A SMART goal: specific, measurable (indicator, target), achievable, relevant (need), dated.
    `responsible` is whoever sees to it, by name: often the client.
    """

    __tablename__ = "goals"

    plan_id: str = Field(index=True, sa_column_args=link("plans"))
    specific: str = Field(sa_type=Text)
    indicator: str
    target: str
    achievable: str | None = Field(default=None, sa_type=Text)
    need: str | None = None
    responsible: str | None = None
    due_on: date
    status: GoalStatus = Field(default=GoalStatus.PLANNED, sa_type=one_of(GoalStatus))
    worker_view: str | None = Field(default=None, sa_type=Text)
    client_view: str | None = Field(default=None, sa_type=Text)
    ended_on: date | None = None
    created_at: datetime = Field(sa_type=UtcDateTime)


class Intervention(Revised, table=True):
    """What somebody does for a goal: the department's staff, or a service."""

    __tablename__ = "interventions"
    __table_args__ = (CheckConstraint("ends_on >= starts_on", name="ck_interventions_days"),)

    goal_id: str = Field(index=True, sa_column_args=link("goals"))
    title: str
    staff_id: str | None = Field(default=None, index=True, sa_column_args=link("staff"))
    service_id: str | None = Field(default=None, index=True, sa_column_args=link("services"))
    status: InterventionStatus = Field(default=InterventionStatus.PLANNED, sa_type=one_of(InterventionStatus))
    starts_on: date | None = None
    ends_on: date | None = None
    note: str | None = Field(default=None, sa_type=Text)
    created_at: datetime = Field(sa_type=UtcDateTime)


class Outcome(Record, table=True):
    """What was measured for a goal on a day, as the worker and as the client see it."""

    __tablename__ = "outcomes"

    goal_id: str = Field(index=True, sa_column_args=link("goals"))
    measured_on: date
    value: str
    status: GoalStatus = Field(sa_type=one_of(GoalStatus))
    worker_view: str | None = Field(default=None, sa_type=Text)
    client_view: str | None = Field(default=None, sa_type=Text)
    recorded_by: str | None = Field(default=None, index=True, sa_column_args=link("staff"))
    recorded_at: datetime = Field(sa_type=UtcDateTime)
