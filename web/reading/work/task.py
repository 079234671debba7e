"""One human task as its page shows it: what it is about, its form with what stands in it, its appointment,
and what has happened to it.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, select

from flows.inbox import may_work, standing_rows
from models import (
    TASK_ENDED,
    Case,
    ChecklistAnswer,
    Client,
    Consent,
    HumanTask,
    StoredFile,
    TaskEvent,
    TaskKind,
    TaskStatus,
)
from tasks.people.answers import consent_terms
from tasks.people.form_items import FILED, FILES
from tasks.people.forms import entry_of
from web.access.actions import Action
from web.access.actor import Actor
from web.access.policy import may
from web.forms.fields import Field, fields_of, typed
from web.forms.state import FormState, state_of
from web.reading.clients import name_of
from web.reading.names import Names
from web.reading.work.booking import Booking, booking_of

MOST_EVENTS: Final = 30
EVENTS: Final[Mapping[str, str]] = {
    "created": "made",
    "accepted": "accepted",
    "reassigned": "given to somebody else",
    "offered": "offered to the next",
    "reminded": "reminder sent",
    "overdue": "overdue",
    "due_moved": "due date moved",
    "book_by": "no appointment booked in time",
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
    "corrected": "an answer corrected",
    "file_added": "a file added",
}
ABOVE: Final = frozenset({"asked", "answer_came"})
"""What stands in full above the history."""


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened to the task. `field` is the question whose answer was corrected, with what it
    was and what it is.
    """

    at: datetime
    what: str
    who: str
    comment: str
    field: Field | None = None
    old: Any = None
    new: Any = None


