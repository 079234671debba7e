"""The appointment of a human task: the one that stands, and taking it back."""

from datetime import datetime

from sqlmodel import Session

from models import Appointment, AppointmentStatus, HumanTask, related

STANDING = (AppointmentStatus.BOOKED, AppointmentStatus.MOVED)


def last(session: Session, task: HumanTask) -> Appointment | None:
    """The newest appointment of a task, also one that was cancelled."""
    found = related(session, Appointment, task_id=task.id)
    return max(found, key=lambda each: (each.created_at, each.id), default=None)


def standing(session: Session, task: HumanTask) -> Appointment | None:
    """The appointment of a task that is going to take place."""
    found = last(session, task)
    return found if found is not None and found.status in STANDING else None


def booked(session: Session, task: HumanTask) -> Appointment | None:
    """The appointment of a task that was not cancelled, whatever came of it: to come, kept or missed."""
    found = last(session, task)
    return None if found is None or found.status is AppointmentStatus.CANCELLED else found


def cancel_standing(session: Session, task: HumanTask, reason: str, now: datetime) -> Appointment | None:
    """Cancel the appointment that stands, if there is one: same row, `sequence` raised, as RFC 5546 asks."""
    found = standing(session, task)
    if found is not None:
        found.status, found.cancelled_at, found.reason = AppointmentStatus.CANCELLED, now, reason
        found.sequence += 1
        session.add(found)
    return found
