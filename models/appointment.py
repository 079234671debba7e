"""Appointments: when and where a worker and a client meet."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any, Self

from pydantic import AwareDatetime, model_validator
from sqlalchemy import CheckConstraint, Text
from sqlmodel import Field

from models.base import Json, Revised, UtcDateTime, link, one_of
from models.input import Input, Line


class AppointmentKind(StrEnum):
    """How the two meet."""

    HOME = "home"
    OFFICE = "office"
    PHONE = "phone"
    VIDEO = "video"
    OTHER = "other"


class AppointmentStatus(StrEnum):
    """Where an appointment stands. A moved one keeps its row and raises its sequence."""

    BOOKED = "booked"
    MOVED = "moved"
    CANCELLED = "cancelled"
    DONE = "done"
    MISSED = "missed"


class Appointment(Revised, table=True):
    """An appointment. `uid` stays and `sequence` rises with each change, as RFC 5546 asks.

    `along` is who comes along besides the client and the worker. `known_to` and `check_in_at` are for a
    worker who goes alone: who knows of it, and until when the worker says that all is well. `earlier` has
    what it was before it was moved, missed or cancelled, oldest first.
    """

    __tablename__ = "appointments"
    __table_args__ = (
        CheckConstraint("ends_at > starts_at", name="ck_appointments_order"),
        CheckConstraint("sequence >= 0", name="ck_appointments_sequence"),
        CheckConstraint("status <> 'cancelled' OR cancelled_at IS NOT NULL", name="ck_appointments_dated"),
    )

    case_id: str = Field(index=True, sa_column_args=link("cases"))
    client_id: str = Field(index=True, sa_column_args=link("clients"))
    task_id: str | None = Field(default=None, index=True, sa_column_args=link("human_tasks"))
    worker_id: str | None = Field(default=None, index=True, sa_column_args=link("staff"))
    starts_at: datetime = Field(sa_type=UtcDateTime, index=True)
    ends_at: datetime = Field(sa_type=UtcDateTime)
    place: str
    kind: AppointmentKind = Field(default=AppointmentKind.OFFICE, sa_type=one_of(AppointmentKind))
    interpreter: str | None = None
    along: str | None = None
    known_to: str | None = None
    check_in_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    earlier: list[dict[str, Any]] | None = Field(default=None, sa_type=Json)
    uid: str = Field(unique=True)
    sequence: int = 0
    status: AppointmentStatus = Field(default=AppointmentStatus.BOOKED, sa_type=one_of(AppointmentStatus))
    reason: str | None = Field(default=None, sa_type=Text)
    cancelled_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    created_at: datetime = Field(sa_type=UtcDateTime)


class AppointmentInput(Input):
    """An appointment as it is booked."""

    case_id: Line
    client_id: Line
    task_id: Line | None = None
    worker_id: Line | None = None
    starts_at: AwareDatetime
    ends_at: AwareDatetime
    place: Line
    kind: AppointmentKind = AppointmentKind.OFFICE
    interpreter: Line | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.ends_at <= self.starts_at:
            raise ValueError("ends_at is not after starts_at")
        return self
