"""The audit: who read, changed, searched, exported what, and why."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sqlalchemy import BigInteger, Index, Text, text
from sqlmodel import Field

from models.base import Json, Lasting, Trace, UtcDateTime

PEOPLES_ACTS: Final = "substr(actor, 1, 7) <> 'system:'"
"""The condition, in the words of a partial index, that a row tells of people and not of a process: what is
looked through by time. Steps write far more rows and pay nothing for it.
"""


class AuditEvent(Trace, table=True):
    """One act, written in the transaction of the act itself (engine.md R6).

    `actor` is a staff id or `system:<process>`; `action` a registered name; `fields` has names, never values.
    It points by plain ids, without foreign keys, because it outlives what it names. `seal` is the number of
    the seal that it got later; None until then.
    """

    __tablename__ = "audit_events"
    __table_args__ = (
        Index("ix_audit_events_record", "record", "record_id"),
        Index(
            "ix_audit_events_unsealed",
            "id",
            sqlite_where=text("seal IS NULL"),
            postgresql_where=text("seal IS NULL"),
        ),
        Index(
            "ix_audit_events_people",
            "at",
            sqlite_where=text(PEOPLES_ACTS),
            postgresql_where=text(PEOPLES_ACTS),
        ),
    )

    at: datetime = Field(sa_type=UtcDateTime)
    actor: str = Field(index=True)
    action: str
    record: str
    record_id: str | None = None
    fields: list[str] = Field(default_factory=list, sa_type=Json)
    case_id: str | None = Field(default=None, index=True)
    instance_id: str | None = Field(default=None, index=True)
    reason: str | None = Field(default=None, sa_type=Text)
    seal: int | None = Field(default=None, sa_type=BigInteger)


class AuditSeal(Lasting, table=True):
    """A link of the audit's chain: the rows that it sealed, and the hash over them and the seal before it.

    `members` has for each row its id and the beginning of its hash, in the order in which they are hashed.
    """

    __tablename__ = "audit_seals"

    number: int = Field(sa_type=BigInteger, unique=True)
    sealed_at: datetime = Field(sa_type=UtcDateTime)
    previous: str = Field(max_length=64)
    digest: str = Field(max_length=64)
    members: list[list[str]] = Field(default_factory=list, sa_type=Json)
