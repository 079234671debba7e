"""Reports: one per report, team and period, and the cases that joined it."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlmodel import Field

from models.base import Json, Record, UtcDateTime, link, one_of


class ReportStatus(StrEnum):
    """An open report still takes cases in; a final one does not change."""

    OPEN = "open"
    FINAL = "final"


class Report(Record, table=True):
    """One report of a team over a period, both days included. The first case of the period asks for it."""

    __tablename__ = "reports"
    __table_args__ = (
        UniqueConstraint("report", "team", "period_start"),
        CheckConstraint("period_end >= period_start", name="ck_reports_period"),
        CheckConstraint(
            "status <> 'final' OR (finalised_at IS NOT NULL AND body IS NOT NULL)",
            name="ck_reports_final_complete",
        ),
    )

    report: str
    team: str
    period_start: date
    period_end: date
    status: ReportStatus = Field(default=ReportStatus.OPEN, sa_type=one_of(ReportStatus))
    created_at: datetime = Field(sa_type=UtcDateTime)
    finalised_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    body: dict[str, Any] | None = Field(default=None, sa_type=Json)


class ReportMember(Record, table=True):
    """A case in a report. `missing` names what the report could not find for it."""

    __tablename__ = "report_members"
    __table_args__ = (UniqueConstraint("report_id", "case_id"),)

    report_id: str = Field(sa_column_args=link("reports"))
    case_id: str = Field(index=True, sa_column_args=link("cases"))
    joined_at: datetime = Field(sa_type=UtcDateTime)
    missing: list[str] = Field(default_factory=list, sa_type=Json)
