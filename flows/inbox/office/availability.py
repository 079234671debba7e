"""When somebody of the staff is taken: appointments, planned visits, absence, and the hours of the office."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final, Literal
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, select

from definitions.time.calendars import WorkingCalendar
from definitions.time.local_time import local_date, minute_to_moment
from models import Appointment, Staff, Visit, VisitStatus
from tasks.people.appointments import STANDING

VISIT_LASTS: Final = timedelta(hours=1)
"""For how long a planned visit counts as taking somebody's time; its record has no length."""

STEP: Final = 30
"""Minutes between two times that are offered."""

LONGEST: Final = timedelta(days=1)
"""How long an appointment lasts at most."""


@dataclass(frozen=True, slots=True)
class Taken:
    """A stretch of time that is taken; `until` is None for an absence without an end."""

    since: datetime
    until: datetime | None
    what: Literal["appointment", "visit", "absence"]

    def meets(self, since: datetime, until: datetime) -> bool:
        """Whether it overlaps; what ends as the other begins does not."""
        return self.since < until and (self.until is None or self.until > since)


def taken(
    session: Session, staff_id: str, since: datetime, until: datetime, *, but: str | None = None
) -> list[Taken]:
    """What takes somebody's time between two moments, in its order; `but` is an appointment that is not
    looked at, since it is the one that is moved.
    """
    found = [*_appointments(session, staff_id, since, until, but), *_visits(session, staff_id, since, until)]
    staff = session.get(Staff, staff_id)
    if staff is not None and staff.absent_from is not None:
        found.append(Taken(staff.absent_from, staff.absent_until, "absence"))
    return sorted((each for each in found if each.meets(since, until)), key=lambda each: each.since)


def clashes(
    since: datetime, until: datetime, others: Collection[Taken], calendar: WorkingCalendar
) -> tuple[str, ...]:
    """What stands against a time, in words for the one who books it; no names, and nothing of any case."""
    found = [_words(each, calendar) for each in others if each.meets(since, until)]
    day = local_date(since, calendar.zone)
    if not calendar.is_working_day(day):
        found.append("it is a holiday, or a day on which nobody works")
    elif not _in_hours(since, until, calendar):
        found.append("it lies outside the office's hours")
    return tuple(found)


def free_times(
    day: date, minutes: int, others: Collection[Taken], calendar: WorkingCalendar, not_before: datetime
) -> list[datetime]:
    """The times of a day, half an hour apart, at which so many minutes are free within the office's hours."""
    length = timedelta(minutes=minutes)
    found = []
    for hours in calendar.hours_on(day):
        for minute in range(-(-hours.start // STEP) * STEP, hours.end, STEP):
            start = minute_to_moment(day, minute, calendar.zone)
            end = start + length
            fits = end <= minute_to_moment(day, hours.end, calendar.zone) and start >= not_before
            if fits and not any(each.meets(start, end) for each in others):
                found.append(start)
    return found


def _in_hours(since: datetime, until: datetime, calendar: WorkingCalendar) -> bool:
    day = local_date(since, calendar.zone)
    return any(
        minute_to_moment(day, each.start, calendar.zone) <= since
        and until <= minute_to_moment(day, each.end, calendar.zone)
        for each in calendar.hours_on(day)
    )


def _words(each: Taken, calendar: WorkingCalendar) -> str:
    zone = ZoneInfo(calendar.zone)
    since = each.since.astimezone(zone)
    if each.what == "absence":
        ends = "" if each.until is None else f" until {_day(each.until.astimezone(zone).date())}"
        return f"the worker is away{ends}"
    until = (each.until or each.since).astimezone(zone)
    return f"there is another {each.what} then ({since:%H:%M} to {until:%H:%M})"


def _day(day: date) -> str:
    return f"{day.day} {day:%B}"


def _appointments(
    session: Session, staff_id: str, since: datetime, until: datetime, but: str | None
) -> Iterator[Taken]:
    query = select(Appointment).where(
        Appointment.worker_id == staff_id,
        Appointment.starts_at < until,
        Appointment.starts_at > since - LONGEST,
        col(Appointment.status).in_(STANDING),
    )
    for each in session.exec(query):
        if each.id != but:
            yield Taken(each.starts_at, each.ends_at, "appointment")


def _visits(session: Session, staff_id: str, since: datetime, until: datetime) -> Iterator[Taken]:
    query = select(Visit).where(
        Visit.worker_id == staff_id,
        Visit.starts_at < until,
        Visit.starts_at > since - VISIT_LASTS,
        Visit.status == VisitStatus.PLANNED,
    )
    for each in session.exec(query):
        yield Taken(each.starts_at, each.starts_at + VISIT_LASTS, "visit")
