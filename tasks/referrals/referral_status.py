"""The fulfilment state of a referral: what the service makes of it, with the history of how it got there."""

from collections.abc import Collection, Mapping
from datetime import datetime
from types import MappingProxyType
from zoneinfo import ZoneInfo

from sqlmodel import Session

from models import (
    REFERRAL_ENDED,
    Referral,
    ReferralEvent,
    ReferralStatus,
    TaskKind,
    TaskStatus,
    TimerPurpose,
)
from tasks.history import Act, Happening, add_entry, write_audit
from tasks.people.human_tasks import end, open_timers, tasks_of
from tasks.result import TaskError

NEEDS_REASON = frozenset(
    {ReferralStatus.REJECTED, ReferralStatus.ON_HOLD, ReferralStatus.CANCELLED, ReferralStatus.FAILED}
)
"""The statuses that are not given without a reason (domain.md, Referral)."""

_WORDS: Mapping[ReferralStatus, str] = MappingProxyType(
    {
        ReferralStatus.ACCEPTED: "The service has accepted the referral",
        ReferralStatus.REJECTED: "The service has declined the referral",
        ReferralStatus.IN_PROGRESS: "The service has begun",
        ReferralStatus.ON_HOLD: "The referral is on hold",
        ReferralStatus.COMPLETED: "The referral is completed",
        ReferralStatus.CANCELLED: "The referral was cancelled",
        ReferralStatus.FAILED: "The referral failed",
    }
)


class ReferralError(TaskError):
    """A referral can't take this status. The message names the rule and what to do."""


def change_state(
    session: Session,
    referral: Referral,
    status: ReferralStatus,
    *,
    now: datetime,
    by: str,
    zone: ZoneInfo,
    reason: str | None = None,
) -> bool:
    """Give a referral another status, with its history, chronology and audit; False if it has it already.

    `by` is a staff id or `system:<process>`; `zone` decides on which day it happened. A service may decline
    after it has accepted. The first answer ends the chasing. Raises ReferralError without a reason where
    one is needed, for a referral that has ended, and for the way back to `requested`.
    """
    if referral.status is status:
        return False
    reason = (reason or "").strip() or None
    _check(referral, status, reason)
    referral.status, referral.status_reason = status, reason
    if referral.responded_at is None and status is not ReferralStatus.CANCELLED:
        referral.responded_at = now
    if status in REFERRAL_ENDED:
        referral.ended_at = now
    session.add(referral)
    record_state(session, referral, now=now, by=by)
    end_chase(session, referral, _WORDS[status], now)
    _tell(session, referral, now, by, zone)
    return True


def record_state(session: Session, referral: Referral, *, now: datetime, by: str) -> None:
    """Add the status that the referral has now to its history."""
    event = ReferralEvent(
        referral_id=referral.id, at=now, status=referral.status, reason=referral.status_reason, actor=by
    )
    session.add(event)


def end_chase(session: Session, referral: Referral, reason: str, now: datetime) -> None:
    """Withdraw the reminder to ask after a referral, and the task that asks, if it is open."""
    if referral.step_run_id is None:
        return
    for timer in open_timers(session, referral.step_run_id):
        if timer.purpose is TimerPurpose.CHASE:
            timer.withdrawn_at = now
            session.add(timer)
    for task in tasks_of(session, referral.step_run_id, TaskKind.CHASE):
        end(session, task, TaskStatus.CANCELLED, now, reason=reason)


def _check(referral: Referral, status: ReferralStatus, reason: str | None) -> None:
    if referral.status in REFERRAL_ENDED:
        raise ReferralError(
            f"the referral has ended as `{referral.status}` and stays so; make a new referral instead"
        )
    if status is ReferralStatus.REQUESTED:
        raise ReferralError("a referral does not go back to `requested`; make a new one instead")
    if status in NEEDS_REASON and reason is None:
        raise ReferralError(f"a referral is not `{status}` without a reason; give one")


def _tell(session: Session, referral: Referral, now: datetime, by: str, zone: ZoneInfo) -> None:
    add_entry(
        session,
        referral.case_id,
        Happening.REFERRAL_CHANGED,
        _WORDS[referral.status],
        now=now,
        zone=zone,
        by=by,
        detail=f"Reason: {referral.status_reason}" if referral.status_reason else "",
        record=("Referral", referral.id),
        source="step" if by.startswith("system:") else "command",
    )
    audit_change(session, referral, ("status",), now=now, by=by, reason=referral.status_reason)


def audit_change(
    session: Session,
    referral: Referral,
    fields: Collection[str],
    *,
    now: datetime,
    by: str,
    reason: str | None = None,
) -> None:
    """Write down in the audit that somebody has changed these fields of a referral."""
    write_audit(
        session,
        by,
        Act.UPDATE,
        "Referral",
        referral.id,
        now,
        fields=fields,
        case_id=referral.case_id,
        instance_id=referral.instance_id,
        reason=reason,
    )
