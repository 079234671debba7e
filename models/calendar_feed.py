"""Calendar feeds: the address under which somebody's own calendar program reads their appointments."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, text
from sqlmodel import Field

from models.base import Record, UtcDateTime, link

_OPEN = text("revoked_at IS NULL")


class CalendarFeed(Record, table=True):
    """The secret address of one person's feed. Only a hash of its secret is kept; one counts at a time."""

    __tablename__ = "calendar_feeds"
    __table_args__ = (
        Index("uq_calendar_feeds_open", "staff_id", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN),
    )

    staff_id: str = Field(index=True, sa_column_args=link("staff"))
    token_hash: str = Field(unique=True, max_length=64)
    created_at: datetime = Field(sa_type=UtcDateTime)
    last_used_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    revoked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
