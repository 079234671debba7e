"""The end of recurring visits: what is still planned is cancelled with a reason, and nothing vanishes."""

from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import update
from sqlmodel import Session, col, select

from models import Timer, TimerPurpose, Visit, VisitSchedule, VisitStatus
from tasks.history import Happening, add_entry


def resolve_open_visits(
    session: Session, case_id: str, reason: str, now: datetime, *, by: str = "system"
) -> int:
    """End the visits of a case that is closed: cancel those that are planned; returns how many.

    Each keeps the reason and who approved it, `by` (a staff id or `system:<process>`). Asked again, it finds
    nothing to do.
    """
    wanted = select(VisitSchedule).where(
        VisitSchedule.case_id == case_id, col(VisitSchedule.ended_at).is_(None)
    )
    schedules = session.exec(wanted).all()
    return sum(_end(session, schedule, reason, now, by) for schedule in schedules)


def _end(session: Session, schedule: VisitSchedule, reason: str, now: datetime, by: str) -> int:
    schedule.ended_at, schedule.end_reason, schedule.dedupe_key = now, reason, None
    session.add(schedule)
    wanted = select(Visit).where(Visit.schedule_id == schedule.id, Visit.status == VisitStatus.PLANNED)
    planned = session.exec(wanted.order_by(col(Visit.local_date))).all()
    for visit in planned:
        visit.status, visit.reason, visit.approved_by = VisitStatus.CANCELLED, reason, by
        session.add(visit)
    session.execute(
        update(Timer)
        .where(
            col(Timer.key).startswith(f"visit:{schedule.id}:", autoescape=True),
            col(Timer.purpose) == TimerPurpose.VISIT,
            col(Timer.fired_at).is_(None),
            col(Timer.withdrawn_at).is_(None),
        )
        .values(withdrawn_at=now)
        .execution_options(synchronize_session="fetch")
    )
    days = ", ".join(str(visit.local_date) for visit in planned)
    add_entry(
        session,
        schedule.case_id,
        Happening.VISITS_ENDED,
        "Recurring visits ended",
        now=now,
        zone=ZoneInfo(schedule.time_zone),
        by=by,
        detail=f"Reason: {reason}." + (f" Cancelled: {days}." if days else ""),
        record=("VisitSchedule", schedule.id),
        source="step" if by.startswith("system") else "command",
    )
    return len(planned)
