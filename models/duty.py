"""Who is on duty, and when."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, Index
from sqlmodel import Field

from models.base import Record, UtcDateTime, link


class DutyShift(Record, table=True):
    """Somebody is on duty for a rota of the vocabulary (`duty_manager`) from a moment to another."""

    __tablename__ = "duty_shifts"
    __table_args__ = (
        CheckConstraint("ends_at > starts_at", name="ck_duty_shifts_length"),
        Index("ix_duty_shifts_rota_ends_at", "rota", "ends_at"),
    )

    rota: str
    staff_id: str = Field(index=True, sa_column_args=link("staff"))
    starts_at: datetime = Field(sa_type=UtcDateTime)
    ends_at: datetime = Field(sa_type=UtcDateTime)
    made_at: datetime = Field(sa_type=UtcDateTime)
    made_by: str
