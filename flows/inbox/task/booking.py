"""Commands about the appointment of a human task: book it, move it, cancel it. Each is one transaction.

One that has begun is neither moved nor cancelled: it is said what became of it, and the next is booked. The
client hears of it from the process that asked (`about:` of its e-mail), never from here.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sqlalchemy import bindparam
from sqlmodel import Session, col, exists, select

from definitions.time.calendar_vocabulary import from_mapping
from definitions.time.calendars import WorkingCalendar
from definitions.time.clocks import Unit
from definitions.time.local_time import local_date
from flows.inbox.case.desk import one_line
from flows.inbox.commands import command
from flows.inbox.desk import (
    ConflictError,
    InboxError,
    NotAllowedError,
    find_open,
    mark_accepted,
    tell_case,
    wake,
)
from flows.inbox.office.availability import clashes, taken
from models import (
    Appointment,
    AppointmentKind,
    AppointmentStatus,
    Case,
    HumanTask,
    Store,
    TaskStatus,
    WakeKind,
    add_last,
    new_id,
)
from tasks.history import Happening
from tasks.people.appointments import STANDING, cancel_standing, last
from tasks.people.check_ins import watch_check_in
from tasks.people.human_tasks import note

FARTHEST: Final = timedelta(days=2 * 366)
INSTEAD: Final = "say whether it took place, write down what happened as a note, then book the next one"
"""What is done where an appointment that has begun would have been moved."""

ELAPSED: Final = (Unit.MINUTES, Unit.HOURS, Unit.WORKING_HOURS)

_MEETING: Final[Any] = select(
    select(Case.client_id).where(Case.id == bindparam("case")).scalar_subquery(),
    exists().where(col(Appointment.task_id) == bindparam("task")),
)
"""Whom an appointment of a task is with, and whether there is one already, in one short query."""


class BookingError(InboxError):
    """An appointment can't be at this time or place."""


class ClashError(ConflictError):
    """The time is taken. `clashes` says by what, in words; whoever books may say that it is meant so."""

    def __init__(self, found: tuple[str, ...]) -> None:
        self.clashes = found
        super().__init__("this time is taken: " + "; ".join(found))


@dataclass(frozen=True, slots=True)
class Lone:
    """A worker goes alone: who knows of it, and until when they say that all is well."""

    known_to: str | None = None
    check_in_at: datetime | None = None


NOT_ALONE: Final = Lone()


@dataclass(frozen=True, slots=True)
class Slot:
    """When and where: `starts_at` is aware, `minutes` the length (the task's own if None). `interpreter` is
    the language of one (BCP 47), empty for none, `along` whoever comes along, empty for nobody; None leaves
    what the task or the appointment says. The `kind` of a first one is at the office if None.
    """

    starts_at: datetime
    place: str | None = None
    minutes: int | None = None
    kind: AppointmentKind | None = None
    interpreter: str | None = None
    along: str | None = None
    lone: Lone | None = None


@command
def book(  # noqa: PLR0913  (what an appointment says, by name)
    store: Store,
    task_id: str,
    starts_at: datetime,
    *,
    by: str | None,
    now: datetime,
    place: str | None = None,
    minutes: int | None = None,
    kind: AppointmentKind | None = None,
    interpreter: str | None = None,
    along: str | None = None,
    lone: Lone | None = None,
    within: WorkingCalendar | None = None,
) -> Appointment:
    """Book the appointment of a task, or move it; the same again changes nothing. One that was missed or
    cancelled is booked anew so, and the client hears of the new time.

    `place` and `minutes` are those that the task proposes unless given. BookingError for a time that is
    past, more than two years ahead, or earlier than the step's `notice` allows: with days, not before the
    day that is reached counting from today; and for another time of an appointment that has begun. `within`
    a calendar, ClashError for a time that is taken or outside its hours.
    """
    with store.write("wake") as session:
        task = find_open(session, task_id, by)
        slot = Slot(starts_at, place, minutes, kind, interpreter, along, lone)
        keys = {"case": task.case_id, "task": task.id}
        found: Any = session.connection().execute(_MEETING, keys).one()
        client_id, booked = found
        known = last(session, task) if booked else None
        if known is not None and has_begun(known, now):
            slot = _as_it_is(task, known, slot)
        else:
            _check(task, slot, now)
        if within is not None:
            _refuse_clash(session, task, known, slot, within, by)
        if known is None:
            return _first(session, task, client_id, slot, by, now)
        return _again(session, task, known, slot, by, now)


