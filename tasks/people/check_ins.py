"""A worker who went alone and has not said in time that all is well: somebody is told at once."""

from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from sqlmodel import Session, select

from definitions.arguments import Recipient
from models import (
    Appointment,
    Case,
    HumanTask,
    Staff,
    StaffGroup,
    TaskKind,
    TaskPriority,
    TaskStatus,
    Timer,
    TimerPurpose,
    new_id,
    related,
)
from tasks.call import Call
from tasks.free_calls import step_call
from tasks.history import Happening, add_entry, chronicle
from tasks.people.appointments import standing
from tasks.people.asking import ask
from tasks.people.holders import here_for
from tasks.people.human_tasks import SYSTEM, note
from tasks.people.notices import send_notice, send_notice_of
from tasks.timers import FreeCall, on_free_timer

_NO_ZONE: Final = "UTC"


def watch_check_in(session: Session, task: HumanTask, appointment: Appointment, now: datetime) -> None:
    """See to it that somebody is told when the check-in of an appointment does not come, whatever its task
    belongs to. Asked again for the same time, it changes nothing; a timer of another time finds that it is
    not meant any more.

    The timer belongs to no instance, so that holding the process does not hold it.
    """
    at = appointment.check_in_at
    if at is None:
        return
    key = f"check_in:{appointment.id}:{at.isoformat()}"
    if session.exec(select(Timer.id).where(Timer.key == key)).first() is not None:
        return
    zone = _zone(task)
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
    """Tell the supervisor, or whoever stands in, unless the worker has said what became of it. Who ended the
    task before the appointment began has not said that.
    """
    task = free.session.get_one(HumanTask, timer.detail["task"])
    meeting = standing(free.session, task)
    at = datetime.fromisoformat(timer.detail["at"])
    if meeting is None or meeting.check_in_at != at or _is_back(task, meeting):
        return
    worker = None if meeting.worker_id is None else free.session.get(Staff, meeting.worker_id)
    name = "somebody of the team" if worker is None else worker.name
    title = f"No check-in: {name}"
    words = _words(meeting, name, worker, _zone(task))
    if task.instance_id is not None and task.step is not None:
        _tell_of_step(step_call(free, task.instance_id, task.step), meeting, title, words)
    else:
        _tell_of_case(free, task, meeting, title, words)


def _is_back(task: HumanTask, meeting: Appointment) -> bool:
    ended = task.completed_at if task.status is TaskStatus.COMPLETED else None
    return ended is not None and ended >= meeting.starts_at


def _tell_of_step(call: Call, meeting: Appointment, title: str, words: str) -> None:
    told = ask(
        call,
        to=Recipient.read("supervisor"),
        kind=TaskKind.NOTICE,
        title=title,
        description=words,
        priority=TaskPriority.STAT,
        excluded=[] if meeting.worker_id is None else [meeting.worker_id],
    )
    send_notice(call, told, "told")
    chronicle(call, Happening.CHECK_IN_MISSED, title, record=("Appointment", meeting.id))


def _tell_of_case(free: FreeCall, task: HumanTask, meeting: Appointment, title: str, words: str) -> None:
    """The same for an appointment that no step has asked for: nobody but people knows of it."""
    session, now = free.session, free.now
    case = session.get_one(Case, meeting.case_id)
    worker = None if meeting.worker_id is None else session.get(Staff, meeting.worker_id)
    without = [] if worker is None else [worker.id]
    leads = case.supervisor_id or (worker.supervisor_id if worker else None)
    holder = here_for(session, leads, case, now, without)
    queue = None if holder is not None else case.team or _team_of(session, worker)
    told = HumanTask(
        id=free.new_id(),
        kind=TaskKind.NOTICE,
        title=title,
        description=words,
        case_id=case.id,
        assignee_id=holder or (leads if queue is None else None),  # away, but nobody else is left
        candidate_group=queue,
        priority=TaskPriority.STAT,
        created_at=now,
        details={"zone": _zone(task)},
        excluded_ids=without,
    )
    session.add(told)
    note(session, told, "created", now)
    send_notice_of(session, told, "told", now, free.new_id)
    add_entry(
        session,
        case.id,
        Happening.CHECK_IN_MISSED,
        title,
        now=now,
        zone=ZoneInfo(_zone(task)),
        by=SYSTEM,
        record=("Appointment", meeting.id),
        source="step",
    )


def _team_of(session: Session, worker: Staff | None) -> str | None:
    """Where somebody works, if nothing else says who looks for them."""
    places = [] if worker is None else related(session, StaffGroup, staff_id=worker.id)
    return min((place.group for place in places), default=None)


def _zone(task: HumanTask) -> str:
    """The zone in which the times of a task are told."""
    return str(task.details.get("zone", _NO_ZONE))


def _words(meeting: Appointment, name: str, worker: Staff | None, zone: str) -> str:
    since, at = (
        f"{each.astimezone(ZoneInfo(zone)):%H:%M}" + (" (UTC)" if zone == _NO_ZONE else "")
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
