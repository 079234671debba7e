"""A scenario from a case: what people did, when, and what came of it, with everybody made up (`disguise`)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from sqlmodel import Session, col, select

from definitions.catalogue import Catalogue
from definitions.plan import Plan
from definitions.types import Choice, Choices, Condition, DateTime, Money, Number, Record, Type, YesNo
from flows.scenarios.disguise import TEXT, Disguise
from flows.script import tasks_of_instance
from flows.steps.skipping import outputs_of
from models import (
    Appointment,
    AuditEvent,
    Case,
    ChecklistAnswer,
    Client,
    ContactPoint,
    HumanTask,
    Instance,
    Message,
    MessageStatus,
    PlanStatus,
    StepRun,
    TaskEvent,
    TaskKind,
    TaskStatus,
    related,
)
from models import Channel as ChannelKind
from models import Plan as CasePlan
from tasks.names import current_runs

AT_ONCE: Final = timedelta(minutes=1)
"""A provider that says within this time what became of a message has not been silent."""

CODED: Final = ("yes_no", "choice", "choices", "date", "date and time")
"""The types of questions whose answers are no text of a person's; numbers and money are kept too."""

LARGE: Final = Decimal(1_000_000)
"""A number from here on may be one to call, and is cut."""

SAFE_TYPES: Final = (Choice, Choices, YesNo, Condition, Number)
WHY: Final = "Recorded"
PLACE: Final = "Recorded place"


@dataclass(frozen=True, slots=True)
class _Event:
    """Something that happened, as an act."""

    at: datetime
    act: dict[str, Any]


def recorded(session: Session, catalogue: Catalogue, plan: Plan, instance: Instance) -> dict[str, Any]:
    """The scenario file of an instance, as plain values."""
    team = plan.owner.replace("-", "_")
    recorder = _Recorder(session, plan, instance, Disguise(session, catalogue, instance.started_at, team))
    return recorder.file()


