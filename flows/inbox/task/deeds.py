"""What people do, as commands: each verb of `definitions.scenarios.people.Doing`, bound to a human task.

The answers script (`flows.script`) and the scenarios (`flows.scenarios`) give the same commands that people
give.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, select

from definitions.scenarios.people import VERBS, Booking, Correction, Decision, Doing, Planning
from definitions.time.calendars import WorkingCalendar
from definitions.time.clocks import parse_clock
from definitions.time.local_time import local_date, to_moment
from flows.errors import FlowError
from flows.inbox import (
    accept,
    answer_item,
    book,
    cancel_booking,
    cancel_task,
    complete,
    correct,
    reassign,
    record_plan,
    save_draft,
)
from flows.inbox.case.deciding import retry, skip
from flows.inbox.case.planning import PlannedGoal
from flows.runtime import Runtime
from models import HumanTask, Instance, Service, Staff


class ScriptError(FlowError):
    """An answers script is not written as it must be; the message names the key."""


@dataclass(frozen=True, slots=True)
class Command:
    """One command, bound to its arguments."""

    command: Any
    arguments: tuple[Any, ...]
    options: Mapping[str, Any]

    def __call__(self) -> None:
        """Give the command; a second time it changes nothing more."""
        self.command(*self.arguments, **self.options)


@dataclass(frozen=True, slots=True)
class Deed:
    """One verb with what it takes: `book` with a booking, `first` with one item and its answer."""

    verb: str
    value: Any
    item: str | None = None


def deeds_of(doing: Doing) -> Iterator[Deed]:
    """The verbs that are said, in the order in which they are done; `first` and `draft` item by item."""
    for verb in VERBS:
        value = getattr(doing, verb)
        if verb in ("first", "draft"):
            yield from (Deed(verb, answer, item) for item, answer in value.items())
        elif value not in (None, False):
            yield Deed(verb, value)


def command_of(session: Session, runtime: Runtime, task: HumanTask, doing: Doing, deed: Deed) -> Command:
    """The command that does this with the task."""
    return _MAKE[deed.verb](session, runtime, task, deed, _by(session, runtime, task, doing))


def plan_command(runtime: Runtime, instance: Instance, planning: Planning) -> Command:
    """The command that records the plan of the instance's case."""
    calendar, now = calendar_of(runtime), runtime.clock()
    goals = [
        PlannedGoal(
            specific=goal.specific,
            indicator=goal.indicator,
            target=goal.target,
            need=goal.need,
            due_on=local_date(after(calendar, now, goal.due), calendar.zone),
            achievable=goal.achievable,
        )
        for goal in planning.goals
    ]
    options = {"agreed_by": planning.agreed_by, "by": None, "now": now, "zone": calendar.zone}
    return Command(record_plan, (runtime.store, instance.case_id, goals), options)


def after(calendar: WorkingCalendar, now: datetime, length: str) -> datetime:
    """The moment that lies `length` (such as `2 working days`) after now."""
    clock = parse_clock(length)
    return calendar.add(now, clock.amount, clock.unit).moment_utc


def calendar_of(runtime: Runtime) -> WorkingCalendar:
    """The usual working calendar of the vocabulary."""
    return runtime.catalogue.vocabulary.calendar(None)


def staff_of(session: Session, word: str) -> Staff:
    """A member of staff by id or e-mail address; ScriptError when there is none."""
    found = session.exec(select(Staff).where((col(Staff.id) == word) | (col(Staff.email) == word))).first()
    if found is None:
        raise ScriptError(f"nobody of the staff is `{word}`; give an e-mail address or an id")
    return found


Make = Callable[[Session, Runtime, HumanTask, Deed, Mapping[str, Any]], Command]


def _by(session: Session, runtime: Runtime, task: HumanTask, doing: Doing) -> dict[str, Any]:
    """Who does it: whoever is named, or has the task; else the operator."""
    word = doing.by or task.assignee_id
    staff = None if word is None else staff_of(session, word)
    return {"by": None if staff is None else staff.id, "now": runtime.clock()}


