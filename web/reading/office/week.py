"""Somebody's week: appointments, visits and what is due, by day."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final, Self
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, and_, false, func
from sqlmodel import Session, col, select

from definitions.time.calendars import WorkingCalendar
from models import (
    TASK_OPEN,
    Appointment,
    AppointmentStatus,
    Case,
    Client,
    HumanTask,
    Staff,
    TaskPriority,
    Visit,
    VisitStatus,
)
from tasks.people.appointments import STANDING
from web.access import scope
from web.access.actions import Action
from web.access.actor import Actor
from web.reading.clients import client_name
from web.reading.work.open_tasks import UNTIL

DAYS: Final = 7
MOST: Final = 300
"""Rows of each kind in a week at most."""

FARTHEST: Final = timedelta(days=5 * 366)
"""How far from now a week may be looked at."""

SHOWN_VISITS: Final = (VisitStatus.PLANNED, VisitStatus.DONE, VisitStatus.MISSED)


@dataclass(frozen=True, slots=True)
class AskedWeek:
    """Whose week (a staff id, empty for one's own), and a day of it; None is today."""

    of: str = ""
    day: date | None = None

    @classmethod
    def read(cls, query: Mapping[str, str]) -> Self:
        """From the query of an address; what it says otherwise than it can counts as not said."""
        try:
            day = date.fromisoformat(query.get("from", ""))
        except ValueError:
            day = None
        of = query.get("of", "")[:40]
        return cls(of if of.isascii() and of.isalnum() else "", day)

    def monday(self, today: date) -> date:
        """The Monday of the week; of this one where the day is out of reach."""
        day = self.day if self.day is not None and abs(self.day - today) <= FARTHEST else today
        return day - timedelta(days=day.weekday())


@dataclass(frozen=True, slots=True)
class Item:
    """Something of a day. `what` is `appointment`, `visit` or `task`; without a case that may be seen there
    is only when it is. `alarm`: somebody went alone and has not said that all is well.
    """

    what: str
    at: datetime
    until: datetime | None
    title: str
    status: str
    case_id: str | None = None
    case: str | None = None
    client: str | None = None
    task: str | None = None
    place: str = ""
    kind: str = ""
    known_to: str = ""
    check_in_at: datetime | None = None
    interpreter: str = ""
    along: str = ""
    alarm: bool = False
    urgent: bool = False
    overdue: bool = False


@dataclass(frozen=True, slots=True)
class Day:
    """A day: whether anybody works on it, whether the person is away, and what is on it in its order."""

    day: date
    worked: bool
    away: bool
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Week:
    """A week from Monday on. `overdue` counts the person's tasks that were due before it or before now."""

    staff_id: str
    name: str
    mine: bool
    monday: date
    days: tuple[Day, ...]
    overdue: int
    away_until: datetime | None

    @property
    def last(self) -> date:
        """The Sunday."""
        return self.monday + timedelta(days=DAYS - 1)


@dataclass(frozen=True, slots=True)
class Looker:
    """Who looks at a week, and by which clocks."""

    actor: Actor
    now: datetime
    zone: ZoneInfo
    calendar: WorkingCalendar


def colleagues(session: Session, actor: Actor) -> list[tuple[str, str]]:
    """Whose weeks somebody may look at besides their own, by name."""
    query = select(Staff.id, Staff.name).where(
        scope.led_staff(actor), Staff.id != actor.staff_id, col(Staff.active)
    )
    return [(row[0], row[1]) for row in session.exec(query.order_by(col(Staff.name)))]


def week(session: Session, looker: Looker, asked: AskedWeek) -> Week | None:
    """The week that was asked for; None where it is not for this person to see."""
    actor, now = looker.actor, looker.now
    wanted = asked.of or actor.staff_id
    seen = select(Staff).where(Staff.id == wanted, (col(Staff.id) == actor.staff_id) | scope.led_staff(actor))
    staff = session.exec(seen).first()
    if staff is None:
        return None
    monday = asked.monday(now.astimezone(looker.zone).date())
    since, until = (_midnight(monday + timedelta(days=each), looker.zone) for each in (0, DAYS))
    items = [
        *_appointments(session, looker, staff.id, since, until),
        *_visits(session, looker, staff.id, since, until),
        *_tasks(session, looker, staff.id, since, until),
    ]
    return Week(
        staff_id=staff.id,
        name=staff.name,
        mine=staff.id == actor.staff_id,
        monday=monday,
        days=tuple(_days(monday, items, staff, looker)),
        overdue=_overdue(session, looker, staff.id),
        away_until=staff.absent_until if not staff.is_available(now) else None,
    )


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(0), zone).astimezone(UTC)


def _days(monday: date, items: Sequence[Item], staff: Staff, looker: Looker) -> Iterator[Day]:
    for number in range(DAYS):
        day = monday + timedelta(days=number)
        of_day = [each for each in items if each.at.astimezone(looker.zone).date() == day]
        yield Day(
            day=day,
            worked=looker.calendar.is_working_day(day),
            away=_away(staff, _midnight(day, looker.zone), _midnight(day + timedelta(days=1), looker.zone)),
            items=tuple(sorted(of_day, key=lambda each: (each.what == "task", each.at, each.title))),
        )