@dataclass(slots=True)
class _Recorder:
    session: Session
    plan: Plan
    instance: Instance
    disguise: Disguise

    def file(self) -> dict[str, Any]:
        """Given records, inputs, acts in their order, and how it stands now."""
        self._people()
        inputs = self._inputs()
        acts = list(self._acts(sorted(self._events(), key=lambda each: each.at)))
        scenario = {
            "name": "Recorded from a case",
            "starts_at": self.disguise.local(self.instance.started_at),
            "given": {kind: records for kind, records in self.disguise.given.items() if records},
            "inputs": inputs,
            "acts": [*acts, {"expect": self._expect()}],
        }
        return {
            "process": self.plan.process,
            "scenarios": [{key: value for key, value in scenario.items() if value}],
        }

    # -- given

    def _people(self) -> None:
        case = None if self.instance.case_id is None else self.session.get(Case, self.instance.case_id)
        client_id = self.instance.client_id or (None if case is None else case.client_id)
        client = None if client_id is None else self.session.get(Client, client_id)
        if client is not None:
            self.disguise.client(client)
            self.disguise.household_of(client)
        if case is None:
            return
        for staff_id, name in ((case.worker_id, "worker"), (case.supervisor_id, "supervisor")):
            if staff_id is not None:
                self.disguise.names.setdefault(staff_id, name)
        self.disguise.names[case.id] = "case"
        if case.created_at < self.instance.started_at:
            self.disguise.given["Case"] = {"case": self._case_before(case)}

    def _case_before(self, case: Case) -> dict[str, Any]:
        """A case that was there before, as far as it can be told from what it is now."""
        began = self.instance.started_at
        facts = {"client": "client", "received_at": self.disguise.local(case.received_at)}
        if case.reopened_at is not None and case.reopened_at >= began:
            return {**facts, "status": "closed", "closed_at": self.disguise.local(began - timedelta(days=10))}
        later = case.activated_on is None or case.activated_on >= began.astimezone(self.disguise.zone).date()
        return {**facts, "status": "pending" if later else "active"}

    def _inputs(self) -> dict[str, Any]:
        kept = {each.name: each.type for each in self.plan.inputs}
        found: dict[str, Any] = {}
        for name, value in self.instance.inputs.items():
            if value is not None and name in kept:
                found[name] = self._value(kept[name], value)
        return {name: value for name, value in found.items() if value is not None}

    def _value(self, kind: Type, value: Any) -> Any:
        """A value of the journal as scenarios write it; None where it is left to the scenario's own."""
        match kind:
            case Record(record):
                known = self.disguise.names.get(value["id"] if isinstance(value, Mapping) else value)
                return known if known is not None else self._usual(record)
            case DateTime():
                return self.disguise.local(datetime.fromisoformat(value))
            case Money():
                return f"{value['amount']} {value['currency']}"
            case _ if isinstance(kind, SAFE_TYPES):
                return value
        return TEXT

    def _usual(self, record: str) -> str | None:
        """A visit or a report is the one that every scenario can have."""
        return {"Visit": "visit", "Report": "report", "VisitSchedule": "schedule"}.get(record)

    # -- what happened

    def _events(self) -> Iterator[_Event]:
        for task in tasks_of_instance(self.session, self.instance.id):
            if self._member(task) is not None:
                yield from self._of_task(task)
        yield from self._plans()
        yield from self._decisions()
        yield from self._providers()

    def _of_task(self, task: HumanTask) -> Iterator[_Event]:
        booked = related(self.session, Appointment, task_id=task.id)
        for appointment in booked:
            yield from self._bookings(task, appointment)
        accepted = task.accepted_at
        if accepted is not None and not booked and accepted != task.completed_at:
            yield self._doing(task, accepted, {"accept": True}, task.assignee_id)
        if task.status is TaskStatus.COMPLETED and task.kind is TaskKind.INCIDENT:
            yield from self._incident(task)
        elif task.kind is not TaskKind.NOTICE or task.status is TaskStatus.COMPLETED:
            yield from self._answers(task)

    def _bookings(self, task: HumanTask, appointment: Appointment) -> Iterator[_Event]:
        moves = [each for each in related(self.session, TaskEvent, task_id=task.id) if each.action == "moved"]
        first = next((each.old for each in moves if each.old), None)
        start = appointment.starts_at if first is None else datetime.fromisoformat(first)
        yield self._book(task, appointment.created_at, start)
        for each in moves:
            if each.new is not None:
                yield self._book(task, each.at, datetime.fromisoformat(each.new))
        if appointment.cancelled_at is not None:
            yield self._doing(task, appointment.cancelled_at, {"cancel_booking": WHY}, None)

    def _book(self, task: HumanTask, at: datetime, start: datetime) -> _Event:
        booking = {"at": self.disguise.local(start), "place": PLACE}
        return self._doing(task, at, {"book": booking}, None)

    def _answers(self, task: HumanTask) -> Iterator[_Event]:
        """Answers one by one, then the form, then corrections."""
        done = task.completed_at
        sent: dict[str, Any] = {}
        for answer in sorted(
            related(self.session, ChecklistAnswer, task_id=task.id), key=lambda each: each.answered_at
        ):
            if answer.draft:
                continue
            item, value = answer.item, self._answer(task, answer)
            if done is not None and answer.answered_at == done:
                sent[item] = value
            elif answer.supersedes_id is not None:
                fix = {"item": item, "value": value, "reason": WHY}
                yield self._doing(task, answer.answered_at, {"correct": fix}, answer.answered_by, answer.step)
            else:
                first = {"first": {item: value}}
                yield self._doing(task, answer.answered_at, first, answer.answered_by, answer.step)
        if done is not None and task.status is TaskStatus.COMPLETED:
            form = {"answers": sent} if task.form else {"complete": True}
            steps = [str(item["step"]) for item in task.form]
            yield self._doing(task, done, form, task.completed_by, steps[-1] if steps else None)

    def _answer(self, task: HumanTask, answer: ChecklistAnswer) -> Any:
        entries = [item for item in task.form if (item["step"], item["id"]) == (answer.step, answer.item)]
        kind = str(entries[0]["type"]) if entries else "text"
        value = answer.value
        if isinstance(value, Mapping):
            return self._told(kind, value)
        if kind == "number":
            return value if abs(Decimal(str(value))) < LARGE else int(LARGE)
        return value if kind in CODED else TEXT

    def _told(self, kind: str, value: Mapping[str, Any]) -> Any:
        """An answer that is more than a word: none and why, a consent, a record, money."""
        if "no_answer" in value:
            none = value["no_answer"]
            return {"none_suitable": TEXT} if none == "none_suitable" else none
        if kind == "consent":
            return "yes"
        if value.get("record") == "Service":
            return self.disguise.service(value["id"])
        if "record" in value:
            return self.disguise.names.get(value["id"], TEXT)
        return f"{value['amount']} {value['currency']}"

    def _incident(self, task: HumanTask) -> Iterator[_Event]:
        outcome = task.outcome or {}
        word = str(outcome.get("decision", "retry"))
        decision: dict[str, Any] = {word: WHY}
        if word == "skip" and outcome.get("outputs"):
            kinds = outputs_of(self.plan.step(task.step), task.iteration)
            decision["outputs"] = {
                name: self._value(kinds[name], value) for name, value in outcome["outputs"].items()
            }
        if task.completed_at is not None:
            yield self._doing(task, task.completed_at, {"decide": decision}, task.completed_by)

    def _doing(
        self, task: HumanTask, at: datetime, doing: dict[str, Any], by: str | None, step: str | None = None
    ) -> _Event:
        said: dict[str, Any] = {}
        name = self.disguise.staff(by)
        if name is not None:
            said["by"] = name
        if task.kind not in (TaskKind.ASSIGNMENT, TaskKind.CHECKLIST):
            said["task"] = task.kind.value
        said |= doing
        member = self._member(task)
        whole = {"each": {member: said}} if member else said
        return _Event(at, {"people": {step or task.step: whole}})

    def _member(self, task: HumanTask) -> str | None:
        """The member of a loop as a scenario calls it; None where it can only be a text."""
        return self._member_name(task.iteration)

    def _member_name(self, iteration: str) -> str | None:
        if not iteration or iteration in self.disguise.names:
            return self.disguise.names.get(iteration, "")
        codes = {code for each in self.plan.vocabulary.value_sets.values() for code in each}
        for each in self.plan.all_steps:
            items = getattr(each.arguments, "items", None)
            for item in items if isinstance(items, list) else ():
                codes.update(item.options if isinstance(item.options, dict) else ())
        return iteration if iteration in codes else None

    def _plans(self) -> Iterator[_Event]:
        case_id = self.instance.case_id
        for made in [] if case_id is None else related(self.session, CasePlan, case_id=case_id):
            if made.created_at < self.instance.started_at or made.status is PlanStatus.DRAFT:
                continue
            agreed = made.agreed_on is not None
            goal = dict.fromkeys(("specific", "indicator", "target", "need"), TEXT)
            plan = {"agreed_by": ["client", "worker"] if agreed else ["worker"]}
            yield _Event(
                made.created_at, {"people": {"plan": {**plan, "goals": [{**goal, "due": "60 days"}]}}}
            )

    def _decisions(self) -> Iterator[_Event]:
        query = select(AuditEvent).where(
            AuditEvent.record == "Instance",
            AuditEvent.record_id == self.instance.id,
            col(AuditEvent.action).in_(("hold", "resume", "cancel")),
        )
        for each in self.session.exec(query):
            yield _Event(each.at, {"process": {each.action: WHY}})

    def _providers(self) -> Iterator[_Event]:
        """What the providers did with the messages to people outside."""
        now: dict[ChannelKind, str] = {}
        query = select(Message).where(
            Message.instance_id == self.instance.id, col(Message.staff_id).is_(None)
        )
        for message in self.session.exec(query.order_by(col(Message.created_at))):
            word = self._word(message)
            late = message.final_at is not None and message.final_at - message.created_at > AT_ONCE
            first = "silent" if late and message.sent_at is not None else word
            if first != now.get(message.channel, "delivered"):
                yield _Event(message.created_at - AT_ONCE / 60, {"provider": {message.channel.value: first}})
            if first != word and message.final_at is not None:
                yield _Event(message.final_at, {"provider": {message.channel.value: word}})
            now[message.channel] = word

    def _word(self, message: Message) -> str:
        contact = self.session.get(ContactPoint, message.contact_point_id or "")
        match message.status:
            case MessageStatus.UNDELIVERED:
                return "bounced" if contact is not None and contact.bounced_at else "undelivered"
            case MessageStatus.FAILED:
                return "opted_out" if contact is not None and contact.opted_out_at else "refused"
            case MessageStatus.SENT:
                return "silent"
            case MessageStatus.QUEUED | MessageStatus.SENDING:
                return "down" if message.attempts else "delivered"
        return "delivered"

    def _acts(self, events: list[_Event]) -> Iterator[dict[str, Any]]:
        """The events with the time that passes between them."""
        here = self.disguise.local(self.instance.started_at)
        for event in events:
            there = self.disguise.local(event.at)
            if there > here:
                yield {"wait": there}
                here = there
            yield event.act

    # -- what has come of it

    def _expect(self) -> dict[str, Any]:
        expected: dict[str, Any] = {"process": self.instance.status.value, "steps": self._steps()}
        if self.instance.outcome is not None:
            expected["outcome"] = self.instance.outcome
        messages = list(self._messages())
        if messages:
            expected["messages"] = messages
        case = None if self.instance.case_id is None else self.session.get(Case, self.instance.case_id)
        if case is not None:
            facts = {"status": case.status, "risk_level": case.risk_level, "priority": case.priority}
            expected["records"] = {
                "case": {name: value.value for name, value in facts.items() if value is not None}
            }
        return expected

    def _steps(self) -> dict[str, Any]:
        runs = current_runs(
            self.session.exec(select(StepRun).where(StepRun.instance_id == self.instance.id)).all()
        )
        found: dict[str, Any] = {}
        for step in self.plan.all_steps:
            run = runs.get((step.id, ""))
            members = {
                name: each.status.value
                for (of, iteration), each in runs.items()
                if of == step.id and iteration and (name := self._member_name(iteration))
            }
            found[step.id] = members or ("not begun" if run is None else run.status.value)
        return found

    def _messages(self) -> Iterator[dict[str, Any]]:
        query = select(Message).where(
            Message.instance_id == self.instance.id, col(Message.staff_id).is_(None)
        )
        for message in self.session.exec(query.order_by(col(Message.created_at))):
            if message.template not in self.plan.templates:
                continue
            run = self.session.get(StepRun, message.step_run_id or "")
            yield {
                **({} if run is None else {"step": run.step}),
                "to": message.recipient_role,
                "channel": message.channel.value,
                "template": message.template,
                "status": message.status.value,
            }