@command
def cancel_booking(store: Store, task_id: str, reason: str, *, by: str | None, now: datetime) -> Appointment:
    """Cancel the appointment of a task; the task stays, to be booked again. Whoever was invited hears of
    it.
    """
    if not reason.strip():
        raise InboxError("cancelling an appointment needs a reason")
    with store.write("wake") as session:
        task = find_open(session, task_id, by)
        known = last(session, task)
        if known is None:
            raise BookingError(f"task {task.id} has no appointment")
        if known.status is AppointmentStatus.CANCELLED:
            return known
        if has_begun(known, now):
            raise BookingError(f"the appointment has begun and can't be cancelled; {INSTEAD}")
        keep_earlier(known, by, now)
        if cancel_standing(session, task, reason, now) is None:
            raise BookingError(f"the appointment of task {task.id} is over ({known.status.value})")
        _changed(session, task, known, "unbooked", reason, by, now)
        tell_case(session, task, Happening.APPOINTMENT_CANCELLED, "Appointment cancelled", now, by, reason)
        return known


def has_begun(appointment: Appointment, now: datetime) -> bool:
    """Whether an appointment that stands has begun, so that its time is a fact and no plan."""
    return appointment.status in STANDING and appointment.starts_at <= now


def earliest(task: HumanTask, now: datetime) -> datetime:
    """When an appointment can begin at the earliest, if it is booked now."""
    notice: Mapping[str, Any] | None = task.details.get("notice")
    if notice is None:
        return now
    calendar = from_mapping(notice["calendar"])
    unit = Unit(notice["unit"])
    reached = calendar.add(now, int(notice["amount"]), unit).moment_utc
    if unit in ELAPSED:
        return reached
    return max(now, calendar.start_of(local_date(reached, calendar.zone)))


def _as_it_is(task: HumanTask, known: Appointment, slot: Slot) -> Slot:
    """An appointment that has begun keeps its time, length, place and kind; the rest may still change, such
    as until when somebody who is alone says that all is well. BookingError for anything else.
    """
    minutes = int((known.ends_at - known.starts_at) / timedelta(minutes=1))
    meant = replace(slot, place=slot.place or known.place, minutes=slot.minutes or minutes)
    if (meant.starts_at, meant.minutes, _place(task, meant), meant.kind or known.kind) != (
        known.starts_at,
        minutes,
        known.place,
        known.kind,
    ):
        raise BookingError(f"the appointment has begun and can't be moved; {INSTEAD}")
    return meant


def _check(task: HumanTask, slot: Slot, now: datetime) -> None:
    if slot.starts_at.utcoffset() is None:
        raise BookingError("the time of an appointment needs its offset, such as 2026-03-02T09:00+01:00")
    if slot.starts_at <= now:
        raise BookingError("an appointment lies in the future")
    if slot.starts_at > now + FARTHEST:
        raise BookingError("an appointment is booked at most two years ahead")
    if not 5 <= _minutes(task, slot) <= 24 * 60:
        raise BookingError("an appointment lasts from 5 minutes to 24 hours")
    first = earliest(task, now)
    if slot.starts_at < first:
        notice = task.details["notice"]
        wall = f"{first.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
        raise BookingError(
            f"the client is invited {notice['amount']} {notice['unit']} before it; not before {wall}"
        )


def keep_earlier(appointment: Appointment, by: str | None, now: datetime) -> None:
    """Keep what the appointment is, before it becomes another one."""
    was = {
        "starts_at": appointment.starts_at.isoformat(),
        "ends_at": appointment.ends_at.isoformat(),
        "place": appointment.place,
        "status": appointment.status.value,
        "reason": appointment.reason,
        "by": by,
        "at": now.isoformat(),
    }
    appointment.earlier = [*(appointment.earlier or ()), was]


def _refuse_clash(
    session: Session,
    task: HumanTask,
    known: Appointment | None,
    slot: Slot,
    calendar: WorkingCalendar,
    by: str | None,
) -> None:
    worker = known.worker_id if known is not None else task.assignee_id or by
    since, until = slot.starts_at, slot.starts_at + timedelta(minutes=_minutes(task, slot))
    if known is not None and (known.starts_at, known.ends_at) == (since, until):
        return
    others = (
        []
        if worker is None
        else taken(session, worker, since, until, but=None if known is None else known.id)
    )
    found = clashes(since, until, others, calendar)
    if found:
        raise ClashError(found)


def _minutes(task: HumanTask, slot: Slot) -> int:
    return slot.minutes if slot.minutes is not None else int(task.details.get("minutes", 60))


def _place(task: HumanTask, slot: Slot) -> str:
    place = one_line("the place", slot.place or str(task.details.get("place", "")))
    if not place:
        raise BookingError("an appointment needs a place; give `--at ... --place ...`")
    return place


