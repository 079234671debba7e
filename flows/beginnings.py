"""Processes that begin by themselves: on a record, on a signal, on a date rule (engine.md R7).

What has happened is a timer, written in the transaction in which it happened. Firing it starts the newest
version, in one transaction, under a key that is unique: neither a crash nor a second scheduler starts it
twice.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, select

from definitions.expressions import UNDECIDED, Expression, decide, evaluate
from definitions.expressions.evaluation import MappingEnvironment
from definitions.plan import Plan, PlanBeginning
from definitions.runtime_values import Singleton
from flows.beginning_rules import plan_day
from flows.errors import FlowError
from flows.instances import start_in
from flows.runtime import Runtime
from flows.under_way import tell_those_on_it, under_way
from flows.versions import Plans, latest
from models import (
    Beginning,
    BeginsOn,
    DefinitionVersion,
    Instance,
    Signal,
    SignalReceipt,
    Timer,
    TimerPurpose,
)
from tasks.encoding import encode
from tasks.records.record_catalogue import record_types, table_of
from tasks.records.record_view import LiveRecord, subject_of
from tasks.records.snapshot import AsItWas
from tasks.signals.sending import signal_value

AT_ONCE = 200
"""Instances that one firing of a date rule starts in one transaction; then it goes on in the next."""


class BeginningError(FlowError):
    """A process could not begin by itself. The message says which and why; a person is asked."""


@dataclass(frozen=True, slots=True)
class Occasion:
    """A beginning whose time has come: of which version, and what it reads by name."""

    plan: Plan
    version: DefinitionVersion
    beginning: PlanBeginning
    names: Mapping[str, object]


# -- what has happened


def begin(session: Session, runtime: Runtime, plans: Plans, timer: Timer) -> str | None:
    """Start what the timer's record or signal begins; the instance, or None where nothing begins on it, or
    one is under way already.

    BeginningError where that can't be decided, CircleError where too many stand one behind the other.
    """
    detail = timer.detail
    occasion = _occasion(session, plans, detail, _happened(session, detail))
    now = runtime.clock()
    if occasion is None or not _holds(occasion, now) or _held_before(session, occasion, detail, now):
        return None
    inputs = _inputs(occasion, now)
    busy = under_way(session, plans, occasion.plan, occasion.beginning, inputs)
    if busy is not None:
        tell_those_on_it(session, runtime, occasion.plan, occasion.beginning, busy)
        return None
    started = _start(session, runtime, occasion, inputs, detail["key"], detail["links"])
    if "signal" in detail:  # what has begun it has been taken in
        session.add(
            SignalReceipt(
                id=runtime.new_id(),
                signal_id=detail["signal"],
                instance_id=started.id,
                step_run_id="",
                taken_at=runtime.clock(),
            )
        )
    return started.id


def case_of_timer(session: Session, timer: Timer) -> str | None:
    """The case that what the timer was for is about, as far as it tells."""
    detail = timer.detail
    if timer.purpose is not TimerPurpose.BEGIN:
        return None
    if "signal" in detail:
        signal = session.get(Signal, detail["signal"])
        return None if signal is None else signal.case_id
    return subject_of(session, detail["record"], detail["id"])[0]


def _happened(session: Session, detail: Mapping[str, Any]) -> Mapping[str, object]:
    if "signal" in detail:
        return {"signal": session.get_one(Signal, detail["signal"])}
    return {"record": AsItWas(LiveRecord(detail["record"], detail["id"], session), detail["after"], session)}


def _occasion(
    session: Session, plans: Plans, detail: Mapping[str, Any], names: Mapping[str, object]
) -> Occasion | None:
    """The beginning as the newest version has it; None when it has none like it, or people stopped it."""
    row = session.exec(
        select(Beginning).where(Beginning.process == detail["process"], Beginning.key == detail["beginning"])
    ).first()
    if row is None or row.stopped_at is not None:
        return None
    version = latest(session, row.process)
    plan = plans.of(version)
    beginning = plan.beginning(row.key)
    if beginning is None:
        return None
    signal = names.get("signal")
    if isinstance(signal, Signal):
        names = {"signal": signal_value(session, plan.vocabulary, signal)}
    return Occasion(plan, version, beginning, names)


def _holds(occasion: Occasion, now: datetime) -> bool:
    """Whether the beginning's condition holds. What can't be decided lets a process with critical steps
    begin; for another one a person is asked.
    """
    when = occasion.beginning.when
    if when is None:
        return True
    truth = _decided(occasion, when.expression, now)
    if truth is UNDECIDED and not any(step.critical for step in occasion.plan.steps):
        raise BeginningError(
            f"`{occasion.plan.process}` may have to begin ({occasion.beginning.key}): "
            f"`{when.expression.text}` can't be decided, since a value is not recorded; decide and start it"
        )
    return truth is not False


def _held_before(session: Session, occasion: Occasion, detail: Mapping[str, Any], now: datetime) -> bool:
    """Whether the condition held before the change already: a process begins when it comes to hold."""
    when, before, fields = occasion.beginning.when, detail.get("before"), occasion.beginning.fields
    if when is None or before is None or fields is None:
        return False
    was = AsItWas(LiveRecord(detail["record"], detail["id"], session), before, session)
    if not all(map(was.keeps, fields)):
        return False
    return _decided(replace(occasion, names={"record": was}), when.expression, now) is True


def _decided(occasion: Occasion, condition: Expression, now: datetime) -> object:
    return decide(condition, _environment(occasion, now))[0]


def _environment(occasion: Occasion, now: datetime) -> MappingEnvironment:
    calendar = occasion.plan.vocabulary.calendar(occasion.plan.calendar)
    return MappingEnvironment(occasion.names, now, ZoneInfo(calendar.zone), calendar)


def _inputs(occasion: Occasion, now: datetime) -> dict[str, Any]:
    """The inputs that the beginning binds, as they are kept. What is not recorded is left out."""
    environment = _environment(occasion, now)
    values = {
        name: value.literal if value.expression is None else evaluate(value.expression, environment).value
        for name, value in occasion.beginning.inputs.items()
    }
    return {name: encode(value) for name, value in values.items() if not isinstance(value, Singleton)}


def _start(
    session: Session,
    runtime: Runtime,
    occasion: Occasion,
    inputs: Mapping[str, Any],
    key: str,
    links: int = 1,
) -> Instance:
    """Start the newest version."""
    return start_in(session, runtime, occasion.plan, occasion.version, inputs, key=key, links=links).instance


# -- date rules


def plan_days(runtime: Runtime) -> int:
    """See that every date rule has its next day planned, also after the clock was set back; how many days it
    had to plan.
    """
    rules = select(Beginning).where(Beginning.begins_on == BeginsOn.DATE, col(Beginning.stopped_at).is_(None))
    with runtime.store.read() as session:
        if session.exec(rules.limit(1)).first() is None:
            return 0
    plans, planned = Plans(runtime), 0
    with runtime.store.write() as session:
        for row in session.exec(rules.order_by(col(Beginning.id))).all():
            plan = plans.of(latest(session, row.process))
            beginning = plan.beginning(row.key)
            if beginning is not None:
                planned += plan_day(session, plan, beginning, row.since, runtime.clock())
    return planned


def on_day(session: Session, runtime: Runtime, plans: Plans, timer: Timer) -> None:
    """A day of a date rule has come: start the process for each record that it is for, some at a time, and
    plan the next day. Days that went by while nothing was running are passed over, all but this one.
    """
    detail, now = timer.detail, runtime.clock()
    day = date.fromisoformat(detail["day"])
    occasion = _occasion(session, plans, detail, {"day": day})
    if occasion is None:
        return
    after = str(detail.get("after", ""))
    if not after:
        _plan_after(session, occasion, day, now)
    key = f"begin:{occasion.plan.process}:{occasion.beginning.key}:{day}"
    if occasion.beginning.of is None:
        _start(session, runtime, occasion, _inputs(occasion, now), f"{key}:once")
        return
    chosen = _records(session, occasion.beginning.of, after)
    for each in chosen:
        view = LiveRecord(occasion.beginning.of, each, session)
        one = replace(occasion, names={"day": day, "record": view})
        if not _chosen(one, view, now):
            continue
        inputs = _inputs(one, now)
        if under_way(session, plans, one.plan, one.beginning, inputs) is None:
            _start(session, runtime, one, inputs, f"{key}:{each}")
    if len(chosen) == AT_ONCE:
        _go_on(session, timer, f"{key}:after:{chosen[-1]}", chosen[-1], now)


def _plan_after(session: Session, occasion: Occasion, day: date, now: datetime) -> None:
    calendar = occasion.plan.vocabulary.calendar(occasion.plan.calendar)
    tomorrow = datetime.combine(day + timedelta(days=1), time(), ZoneInfo(calendar.zone))
    plan_day(session, occasion.plan, occasion.beginning, tomorrow, now)


def _records(session: Session, record: str, after: str) -> list[str]:
    table = table_of(record)
    query = select(col(table.id)).where(col(table.id) > after).order_by(col(table.id)).limit(AT_ONCE)
    return list(session.exec(query))


def _chosen(occasion: Occasion, view: LiveRecord, now: datetime) -> bool:
    """Whether a date rule is for this record. One of which that can't be decided counts, if the process has
    critical steps.
    """
    where = occasion.beginning.where
    if where is None:
        return True
    bare = replace(occasion, names=_Bare(view, occasion.names))
    truth = _decided(bare, where.expression, now)
    if truth is UNDECIDED:
        return any(step.critical for step in occasion.plan.steps)
    return truth is True


def _go_on(session: Session, timer: Timer, key: str, after: str, now: datetime) -> None:
    """The rest of a date rule's records, in a transaction of its own."""
    session.add(
        Timer(
            purpose=TimerPurpose.DATE_RULE,
            key=key,
            due_at=timer.due_at,
            wall=timer.wall,
            detail={**timer.detail, "after": after},
            created_at=now,
        )
    )


class _Bare(Mapping[str, object]):
    """The fields of a record as names of their own, in front of others; read when they are asked for."""

    def __init__(self, view: LiveRecord, others: Mapping[str, object]) -> None:
        self._view = view
        self._others = others
        self._fields = record_types()[view.record]

    def __contains__(self, name: object) -> bool:
        return name in self._fields or name in self._others

    def __getitem__(self, name: str) -> object:
        return self._view.field(name) if name in self._fields else self._others[name]

    def __iter__(self) -> Iterator[str]:
        return iter({**self._fields, **self._others})

    def __len__(self) -> int:
        return len({**self._fields, **self._others})
