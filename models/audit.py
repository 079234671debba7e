"""The audit: who read, changed, searched, exported what, and why."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, Text
from sqlmodel import Field

from models.base import Json, Trace, UtcDateTime


class AuditEvent(Trace, table=True):
    """One act, written in the transaction of the act itself (engine.md R6).

    `actor` is a staff id or `system:<process>`; `action` a registered name; `fields` has names, never values.
    It points by plain ids, without foreign keys, because it outlives what it names.
    """

    __tablename__ = "audit_events"
    __table_args__ = (Index("ix_audit_events_record", "record", "record_id"),)

    at: datetime = Field(sa_type=UtcDateTime, index=True)
    actor: str = Field(index=True)
    action: str
    record: str
    record_id: str | None = None
    fields: list[str] = Field(default_factory=list, sa_type=Json)
    case_id: str | None = Field(default=None, index=True)
    instance_id: str | None = Field(default=None, index=True)
    reason: str | None = Field(default=None, sa_type=Text)
