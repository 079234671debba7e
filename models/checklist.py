"""Answers to the items of checklists and forms, each with who gave it, when, and from where."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Index, UniqueConstraint, text
from sqlmodel import Field

from models.base import Json, Record, UtcDateTime, link, one_of


class AnswerSource(StrEnum):
    """Who or what an answer rests on."""

    CLIENT = "client"
    WORKER = "worker"
    DOCUMENT = "document"
    OTHER = "other"


_CURRENT = text("NOT draft AND superseded_at IS NULL")
_CURRENT_DRAFT = text("draft AND superseded_at IS NULL")


class ChecklistAnswer(Record, table=True):
    """One answer to one item. A correction supersedes; the old answer stays. One answer per item is current.

    One submission may answer several items, so `idempotency_key` is unique per task and item.
    """

    __tablename__ = "checklist_answers"
    __table_args__ = (
        UniqueConstraint(
            "task_id", "idempotency_key", "step", "iteration", "item", name="uq_answers_submission"
        ),
        Index(
            "uq_checklist_answers_current",
            "task_id",
            "step",
            "iteration",
            "item",
            unique=True,
            sqlite_where=_CURRENT,
            postgresql_where=_CURRENT,
        ),
        Index(
            "uq_checklist_answers_draft",
            "task_id",
            "step",
            "iteration",
            "item",
            unique=True,
            sqlite_where=_CURRENT_DRAFT,
            postgresql_where=_CURRENT_DRAFT,
        ),
    )

    task_id: str = Field(sa_column_args=link("human_tasks"))
    step: str
    iteration: str = ""
    item: str
    value: Any = Field(default=None, nullable=True, sa_type=Json)
    answered_by: str | None = Field(default=None, index=True, sa_column_args=link("staff"))
    answered_at: datetime = Field(sa_type=UtcDateTime)
    source: AnswerSource = Field(default=AnswerSource.WORKER, sa_type=one_of(AnswerSource))
    supersedes_id: str | None = Field(default=None, sa_column_args=link("checklist_answers"))
    superseded_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    draft: bool = False
    idempotency_key: str | None = None
