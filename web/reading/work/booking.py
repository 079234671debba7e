"""The appointment of a task, as its page shows it, and the free times of a day."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, select

from definitions.time.calendars import WorkingCalendar
from definitions.time.local_time import minute_to_moment
from flows.inbox import earliest
from flows.inbox.office.availability import Taken, free_times, taken
from models import Appointment, AppointmentStatus, Case, HumanTask, Staff, TaskKind
from tasks.people.appointments import STANDING, last
from web.reading.names import Names

MOST: Final = 100
"""Appointments of a case that are shown, the latest first."""


@dataclass(frozen=True, slots=True)
class Earlier:
    """What the appointment was before: when, where, and what became of it."""

    starts_at: datetime
    place: str
    status: str
    reason: str


@dataclass(frozen=True, slots=True)
class Booking:
    """What a task says about its appointment. `earliest` is when it can begin at the soonest; `starts_at` is
    None while none is booked. `stands`: it is going to take place, or has and nobody said so; `begun`: its
    time has come. `check_in_overdue`: whoever went alone has not said that all is well.
    """

    wanted: bool
    place: str
    minutes: int
    earliest: datetime
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    status: str = ""
    kind: str = "office"
    interpreter: str = ""
    along: str = ""
    known_to: str = ""
    check_in_at: datetime | None = None
    check_in_overdue: bool = False
    reason: str = ""
    with_whom: str = ""
    stands: bool = False
    begun: bool = False
    earlier: tuple[Earlier, ...] = ()


@dataclass(frozen=True, slots=True)
class DayFree:
    """A day of somebody: whether anybody works then, when appointments can begin, and what else is on it."""

    day: date
    worked: bool
    times: tuple[str, ...]
    taken: tuple[Mapping[str, str], ...]


def booking_of(session: Session, task: HumanTask, now: datetime) -> Booking | None:
    """The appointment of an assignment; None for tasks that nobody is met for."""
    if task.kind is not TaskKind.ASSIGNMENT or task.case_id is None:
        return None
    known = last(session, task)
    wanted = task.book_by is not None or not {"place", "notice"}.isdisjoint(task.details)
    if known is None and not wanted:
        return None
    details = task.details
    proposed = Booking(
        wanted=wanted,
        place=str(details.get("place", "")),
        minutes=int(details.get("minutes", 60)),
        earliest=earliest(task, now),
        interpreter=str(details.get("interpreter") or ""),
    )
    return proposed if known is None else _booked(session, known, proposed, now)


def _booked(session: Session, known: Appointment, proposed: Booking, now: datetime) -> Booking:
    worker = None if known.worker_id is None else session.get(Staff, known.worker_id)
    stands = known.status in STANDING
    return Booking(
        wanted=proposed.wanted,
        place=known.place,
        minutes=int((known.ends_at - known.starts_at) / timedelta(minutes=1)),
        earliest=proposed.earliest,
        starts_at=known.starts_at,
        ends_at=known.ends_at,
        status=known.status.value,
        kind=known.kind.value,
        interpreter=known.interpreter or "",
        along=known.along or "",
        known_to=known.known_to or "",
        check_in_at=known.check_in_at,
        check_in_overdue=stands and known.check_in_at is not None and known.check_in_at < now,
        reason=known.reason or "" if known.status is not AppointmentStatus.DONE else "",
        with_whom="" if worker is None else worker.name,
        stands=stands,
        begun=known.starts_at <= now,
        earlier=tuple(_earlier(known.earlier or ())),
    )


def _earlier(rows: Any) -> Iterator[Earlier]:
    """What was kept of it, the latest first; what was only moved says so."""
    words = {"booked": "moved", "moved": "moved"}
    for row in reversed(rows):
        yield Earlier(
            datetime.fromisoformat(row["starts_at"]),
            row["place"],
            words.get(row["status"], row["status"]),
            row.get("reason") or "",
        )


def day_of(
    session: Session,
    task: HumanTask,
    actor_id: str,
    day: date,
    minutes: int,
    calendar: WorkingCalendar,
    now: datetime,
) -> DayFree:
    """The free times of a day for whoever has the task, what else takes their time, and whether anybody works
    then. Times are those of the office's clocks; nothing is said of any case.
    """
    known = last(session, task)
    worker = (None if known is None else known.worker_id) or task.assignee_id or actor_id
    since = minute_to_moment(day, 0, calendar.zone)
    until = minute_to_moment(day + timedelta(days=1), 0, calendar.zone)
    others = taken(session, worker, since, until, but=None if known is None else known.id)
    zone = ZoneInfo(calendar.zone)
    free = free_times(day, minutes, others, calendar, max(now, earliest(task, now)))
    return DayFree(
        day=day,
        worked=calendar.is_working_day(day),
        times=tuple(f"{each.astimezone(zone):%H:%M}" for each in free),
        taken=tuple(_taken(each, zone, since, until) for each in others),
    )


def _taken(each: Taken, zone: ZoneInfo, since: datetime, until: datetime) -> Mapping[str, str]:
    begin, end = max(each.since, since), min(each.until or until, until)
    return {
        "from": f"{begin.astimezone(zone):%H:%M}",
        "to": "24:00" if end == until else f"{end.astimezone(zone):%H:%M}",
        "what": {"appointment": "appointment", "visit": "visit", "absence": "away"}[each.what],
    }


@dataclass(frozen=True, slots=True)
class AppointmentView:
    """One appointment of a case; `task` is where it is moved, cancelled or recorded."""

    starts_at: datetime
    ends_at: datetime
    place: str
    kind: str
    status: str
    reason: str
    who: str
    task: str | None
    unrecorded: bool
    earlier: tuple[Earlier, ...]


def appointments_of(session: Session, case: Case, now: datetime) -> tuple[AppointmentView, ...]:
    """The appointments of a case, the latest first, each with what it was before."""
    query = select(Appointment).where(Appointment.case_id == case.id)
    names = Names(session)
    return tuple(
        AppointmentView(
            starts_at=each.starts_at,
            ends_at=each.ends_at,
            place=each.place,
            kind=each.kind.value,
            status=each.status.value,
            reason=each.reason or "",
            who=names.of(each.worker_id) or "",
            task=each.task_id,
            unrecorded=each.status in STANDING and each.ends_at < now,
            earlier=tuple(_earlier(each.earlier or ())),
        )
        for each in session.exec(query.order_by(col(Appointment.starts_at).desc()).limit(MOST))
    )
