"""Cases: one client's matter from first contact to closing, and the stage that follows from its dates."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, Index, Text
from sqlmodel import Field

from models.base import Revised, UtcDateTime, link, one_of


class CaseStatus(StrEnum):
    """Where a case stands for the department; its stage is another thing and follows from dates."""

    PENDING = "pending"
    ACTIVE = "active"
    ON_HOLD = "on_hold"
    CLOSED = "closed"
    TRANSFERRED = "transferred"
    DUPLICATE = "duplicate"


CASE_OPEN = frozenset({CaseStatus.PENDING, CaseStatus.ACTIVE, CaseStatus.ON_HOLD})
"""The statuses of a case that somebody works on."""


class RiskLevel(StrEnum):
    """How much danger there is, from the least to the most."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


class Priority(StrEnum):
    """The band of the vulnerability score, from the least to the most."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


class Stage(StrEnum):
    """How far the work on a case is, derived from dated facts (idea: Primero, workflow.rb)."""

    NEW = "new"
    ASSESSMENT = "assessment"
    PLANNING = "planning"
    IMPLEMENTATION = "implementation"
    MONITORING = "monitoring"
    CLOSING = "closing"
    CLOSED = "closed"
    REOPENED = "reopened"


class Case(Revised, table=True):
    """One client's case. `team` names a group; `..._provisional` says that an input was missing."""

    __tablename__ = "cases"
    __table_args__ = (
        CheckConstraint("status <> 'closed' OR closed_at IS NOT NULL", name="ck_cases_closed_dated"),
        CheckConstraint("status <> 'active' OR activated_on IS NOT NULL", name="ck_cases_active_dated"),
        Index("ix_cases_board", "team", "status"),
        Index("ix_cases_received", "received_at", "id"),
        # what the board counts cases by, so that their rows are not read
        Index(
            "ix_cases_counted",
            *("status", "closed_at", "team", "worker_id", "supervisor_id"),
            *("sealed", "client_id", "risk_level", "id"),
        ),
    )

    number: str = Field(unique=True)
    client_id: str = Field(index=True, sa_column_args=link("clients"))
    status: CaseStatus = Field(default=CaseStatus.PENDING, sa_type=one_of(CaseStatus))
    risk_level: RiskLevel | None = Field(default=None, sa_type=one_of(RiskLevel))
    risk_provisional: bool = True
    priority: Priority | None = Field(default=None, sa_type=one_of(Priority))
    priority_provisional: bool = True
    received_at: datetime = Field(sa_type=UtcDateTime)
    reason: str | None = Field(default=None, sa_type=Text)
    allocated_on: date | None = None
    worker_id: str | None = Field(default=None, index=True, sa_column_args=link("staff"))
    supervisor_id: str | None = Field(default=None, index=True, sa_column_args=link("staff"))
    team: str | None = None
    activated_on: date | None = None
    closed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    closed_reason: str | None = Field(default=None, sa_type=Text)
    reopened_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    sealed: bool = False
    created_at: datetime = Field(sa_type=UtcDateTime)


@dataclass(frozen=True, slots=True)
class CaseDates:
    """The dated facts that a stage follows from. None means that it has not happened."""

    assessment_started_on: date | None = None
    assessed_on: date | None = None
    plan_agreed_on: date | None = None
    goals_ended_on: date | None = None
    closing_started_on: date | None = None
    closed_on: date | None = None
    reopened_on: date | None = None


def stage_of(dates: CaseDates) -> Stage:
    """The stage that follows from the facts; the latest fact in the order of the work decides.

    After a reopening only facts from that day on count, so a reopened case starts as `reopened`.
    """
    since = dates.reopened_on
    if dates.closed_on is not None and (since is None or dates.closed_on > since):
        return Stage.CLOSED
    for happened, stage in (
        (dates.closing_started_on, Stage.CLOSING),
        (dates.goals_ended_on, Stage.MONITORING),
        (dates.plan_agreed_on, Stage.IMPLEMENTATION),
        (dates.assessed_on, Stage.PLANNING),
        (dates.assessment_started_on, Stage.ASSESSMENT),
    ):
        if happened is not None and (since is None or happened >= since):
            return stage
    return Stage.NEW if since is None else Stage.REOPENED
