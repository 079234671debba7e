"""Who saw a file: what the audit says of a case, for those who answer for it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlmodel import Session, col, select

from models import AuditEvent, Staff
from tasks.history import Act

LOOKING: Final = (Act.READ, Act.EXPORT, Act.PRINT, Act.BREAK_GLASS)
"""The acts of somebody who looks at a file or takes it away."""

MOST: Final = 500


@dataclass(frozen=True, slots=True)
class Look:
    """Somebody looked: when, who, at which parts, and why where that was said."""

    at: datetime
    who: str
    act: str
    record: str
    fields: tuple[str, ...]
    reason: str | None


def readers_of(session: Session, case_id: str, most: int = MOST) -> list[Look]:
    """Who looked at a case, the latest first. Who is not of the staff is named as the audit has it."""
    query = (
        select(AuditEvent, Staff.name)
        .outerjoin(Staff, col(Staff.id) == col(AuditEvent.actor))
        .where(AuditEvent.case_id == case_id, col(AuditEvent.action).in_([each.value for each in LOOKING]))
        .order_by(col(AuditEvent.at).desc(), col(AuditEvent.id).desc())
    )
    return [
        Look(row.at, name or row.actor, row.action, row.record, tuple(row.fields), row.reason)
        for row, name in session.exec(query.limit(most))
    ]
