"""Commands about a planned visit: move it to another day, or let it fall out with a reason. Each is one
transaction. Whether a visit was kept is said in its own process, which begins on its day.
"""

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from sqlmodel import Session, select

from definitions.time.calendars import WorkingCalendar
from definitions.time.local_time import to_moment
from flows.inbox.case.desk import case_for, several_lines, wanted
from flows.inbox.commands import command
from flows.inbox.desk import ConflictError, InboxError
from flows.waking.wakes import wake_watchers
from models import Store, Visit, VisitSchedule, VisitStatus, new_id
from tasks.history import Act, Happening, add_entry, write_audit
from tasks.schedules.visits import visit_timer

FARTHEST_DAYS = 366


class VisitError(InboxError):
    """A visit can't be moved or left out so; the message says what to do instead."""


@command
def move_visit(
    store: Store,
    visit_id: str,
    to: date,
    at: time | None = None,
    *,
    reason: str,
    by: str,
    now: datetime,
    calendar: WorkingCalendar,
) -> Visit:
    """Move a planned visit to another day of its schedule's time zone; returns the one that takes its place.
    The schedule goes on as it would have. The same again gives the same visit.
    """
    why = wanted("the reason", several_lines("the reason", reason, 2_000), "say why the visit is moved")
    with store.write("wake") as session:
        visit, schedule = _planned(session, visit_id, by)
        if visit.status is VisitStatus.RESCHEDULED and visit.rescheduled_to_id is not None:
            moved = session.get_one(Visit, visit.rescheduled_to_id)
            if moved.local_date == to:
                return moved
        _check(session, visit, schedule, to, now)
        starts_at = to_moment(to, at or schedule.time_of_day, schedule.time_zone)
        if starts_at <= now:
            raise VisitError("this time is over; give one that is still to come")
        made = Visit(
            id=new_id(),
            schedule_id=schedule.id,
            case_id=visit.case_id,
            local_date=to,
            starts_at=starts_at,
            worker_id=visit.worker_id,
            team=visit.team,
        )
        visit.status, visit.rescheduled_to_id, visit.reason = VisitStatus.RESCHEDULED, made.id, why
        session.add_all([made, visit, visit_timer(made, calendar, now, new_id())])
        title = f"Visit moved from {_said(visit.local_date)} to {_said(made.local_date)}"
        _tell(session, visit, schedule, Happening.VISIT_MOVED, title, why, by, now)
        return made


@command
def excuse_visit(store: Store, visit_id: str, *, reason: str, by: str, now: datetime) -> Visit:
    """A planned visit falls out, which `by` approves. Again changes nothing."""
    why = wanted("the reason", several_lines("the reason", reason, 2_000), "say why no visit is needed")
    with store.write("wake") as session:
        visit, schedule = _planned(session, visit_id, by)
        if visit.status is VisitStatus.EXEMPTED:
            return visit
        _check_planned(visit, schedule)
        visit.status, visit.reason, visit.approved_by = VisitStatus.EXEMPTED, why, by
        session.add(visit)
        title = f"Visit of {_said(visit.local_date)} left out"
        _tell(session, visit, schedule, Happening.VISIT_EXEMPTED, title, why, by, now)
        return visit


def _planned(session: Session, visit_id: str, by: str) -> tuple[Visit, VisitSchedule]:
    """The visit, locked with its case."""
    visit: Visit | None = session.get(Visit, visit_id)
    if visit is None:
        raise VisitError("there is no such visit")
    case_for(session, visit.case_id, by)
    session.refresh(visit, with_for_update=True)
    return visit, session.get_one(VisitSchedule, visit.schedule_id)


def _check_planned(visit: Visit, schedule: VisitSchedule) -> None:
    if visit.status is not VisitStatus.PLANNED:
        raise ConflictError(f"the visit is {visit.status.value} already")
    if schedule.ended_at is not None:
        raise ConflictError("the visits of this schedule have ended")
    if visit.instance_id is not None:
        raise ConflictError(
            "the visit has begun and can't be moved: say in its task what became of it, then move the next"
        )


def _check(session: Session, visit: Visit, schedule: VisitSchedule, to: date, now: datetime) -> None:
    _check_planned(visit, schedule)
    today = now.astimezone(ZoneInfo(schedule.time_zone)).date()
    if to == visit.local_date:
        raise VisitError("the visit is on this day already")
    if to < today:
        raise VisitError("this day is over; give one that is still to come")
    if (to - today).days > FARTHEST_DAYS:
        raise VisitError("a visit is moved by a year at most")
    there = select(Visit.id).where(Visit.schedule_id == schedule.id, Visit.local_date == to)
    if session.exec(there).first() is not None:
        raise VisitError("there is or was a visit on this day; take another one")


def _said(day: date) -> str:
    return f"{day.day} {day:%B %Y}"


def _tell(
    session: Session,
    visit: Visit,
    schedule: VisitSchedule,
    kind: Happening,
    title: str,
    reason: str,
    by: str,
    now: datetime,
) -> None:
    add_entry(
        session,
        visit.case_id,
        kind,
        title,
        now=now,
        zone=ZoneInfo(schedule.time_zone),
        by=by,
        detail=f"Reason: {reason}",
        record=("Visit", visit.id),
    )
    fields = ("status", "reason")
    write_audit(session, by, Act.UPDATE, "Visit", visit.id, now, fields=fields, case_id=visit.case_id)
    wake_watchers(session, visit.case_id, f"visit:{visit.id}:{visit.status.value}", now)
