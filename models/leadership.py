"""Who does what only one process does at a time: ticking timers, housekeeping."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Field

from models.base import Record, UtcDateTime


class Leadership(Record, table=True):
    """One row per office; its id is the office's name. `term` rises with each leader, `holder` is None while
    nobody leads.
    """

    __tablename__ = "leaderships"

    holder: str | None = None
    term: int = 0
    acquired_at: datetime = Field(sa_type=UtcDateTime)
    renewed_at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime)
