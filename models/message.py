"""Messages in the outbox, and the receipts of those who carried them."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Index, Text, UniqueConstraint, text
from sqlmodel import Field

from models.base import Json, Record, UtcDateTime, link, one_of


class Channel(StrEnum):
    """How a message travels."""

    EMAIL = "email"
    SMS = "sms"


class MessagePriority(StrEnum):
    """`critical` goes first and passes quiet hours, with the reason recorded."""

    CRITICAL = "critical"
    ORDINARY = "ordinary"


class MessageStatus(StrEnum):
    """Where a message stands. `sent` means a provider took it, which is not `delivered`."""

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"
    FAILED = "failed"
    BLOCKED = "blocked"
    WITHDRAWN = "withdrawn"


MESSAGE_FINAL = frozenset(
    {
        MessageStatus.DELIVERED,
        MessageStatus.UNDELIVERED,
        MessageStatus.FAILED,
        MessageStatus.BLOCKED,
        MessageStatus.WITHDRAWN,
    }
)
"""The statuses that no receipt and no retry changes any more."""


class Message(Record, table=True):
    """One message to one recipient. `dedupe_key` (step run, channel, recipient) lets a step queue it once."""

    __tablename__ = "messages"
    __table_args__ = (
        UniqueConstraint("provider", "provider_id"),
        Index("ix_messages_claim", "status", "priority", "next_attempt_at"),
        Index("ix_messages_poll", "status", "next_poll_at"),
        Index(
            "ix_messages_lost",
            *("status", "created_at", "case_id", "channel"),
            sqlite_where=text("status IN ('undelivered', 'failed', 'blocked')"),
            postgresql_where=text("status IN ('undelivered', 'failed', 'blocked')"),
        ),
    )

    channel: Channel = Field(sa_type=one_of(Channel))
    case_id: str | None = Field(default=None, index=True, sa_column_args=link("cases"))
    client_id: str | None = Field(default=None, index=True, sa_column_args=link("clients"))
    staff_id: str | None = Field(default=None, index=True, sa_column_args=link("staff"))
    instance_id: str | None = Field(default=None, index=True, sa_column_args=link("instances"))
    step_run_id: str | None = Field(default=None, index=True, sa_column_args=link("step_runs"))
    contact_point_id: str | None = Field(default=None, index=True, sa_column_args=link("contact_points"))
    address: str
    recipient_role: str
    language: str
    template: str
    subject: str = ""
    body: str = Field(sa_type=Text)
    calendar_text: str | None = Field(default=None, sa_type=Text)
    priority: MessagePriority = Field(default=MessagePriority.ORDINARY, sa_type=one_of(MessagePriority))
    status: MessageStatus = Field(default=MessageStatus.QUEUED, sa_type=one_of(MessageStatus))
    block_reason: str | None = None
    dedupe_key: str = Field(unique=True)
    not_before: datetime | None = Field(default=None, sa_type=UtcDateTime)
    created_at: datetime = Field(sa_type=UtcDateTime)
    claimed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    claim_token: str | None = Field(default=None)
    attempts: int = 0
    next_attempt_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    next_poll_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    provider: str | None = None
    provider_id: str | None = None
    segments: int | None = None
    resends: int = 0
    last_error_code: str | None = None
    last_error: str | None = Field(default=None, sa_type=Text)
    sent_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    final_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    quiet_bypass_reason: str | None = None


class Receipt(Record, table=True):
    """What a provider said about a message, once per status. One without a known message is kept."""

    __tablename__ = "receipts"
    __table_args__ = (UniqueConstraint("provider", "provider_id", "status"),)

    message_id: str | None = Field(default=None, index=True, sa_column_args=link("messages"))
    provider: str
    provider_id: str
    status: str
    received_at: datetime = Field(sa_type=UtcDateTime)
    raw: dict[str, Any] = Field(default_factory=dict, sa_type=Json)
