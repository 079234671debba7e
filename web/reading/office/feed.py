"""Somebody's appointments and visits as a calendar (RFC 5545): when and of which kind, with the number of the
case, and never who it is about or where.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from icalendar import Calendar, Event
from sqlmodel import Session, col, select

from flows.inbox.office.availability import VISIT_LASTS
from models import Appointment, AppointmentKind, AppointmentStatus, Case, Visit, VisitStatus
from web.access import scope
from web.access.actor import Actor

PRODUCT: Final = "-//Casewright//My week//EN"
BEHIND, AHEAD = timedelta(days=30), timedelta(days=180)
MOST: Final = 500
REFRESH: Final = "PT1H"

KINDS: Final[Mapping[AppointmentKind, str]] = {
    AppointmentKind.HOME: "Home visit",
    AppointmentKind.OFFICE: "Appointment at the office",
    AppointmentKind.PHONE: "Telephone appointment",
    AppointmentKind.VIDEO: "Video appointment",
    AppointmentKind.OTHER: "Appointment",
}


def feed(session: Session, actor: Actor, now: datetime) -> bytes:
    """The calendar of somebody who is known by the secret of its address. A sealed case, and one that they
    may not see, has no number there.
    """
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", "Casewright")
    calendar.add("x-published-ttl", REFRESH)
    for event in (*_appointments(session, actor, now), *_visits(session, actor, now)):
        calendar.add_component(event)
    text: bytes = calendar.to_ical()
    return text


def _named(actor: Actor, now: datetime) -> Any:
    return scope.visible(actor, now) & ~col(Case.sealed)


def _appointments(session: Session, actor: Actor, now: datetime) -> list[Event]:
    query = (
        select(Appointment, Case.number, _named(actor, now))
        .join(Case, col(Case.id) == col(Appointment.case_id))
        .where(
            Appointment.worker_id == actor.staff_id,
            Appointment.starts_at > now - BEHIND,
            Appointment.starts_at < now + AHEAD,
            Appointment.status != AppointmentStatus.CANCELLED,
        )
        .order_by(col(Appointment.starts_at))
        .limit(MOST)
    )
    return [
        _event(
            row.uid, row.sequence, row.starts_at, row.ends_at, KINDS[row.kind], number if named else "", now
        )
        for row, number, named in session.exec(query)
    ]


def _visits(session: Session, actor: Actor, now: datetime) -> list[Event]:
    query = (
        select(Visit, Case.number, _named(actor, now))
        .join(Case, col(Case.id) == col(Visit.case_id))
        .where(
            Visit.worker_id == actor.staff_id,
            Visit.starts_at > now - BEHIND,
            Visit.starts_at < now + AHEAD,
            col(Visit.status).in_((VisitStatus.PLANNED, VisitStatus.DONE, VisitStatus.MISSED)),
        )
        .order_by(col(Visit.starts_at))
        .limit(MOST)
    )
    return [
        _event(
            f"visit-{row.id}@casewright",
            0,
            row.starts_at,
            row.starts_at + VISIT_LASTS,
            "Visit",
            number if named else "",
            now,
        )
        for row, number, named in session.exec(query)
    ]


def _event(
    uid: str, sequence: int, since: datetime, until: datetime, what: str, number: str, now: datetime
) -> Event:
    event = Event()
    event.add("uid", uid)
    event.add("sequence", sequence)
    event.add("dtstamp", now.astimezone(UTC))
    event.add("dtstart", since.astimezone(UTC))
    event.add("dtend", until.astimezone(UTC))
    event.add("summary", f"{what} {number}".strip())
    event.add("class", "PRIVATE")
    return event
