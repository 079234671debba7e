"""How somebody likes their inbox: views that they keep, and how they hear of new work."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Index, UniqueConstraint, text
from sqlmodel import Field

from models.base import Record, UtcDateTime, link, one_of
from models.message import Channel


class SavedView(Record, table=True):
    """Filters of the inbox under a name. `query` is the part of the address that asks for them; `group` is
    the team that sees the view too. One of somebody's views may be the one
    that their inbox opens with.
    """

    __tablename__ = "saved_views"
    __table_args__ = (
        UniqueConstraint("staff_id", "name"),
        Index(
            "ix_saved_views_first",
            "staff_id",
            unique=True,
            sqlite_where=text("shown_first"),
            postgresql_where=text("shown_first"),
        ),
        Index("ix_saved_views_group", "group"),
    )

    staff_id: str = Field(sa_column_args=link("staff"))
    name: str = Field(max_length=60)
    query: str = Field(max_length=1000)
    group: str | None = None
    shown_first: bool = False
    saved_at: datetime = Field(sa_type=UtcDateTime)


class Wanted(StrEnum):
    """When somebody wants to hear of new work outside the application. What is urgent is told at once unless
    they want nothing.
    """

    NONE = "none"
    AT_ONCE = "at_once"
    MORNING = "morning"


class NoticeWish(Record, table=True):
    """How somebody hears of new work. Who has none hears nothing beside what processes send."""

    __tablename__ = "notice_wishes"

    staff_id: str = Field(unique=True, sa_column_args=link("staff"))
    wanted: Wanted = Field(default=Wanted.NONE, sa_type=one_of(Wanted))
    channel: Channel = Field(default=Channel.EMAIL, sa_type=one_of(Channel))
    changed_at: datetime = Field(sa_type=UtcDateTime)


class WorkLook(Record, table=True):
    """Up to which moment somebody was told of new work, under a name for each kind of telling."""

    __tablename__ = "work_looks"

    name: str = Field(unique=True)
    until: datetime = Field(sa_type=UtcDateTime)
