"""How the newest versions begin by themselves: kept when a version is published, stopped and let go on by
people; the next day of each date rule.
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, select

from definitions.beginnings import On
from definitions.expressions.nodes import Arithmetic, Comparison, Constant, Items, Name, Node, conjuncts
from definitions.plan import Plan, PlanBeginning
from definitions.time.calendars import Due, WorkingCalendar
from definitions.time.local_time import to_moment
from definitions.time.recurrence import Recurrence
from definitions.types import Choice, YesNo
from flows.errors import InputError, NotFoundError
from flows.inbox.desk import OPERATOR
from flows.runtime import Runtime
from models import Beginning, BeginsOn, Timer, TimerPurpose, lock_alone
from tasks.history import Act, write_audit
from tasks.records.columns import column_of
from tasks.records.record_catalogue import columns_of


def keep_beginnings(session: Session, plan: Plan, number: int, now: datetime) -> None:
    """The newest version says how its process begins from now on. One that people have stopped stays so."""
    known = {each.key: each for each in session.exec(_of(plan.process))}
    stopped = next((each for each in known.values() if each.stopped_at is not None), None)
    wanted = {each.key: each for each in plan.beginnings if each.on is not On.HAND}
    for key, row in known.items():
        if key not in wanted:
            session.delete(row)
    for key, beginning in wanted.items():
        row = known.get(key) or Beginning(
            process=plan.process,
            key=key,
            begins_on=BeginsOn(beginning.on.value),
            number=number,
            since=now,
            stopped_at=None if stopped is None else stopped.stopped_at,
            stopped_by=None if stopped is None else stopped.stopped_by,
            stopped_because=None if stopped is None else stopped.stopped_because,
        )
        row.number, row.name = number, beginning.name or None
        row.event = None if beginning.event is None else beginning.event.value
        row.columns = _columns(beginning)
        row.only = contents_asked(beginning) or None
        session.add(row)
        if beginning.recurrence is not None and row.stopped_at is None:
            plan_day(session, plan, beginning, row.since, now)


def _of(process: str) -> Any:
    return select(Beginning).where(Beginning.process == process).order_by(col(Beginning.key))


def _columns(beginning: PlanBeginning) -> list[str] | None:
    """The columns behind the fields that the condition reads; None where one of them is no column."""
    if beginning.fields is None:
        return None
    known = columns_of(beginning.name)
    if not beginning.fields <= known.keys():
        return None
    return sorted(column_of(beginning.name, each).column for each in beginning.fields)


def contents_asked(beginning: PlanBeginning) -> dict[str, list[str]]:
    """The contents of columns without which the condition of a beginning on a record cannot hold, by column:
    what it asks of the record's own choices and yes/no answers in so many words, joined by `and`.
    """
    if beginning.when is None or beginning.on is not On.RECORD:
        return {}
    found: dict[str, list[str]] = {}
    known = columns_of(beginning.name)
    for part in conjuncts(beginning.when.expression.root):
        asked = _asked(part)
        column = None if asked is None else known.get(asked[0])
        if asked is not None and column is not None and isinstance(column.type, Choice | YesNo):
            before = found.get(column.column, asked[1])
            found[column.column] = [each for each in asked[1] if each in before]
    return found


def _asked(part: Node) -> tuple[str, list[str]] | None:
    """The field and the options of `record.FIELD is OPTION` and `record.FIELD in (OPTION, ...)`."""
    match part:
        case Comparison(operands=(Name(path=("record", field)), one), signs=("is",)):
            options = [_option(one)]
        case Comparison(operands=(Name(path=("record", field)), Items(items=several)), signs=("in",)):
            options = [_option(each) for each in several]
        case _:
            return None
    words = [each for each in options if each is not None]
    return (field, words) if len(words) == len(options) else None


def _option(node: Node) -> str | None:
    match node:
        case Constant(value=str() as word):
            return word
        case Name() | Arithmetic():
            return node.word
        case _:
            return None


# -- stopping


def stop_beginnings(
    runtime: Runtime, process: str, *, reason: str, by: str | None, now: datetime
) -> tuple[str, ...]:
    """From now on the process begins no more by itself; returns in which ways it would have. What has begun
    goes on, and other processes may start it. New versions stay stopped too. InputError without a reason.
    """
    if not reason.strip():
        raise InputError("stopping needs a reason; give --reason")
    with runtime.store.write("wake") as session:
        rows = _rows(session, process)
        for row in rows:
            if row.stopped_at is None:
                row.stopped_at, row.stopped_by, row.stopped_because = now, by, reason
                session.add(row)
        _audit(session, process, Act.HOLD, by, reason, now)
    runtime.store.listening.forget()
    return tuple(row.key for row in rows)


def resume_beginnings(runtime: Runtime, plan: Plan, *, by: str | None, now: datetime) -> tuple[str, ...]:
    """The process of this plan begins by itself again. What has happened meanwhile begins nothing."""
    with runtime.store.write("wake") as session:
        rows = _rows(session, plan.process)
        for row in rows:
            beginning = plan.beginning(row.key)
            if row.stopped_at is None or beginning is None:
                continue
            row.stopped_at = row.stopped_by = row.stopped_because = None
            row.since = now
            session.add(row)
            plan_day(session, plan, beginning, row.since, now)
        _audit(session, plan.process, Act.RESUME, by, None, now)
    runtime.store.listening.forget()
    return tuple(row.key for row in rows)


def _rows(session: Session, process: str) -> list[Beginning]:
    rows = list(session.exec(_of(process).with_for_update()))
    if not rows:
        raise NotFoundError(
            f"`{process}` does not begin by itself; `casewright beginnings` lists the processes that do"
        )
    return rows


def _audit(
    session: Session, process: str, act: Act, by: str | None, reason: str | None, now: datetime
) -> None:
    write_audit(session, by or OPERATOR, act, "Beginning", process, now, fields=["stopped_at"], reason=reason)


# -- date rules


def plan_day(session: Session, plan: Plan, beginning: PlanBeginning, since: datetime, now: datetime) -> bool:
    """Set the timer of the rule's next day, unless it is set: at the rule's time on that day, or when work
    begins. A day has one timer, whatever the clock does and how often this is asked; the first one is not
    before `since`. False where it was set; then a newer version's time of day holds for it.
    """
    if beginning.recurrence is None:
        return False
    calendar = plan.vocabulary.calendar(plan.calendar)
    zone = ZoneInfo(calendar.zone)
    first = max(now, since).astimezone(zone).date()
    key = f"begin:{plan.process}:{beginning.key}:"
    lock_alone(session, [key])
    while True:
        day = _next_day(beginning.recurrence, first, calendar)
        due = _due_on(day, beginning, calendar)
        known = session.exec(select(Timer).where(Timer.key == f"{key}{day}")).first()
        if known is not None and known.fired_at is None:
            if (known.due_at, known.wall) != (due.moment_utc, due.wall):
                known.due_at, known.wall = due.moment_utc, due.wall
                session.add(known)
            return False
        if known is None and due.moment_utc >= since:
            break
        first = day + timedelta(days=1)
    session.add(
        Timer(
            purpose=TimerPurpose.DATE_RULE,
            key=f"{key}{day}",
            due_at=due.moment_utc,
            wall=due.wall,
            detail={"process": plan.process, "beginning": beginning.key, "day": day.isoformat()},
            created_at=now,
        )
    )
    session.flush()
    return True


def _due_on(day: date, beginning: PlanBeginning, calendar: WorkingCalendar) -> Due:
    """When the rule's day has come. A time that the clocks skip in spring comes as much later as they skip,
    one that comes twice in autumn the first time (`to_moment`, R4).
    """
    moment = calendar.start_of(day) if beginning.at is None else to_moment(day, beginning.at, calendar.zone)
    return calendar.at(moment)


def _next_day(recurrence: Recurrence, first: date, calendar: WorkingCalendar) -> date:
    """The first day of a rule from `first` on."""
    return recurrence.next_after(first - timedelta(days=1), calendar).nominal


def beginnings_of(session: Session) -> Iterator[Beginning]:
    """How processes begin by themselves, by process."""
    yield from session.exec(select(Beginning).order_by(Beginning.process, col(Beginning.key)))