def _away(staff: Staff, since: datetime, until: datetime) -> bool:
    """Whether the person is away on most of a day: at its noon."""
    noon = since + (until - since) / 2
    begun = staff.absent_from is not None and staff.absent_from <= noon
    return begun and (staff.absent_until is None or staff.absent_until > noon)


def _visible(looker: Looker) -> ColumnElement[bool]:
    if not looker.actor.within(Action.READ_CASE):
        return false()
    return scope.visible(looker.actor, looker.now)


def _with_case(columns: Sequence[Any], of_case: Any, looker: Looker) -> Select[Any]:
    """Rows with their case and client, and whether those may be seen."""
    query: Select[Any] = (
        select(*columns)
        .outerjoin(Case, col(Case.id) == of_case)
        .outerjoin(Client, col(Client.id) == col(Case.client_id))
        .add_columns(
            col(Case.number).label("number"),
            col(Client.given_name).label("given"),
            col(Client.family_name).label("family"),
            col(Client.preferred_name).label("preferred"),
            col(Client.hidden_name).label("hidden"),
            _visible(looker).label("seen"),
        )
    )
    return query


def _about(row: Any) -> dict[str, Any]:
    """The case and the client of a row, where they may be seen."""
    if not row.seen:
        return {}
    name = client_name(row.given, row.family, row.preferred, hidden=bool(row.hidden))
    return {"case_id": row.case_id, "case": row.number, "client": name}


def _appointments(
    session: Session, looker: Looker, staff_id: str, since: datetime, until: datetime
) -> Iterator[Item]:
    query = _with_case((Appointment, col(Appointment.case_id)), col(Appointment.case_id), looker).where(
        col(Appointment.worker_id) == staff_id,
        col(Appointment.starts_at) >= since,
        col(Appointment.starts_at) < until,
        col(Appointment.status) != AppointmentStatus.CANCELLED,
    )
    for row in session.execute(query.order_by(col(Appointment.starts_at)).limit(MOST)):
        each: Appointment = row[0]
        told: dict[str, Any] = {
            "place": each.place,
            "along": each.along or "",
            "known_to": each.known_to or "",
            "interpreter": each.interpreter or "",
        }
        stands = each.status in STANDING
        yield Item(
            what="appointment",
            at=each.starts_at,
            until=each.ends_at,
            title="Appointment",
            status=each.status.value,
            kind=each.kind.value,
            check_in_at=each.check_in_at,
            alarm=stands and each.check_in_at is not None and each.check_in_at < looker.now,
            overdue=stands and each.ends_at < looker.now,
            task=each.task_id if row.seen else None,
            **(told if row.seen else {}),
            **_about(row),
        )


def _visits(
    session: Session, looker: Looker, staff_id: str, since: datetime, until: datetime
) -> Iterator[Item]:
    query = _with_case((Visit, col(Visit.case_id)), col(Visit.case_id), looker).where(
        col(Visit.worker_id) == staff_id,
        col(Visit.starts_at) >= since,
        col(Visit.starts_at) < until,
        col(Visit.status).in_(SHOWN_VISITS),
    )
    for row in session.execute(query.order_by(col(Visit.starts_at)).limit(MOST)):
        each: Visit = row[0]
        late = each.status is VisitStatus.PLANNED and each.starts_at < looker.now - timedelta(hours=1)
        yield Item("visit", each.starts_at, None, "Visit", each.status.value, overdue=late, **_about(row))


def _tasks(
    session: Session, looker: Looker, staff_id: str, since: datetime, until: datetime
) -> Iterator[Item]:
    columns = (
        HumanTask.id,
        HumanTask.title,
        HumanTask.status,
        HumanTask.priority,
        HumanTask.book_by,
        col(HumanTask.case_id),
        UNTIL.label("until"),
    )
    query = _with_case(columns, col(HumanTask.case_id), looker).where(
        _theirs(looker, staff_id), since <= UNTIL, until > UNTIL
    )
    for row in session.execute(query.order_by(UNTIL).limit(MOST)):
        yield Item(
            what="task",
            at=row.until,
            until=None,
            title=row.title,
            status=row.status.value,
            task=row.id,
            kind="book" if row.book_by is not None and row.until == row.book_by else "",
            urgent=row.priority is TaskPriority.STAT,
            overdue=row.until < looker.now,
            **_about(row),
        )


def _theirs(looker: Looker, staff_id: str) -> ColumnElement[bool]:
    """The open tasks of somebody that the one who looks may read."""
    mine = and_(col(HumanTask.assignee_id) == staff_id, col(HumanTask.status).in_(TASK_OPEN))
    if not looker.actor.within(Action.READ_TASK):
        return false()
    return and_(mine, scope.readable_task(looker.actor, looker.now, mine))


def _overdue(session: Session, looker: Looker, staff_id: str) -> int:
    query = select(func.count()).select_from(HumanTask)
    return session.exec(query.where(_theirs(looker, staff_id), looker.now > UNTIL)).one()
