"""The appointment of a human task: free times, booking and moving it, cancelling it, what became of it.

Whoever was invited hears of it through the process that asked.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from http import HTTPStatus
from typing import Annotated, Final
from zoneinfo import ZoneInfo

from fastapi import Query, Response
from pydantic import Field

from flows import inbox as commands
from models import AppointmentKind, AppointmentStatus, HumanTask
from web.access.actions import Action
from web.api.as_read import as_read
from web.api.case_writing import moment
from web.api.declaring import Resource
from web.api.problem import ProblemError
from web.api.sent import Sent
from web.api.standing import TASK
from web.api.visiting import Visiting, allowed_task
from web.reading.work.booking import DayFree, day_of
from web.visitor import Visit

router = Resource(prefix="/tasks/{task_id}/appointment", tags=["tasks"])


LATEST: Final = 3_000
"""The year from which on no time is looked at more closely."""


class Alone(Sent):
    """A worker goes alone: who knows of it, and at what time of day they say that all is well."""

    known_to: str | None = Field(default=None, max_length=200)
    check_in: str | None = Field(default=None, max_length=40)


class Slot(Sent):
    """When and where two meet: `at` by the office's clocks (`2026-03-02T09:00`) or with an offset. `despite`:
    it is meant so although the time is taken or outside the office's hours. An empty `interpreter` is none,
    an empty `along` (who comes along) nobody.
    """

    at: str = Field(max_length=40)
    place: str | None = Field(default=None, max_length=200)
    minutes: int | None = Field(default=None, ge=5, le=24 * 60)
    kind: AppointmentKind | None = None
    interpreter: str | None = Field(default=None, max_length=35)
    along: str | None = Field(default=None, max_length=200)
    alone: Alone | None = None
    despite: bool = False


class Reason(Sent):
    """Why something is done."""

    reason: str = Field(min_length=1, max_length=2_000)


class Attendance(Sent):
    """Whether the appointment took place, and why not."""

    kept: bool
    reason: str | None = Field(default=None, max_length=2_000)


@dataclass(frozen=True, slots=True)
class Booked:
    """The appointment as it was booked."""

    appointment: str
    starts_at: datetime
    place: str


@dataclass(frozen=True, slots=True)
class Attended:
    """What became of the appointment."""

    appointment: str
    status: AppointmentStatus


@router.get("/times")
def times(
    visit: Visiting, task_id: str, day: date, minutes: Annotated[int, Query(ge=5, le=24 * 60)] = 60
) -> DayFree:
    """The times of a day that are free for whoever has the task, and what else is on that day."""
    web, now = visit.web, visit.web.now()
    if not now.year - 1 <= day.year <= now.year + 3:
        raise ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, "This day is too far away.")
    with web.store.read() as session:
        task, _ = allowed_task(session, visit.actor, Action.WORK_TASK, task_id, now)
        calendar = web.runtime.catalogue.vocabulary.calendar(None)
        return day_of(session, task, visit.actor.staff_id, day, minutes, calendar, now)


@router.put("")
@as_read(TASK)
def book(visit: Visiting, task_id: str, sent: Slot) -> Booked:
    """Book the appointment of a task, or move it. A time that is taken is a conflict, unless it is meant
    so. One that has begun keeps its time.
    """
    task, web = _workable(visit, task_id), visit.web
    starts_at = moment(sent.at, web.zone.key, "at")
    try:
        made = commands.book(
            web.store,
            task.id,
            starts_at,
            by=visit.actor.staff_id,
            now=web.now(),
            place=sent.place,
            minutes=sent.minutes,
            kind=sent.kind,
            interpreter=sent.interpreter,
            along=sent.along,
            lone=_lone(sent.alone, starts_at, web.zone),
            within=None if sent.despite else web.runtime.catalogue.vocabulary.calendar(None),
        )
    except commands.ClashError as clash:
        errors = [{"item": "despite", "reason": each} for each in clash.clashes]
        raise ProblemError(HTTPStatus.CONFLICT, str(clash), errors=errors) from None
    return Booked(made.id, made.starts_at, made.place)


@router.delete("", status_code=HTTPStatus.NO_CONTENT)
@as_read(TASK)
def cancel(visit: Visiting, task_id: str, sent: Reason) -> Response:
    """Cancel the appointment of a task; the task stays."""
    task = _workable(visit, task_id)
    commands.cancel_booking(
        visit.web.store, task.id, sent.reason, by=visit.actor.staff_id, now=visit.web.now()
    )
    return Response(status_code=HTTPStatus.NO_CONTENT)


@router.post("/attendance")
@as_read(TASK)
def attendance(visit: Visiting, task_id: str, sent: Attendance) -> Attended:
    """Say whether the appointment took place, from its beginning on."""
    task = _workable(visit, task_id)
    found = commands.record_attendance(
        visit.web.store,
        task.id,
        kept=sent.kept,
        reason=sent.reason,
        by=visit.actor.staff_id,
        now=visit.web.now(),
    )
    return Attended(found.id, found.status)


def _workable(visit: Visit, task_id: str) -> HumanTask:
    with visit.web.store.read() as session:
        return allowed_task(session, visit.actor, Action.WORK_TASK, task_id, visit.web.now())[0]


def _lone(sent: Alone | None, starts_at: datetime, zone: ZoneInfo) -> commands.Lone | None:
    """Who knows of a visit alone; a check-in of a time of day is the first such time after the beginning."""
    if sent is None:
        return None
    if not sent.check_in:
        return commands.Lone(sent.known_to)
    if "T" in sent.check_in:
        return commands.Lone(sent.known_to, moment(sent.check_in, zone.key, "alone.check_in"))
    if starts_at.year >= LATEST:
        return commands.Lone(sent.known_to)  # the command refuses the time anyway
    day = starts_at.astimezone(zone).date()
    at = moment(f"{day}T{sent.check_in}", zone.key, "alone.check_in")
    if at < starts_at:
        at = moment(f"{day + timedelta(days=1)}T{sent.check_in}", zone.key, "alone.check_in")
    return commands.Lone(sent.known_to, at)
