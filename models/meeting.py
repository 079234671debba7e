"""Meetings about a case: conferences, reviews, supervision."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, Text
from sqlmodel import Field

from models.base import Json, Revised, UtcDateTime, link, one_of


class MeetingKind(StrEnum):
    """What a meeting is for."""

    CONFERENCE = "conference"
    CORE_GROUP = "core_group"
    REVIEW = "review"
    SUPERVISION = "supervision"
    OTHER = "other"


class MeetingStatus(StrEnum):
    """Where a meeting stands."""

    PLANNED = "planned"
    HELD = "held"
    CANCELLED = "cancelled"


class Meeting(Revised, table=True):
    """A meeting, who came, and what was decided."""

    __tablename__ = "meetings"
    __table_args__ = (CheckConstraint("ends_at > starts_at", name="ck_meetings_order"),)

    case_id: str = Field(index=True, sa_column_args=link("cases"))
    kind: MeetingKind = Field(sa_type=one_of(MeetingKind))
    status: MeetingStatus = Field(default=MeetingStatus.PLANNED, sa_type=one_of(MeetingStatus))
    title: str
    starts_at: datetime = Field(sa_type=UtcDateTime)
    ends_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    place: str | None = None
    attendees: list[str] = Field(default_factory=list, sa_type=Json)
    decisions: str | None = Field(default=None, sa_type=Text)
    minutes_by: str | None = Field(default=None, index=True, sa_column_args=link("staff"))
    created_at: datetime = Field(sa_type=UtcDateTime)