def _accept(
    session: Session, runtime: Runtime, task: HumanTask, _deed: Deed, by: Mapping[str, Any]
) -> Command:
    del session
    if by["by"] is None:
        raise ScriptError(f"nobody has the task of `{task.step}` yet; say `by:` who accepts it")
    return Command(accept, (runtime.store, task.id), by)


def _reassign(
    session: Session, runtime: Runtime, task: HumanTask, deed: Deed, by: Mapping[str, Any]
) -> Command:
    return Command(reassign, (runtime.store, task.id), {"to": staff_of(session, deed.value).id, **by})


def _book(_session: Session, runtime: Runtime, task: HumanTask, deed: Deed, by: Mapping[str, Any]) -> Command:
    booking: Booking = deed.value
    details = {"place": booking.place, "minutes": booking.minutes, **by}
    return Command(book, (runtime.store, task.id, _moment(runtime, booking)), details)


def _cancel_booking(
    _session: Session, runtime: Runtime, task: HumanTask, deed: Deed, by: Mapping[str, Any]
) -> Command:
    return Command(cancel_booking, (runtime.store, task.id, deed.value), by)


def _cancel(
    _session: Session, runtime: Runtime, task: HumanTask, deed: Deed, by: Mapping[str, Any]
) -> Command:
    return Command(cancel_task, (runtime.store, task.id, deed.value), by)


def _draft(
    _session: Session, runtime: Runtime, task: HumanTask, deed: Deed, by: Mapping[str, Any]
) -> Command:
    return Command(save_draft, (runtime.store, task.id, {str(deed.item): deed.value}), by)


def _first(session: Session, runtime: Runtime, task: HumanTask, deed: Deed, by: Mapping[str, Any]) -> Command:
    value = _by_reference(session, task, str(deed.item), deed.value)
    return Command(answer_item, (runtime.store, task.id, deed.item, value), by)


def _answers(
    session: Session, runtime: Runtime, task: HumanTask, deed: Deed, by: Mapping[str, Any]
) -> Command:
    given = {item: _by_reference(session, task, item, value) for item, value in deed.value.items()}
    return Command(complete, (runtime.store, task.id, given), by)


def _complete(
    _session: Session, runtime: Runtime, task: HumanTask, _deed: Deed, by: Mapping[str, Any]
) -> Command:
    return Command(complete, (runtime.store, task.id, {}), by)


def _correct(
    session: Session, runtime: Runtime, task: HumanTask, deed: Deed, by: Mapping[str, Any]
) -> Command:
    fix: Correction = deed.value
    value = _by_reference(session, task, fix.item, fix.value)
    return Command(correct, (runtime.store, task.id, fix.item, value), {"reason": fix.reason, **by})


def _decide(
    _session: Session, runtime: Runtime, task: HumanTask, deed: Deed, by: Mapping[str, Any]
) -> Command:
    decision: Decision = deed.value
    if decision.skip is not None:
        return Command(skip, (runtime, task.id), {"reason": decision.skip, "outputs": decision.outputs, **by})
    return Command(retry, (runtime, task.id), {"reason": decision.retry, "inputs": decision.inputs, **by})


_MAKE: Mapping[str, Make] = {
    "accept": _accept,
    "reassign": _reassign,
    "book": _book,
    "cancel_booking": _cancel_booking,
    "draft": _draft,
    "first": _first,
    "answers": _answers,
    "complete": _complete,
    "correct": _correct,
    "decide": _decide,
    "cancel": _cancel,
}


def _by_reference(session: Session, task: HumanTask, item: str, value: Any) -> Any:
    """A service may be named by its reference, as a person would."""
    kinds = {str(entry["id"]): str(entry["type"]) for entry in task.form}
    if kinds.get(item.rpartition(".")[2]) != "Service" or not isinstance(value, str):
        return value
    found = session.exec(select(Service).where(Service.reference == value)).first()
    return value if found is None else found.id


def _moment(runtime: Runtime, booking: Booking) -> datetime:
    calendar, now = calendar_of(runtime), runtime.clock()
    if booking.at is not None:
        return booking.at if booking.at.tzinfo else booking.at.replace(tzinfo=ZoneInfo(calendar.zone))
    day = local_date(after(calendar, now, booking.after or "1 working day"), calendar.zone)
    return to_moment(day, time.fromisoformat(booking.time), calendar.zone)
