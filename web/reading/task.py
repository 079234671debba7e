"""One human task as its page shows it: what it is about, its form with what stands in it, its appointment,
and what has happened to it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, select

from flows.inbox import may_work, standing_rows
from models import TASK_ENDED, Case, Client, HumanTask, Staff, TaskEvent
from web.access.actor import Actor
from web.forms.fields import Field, fields_of
from web.forms.state import FormState, state_of
from web.reading.booking import Booking, booking_of
from web.reading.clients import client_name

MOST_EVENTS: Final = 30
EVENTS: Final[Mapping[str, str]] = {
    "created": "made",
    "accepted": "accepted",
    "reassigned": "given to somebody else",
    "offered": "offered to the next",
    "reminded": "reminder sent",
    "overdue": "overdue",
    "escalated": "overdue, told further up",
    "booked": "appointment booked",
    "moved": "appointment moved",
    "unbooked": "appointment cancelled",
    "booking_changed": "details of the appointment changed",
    "attended": "appointment kept",
    "not_attended": "appointment missed",
    "form_added": "form added",
    "late_answer": "an answer came too late and was kept",
    "completed": "done",
    "cancelled": "cancelled",
    "comment": "comment",
    "delegated": "delegated",
    "handed_back": "handed back",
    "asked": "a colleague was asked",
    "answer_came": "the answer came",
    "question_withdrawn": "a question was withdrawn",
}


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened to the task."""

    at: datetime
    what: str
    who: str
    comment: str


@dataclass(frozen=True, slots=True)
class TaskView:
    """A task with everything that its holder needs. `holder` is None while it lies in a queue; `workable`
    says that the person who looks may work on it, `why_ended` how it came to its end; `contact` is the
    first contact that it asks somebody to look at.
    """

    id: str
    title: str
    description: str
    kind: str
    status: str
    priority: str
    due_at: datetime | None
    book_by: datetime | None
    holder: str | None
    mine: bool
    group: str | None
    ended: bool
    why_ended: str
    workable: bool
    reason: str
    position: str
    case_id: str | None
    case: str | None
    client: str | None
    language: str
    interpreter: bool
    lone_visit_note: str
    risk: str | None
    risk_provisional: bool
    refusals: tuple[str, ...]
    numbers: tuple[Mapping[str, Any], ...]
    fields: tuple[Field, ...]
    state: FormState
    booking: Booking | None
    events: tuple[Event, ...]
    shape: str
    contact: str | None = None

    @property
    def until(self) -> datetime | None:
        """By when something has to be done: first an appointment, then the task."""
        booked = self.booking is not None and self.booking.starts_at is not None
        return self.due_at if booked or self.book_by is None else self.book_by


def task_view(
    session: Session, actor: Actor, task: HumanTask, now: datetime, zone: ZoneInfo, *, veiled: bool = False
) -> TaskView:
    """The task, for somebody who may see it; `veiled` leaves out whose case it is. Whoever shows it leaves a
    trace in the audit.
    """
    case = None if veiled or task.case_id is None else session.get(Case, task.case_id)
    client = None if case is None else session.get(Client, case.client_id)
    standing = standing_rows(session, task)
    state = state_of(task, standing, now)
    return TaskView(
        id=task.id,
        title=task.title,
        description=task.description,
        kind=task.kind.value,
        status=task.status.value,
        priority=task.priority.value,
        due_at=task.due_at,
        book_by=task.book_by,
        holder=_name(session, task.assignee_id),
        mine=task.assignee_id == actor.staff_id,
        group=task.candidate_group,
        ended=task.status in TASK_ENDED,
        why_ended=task.reason or "",
        workable=may_work(session, task, actor.staff_id) and actor.staff_id not in task.excluded_ids,
        reason=str(task.details.get("reason") or ""),
        position=str(task.details.get("position") or ""),
        case_id=None if case is None else case.id,
        case=None if case is None else case.number,
        client=_client(client),
        language="" if client is None else client.language,
        interpreter=client is not None and client.interpreter_needed,
        lone_visit_note=str(task.details.get("lone_visit_note") or ""),
        risk=None if case is None or case.risk_level is None else case.risk_level.value,
        risk_provisional=case is not None and case.risk_provisional,
        refusals=tuple(_refusals(task.details.get("refusals", ()))),
        numbers=tuple(task.details.get("numbers", ())),
        contact=task.details.get("contact") if task.case_id is None else None,
        fields=fields_of(task, standing, state.asked, zone),
        state=state,
        booking=booking_of(session, task, now),
        events=_events(session, task),
        shape=shape_of(task),
    )


def shape_of(task: HumanTask) -> str:
    """What changes when a page that shows the task has to be made anew: its questions, who has it, its
    appointment, its end.
    """
    parts = [task.status in TASK_ENDED, task.assignee_id, task.details.get("appointment")]
    asked = [(item["step"], item["id"], item["ask"]) for item in task.form]
    return sha256(repr((parts, asked)).encode()).hexdigest()[:16]


def _client(client: Client | None) -> str | None:
    if client is None:
        return None
    return client_name(
        client.given_name, client.family_name, client.preferred_name, hidden=client.hidden_name
    )


def _name(session: Session, staff_id: str | None) -> str | None:
    staff = None if staff_id is None else session.get(Staff, staff_id)
    return None if staff is None else staff.name


def _refusals(refusals: Iterable[Mapping[str, Any]]) -> Iterable[str]:
    return (f"{each.get('whose', 'contact')}: {each.get('reason', each.get('code'))}" for each in refusals)


def _events(session: Session, task: HumanTask) -> tuple[Event, ...]:
    query = select(TaskEvent).where(TaskEvent.task_id == task.id)
    rows = session.exec(query.order_by(col(TaskEvent.at).desc(), col(TaskEvent.id).desc()).limit(MOST_EVENTS))
    names: dict[str, str] = {}
    found = []
    for row in rows:
        if row.action == "changed" and row.field != "assignee_id":
            continue
        if row.actor_id not in names:
            names[row.actor_id] = _name(session, row.actor_id) or "Casewright"
        what = "taken" if row.action == "changed" else EVENTS.get(row.action, row.action.replace("_", " "))
        found.append(Event(row.at, what, names[row.actor_id], row.comment or ""))
    return tuple(found)
