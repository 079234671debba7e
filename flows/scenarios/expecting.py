"""Expectations, compared with what is there: each that does not hold, with what was got instead."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from functools import cached_property
from typing import Any, Final

from sqlmodel import Session, col, func, select

from definitions.branches import Point, branches
from definitions.expressions import EvaluationError, decide
from definitions.plan import Plan
from definitions.runtime_values import MoneyValue, RecordView, Singleton
from definitions.scenarios import Expect
from definitions.scenarios.records import NOT_RECORDED, RECORDED, money_of
from definitions.scenarios.shape import ExpectedMessage, ExpectedTask
from definitions.types import DateTime
from flows.runtime import Runtime
from flows.scenarios.world import Surroundings
from flows.script import tasks_of_instance
from models import (
    TASK_ENDED,
    Case,
    HumanTask,
    Instance,
    Message,
    StepRun,
    TaskKind,
)
from models import Record as Row
from tasks.names import Names, Sight, current_runs
from tasks.records.record_catalogue import RECORDS, columns_of

Path = tuple[str | int, ...]
NOT_BEGUN: Final = "not begun"


@dataclass(frozen=True, slots=True)
class Missed:
    """What did not hold. `of_key` says that its key is shown, where it is about a whole group."""

    message: str
    expected: str
    got: str
    of_key: bool = False


Found = Iterator[tuple[Path, Missed]]


@dataclass
class Expecting:
    """One look at what has come of an instance. `ways` tells which ways a point has gone so far."""

    session: Session
    runtime: Runtime
    plan: Plan
    instance_id: str
    around: Surroundings
    ways: Callable[[Point], set[str]] = lambda _point: set()

    def failures(self, expect: Expect) -> Found:
        """Everything that does not hold, with its place below the expectation."""
        if not self.instance_id:
            yield from self._not_begun(expect)
            return
        yield from self._process(expect)
        yield from self._steps(expect)
        yield from self._conditions(expect)
        yield from self._outputs(expect)
        yield from self._branches(expect)
        yield from self._tasks(expect)
        yield from self._messages(expect)
        yield from self._records(expect)
        yield from self._started(expect)

    def _not_begun(self, expect: Expect) -> Found:
        """Of a process that has not begun nothing else can hold."""
        said = expect.model_dump(exclude_defaults=True)
        if expect.process != NOT_BEGUN:
            yield ("process",), Missed("the process", expect.process or "has begun", NOT_BEGUN)
        elif len(said) > 1:
            yield (), Missed("the process", "has begun", NOT_BEGUN, of_key=True)

    # -- the process and its steps

    @cached_property
    def _instance(self) -> Instance:
        return self.session.get_one(Instance, self.instance_id)

    @cached_property
    def _runs(self) -> Mapping[tuple[str, str], StepRun]:
        query = select(StepRun).where(StepRun.instance_id == self.instance_id)
        return current_runs(self.session.exec(query).all())

    def _process(self, expect: Expect) -> Found:
        got = self._instance.status.value
        if expect.process == NOT_BEGUN:
            yield ("process",), Missed("the process", NOT_BEGUN, got)
        elif expect.process is not None and got != expect.process:
            yield ("process",), Missed("the process", expect.process, f"{got}{self._why()}")
        outcome = self._instance.outcome
        if expect.outcome is not None and outcome != expect.outcome:
            yield ("outcome",), Missed("the outcome", expect.outcome, outcome or "none")

    def _why(self) -> str:
        """Where an instance stands that did not come as far as was expected."""
        troubled = [run for run in self._runs.values() if run.error]
        waiting = [run.step for run in self._runs.values() if run.status.value == "waiting" and run.waits_for]
        if troubled:
            return f" ({troubled[0].step}: {troubled[0].error})"
        return f" (waiting: {', '.join(dict.fromkeys(waiting))})" if waiting else ""

    def _steps(self, expect: Expect) -> Found:
        for step, wanted in expect.steps.items():
            by_member = wanted if isinstance(wanted, dict) else {"": wanted}
            for member, status in by_member.items():
                run = self._runs.get((step, member))
                got = NOT_BEGUN if run is None else run.status.value
                if got != status:
                    path: Path = ("steps", step, member) if member else ("steps", step)
                    what = f"step `{step}`" + (f" ({member})" if member else "")
                    yield path, Missed(what, status, f"{got}{_reason(run)}")
        for step, words in expect.because.items():
            reasons = " / ".join(filter(None, map(_words, self._of(step))))
            if words.lower() not in reasons.lower():
                yield ("because", step), Missed(f"the reason of step `{step}`", words, reasons or "no reason")
        for step, contacts in expect.not_reached.items():
            left_out = self._refusals(step)
            for who, code in contacts.items():
                if left_out.get(who) != code:
                    said = (
                        ", ".join(f"{each}: {why}" for each, why in left_out.items()) or "nobody was left out"
                    )
                    yield ("not_reached", step, who), Missed(f"`{who}` at step `{step}`", code, said)

    def _of(self, step: str) -> list[StepRun]:
        return [run for (name, _), run in self._runs.items() if name == step]

    def _refusals(self, step: str) -> dict[str, str]:
        """Why contacts were not written to, by the contact's name, or by the role that has none."""
        found: dict[str, str] = {}
        for task in self._all_tasks:
            if task.step == step and task.kind is TaskKind.HANDOVER:
                for refusal in task.details.get("refusals", ()):
                    found[self._named_contact(refusal)] = refusal["code"]
        return found

    def _named_contact(self, refusal: Mapping[str, Any]) -> str:
        table: Any = RECORDS["ContactPoint"]
        if refusal["contact"] is not None:
            point = self.session.exec(select(table).where(table.value == refusal["contact"])).first()
            if point is not None:
                return str(point.id)
        return str(refusal["whose"])

    # -- values

    @cached_property
    def _sight(self) -> Sight:
        names = Names(self.session, self.plan, self._instance, self._runs)
        steps = frozenset(self.plan.by_id)
        calendar = self.plan.vocabulary.calendar(self.plan.calendar)
        return Sight(names, steps, self.runtime.clock(), self.around.zone, calendar)

    def _conditions(self, expect: Expect) -> Found:
        for index, condition in enumerate(expect.holds):
            path = ("holds", index)
            try:
                truth, evaluation = decide(condition.expression, self._sight)
            except EvaluationError as error:
                yield path, Missed(f"`{condition.expression.text}`", "holds", str(error))
                continue
            if truth is not True:
                names = ", ".join(f"{name} is {_shown(value)}" for name, value in evaluation.trace)
                undecided = "" if truth is False else " (it can't be decided)"
                yield path, Missed(f"`{condition.expression.text}`", "holds", f"{names}{undecided}")

    def _outputs(self, expect: Expect) -> Found:
        for name, wanted in expect.outputs.items():
            got = _plain(self._instance.outputs.get(name))
            if got != _plain(wanted) and str(got) != str(wanted):
                yield ("outputs", name), Missed(f"the output `{name}`", str(wanted), str(got))

    def _branches(self, expect: Expect) -> Found:
        points = {point.name: point for point in branches(self.plan)}
        for name, way in expect.branches.items():
            got = self.ways(points[name])
            if way not in got:
                yield ("branches", name), Missed(f"`{name}`", way, ", ".join(sorted(got)) or "not reached")

    # -- people and messages

    @cached_property
    def _all_tasks(self) -> list[HumanTask]:
        return tasks_of_instance(self.session, self.instance_id)

    def _tasks(self, expect: Expect) -> Found:
        for index, wanted in enumerate(expect.tasks):
            of_step = [task for task in self._all_tasks if task.step == wanted.step]
            found = [task for task in of_step if self._is_task(task, wanted)]
            if not _enough(len(found), wanted.count):
                got = "; ".join(map(self._task_words, of_step)) or "no task of this step"
                yield ("tasks", index), _counted("a task", wanted, wanted.count, len(found), got)

    def _is_task(self, task: HumanTask, wanted: ExpectedTask) -> bool:
        open_or = {"open"} if task.status not in TASK_ENDED else set()
        checks = (
            (wanted.iteration, task.iteration),
            (wanted.task, task.kind.value),
            (wanted.to, task.assignee_id),
            (wanted.group, task.candidate_group),
            (wanted.priority, task.priority.value),
            (wanted.title, task.title),
        )
        due = None if wanted.due is None else self.around.moment(wanted.due)
        return (
            all(said is None or said == got for said, got in checks)
            and (wanted.status is None or wanted.status in open_or | {task.status.value})
            and (due is None or due == task.due_at)
        )

    def _task_words(self, task: HumanTask) -> str:
        holder = task.assignee_id or f"group {task.candidate_group}"
        due = "" if task.due_at is None else f", due {self._local(task.due_at)}"
        member = f" ({task.iteration})" if task.iteration else ""
        return f"{task.kind.value}{member} for {holder}, {task.status.value}{due}"

    def _messages(self, expect: Expect) -> Found:
        if not expect.messages:
            return
        every = list(self.session.exec(select(Message).order_by(col(Message.id))))
        for index, wanted in enumerate(expect.messages):
            found = [each for each in every if self._is_message(each, wanted)]
            if not _enough(len(found), wanted.count):
                near = [each for each in every if wanted.step in (None, self._step_of(each))]
                got = "; ".join(map(self._message_words, near)) or "no message"
                yield ("messages", index), _counted("a message", wanted, wanted.count, len(found), got)

    def _is_message(self, message: Message, wanted: ExpectedMessage) -> bool:
        checks = (
            (wanted.step, self._step_of(message)),
            (wanted.channel, message.channel.value),
            (wanted.template, message.template),
            (wanted.contact, message.contact_point_id),
            (wanted.status, message.status.value),
        )
        why = f"{message.block_reason or ''} {message.last_error_code or ''} {message.last_error or ''}"
        return (
            all(said is None or said == got for said, got in checks)
            and (wanted.to is None or wanted.to in (message.recipient_role, message.staff_id))
            and (wanted.because is None or wanted.because.lower() in why.lower())
        )

    def _step_of(self, message: Message) -> str | None:
        """The step that a message is of; a notice to staff is of the step of their task."""
        if message.step_run_id is None:
            task = self.session.get(HumanTask, message.dedupe_key.partition(":")[0])
            return None if task is None else task.step
        run = self.session.get(StepRun, message.step_run_id)
        return None if run is None else run.step

    def _message_words(self, message: Message) -> str:
        to = message.staff_id or message.recipient_role
        why = message.block_reason or message.last_error_code
        reason = f" ({why})" if why else ""
        return f"{message.channel.value} {message.template} to {to}, {message.status.value}{reason}"

    # -- records and other processes

    def _records(self, expect: Expect) -> Found:
        for name, fields in expect.records.items():
            row = self._row(name)
            if row is None:
                yield ("records", name), Missed(f"the record `{name}`", "is there", "it is not", of_key=True)
                continue
            for field, wanted in fields.items():
                got = self._field(row, field)
                if not self._same(row, field, wanted, got):
                    shown = NOT_RECORDED if got is None else self._in_words(got)
                    what = f"`{field}` of `{name}`"
                    yield ("records", name, field), Missed(what, str(wanted), shown)

    def _row(self, name: str) -> Row | None:
        for table in RECORDS.values():
            row: Row | None = self.session.get(table, name)
            if row is not None:
                return row
        case_id = self._instance.case_id
        return self.session.get(Case, case_id) if name == "case" and case_id is not None else None

    def _field(self, row: Row, field: str) -> Any:
        column = columns_of(type(row).__name__)[field]
        value = getattr(row, column.column)
        if column.currency is not None and value is not None:
            return value, getattr(row, column.currency)
        return value.value if isinstance(value, Enum) else value

    def _same(self, row: Row, field: str, wanted: Any, got: Any) -> bool:
        if wanted in (RECORDED, NOT_RECORDED) or got is None:
            return (got is None) is bool(wanted == NOT_RECORDED)
        if isinstance(got, tuple):
            return bool(money_of(wanted) == got)
        if isinstance(columns_of(type(row).__name__)[field].type, DateTime):
            return bool(self.around.moment(wanted) == got)
        return bool(_plain(got) == _plain(wanted))

    def _in_words(self, value: Any) -> str:
        if isinstance(value, datetime):
            return self._local(value)
        return " ".join(map(str, value)) if isinstance(value, tuple) else str(value)

    def _started(self, expect: Expect) -> Found:
        if not expect.started:
            return
        query = select(Instance.process, func.count()).where(Instance.id != self.instance_id)
        got = dict(self.session.exec(query.group_by(Instance.process)).all())
        for process, number in expect.started.items():
            if got.get(process, 0) != number:
                what = f"processes `{process}` that were started"
                yield ("started", process), Missed(what, str(number), str(got.get(process, 0)))

    def _local(self, moment: datetime) -> str:
        return f"{moment.astimezone(self.around.zone):%Y-%m-%dT%H:%M}"


def _enough(found: int, count: int | None) -> bool:
    return found > 0 if count is None else found == count


def _counted(what: str, wanted: Any, count: int | None, found: int, got: str) -> Missed:
    said = wanted.model_dump(exclude_none=True, exclude={"count"})
    words = ", ".join(f"{name} {value}" for name, value in said.items())
    number = f" ({found} of these)" if count is not None else ""
    expected = words if count is None else f"{count} with {words}"
    return Missed(what, expected, f"{got}{number}", of_key=True)


def _reason(run: StepRun | None) -> str:
    words = "" if run is None else _words(run)
    return f" ({words})" if words else ""


def _words(run: StepRun) -> str:
    return " / ".join(each for each in (run.error, run.reason, run.error_code) if each)


def _plain(value: Any) -> Any:
    """Numbers and dates as they are compared: without regard to how they are written."""
    if isinstance(value, Mapping):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int | Decimal):
        return str(Decimal(value).normalize())
    return value


def _shown(value: object) -> str:
    if isinstance(value, Singleton):
        return str(value).lower()
    if isinstance(value, RecordView):
        return f"{value.record} {value.id}"
    if isinstance(value, MoneyValue):
        return f"{value.amount} {value.currency}"
    return str(value)
