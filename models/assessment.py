"""Assessments, and the scores that were calculated from them."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, Index, Text, text
from sqlmodel import Field

from models.base import Json, Record, UtcDateTime, link, one_of


class AssessmentKind(StrEnum):
    """What an assessment is made for."""

    INTAKE = "intake"
    FULL = "full"
    REVIEW = "review"
    CLOSING = "closing"


class Assessment(Record, table=True):
    """One assessment of a client; its answers belong to the human task."""

    __tablename__ = "assessments"
    __table_args__ = (CheckConstraint("completed_at >= started_at", name="ck_assessments_order"),)

    case_id: str = Field(index=True, sa_column_args=link("cases"))
    client_id: str = Field(index=True, sa_column_args=link("clients"))
    task_id: str | None = Field(default=None, index=True, sa_column_args=link("human_tasks"))
    instance_id: str | None = Field(default=None, index=True, sa_column_args=link("instances"))
    kind: AssessmentKind = Field(default=AssessmentKind.INTAKE, sa_type=one_of(AssessmentKind))
    assessed_by: str | None = Field(default=None, index=True, sa_column_args=link("staff"))
    started_at: datetime = Field(sa_type=UtcDateTime)
    completed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    summary: str | None = Field(default=None, sa_type=Text)


_CURRENT = text("superseded_at IS NULL")


class Score(Record, table=True):
    """A calculated score with all that it rests on.

    `items` lists each item with the value, the points and who answered; `overrides` lists those that applied;
    `explanation` says why in words. Provisional means that an input was missing; `could_rise_to` is the band
    at worst. One score per case and name is current. Points are whole numbers.
    """

    __tablename__ = "scores"
    __table_args__ = (
        Index(
            "uq_scores_current",
            "case_id",
            "name",
            unique=True,
            sqlite_where=_CURRENT,
            postgresql_where=_CURRENT,
        ),
    )

    case_id: str = Field(index=True, sa_column_args=link("cases"))
    client_id: str = Field(index=True, sa_column_args=link("clients"))
    assessment_id: str | None = Field(default=None, index=True, sa_column_args=link("assessments"))
    instance_id: str | None = Field(default=None, index=True, sa_column_args=link("instances"))
    step_run_id: str | None = Field(default=None, index=True, sa_column_args=link("step_runs"))
    version_id: str | None = Field(default=None, index=True, sa_column_args=link("definition_versions"))
    name: str
    title: str
    points: int
    band: str
    provisional: bool
    could_rise_to: str | None = None
    items: list[dict[str, Any]] = Field(default_factory=list, sa_type=Json)
    overrides: list[dict[str, Any]] = Field(default_factory=list, sa_type=Json)
    explanation: str = Field(default="", sa_type=Text)
    calculated_at: datetime = Field(sa_type=UtcDateTime)
    supersedes_id: str | None = Field(default=None, sa_column_args=link("scores"))
    superseded_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