@dataclass(frozen=True, slots=True)
class TaskView:
    """A task with everything that its holder needs. `holder` is None while it lies in a queue; `workable`
    says that the person who looks may work on it, `correctable` that they may correct what counts,
    `printable` that they may print it, `why_ended` how it came to its end; `contact` is the first contact
    that it asks somebody to look at.
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
    correctable: bool
    printable: bool
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
    standing, names = standing_rows(session, task), Names(session)
    state = state_of(task, standing, now)
    fields = with_records(session, task, fields_of(task, standing, state.asked, zone))
    return TaskView(
        id=task.id,
        title=task.title,
        description=task.description,
        kind=task.kind.value,
        status=task.status.value,
        priority=task.priority.value,
        due_at=task.due_at,
        book_by=task.book_by,
        holder=names.of(task.assignee_id),
        mine=task.assignee_id == actor.staff_id,
        group=task.candidate_group,
        ended=task.status in TASK_ENDED,
        why_ended=task.reason or "",
        workable=may_work(session, task, actor.staff_id) and actor.staff_id not in task.excluded_ids,
        correctable=task.status is TaskStatus.COMPLETED
        and task.kind is not TaskKind.CHASE
        and may(session, actor, Action.CORRECT_ANSWER, task, now=now).allowed,
        printable=bool(fields) and may(session, actor, Action.PRINT_TASK, task, now=now).allowed,
        reason=str(task.details.get("reason") or ""),
        position=str(task.details.get("position") or ""),
        case_id=None if case is None else case.id,
        case=None if case is None else case.number,
        client=None if client is None else name_of(client),
        language="" if client is None else client.language,
        interpreter=client is not None and client.interpreter_needed,
        lone_visit_note=str(task.details.get("lone_visit_note") or ""),
        risk=None if case is None or case.risk_level is None else case.risk_level.value,
        risk_provisional=case is not None and case.risk_provisional,
        refusals=tuple(_refusals(task.details.get("refusals", ()))),
        numbers=tuple(task.details.get("numbers", ())),
        contact=task.details.get("contact") if task.case_id is None else None,
        fields=fields,
        state=state,
        booking=booking_of(session, task, now),
        events=_events(session, task, fields, names, zone),
        shape=shape_of(task),
    )


def shape_of(task: HumanTask) -> str:
    """What changes when a page that shows the task has to be made anew: its questions, who has it, its
    appointment, its end.
    """
    parts = [task.status in TASK_ENDED, task.assignee_id, task.details.get("appointment")]
    asked = [(item["step"], item["id"], item["ask"]) for item in task.form]
    return sha256(repr((parts, asked)).encode()).hexdigest()[:16]


def with_records(session: Session, task: HumanTask, fields: tuple[Field, ...]) -> tuple[Field, ...]:
    """The fields with what those who read them see of consents, once the task has ended, and of files."""
    if task.status in TASK_ENDED:
        fields = tuple(with_consent(session, task, each) for each in fields)
    return with_files(session, task, fields)


def with_consent(session: Session, task: HumanTask, field: Field) -> Field:
    """The field with what was said when its consent was given, for those who read it."""
    if field.type != "consent" or not field.counts or not field.row:
        return field
    item = entry_of(task.form, field.name)
    kept = session.get_one(ChecklistAnswer, field.row).value
    return replace(field, value=_consent(session, item, kept) or field.value)


def with_files(session: Session, task: HumanTask, fields: tuple[Field, ...]) -> tuple[Field, ...]:
    """The fields with the names and sizes of the files that stand in them."""
    if not any(each.type in FILED for each in fields):
        return fields
    files = {each.id: each for each in session.exec(select(StoredFile).where(StoredFile.task_id == task.id))}
    return tuple(_with_file(each, files) for each in fields)


def _with_file(field: Field, files: Mapping[str, StoredFile]) -> Field:
    value = field.value
    if field.type not in FILED or value is None or (isinstance(value, Mapping) and "no_answer" in value):
        return field
    found = [_told_file(each, files) for each in (value if isinstance(value, list) else (value,))]
    there = [each for each in found if each is not None]
    if field.type == FILES:
        return replace(field, value=there or None)
    return replace(field, value=there[0] if there else None)


def _told_file(value: Any, files: Mapping[str, StoredFile]) -> dict[str, Any] | None:
    kept = files.get(str(value.get("file") if isinstance(value, Mapping) else value))
    return None if kept is None else {"file": kept.id, "name": kept.name, "size": kept.size}


def _consent(session: Session, item: Mapping[str, Any], kept: Any) -> dict[str, Any] | None:
    consent = session.get(Consent, kept["id"]) if isinstance(kept, Mapping) and "id" in kept else None
    if consent is None:
        return None
    return {
        **consent_terms(consent, ZoneInfo(str(item["zone"]))),
        "taken_back": consent.withdrawn_at is not None,
    }


def _refusals(refusals: Iterable[Mapping[str, Any]]) -> Iterable[str]:
    return (f"{each.get('whose', 'contact')}: {each.get('reason', each.get('code'))}" for each in refusals)


def _events(
    session: Session, task: HumanTask, fields: tuple[Field, ...], names: Names, zone: ZoneInfo
) -> tuple[Event, ...]:
    query = select(TaskEvent).where(TaskEvent.task_id == task.id)
    rows = session.exec(query.order_by(col(TaskEvent.at).desc(), col(TaskEvent.id).desc()).limit(MOST_EVENTS))
    by_name = {each.name: each for each in fields}
    found = []
    for row in rows:
        if row.action == "changed" and row.field != "assignee_id":
            continue
        who = names.of(row.actor_id) or "Casewright"
        what = "taken" if row.action == "changed" else EVENTS.get(row.action, row.action.replace("_", " "))
        words = "" if row.action in ABOVE else row.comment or ""
        event = Event(row.at, what, who, words)
        field = by_name.get(row.field or "") if row.action == "corrected" else None
        found.append(event if field is None else _corrected(session, task, event, field, row, zone))
    return tuple(found)


def _corrected(
    session: Session, task: HumanTask, event: Event, field: Field, row: TaskEvent, zone: ZoneInfo
) -> Event:
    """The event with what the answer was and what it became, as somebody would type them."""
    item = entry_of(task.form, field.name)

    def read(written: str | None) -> Any:
        kept = None if written is None else json.loads(written)
        return (_consent(session, item, kept) if field.type == "consent" else None) or typed(item, kept, zone)

    old, new = read(row.old), read(row.new)
    if field.type in FILED:
        found = (with_files(session, task, (replace(field, value=each),)) for each in (old, new))
        old, new = (each.value for (each,) in found)
    return replace(event, field=field, old=old, new=new)
