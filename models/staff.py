"""Staff, the groups they work in, and who stands in for whom."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Self

from pydantic import AwareDatetime, model_validator
from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlmodel import Field

from models.base import Record, UtcDateTime, link, one_of
from models.input import EmailAddress, Input, Language, Line, PhoneNumber


class GroupRole(StrEnum):
    """What somebody is in a group."""

    MEMBER = "member"
    LEAD = "lead"
    SUPERVISOR = "supervisor"
    MANAGER = "manager"


class Staff(Record, table=True):
    """Somebody who works here. `calendar` names a working calendar of the vocabulary."""

    __tablename__ = "staff"
    __table_args__ = (
        CheckConstraint("absent_until > absent_from", name="ck_staff_absence"),
        CheckConstraint("cover_id <> id", name="ck_staff_not_own_cover"),
        CheckConstraint("supervisor_id <> id", name="ck_staff_not_own_supervisor"),
    )

    name: str
    email: str = Field(unique=True)
    phone: str | None = None
    language: str = "en"
    calendar: str | None = None
    supervisor_id: str | None = Field(default=None, index=True, sa_column_args=link("staff"))
    cover_id: str | None = Field(default=None, index=True, sa_column_args=link("staff"))
    absent_from: datetime | None = Field(default=None, sa_type=UtcDateTime)
    absent_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    active: bool = True

    def is_available(self, now: datetime) -> bool:
        """Whether work can be given to this person now. An absence without an end lasts until it gets one."""
        absent = self.absent_from is not None and self.absent_from <= now
        back = self.absent_until is not None and self.absent_until <= now
        return self.active and (not absent or back)


class StaffGroup(Record, table=True):
    """Somebody's place in a group. Groups themselves are named in the vocabulary."""

    __tablename__ = "staff_groups"
    __table_args__ = (UniqueConstraint("group", "staff_id"),)

    staff_id: str = Field(index=True, sa_column_args=link("staff"))
    group: str
    role: GroupRole = Field(default=GroupRole.MEMBER, sa_type=one_of(GroupRole))


class StaffInput(Input):
    """A member of staff as recorded or imported."""

    name: Line
    email: EmailAddress
    phone: PhoneNumber | None = None
    language: Language = "en"
    calendar: Line | None = None
    supervisor_id: Line | None = None
    cover_id: Line | None = None
    absent_from: AwareDatetime | None = None
    absent_until: AwareDatetime | None = None
    active: bool = True

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.absent_from and self.absent_until and self.absent_until <= self.absent_from:
            raise ValueError("absent_until is not after absent_from")
        return self


class StaffGroupInput(Input):
    """Somebody's place in a group."""

    staff_id: Line
    group: Line
    role: GroupRole = GroupRole.MEMBER
