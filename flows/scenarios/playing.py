"""One scenario, act by act: people, time, providers, records; the engine does the rest until it is quiet."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session, col, func, select

from definitions.beginnings import On
from definitions.diagnostics import Span
from definitions.plan import Plan
from definitions.scenarios import Doing, ReadAct, ReadScenario
from definitions.scenarios.people import Planning
from definitions.scenarios.records import CASE
from definitions.scenarios.shape import Deciding, Signalling
from definitions.scenarios.times import NEXT, length_of
from definitions.source import Document
from flows.beginnings import plan_days
from flows.dispatch import directly, run_ready
from flows.errors import FlowError
from flows.inbox import send_signal
from flows.inbox.case.holding import cancel, hold, resume
from flows.inbox.task.deeds import Deed, calendar_of, command_of, deeds_of, plan_command
from flows.instances import start
from flows.runtime import Runtime
from flows.scenarios.covering import Watching
from flows.scenarios.expecting import Expecting
from flows.scenarios.outcome import Failure
from flows.scenarios.provider import SAYS, ScenarioChannel
from flows.scenarios.world import Surroundings, add_given, change, inputs_of
from flows.script import tasks_for, tasks_of_instance
from flows.simulation import VirtualClock
from flows.timers import next_due, tick
from flows.versions import Plans
from flows.waking.wakes import Changed, wake_changed
from models import (
    LISTENING,
    TASK_ENDED,
    DefinitionVersion,
    HumanTask,
    Instance,
    Message,
    MessageStatus,
    RecordError,
    TaskKind,
)
from models import Channel as ChannelKind
from models import Record as Row
from notifications import Post, deliver_due
from notifications.settling import report
from tasks.people.forms import FormError
from tasks.records.record_catalogue import RECORDS
from tasks.result import TaskError

PATIENCE = 10_000
"""Due moments that one `wait:` passes at most."""


_TO_DO = """
SELECT EXISTS (SELECT 1 FROM timers WHERE fired_at IS NULL AND withdrawn_at IS NULL AND due_at <= :now),
       EXISTS (SELECT 1 FROM wakes WHERE NOT parked),
       EXISTS (SELECT 1 FROM messages WHERE status IN ('queued', 'sending'))
