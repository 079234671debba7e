"""What became of an appointment: the client came, or did not. One transaction; the task goes on by itself."""

from datetime import datetime
from zoneinfo import ZoneInfo

from sqlmodel import Session

from flows.inbox.case.desk import several_lines, wanted
from flows.inbox.commands import command
from flows.inbox.desk import OPERATOR, find, zone_of
from flows.inbox.task.booking import BookingError
from flows.waking.wakes import wake_watchers
from models import Appointment, AppointmentStatus, HumanTask, Store
from tasks.history import Act, Happening, add_entry, write_audit
from tasks.people.appointments import STANDING, last
from tasks.people.human_tasks import note


@command
def record_attendance(
    store: Store, task_id: str, *, kept: bool, by: str | None, now: datetime, reason: str | None = None
) -> Appointment:
    """The appointment of a task took place, or the client did not come, for which a reason is said. It can be
    recorded from its beginning on, also after the task has ended. Again changes nothing; the other of both
    is refused.
    """
    why = several_lines("the reason", reason, 2_000)
    status = AppointmentStatus.DONE if kept else AppointmentStatus.MISSED
    if not kept:
        wanted("the reason", why, "say why it did not take place, or that nobody knows")
    with store.write("wake") as session:
        task = find(session, task_id, by)
        known = last(session, task)
        if known is None:
            raise BookingError(f"task {task.id} has no appointment")
        if known.status is status:
            return known
        if known.status not in STANDING:
            raise BookingError(f"the appointment is recorded as {known.status.value} already")
        if known.starts_at > now:
            raise BookingError("the appointment has not begun; move or cancel it instead")
        known.status, known.reason = status, why or None
        session.add(known)
        _tell(session, task, known, by, now)
        return known


def _tell(session: Session, task: HumanTask, known: Appointment, by: str | None, now: datetime) -> None:
    kept = known.status is AppointmentStatus.DONE
    note(session, task, "attended" if kept else "not_attended", now, by=by, comment=known.reason)
    fields = ("status", "reason")
    write_audit(
        session,
        by or OPERATOR,
        Act.UPDATE,
        "Appointment",
        known.id,
        now,
        fields=fields,
        case_id=known.case_id,
    )
    add_entry(
        session,
        known.case_id,
        Happening.APPOINTMENT_KEPT if kept else Happening.APPOINTMENT_MISSED,
        "Appointment kept" if kept else "Appointment missed",
        now=now,
        zone=ZoneInfo(zone_of(task)),
        by=by or OPERATOR,
        detail=known.reason or "",
        record=("Appointment", known.id),
        happened_on=known.starts_at.astimezone(ZoneInfo(zone_of(task))).date(),
    )
    wake_watchers(session, known.case_id, f"met:{known.id}:{known.sequence}:{known.status.value}", now)