def _first(
    session: Session, task: HumanTask, client_id: str | None, slot: Slot, by: str | None, now: datetime
) -> Appointment:
    if task.case_id is None or client_id is None:
        raise NotAllowedError(f"task {task.id} belongs to no case, so there is nobody to meet")
    appointment_id = new_id()
    booked = Appointment(
        id=appointment_id,
        case_id=task.case_id,
        client_id=client_id,
        task_id=task.id,
        worker_id=task.assignee_id or by,
        starts_at=slot.starts_at,
        ends_at=slot.starts_at + timedelta(minutes=_minutes(task, slot)),
        place=_place(task, slot),
        kind=slot.kind or AppointmentKind.OFFICE,
        interpreter=_interpreter(slot, task.details.get("interpreter")),
        along=_along(slot, None),
        known_to=_known_to(slot.lone or NOT_ALONE),
        check_in_at=(slot.lone or NOT_ALONE).check_in_at,
        uid=f"{appointment_id}@casewright",
        created_at=now,
    )
    add_last(session, booked)
    watch_check_in(session, task, booked, now)
    _started(session, task, booked, by, now)
    note(session, task, "booked", now, by=by, changed=("appointment", None, booked.starts_at.isoformat()))
    wake(session, task, f"booked:{booked.id}:0", WakeKind.ANSWER, {"appointment": booked.id}, now)
    tell_case(session, task, Happening.APPOINTMENT_BOOKED, "Appointment booked", now, by)
    return booked


def _again(
    session: Session, task: HumanTask, known: Appointment, slot: Slot, by: str | None, now: datetime
) -> Appointment:
    """Move the appointment: same row and uid, a higher sequence (RFC 5546, 3.2.2). One that was cancelled
    stands again.
    """
    place, kind = _place(task, slot), slot.kind or known.kind
    ends_at = slot.starts_at + timedelta(minutes=_minutes(task, slot))
    told = (slot.starts_at, ends_at, place, kind)
    if known.status is AppointmentStatus.DONE:
        raise BookingError(
            "the appointment has taken place and can't be moved; write down what happened as a note. The "
            "next one is booked in the task that asks for it"
        )
    own_details = _detailed(known, slot)
    if (known.starts_at, known.ends_at, known.place, known.kind) == told and known.status in STANDING:
        if own_details:
            session.add(known)
            watch_check_in(session, task, known, now)
            note(session, task, "booking_changed", now, by=by)
        return known
    keep_earlier(known, by, now)
    if known.status not in STANDING:  # then it did not go over with the task
        known.worker_id = task.assignee_id or known.worker_id
    before = known.starts_at.isoformat()
    known.starts_at, known.ends_at, known.place, known.kind = slot.starts_at, ends_at, place, kind
    known.status, known.cancelled_at, known.reason = AppointmentStatus.MOVED, None, None
    known.sequence += 1
    session.add(known)
    watch_check_in(session, task, known, now)
    _started(session, task, known, by, now)
    note(session, task, "moved", now, by=by, changed=("appointment", before, known.starts_at.isoformat()))
    _changed(session, task, known, "moved", "the appointment was moved", by, now)
    tell_case(session, task, Happening.APPOINTMENT_MOVED, "Appointment moved", now, by)
    return known


def _detailed(known: Appointment, slot: Slot) -> bool:
    """Set what the client is not told of; says whether that changed anything."""
    before = known.interpreter, known.along, known.known_to, known.check_in_at
    known.interpreter, known.along = _interpreter(slot, known.interpreter), _along(slot, known.along)
    if slot.lone is not None:
        known.known_to, known.check_in_at = _known_to(slot.lone), slot.lone.check_in_at
    elif known.check_in_at is not None:  # it goes with the appointment
        known.check_in_at += slot.starts_at - known.starts_at
    return before != (known.interpreter, known.along, known.known_to, known.check_in_at)


def _interpreter(slot: Slot, usual: str | None) -> str | None:
    return usual if slot.interpreter is None else one_line("the interpreter", slot.interpreter, 35) or None


def _along(slot: Slot, usual: str | None) -> str | None:
    return usual if slot.along is None else one_line("who comes along", slot.along) or None


def _known_to(lone: Lone) -> str | None:
    return one_line("who knows of it", lone.known_to) or None


def _started(
    session: Session, task: HumanTask, appointment: Appointment, by: str | None, now: datetime
) -> None:
    """Booking accepts the task, if nobody has."""
    mark_accepted(session, task, by, now)
    if task.assignee_id is None and by is not None:
        task.assignee_id = by
    task.status = TaskStatus.IN_PROGRESS
    task.details = {**task.details, "appointment": appointment.id}
    session.add(task)


def _changed(
    session: Session,
    task: HumanTask,
    appointment: Appointment,
    what: str,
    reason: str,
    by: str | None,
    now: datetime,
) -> None:
    detail = {
        "step": task.step,
        "iteration": task.iteration,
        "output": "appointment",
        "reason": reason,
        "by": by,
    }
    wake(session, task, f"{what}:{appointment.id}:{appointment.sequence}", WakeKind.CHANGED, detail, now)
