"""Recurring visits: the schedule of a case, and each visit with what became of it."""

from __future__ import annotations

from datetime import date, datetime, time
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, Index, Text, UniqueConstraint
from sqlmodel import Field

from models.base import Json, Record, UtcDateTime, link, one_of


class VisitFrequency(StrEnum):
    """How often a visit is due."""

    DAY = "day"
    WEEK = "week"
    FORTNIGHT = "fortnight"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


class MonthEndRule(StrEnum):
    """What happens in a month that has no such day (domain.md)."""

    LAST_DAY = "last_day"
    SKIP = "skip"
    NEXT_DAY = "next_day"


class VisitStatus(StrEnum):
    """What became of a visit. Nothing vanishes: a visit that does not take place says why."""

    PLANNED = "planned"
    DONE = "done"
    MISSED = "missed"
    EXEMPTED = "exempted"
    CANCELLED = "cancelled"
    RESCHEDULED = "rescheduled"


class VisitSchedule(Record, table=True):
    """The visits that a step asked for. `dedupe_key` (case, process, step) is given up when they end.

    `day_rule` is `last_day`, a day of the month (`15`) or a weekday (`monday`); times are of `time_zone`.
    """

    __tablename__ = "visit_schedules"
    __table_args__ = (
        CheckConstraint("(ended_at IS NULL) = (dedupe_key IS NOT NULL)", name="ck_visit_schedules_key"),
        CheckConstraint(
            "ended_at IS NULL OR coalesce(end_reason, '') <> ''", name="ck_visit_schedules_end_reason_given"
        ),
    )

    case_id: str = Field(index=True, sa_column_args=link("cases"))
    instance_id: str | None = Field(default=None, index=True, sa_column_args=link("instances"))
    step: str = ""
    worker_id: str | None = Field(default=None, index=True, sa_column_args=link("staff"))
    team: str | None = None
    frequency: VisitFrequency = Field(sa_type=one_of(VisitFrequency))
    day_rule: str
    month_end_rule: MonthEndRule = Field(default=MonthEndRule.LAST_DAY, sa_type=one_of(MonthEndRule))
    starts_process: str | None = None
    time_of_day: time = time(10, 0)
    time_zone: str
    active_from: date
    dedupe_key: str | None = Field(default=None, unique=True)
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    end_reason: str | None = None
    created_at: datetime = Field(sa_type=UtcDateTime)


class Visit(Record, table=True):
    """One visit, keyed by its local date, so that a change of the clocks neither doubles nor loses it."""

    __tablename__ = "visits"
    __table_args__ = (
        UniqueConstraint("schedule_id", "local_date"),
        CheckConstraint(
            "status NOT IN ('exempted', 'cancelled')"
            " OR (approved_by IS NOT NULL AND coalesce(reason, '') <> '')",
            name="ck_visits_approved",
        ),
        Index("ix_visits_counted", "starts_at", "status", "local_date", "case_id"),
        CheckConstraint(
            "status <> 'rescheduled' OR rescheduled_to_id IS NOT NULL", name="ck_visits_rescheduled_to"
        ),
    )

    schedule_id: str = Field(sa_column_args=link("visit_schedules"))
    case_id: str = Field(index=True, sa_column_args=link("cases"))
    local_date: date
    starts_at: datetime = Field(sa_type=UtcDateTime)
    worker_id: str | None = Field(default=None, index=True, sa_column_args=link("staff"))
    team: str | None = None
    status: VisitStatus = Field(default=VisitStatus.PLANNED, sa_type=one_of(VisitStatus))
    approved_by: str | None = None
    rescheduled_to_id: str | None = Field(default=None, sa_column_args=link("visits"))
    reason: str | None = Field(default=None, sa_type=Text)
    result: dict[str, Any] | None = Field(default=None, sa_type=Json)
    instance_id: str | None = Field(default=None, index=True, sa_column_args=link("instances"))
