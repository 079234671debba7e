"""Work on a human task that several share: who has it for somebody else, and what was asked about it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, Text, text
from sqlmodel import Field

from models.base import Record, UtcDateTime, link


class Delegation(Record, table=True):
    """Somebody does a task for the one who has it, until it is done, handed back, or given to others. One of
    a task is open.
    """

    __tablename__ = "delegations"
    __table_args__ = (
        CheckConstraint("from_id <> to_id", name="ck_delegations_to_another"),
        Index(
            "ix_delegations_open",
            "task_id",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
        Index(
            "ix_delegations_from",
            "from_id",
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    task_id: str = Field(sa_column_args=link("human_tasks"))
    from_id: str = Field(sa_column_args=link("staff"))
    to_id: str = Field(sa_column_args=link("staff"))
    delegated_at: datetime = Field(sa_type=UtcDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class TaskQuestion(Record, table=True):
    """A question that somebody who works on a task asked a colleague. `question_id` is the task in which the
    colleague answers it; `answered_at` is when the answer came back.
    """

    __tablename__ = "task_questions"

    task_id: str = Field(index=True, sa_column_args=link("human_tasks"))
    question_id: str = Field(unique=True, sa_column_args=link("human_tasks"))
    asked_by: str = Field(sa_column_args=link("staff"))
    asked_of: str = Field(sa_column_args=link("staff"))
    asked_at: datetime = Field(sa_type=UtcDateTime)
    question: str = Field(sa_type=Text)
    answer: str | None = Field(default=None, sa_type=Text)
    answered_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    withdrawn_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