"""
"""Whether a timer is due, an instance is ready, a message waits to leave."""

UNFIT = (FlowError, TaskError, RecordError, SQLAlchemyError)
"""Errors that say that what a scenario gives does not fit."""


class NotPlayedError(Exception):
    """An act could not be done; the message says why."""


@dataclass(frozen=True, slots=True)
class _Pending:
    """One verb that is still to be done with the task of a step."""

    step: str
    member: str
    doing: Doing
    deed: Deed


@dataclass(slots=True)
class Player:
    """Plays one scenario. `failures` is what was not as it says; `refused` the questions that a form was
    refused for.
    """

    runtime: Runtime
    plans: Plans
    clock: VirtualClock
    post: Post
    channels: Mapping[ChannelKind, ScenarioChannel]
    around: Surroundings
    document: Document
    watching: Watching
    plan: Plan
    failures: list[Failure] = field(default_factory=list)
    refused: list[tuple[str, str, str]] = field(default_factory=list)
    instance_id: str = field(init=False, default="")

    def begin(self, version: DefinitionVersion, scenario: ReadScenario) -> None:
        """Put the records there, start the process and let it run as far as it comes."""
        plan = self.plan
        inputs = {} if scenario.by_itself else inputs_of(plan, scenario.inputs, self.around)
        mentioned = [each for each in inputs.values() if isinstance(each, str)]
        try:
            with self.runtime.store.write() as session:
                session.info.pop(LISTENING, None)  # nothing begins on what is given
                add_given(session, self.around, scenario.given, mentioned)
            if any(each.on is On.DATE for each in plan.beginnings):
                plan_days(self.runtime)
            if not scenario.by_itself:
                self.instance_id = start(self.runtime, plan, version, inputs).instance.id
        except UNFIT as error:
            self._fail(scenario.span, f"it can't begin: {_words(error)}")
            return
        self._settle()

    def play(self, act: ReadAct) -> bool:
        """One act; False where it could not be done, after which the rest means nothing and is left out."""
        if not self.instance_id and self.failures:
            return False
        try:
            self._do(act)
        except NotPlayedError as error:
            self._fail(self.document.span(act.path, of="key"), f"{error}; the rest was not played")
            return False
        return True

    def _begun(self) -> None:
        """Find the instance, where the process begins by itself."""
        if not self.instance_id:
            with self.runtime.store.read() as session:
                query = select(Instance.id).where(Instance.process == self.plan.process)
                self.instance_id = session.exec(query.order_by(col(Instance.id))).first() or ""

    def _do(self, act: ReadAct) -> None:
        self._begun()
        if not self.instance_id and act.kind in ("people", "process"):
            raise NotPlayedError("the process has not begun")
        match act.kind:
            case "people":
                self._people(act)
            case "wait":
                self._wait(act.value)
            case "signal":
                self._send(act.value)
            case "provider":
                self._provide(act.value)
            case "change":
                self._change(lambda session: self._give_values(session, act.value))
            case "add":
                self._change(lambda session: add_given(session, self.around, act.value, ()))
            case "process":
                self._decide(act.value)
            case "expect":
                with self.runtime.store.read() as session:
                    ways = self.watching.ways(session, self.plan)
                    look = Expecting(session, self.runtime, self.plan, self.instance_id, self.around, ways)
                    for path, failure in look.failures(act.value):
                        span = self.document.span((*act.path, *path), of="key" if failure.of_key else "value")
                        self._fail(span, failure.message, failure.expected, failure.got)
                return
        self._settle()

    def _fail(self, span: Span, message: str, expected: str = "", got: str = "") -> None:
        self.failures.append(Failure(span, message, expected, got))

    # -- the engine

    def _settle(self) -> None:
        """Fire, run and send until nothing moves (`flows.dispatch.run_until_quiet`), each only where there is
        something to do: looking costs less than trying, and a scenario tries more often than it does.
        """
        now = f"{self.clock():%Y-%m-%d %H:%M:%S.%f}"
        while True:
            due, ready, queued = self.runtime.store.glance(_TO_DO, {"now": now})
            fired = tick(self.runtime, self.plans) if due else 0
            ready = ready or fired
            run = run_ready(self.runtime, self.plans, directly) if ready else 0
            sent = self._deliver() if queued or run else 0
            if not (fired or run or sent):
                return

    def _deliver(self) -> int:
        sent = deliver_due(self.post).total()
        if sent and any(channel.speaks_later for channel in self.channels.values()):
            self._hear()
        return sent

    def _hear(self) -> None:
        """Providers say what has become of the messages that they took."""
        with self.runtime.store.write() as session:
            for message in session.exec(select(Message).where(Message.status == MessageStatus.SENT)).all():
                does = self.channels[message.channel].does
                if does in SAYS:
                    report(session, message, SAYS[does], self.clock())

    # -- people

    def _people(self, act: ReadAct) -> None:
        """Do everything that is said, as soon as its task is there."""
        pending = [each for step, said in act.value.items() for each in _pending(step, said)]
        plan = next((said for said in act.value.values() if isinstance(said, Planning)), None)
        if plan is not None:
            self._make_plan(plan)
        while pending:
            done = next((each for each in _first_of_each(pending) if self._give(act, each)), None)
            if done is None:
                waiting = pending[0]
                where = f"`{waiting.step}`" + (f" ({waiting.member})" if waiting.member else "")
                raise NotPlayedError(f"nobody can {waiting.deed.verb} at {where}: it has no open task")
            if done.doing.refused is not None:
                pending = [each for each in pending if each.doing is not done.doing]
            else:
                pending.remove(done)
            self._settle()

    def _give(self, act: ReadAct, pending: _Pending) -> bool:
        """Give one command; False while there is no task for it."""
        with self.runtime.store.read() as session:
            task = self._task(tasks_of_instance(session, self.instance_id), pending)
            if task is None:
                return False
            try:
                command = command_of(session, self.runtime, task, pending.doing, pending.deed)
            except FlowError as error:
                raise NotPlayedError(str(error)) from error
        wanted = pending.doing.refused
        try:
            command()
        except (FlowError, TaskError) as error:
            self._note_missing(error, task)
            if wanted is None or wanted.lower() not in str(error).lower():
                raise NotPlayedError(
                    f"{pending.deed.verb} at `{pending.step}` was refused: {error}"
                ) from error
        else:
            if wanted is not None:
                span = self.document.span((*act.path, pending.step), of="key")
                self._fail(span, f"{pending.deed.verb} was to be refused", wanted, "it was accepted")
        return True

    def _task(self, tasks: list[HumanTask], pending: _Pending) -> HumanTask | None:
        looped = self.plan.step(pending.step).for_each is not None
        fitting = [task for task in tasks if _fits(task, pending, looped=looped)]
        return max(fitting, key=lambda task: (_rank(task, pending), task.id), default=None)

    def _note_missing(self, error: Exception, task: HumanTask) -> None:
        if not isinstance(error, FormError):
            return
        missing = {each.item for each in error.problems if "is required" in each.reason}
        for entry in task.form:
            if entry["id"] in missing:
                self.refused.append((self.plan.process, str(entry["step"]), str(entry["id"])))

    def _make_plan(self, planning: Planning) -> None:
        with self.runtime.store.read() as session:
            instance = session.get_one(Instance, self.instance_id)
        if instance.case_id is None:
            raise NotPlayedError("there is no case yet whose plan it could be")
        try:
            plan_command(self.runtime, instance, planning)()
        except FlowError as error:
            raise NotPlayedError(f"the plan was refused: {error}") from error
        self._settle()

    # -- time, providers, records, the process

    def _wait(self, text: str) -> None:
        target = self._target(text)
        for _ in range(PATIENCE):
            due = self._next()
            if due is None or due > target:
                break
            self.clock.move_to(due)
            self._settle()
        self.clock.move_to(target)

    def _target(self, text: str) -> datetime:
        if text == NEXT:
            due = self._next()
            if due is None:
                raise NotPlayedError("nothing is due any more")
            return due
        clock = length_of(text)
        if clock is not None:
            return calendar_of(self.runtime).add(self.clock(), clock.amount, clock.unit).moment_utc
        target = self.around.moment(text)
        if target < self.clock():
            here = f"{self.clock().astimezone(self.around.zone):%Y-%m-%dT%H:%M}"
            raise NotPlayedError(f"{text} is past: it is {here} already")
        return target

    def _next(self) -> datetime | None:
        """The next moment at which something is due: a timer, or a message that waits to leave."""
        with self.runtime.store.read() as session:
            timer = next_due(session)
            moment = func.coalesce(Message.next_attempt_at, Message.not_before)
            queued = select(func.min(moment)).where(
                col(Message.status).in_((MessageStatus.QUEUED, MessageStatus.SENDING))
            )
            found = session.exec(queued).one()
        message = None if found is None else _utc(found)
        later = [each for each in (timer, message) if each is not None and each > self.clock()]
        return min(later, default=None)

    def _send(self, signal: Signalling) -> None:
        """Somebody tells the processes of the case that something has happened."""
        with self.runtime.store.read() as session:
            case = find_record(session, self.instance_id, CASE)
        if case is None:
            raise NotPlayedError("there is no case that the signal could be about")
        given = {
            name: self.around.signal_value(signal.name, name, value) for name, value in signal.values.items()
        }
        store, vocabulary, now = self.runtime.store, self.runtime.catalogue.vocabulary, self.clock()
        try:
            send_signal(store, vocabulary, signal.name, case.id, given, by=signal.by, now=now)
        except (FlowError, TaskError) as error:
            raise NotPlayedError(f"the signal was refused: {error}") from error

    def _provide(self, words: Mapping[str, str]) -> None:
        for kind, word in words.items():
            self.channels[ChannelKind(kind)].does = word
        self._hear()

    def _change(self, change_rows: Callable[[Session], None]) -> None:
        """Change records in one transaction; what waits for a condition on them is asked again."""
        try:
            with self.runtime.store.write() as session:
                changed = Changed(session)
                change_rows(session)
                session.flush()
                wake_changed(session, changed, self.clock())
        except UNFIT as error:
            raise NotPlayedError(f"the records can't be so: {_words(error)}") from error

    def _give_values(self, session: Session, changes: Mapping[str, Mapping[str, Any]]) -> None:
        for name, content in changes.items():
            change(session, self.around, self._row(session, name), content)

    def _row(self, session: Session, name: str) -> Row:
        found = find_record(session, self.instance_id, name)
        if found is None:
            raise NotPlayedError(f"there is no record `{name}` now")
        return found

    def _decide(self, deciding: Deciding) -> None:
        by: dict[str, Any] = {"by": None, "now": self.clock()}
        try:
            if deciding.hold is not None:
                hold(self.runtime, self.instance_id, reason=deciding.hold, plan_of=self.plans.of, **by)
            elif deciding.resume is not None:
                resume(self.runtime, self.instance_id, reason=deciding.resume, **by)
            elif deciding.cancel is not None:
                cancel(
                    self.runtime,
                    self.instance_id,
                    reason=deciding.cancel,
                    alerts_too=deciding.with_alerts,
                    plan_of=self.plans.of,
                    **by,
                )
        except (FlowError, TaskError) as error:
            raise NotPlayedError(str(error)) from error


def find_record(session: Session, instance_id: str, name: str) -> Row | None:
    """The record that a scenario calls so; `case` is the instance's, unless one is called so."""
    for table in RECORDS.values():
        row: Row | None = session.get(table, name)
        if row is not None:
            return row
    instance = session.get(Instance, instance_id)
    if name == CASE and instance is not None and instance.case_id is not None:
        return session.get(RECORDS["Case"], instance.case_id)
    return None


