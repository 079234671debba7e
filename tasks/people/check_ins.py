"""A worker who went alone and has not said in time that all is well: somebody is told at once."""

from datetime import datetime
from zoneinfo import ZoneInfo

from sqlmodel import Session, select

from definitions.arguments import Recipient
from models import (
    Appointment,
    HumanTask,
    Staff,
    TaskKind,
    TaskPriority,
    TaskStatus,
    Timer,
    TimerPurpose,
    new_id,
)
from tasks.free_calls import step_call
from tasks.history import Happening, chronicle
from tasks.people.appointments import standing
from tasks.people.asking import ask
from tasks.people.notices import send_notice
from tasks.timers import FreeCall, on_free_timer


def watch_check_in(session: Session, task: HumanTask, appointment: Appointment, now: datetime) -> None:
    """See to it that somebody is told when the check-in of an appointment does not come. Asked again for the
    same time, it changes nothing; a timer of another time finds that it is not meant any more.

    The timer belongs to no instance, so that holding the process does not hold it.
    """
    at = appointment.check_in_at
    if at is None or task.instance_id is None:
        return
    key = f"check_in:{appointment.id}:{at.isoformat()}"
    if session.exec(select(Timer.id).where(Timer.key == key)).first() is not None:
        return
    zone = str(task.details.get("zone", "UTC"))
    session.add(
        Timer(
            id=new_id(),
            purpose=TimerPurpose.CHECK_IN,
            key=key,
            due_at=at,
            wall=f"{at.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M} {zone}",
            detail={"task": task.id, "at": at.isoformat()},
            created_at=now,
        )
    )


@on_free_timer(TimerPurpose.CHECK_IN)
def no_check_in(free: FreeCall, timer: Timer) -> None:
    """Tell the supervisor, or whoever stands in, unless the worker has said what became of it."""
    task = free.session.get_one(HumanTask, timer.detail["task"])
    meeting = standing(free.session, task)
    at = datetime.fromisoformat(timer.detail["at"])
    back = task.status is TaskStatus.COMPLETED
    if meeting is None or meeting.check_in_at != at or back or task.instance_id is None:
        return
    call = step_call(free, task.instance_id, task.step)
    worker = None if meeting.worker_id is None else free.session.get(Staff, meeting.worker_id)
    name = "somebody of the team" if worker is None else worker.name
    told = ask(
        call,
        to=Recipient.read("supervisor"),
        kind=TaskKind.NOTICE,
        title=f"No check-in: {name}",
        description=_words(meeting, name, worker, call.zone),
        priority=TaskPriority.STAT,
        excluded=[] if meeting.worker_id is None else [meeting.worker_id],
    )
    send_notice(call, told, "told")
    chronicle(call, Happening.CHECK_IN_MISSED, f"No check-in: {name}", record=("Appointment", meeting.id))


def _words(meeting: Appointment, name: str, worker: Staff | None, zone: ZoneInfo) -> str:
    since, at = (
        f"{each.astimezone(zone):%H:%M}"
        for each in (meeting.starts_at, meeting.check_in_at or meeting.ends_at)
    )
    lines = [f"{name} went alone to an appointment at {since} and has not said by {at} that all is well."]
    lines.append(f"Place: {meeting.place}.")
    if meeting.known_to:
        lines.append(f"Who knows of it: {meeting.known_to}.")
    if worker is not None and worker.phone:
        lines.append(f"Call {worker.phone} now.")
    lines.append("If nobody answers, do what your rule for visits alone says.")
    return "\n".join(lines)
