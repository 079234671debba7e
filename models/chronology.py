"""The chronology of a case: dated entries that are corrected by later ones, never edited."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Index, Text
from sqlmodel import Field

from models.base import Trace, UtcDateTime, link


class ChronologyEntry(Trace, table=True):
    """One thing that happened in a case. The first entry is the day the case was allocated.

    `kind` and `source` are registered event names; `record` and `record_id` say where to look; `by` is a
    staff id or `system:<process>`.
    """

    __tablename__ = "chronology_entries"
    __table_args__ = (Index("ix_chronology_entries_order", "case_id", "happened_on", "recorded_at"),)

    case_id: str = Field(sa_column_args=link("cases"))
    happened_on: date
    happened_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    recorded_at: datetime = Field(sa_type=UtcDateTime)
    kind: str
    title: str
    detail: str | None = Field(default=None, sa_type=Text)
    significant: bool = False
    source: str
    record: str | None = None
    record_id: str | None = None
    corrects_id: str | None = Field(default=None, index=True, sa_column_args=link("chronology_entries"))
    by: str