def _pending(step: str, said: Doing | Planning) -> list[_Pending]:
    if isinstance(said, Planning):
        return []
    own = [_Pending(step, "", said, deed) for deed in deeds_of(said)]
    each = [
        _Pending(step, member, inner, deed) for member, inner in said.each.items() for deed in deeds_of(inner)
    ]
    return own + each


def _first_of_each(pending: list[_Pending]) -> list[_Pending]:
    """The next verb of each `Doing`; its others come after it."""
    first: dict[int, _Pending] = {}
    for each in pending:
        first.setdefault(id(each.doing), each)
    return list(first.values())


def _fits(task: HumanTask, pending: _Pending, *, looped: bool) -> bool:
    """Whether it is the task that is meant. In a block that repeats, the round does not have to be said."""
    if pending.step not in tasks_for(task) or (pending.member and task.iteration != pending.member):
        return False
    if not pending.member and task.iteration and looped:
        return False
    if pending.doing.task is not None and task.kind.value != pending.doing.task:
        return False
    if (pending.deed.verb == "decide") != (task.kind is TaskKind.INCIDENT):
        return False
    if pending.deed.verb == "correct" or pending.doing.refused is not None:
        return True
    return task.status not in TASK_ENDED


def _rank(task: HumanTask, pending: _Pending) -> tuple[bool, bool, bool]:
    """Of several tasks of a step: one that is open, whose form asks what is answered, and no mere notice."""
    asked = {str(item["id"]) for item in task.form}
    value = pending.deed.value
    answers = set(value) if pending.deed.verb == "answers" else {pending.deed.item}
    return task.status not in TASK_ENDED, bool(answers & asked), task.kind is not TaskKind.NOTICE


def _words(error: Exception) -> str:
    """What an error says; of one of the database the first line."""
    if isinstance(error, SQLAlchemyError):
        return str(getattr(error, "orig", error)).splitlines()[0]
    return str(error)


def _utc(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
