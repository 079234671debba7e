"""What the demo has come to, read from the database: cases and their steps, messages, handovers, visits,
reports."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

from sqlmodel import Session, col, select

from definitions import Plan
from flows.viewing.step_lines import StepLine, holder_of, staff_name, step_lines
from models import (
    TASK_ENDED,
    Appointment,
    Case,
    Client,
    HumanTask,
    Instance,
    Message,
    MessageStatus,
    StepRun,
    TaskKind,
    Visit,
    VisitSchedule,
)

SENT: Final = frozenset({MessageStatus.SENDING, MessageStatus.SENT, MessageStatus.DELIVERED})
_SENDING_KINDS: Final = frozenset({"send_email", "send_sms"})


@dataclass(frozen=True, slots=True)
class CaseStory:
    """One intake: its scenario, its case and its steps. `client` is the reference that it was asked for."""

    scenario: str
    about: str
    client: str
    name: str
    instance: str
    case: str | None
    case_status: str | None
    status: str
    risk: str | None
    priority: str | None
    steps: tuple[StepLine, ...]

    @property
    def waiting_at(self) -> tuple[StepLine, ...]:
        """The steps that have begun and not ended."""
        return tuple(each for each in self.steps if each.state in ("waiting", "incident"))


@dataclass(frozen=True, slots=True)
class MessageLine:
    """A message of the outbox. `file` is where it lies in the home; `why` says why it was not sent."""

    case: str | None
    step: str
    channel: str
    template: str
    to: str
    language: str
    status: str
    critical: bool
    at: datetime
    file: str | None
    why: str

    @property
    def was_sent(self) -> bool:
        """Whether it left the outbox."""
        return self.status in SENT

    @property
    def to_staff(self) -> bool:
        """Whether it is for somebody who works here."""
        return self.to == "staff"


@dataclass(frozen=True, slots=True)
class TaskLine:
    """A human task. For a handover `why` says what could not be done and `refusals` name each contact that
    was not used, with the reason.
    """

    id: str
    case: str | None
    instance: str | None
    kind: str
    step: str
    sending: bool
    title: str
    holder: str
    priority: str
    status: str
    due_at: datetime | None
    book_by: datetime | None
    why: str
    refusals: tuple[str, ...]

    @property
    def is_open(self) -> bool:
        """Whether somebody still has something to do."""
        return self.status not in TASK_ENDED

    @property
    def waits_for_booking(self) -> bool:
        """Whether an appointment is still to be booked."""
        return self.book_by is not None and self.status == "requested"


@dataclass(frozen=True, slots=True)
class VisitLine:
    """A visit that is booked, and the process that its day starts."""

    case: str | None
    day: date
    starts_at: datetime
    worker: str
    status: str
    starts: str


@dataclass(frozen=True, slots=True)
class AppointmentLine:
    """An assessment that is booked."""

    case: str | None
    starts_at: datetime
    place: str
    worker: str
    status: str


@dataclass(frozen=True, slots=True)
class Story:
    """All of it."""

    cases: tuple[CaseStory, ...]
    messages: tuple[MessageLine, ...]
    tasks: tuple[TaskLine, ...]
    appointments: tuple[AppointmentLine, ...]
    visits: tuple[VisitLine, ...]

    @property
    def handed_over(self) -> tuple[TaskLine, ...]:
        """What a person took over because a step could not do it."""
        return tuple(each for each in self.tasks if each.kind == TaskKind.HANDOVER)


@dataclass(frozen=True, slots=True)
class Begun:
    """An intake of the demo: the instance that a scenario started."""

    scenario: str
    about: str
    client: str
    instance_id: str


def read_story(session: Session, plan: Plan, begun: Sequence[Begun], home: Path) -> Story:
    """What became of these instances of `plan`, and of everything that belongs to their cases."""
    cases = tuple(_case(session, plan, each) for each in begun)
    numbers = {case.id: case.number for case in session.exec(select(Case))}
    kinds = {step.id: step.kind.name for step in plan.steps}
    return Story(
        cases=cases,
        messages=tuple(_messages(session, numbers, home)),
        tasks=tuple(_tasks(session, numbers, kinds)),
        appointments=tuple(_appointments(session, numbers)),
        visits=tuple(_visits(session, numbers)),
    )


def _case(session: Session, plan: Plan, begun: Begun) -> CaseStory:
    instance = session.get_one(Instance, begun.instance_id)
    case = None if instance.case_id is None else session.get(Case, instance.case_id)
    client = None if instance.client_id is None else session.get(Client, instance.client_id)
    return CaseStory(
        scenario=begun.scenario,
        about=begun.about,
        client=begun.client,
        name="" if client is None else f"{client.given_name} {client.family_name}",
        instance=instance.id,
        case=None if case is None else case.number,
        case_status=None if case is None else case.status.value,
        status=instance.status.value,
        risk=None if case is None else _level(case.risk_level, case.risk_provisional),
        priority=None if case is None else _level(case.priority, case.priority_provisional),
        steps=step_lines(session, plan, instance.id),
    )


def _level(level: Any, provisional: bool) -> str | None:
    if level is None:
        return None
    return f"{level.value} (provisional)" if provisional else str(level.value)


def _messages(session: Session, numbers: Mapping[str, str], home: Path) -> Iterable[MessageLine]:
    for message in session.exec(select(Message).order_by(col(Message.created_at), col(Message.id))):
        run = None if message.step_run_id is None else session.get(StepRun, message.step_run_id)
        yield MessageLine(
            case=numbers.get(message.case_id or ""),
            step="" if run is None else run.step,
            channel=message.channel.value,
            template=message.template,
            to="staff" if message.staff_id is not None else message.recipient_role,
            language=message.language,
            status=message.status.value,
            critical=message.priority.value == "critical",
            at=message.sent_at or message.created_at,
            file=_file_of(message, home),
            why=message.block_reason or message.last_error or "",
        )


def _file_of(message: Message, home: Path) -> str | None:
    found = sorted((home / "messages").glob(f"*-{message.id}.*"))
    return str(found[0].relative_to(home)) if found else None


def _tasks(session: Session, numbers: Mapping[str, str], kinds: Mapping[str, str]) -> Iterable[TaskLine]:
    for task in session.exec(select(HumanTask).order_by(col(HumanTask.created_at), col(HumanTask.id))):
        yield TaskLine(
            id=task.id,
            case=numbers.get(task.case_id or ""),
            instance=task.instance_id,
            kind=task.kind.value,
            step=task.step,
            sending=kinds.get(task.step) in _SENDING_KINDS,
            title=task.title,
            holder=holder_of(session, task),
            priority=task.priority.value,
            status=task.status.value,
            due_at=task.due_at,
            book_by=task.book_by,
            why=str(task.details.get("reason") or ""),
            refusals=tuple(_refusal(each) for each in task.details.get("refusals", ())),
        )


def _refusal(refusal: Mapping[str, Any]) -> str:
    return f"{refusal.get('whose', 'contact')}: {refusal.get('reason') or refusal.get('code')}"


def _appointments(session: Session, numbers: Mapping[str, str]) -> Iterable[AppointmentLine]:
    for each in session.exec(select(Appointment).order_by(col(Appointment.starts_at), col(Appointment.id))):
        yield AppointmentLine(
            case=numbers.get(each.case_id),
            starts_at=each.starts_at,
            place=each.place,
            worker=staff_name(session, each.worker_id),
            status=each.status.value,
        )


def _visits(session: Session, numbers: Mapping[str, str]) -> Iterable[VisitLine]:
    for visit in session.exec(select(Visit).order_by(col(Visit.starts_at), col(Visit.id))):
        schedule = session.get_one(VisitSchedule, visit.schedule_id)
        yield VisitLine(
            case=numbers.get(visit.case_id),
            day=visit.local_date,
            starts_at=visit.starts_at,
            worker=staff_name(session, visit.worker_id),
            status=visit.status.value,
            starts=schedule.starts_process or "",
        )
