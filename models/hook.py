"""Outgoing webhooks: where another system is told what has happened, and what there is to tell it."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Index, Text, text
from sqlmodel import Field

from models.base import Json, Record, UtcDateTime, link, one_of


class HookEvent(StrEnum):
    """What a hook may be told of. A type may be added here, never taken away or given another meaning."""

    CASE_OPENED = "case.opened"
    CASE_STATUS_CHANGED = "case.status_changed"
    TASK_CREATED = "task.created"
    TASK_ASSIGNED = "task.assigned"
    TASK_OVERDUE = "task.overdue"
    TASK_COMPLETED = "task.completed"
    TASK_CANCELLED = "task.cancelled"
    ALERT_SENT = "alert.sent"
    ALERT_FAILED = "alert.failed"
    MESSAGE_UNDELIVERED = "message.undelivered"
    INCIDENT_OPENED = "incident.opened"
    INCIDENT_RESOLVED = "incident.resolved"
    REFERRAL_MADE = "referral.made"
    REFERRAL_STATUS_CHANGED = "referral.status_changed"
    PROCESS_STARTED = "process.started"
    PROCESS_ENDED = "process.ended"


TEST_EVENT = "hook.test"
"""The type of what is told when somebody tries a hook; every hook hears it, and only then."""


class DeliveryStatus(StrEnum):
    """Where a delivery stands. `withheld`: it was about a sealed case, and was told to nobody."""

    WAITING = "waiting"
    SENDING = "sending"
    TOLD = "told"
    GIVEN_UP = "given_up"
    WITHHELD = "withheld"


class Hook(Record, table=True):
    """An address of another system, the events that it hears of, and how its deliveries go.

    `secret` is encrypted with the application's secret; `previous_secret` signs beside it until
    `previous_until`. `owner_id` is who is told when it is switched off. What happens while it is paused
    waits; what happens while it is stopped (switched off because nothing arrived) is not kept for it.
    `claim_token` and `claimed_until` say which process tells it now: one at a time.
    """

    __tablename__ = "hooks"
    __table_args__ = (Index("ix_hooks_submission", "created_by", "idempotency_key", unique=True),)

    name: str
    url: str = Field(sa_type=Text)
    events: list[str] = Field(default_factory=list, sa_type=Json)
    owner_id: str | None = Field(default=None, sa_column_args=link("staff"))
    secret: str = Field(sa_type=Text)
    previous_secret: str | None = Field(default=None, sa_type=Text)
    previous_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    created_at: datetime = Field(sa_type=UtcDateTime)
    created_by: str
    idempotency_key: str | None = None
    paused_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    stopped_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    stopped_because: str | None = None
    removed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    told_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    failures: int = 0
    failing_since: datetime | None = Field(default=None, sa_type=UtcDateTime)
    last_error: str | None = None
    next_turn_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    served_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    claim_token: str | None = None
    claimed_until: datetime | None = Field(default=None, sa_type=UtcDateTime)


class HookDelivery(Record, table=True):
    """One event for one hook. `event_id` is what the other system knows it by, the same in every try and
    for every hook; `about` has ids and nothing else.

    `ended_at` is empty as long as it will be tried yet. `key` lets a transaction write an event once.
    `repeats` counts tries of which nobody knows whether they arrived, because the process ended before it
    could write that down.
    """

    __tablename__ = "hook_deliveries"
    __table_args__ = (
        Index(
            "ix_hook_deliveries_due",
            *("hook_id", "next_attempt_at", "happened_at"),
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
        Index("ix_hook_deliveries_listed", "hook_id", "id"),
        Index("ix_hook_deliveries_ended", "ended_at"),
    )

    hook_id: str = Field(sa_column_args=link("hooks"))
    key: str = Field(unique=True)
    event_id: str
    event: str
    happened_at: datetime = Field(sa_type=UtcDateTime)
    about: dict[str, Any] = Field(default_factory=dict, sa_type=Json)
    status: DeliveryStatus = Field(default=DeliveryStatus.WAITING, sa_type=one_of(DeliveryStatus))
    attempts: int = 0
    repeats: int = 0
    next_attempt_at: datetime = Field(sa_type=UtcDateTime)
    give_up_at: datetime = Field(sa_type=UtcDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    answer: int | None = None
    last_error: str | None = None
