"""An answers script: what people do with an instance's tasks, written down beforehand.

`casewright run --answers`, the demo and `simulate` feed it to the same commands that people use, each as
soon as its task is open. A script is a mapping of step ids to what is done there, and `plan`:

    assessment:
      book: {in: 2 working days, time: "10:00", place: Office}
    findings:
      first: {immediate_danger: no}     # answered on its own, before the form is sent
      answers: {identity_verified: yes, housing: stable, health: good, needs: [food-insecurity], consent:
      yes} referral_task:
      each:
        food-insecurity: {answers: {service: FOOD-1}}
    plan:
      agreed_by: [client, worker]
      goals: [{specific: ..., indicator: ..., target: ..., need: ..., due: 60 days}]
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any, Self
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from sqlmodel import Session, col, select

from definitions.time.calendars import WorkingCalendar
from definitions.time.clocks import parse_clock
from definitions.time.local_time import local_date, to_moment
from flows.errors import FlowError
from flows.inbox import accept, answer_item, book, complete, correct, record_plan
from flows.inbox.planning import PlannedGoal
from flows.runtime import Runtime
from models import (
    TASK_ENDED,
    Appointment,
    AppointmentStatus,
    ChecklistAnswer,
    HumanTask,
    Instance,
    Plan,
    PlanStatus,
    Service,
    Staff,
    TaskKind,
)


class ScriptError(FlowError):
    """An answers script is not written as it must be; the message names the key."""


class _Closed(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Booking(_Closed):
    """An appointment: at a local time, or `in` so long, at `time` of that day."""

    at: datetime | None = None
    after: str | None = Field(default=None, alias="in")
    time: str = "10:00"
    place: str | None = None
    minutes: int | None = None


class Correction(_Closed):
    """An answer that is corrected after the form was sent."""

    item: str
    value: Any
    reason: str


class Doing(_Closed):
    """What is done with the task of one step, in this order."""

    book: Booking | None = None
    accept: bool = False
    first: dict[str, Any] = Field(default_factory=dict)
    answers: dict[str, Any] | None = None
    complete: bool = False
    correct: Correction | None = None
    each: dict[str, "Doing"] = Field(default_factory=dict)


class GoalLine(_Closed):
    """One SMART goal; `due` is a length of time, such as `60 days`."""

    specific: str
    indicator: str
    target: str
    need: str
    due: str
    achievable: str | None = None


class Planning(_Closed):
    """The plan that is made with the client."""

    agreed_by: list[str] = Field(default_factory=lambda: ["client", "worker"])
    goals: list[GoalLine]


@dataclass(frozen=True, slots=True)
class Script:
    """A checked script. Make one with `Script.read`."""

    steps: Mapping[str, Doing]
    plan: Planning | None = None

    @classmethod
    def read(cls, plain: Mapping[str, Any]) -> Self:
        """From plain values, as YAML or JSON gives them. ScriptError names every key that does not fit."""
        try:
            plan = Planning.model_validate(plain["plan"]) if "plan" in plain else None
            steps = {name: Doing.model_validate(given) for name, given in plain.items() if name != "plan"}
        except ValidationError as error:
            faults = [f"`{'.'.join(map(str, each['loc']))}`: {each['msg']}" for each in error.errors()]
            raise ScriptError(f"the answers file does not fit: {'; '.join(faults)}") from None
        return cls(steps, plan)


def apply_script(runtime: Runtime, instance_id: str, script: Script) -> int:
    """Do what the script says for the tasks that are open now; returns how many commands changed something.

    What was done before is not done again, so a script may be applied any number of times.
    """
    done = 0
    while (act := next_command(runtime, instance_id, script)) is not None:
        act()
        done += 1
    return done


def next_command(runtime: Runtime, instance_id: str, script: Script) -> "Command | None":
    """The first command that would change something."""
    with runtime.store.read() as session:
        instance = session.get_one(Instance, instance_id)
        tasks = session.exec(
            select(HumanTask).where(HumanTask.instance_id == instance_id).order_by(col(HumanTask.created_at))
        ).all()
        for task in tasks:
            for doing in _doings(script, task):
                act = _act(session, runtime, task, doing)
                if act is not None:
                    return act
        return _plan(session, runtime, instance, script.plan)


def _doings(script: Script, task: HumanTask) -> Iterator[Doing]:
    """What the script says about a task: under its own step, and under the steps whose form lies on it."""
    steps = [task.step, *dict.fromkeys(str(item["step"]) for item in task.form if item["step"] != task.step)]
    for step in steps:
        doing = script.steps.get(step)
        if doing is not None:
            yield doing.each.get(task.iteration, Doing()) if task.iteration else doing


@dataclass(frozen=True, slots=True)
class Command:
    """One command, bound to its arguments."""

    command: Any
    arguments: tuple[Any, ...]
    options: Mapping[str, Any]

    def __call__(self) -> None:
        """Give the command; a second time it changes nothing more."""
        self.command(*self.arguments, **self.options)


def _act(session: Session, runtime: Runtime, task: HumanTask, doing: Doing) -> Command | None:
    by = {"by": _worker(session, task), "now": runtime.clock()}
    if doing.correct is not None and task.status == "completed":
        return _correction(session, runtime, task, doing.correct, by)
    if task.status in TASK_ENDED:
        return None
    if doing.accept and task.accepted_at is None and by["by"] is not None:
        return Command(accept, (runtime.store, task.id), by)
    if doing.book is not None and task.kind is not TaskKind.HANDOVER and not _booked(session, task):
        at = _moment(runtime, doing.book)
        details = {"place": doing.book.place, "minutes": doing.book.minutes, **by}
        return Command(book, (runtime.store, task.id, at), details)
    return _answers(session, runtime, task, doing, by)


def _answers(
    session: Session, runtime: Runtime, task: HumanTask, doing: Doing, by: Mapping[str, Any]
) -> Command | None:
    items = {str(item["id"]) for item in task.form}
    for item, value in doing.first.items():
        if item in items and not _answered(session, task, item):
            return Command(answer_item, (runtime.store, task.id, item, value), by)
    if doing.answers is not None and set(doing.answers) & items:
        given = {item: _by_reference(session, task, item, value) for item, value in doing.answers.items()}
        return Command(complete, (runtime.store, task.id, given), by)
    if doing.complete:
        return Command(complete, (runtime.store, task.id, {}), by)
    return None


def _correction(
    session: Session, runtime: Runtime, task: HumanTask, fix: Correction, by: Mapping[str, Any]
) -> Command | None:
    known = _answered(session, task, fix.item)
    if known is None or known.supersedes_id is not None:
        return None
    return Command(correct, (runtime.store, task.id, fix.item, fix.value), {"reason": fix.reason, **by})


def _plan(
    session: Session, runtime: Runtime, instance: Instance, planning: Planning | None
) -> Command | None:
    if planning is None or instance.case_id is None:
        return None
    agreed = select(Plan).where(Plan.case_id == instance.case_id, Plan.status == PlanStatus.AGREED)
    if session.exec(agreed).first() is not None:
        return None
    calendar, now = _calendar(runtime), runtime.clock()
    goals = [
        PlannedGoal(
            specific=goal.specific,
            indicator=goal.indicator,
            target=goal.target,
            need=goal.need,
            due_on=local_date(_after(calendar, now, goal.due), calendar.zone),
            achievable=goal.achievable,
        )
        for goal in planning.goals
    ]
    options = {"agreed_by": planning.agreed_by, "by": None, "now": now, "zone": calendar.zone}
    return Command(record_plan, (runtime.store, instance.case_id, goals), options)


def _worker(session: Session, task: HumanTask) -> str | None:
    """Who does it: whoever has the task; else the operator."""
    staff = session.get(Staff, task.assignee_id) if task.assignee_id else None
    return staff.id if staff is not None else None


def _booked(session: Session, task: HumanTask) -> bool:
    standing = (AppointmentStatus.BOOKED, AppointmentStatus.MOVED)
    query = select(Appointment).where(Appointment.task_id == task.id, col(Appointment.status).in_(standing))
    return session.exec(query).first() is not None


def _answered(session: Session, task: HumanTask, item: str) -> ChecklistAnswer | None:
    query = select(ChecklistAnswer).where(
        ChecklistAnswer.task_id == task.id,
        ChecklistAnswer.item == item,
        col(ChecklistAnswer.superseded_at).is_(None),
    )
    return session.exec(query).first()


def _by_reference(session: Session, task: HumanTask, item: str, value: Any) -> Any:
    """A service may be named by its reference, as a person would."""
    kinds = {str(entry["id"]): str(entry["type"]) for entry in task.form}
    if kinds.get(item) != "Service" or not isinstance(value, str):
        return value
    found = session.exec(select(Service).where(Service.reference == value)).first()
    return value if found is None else found.id


def _moment(runtime: Runtime, booking: Booking) -> datetime:
    calendar, now = _calendar(runtime), runtime.clock()
    if booking.at is not None:
        return booking.at if booking.at.tzinfo else booking.at.replace(tzinfo=ZoneInfo(calendar.zone))
    day = local_date(_after(calendar, now, booking.after or "1 working day"), calendar.zone)
    return to_moment(day, time.fromisoformat(booking.time), calendar.zone)


def _after(calendar: WorkingCalendar, now: datetime, length: str) -> datetime:
    clock = parse_clock(length)
    return calendar.add(now, clock.amount, clock.unit).moment_utc


def _calendar(runtime: Runtime) -> WorkingCalendar:
    return runtime.catalogue.vocabulary.calendar(None)
