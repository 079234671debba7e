"""Who is let in to a case, or kept from it, beside what follows from their work."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, Text, UniqueConstraint, text
from sqlmodel import Field

from models.base import Record, UtcDateTime, link


class CaseConfidant(Record, table=True):
    """Somebody who may see a sealed case. Who is not named sees nothing of it (`Case.sealed`)."""

    __tablename__ = "case_confidants"
    __table_args__ = (UniqueConstraint("case_id", "staff_id"),)

    case_id: str = Field(sa_column_args=link("cases"))
    staff_id: str = Field(index=True, sa_column_args=link("staff"))
    named_at: datetime = Field(sa_type=UtcDateTime)
    named_by: str


class Conflict(Record, table=True):
    """`I know this person`: somebody of the staff who must not see the cases of a client. It lasts until
    `ended_at`, which another person sets.
    """

    __tablename__ = "conflicts"
    __table_args__ = (
        CheckConstraint("ended_at IS NULL OR ended_by IS NOT NULL", name="ck_conflicts_ended_by_someone"),
        Index(
            "ix_conflicts_open",
            "staff_id",
            "client_id",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    staff_id: str = Field(sa_column_args=link("staff"))
    client_id: str = Field(index=True, sa_column_args=link("clients"))
    reason: str = Field(sa_type=Text)
    declared_at: datetime = Field(sa_type=UtcDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    ended_by: str | None = None


class BreakGlass(Record, table=True):
    """Somebody opened a case that is not theirs, for a reason and until `expires_at`. It stands on the list
    of those who review it until one of them has.
    """

    __tablename__ = "break_glasses"
    __table_args__ = (
        CheckConstraint("expires_at > opened_at", name="ck_break_glasses_limited"),
        CheckConstraint("(reviewed_at IS NULL) = (reviewed_by IS NULL)", name="ck_break_glasses_reviewed"),
        Index("ix_break_glasses_staff_id_expires_at", "staff_id", "expires_at"),
        Index(
            "ix_break_glasses_to_review",
            "opened_at",
            sqlite_where=text("reviewed_at IS NULL"),
            postgresql_where=text("reviewed_at IS NULL"),
        ),
    )

    case_id: str = Field(index=True, sa_column_args=link("cases"))
    staff_id: str = Field(sa_column_args=link("staff"))
    reason: str = Field(sa_type=Text)
    opened_at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime)
    reviewed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    reviewed_by: str | None = Field(default=None, index=True, sa_column_args=link("staff"))
    finding: str | None = Field(default=None, sa_type=Text)
