"""What must be true of a database in which nothing is under way, in one place: crash, stateful and chaos
tests ask it.

The words are those of the guarantees: *lost* is something acknowledged without its effect, *doubled* an
effect that is there twice, *stuck* an instance that nothing will ever move, *G7* a status that does not
follow from the journal, *fence* a claim that was won twice.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, func, text
from sqlmodel import Session, SQLModel, col, select

from definitions.plan import Plan
from flows.journal import load
from flows.runtime import Runtime
from flows.sealing import verify
from flows.steps.endings import ENDED
from flows.steps.scopes import lies_at
from flows.steps.state import Phase, fold, startable, work_of
from models import (
    MESSAGE_FINAL,
    TASK_ENDED,
    Case,
    HumanTask,
    Instance,
    InstanceStatus,
    Lease,
    Message,
    MessageStatus,
    Record,
    Referral,
    ReportMember,
    StepRun,
    StepStatus,
    Timer,
    Visit,
    VisitSchedule,
    WaitsFor,
    Wake,
)

PASSING = {"leases", "wakes", "audit_seals", "alembic_version"}
"""Tables whose rows come and go with passes, or are as many as there was time for; all others hold what was
done.
"""

PlanOf = Callable[[Instance], Plan]
"""The plan that an instance runs."""

_OVER = (InstanceStatus.COMPLETED, InstanceStatus.CANCELLED)


def counts(session: Session) -> dict[str, int]:
    """Rows per table, without the tables of passes."""
    tables = [table for name, table in Record.metadata.tables.items() if name not in PASSING]
    return {
        table.name: session.execute(select(func.count()).select_from(table)).scalar_one() for table in tables
    }


def violations(session: Session, plan_of: PlanOf, now: datetime) -> Iterator[str]:
    """Every broken promise in a database that was drained at `now`: lost, doubled, stuck, G7, fence."""
    runs: dict[str, list[StepRun]] = {}
    for run in session.exec(select(StepRun)):
        runs.setdefault(run.instance_id, []).append(run)
    for instance in session.exec(select(Instance)):
        yield from _of_instance(session, plan_of(instance), instance, runs.get(instance.id, []))
    yield from overlooked(session, plan_of)
    yield from lost(session)
    yield from doubled(session)
    yield from stuck(session, now)


# -- one instance


def _of_instance(session: Session, plan: Plan, instance: Instance, runs: list[StepRun]) -> Iterator[str]:
    live = [run for run in runs if run.status is not StepStatus.SUPERSEDED]
    twice = [key for key, count in Counter((run.step, run.iteration) for run in live).items() if count > 1]
    if twice:
        yield f"doubled: steps {twice} of {instance.id} have two live runs"
    ended = {run.step for run in live if not run.iteration and run.status in ENDED}
    must = {step.id for step in plan.steps if step.place is None}  # what stands in a block may not have run
    if instance.status is InstanceStatus.COMPLETED and not must <= ended:
        yield f"lost: {instance.id} is completed without {sorted(must - ended)}"
    folded = fold(plan, runs, instance.status)
    if instance.status is not folded:
        yield f"G7: the runs of {instance.id} fold to {folded.value}, not {instance.status.value}"
    if instance.lease_id is not None:
        yield f"stuck: {instance.id} still points to a lease"
    if len({run.lease_id for run in runs}) > instance.fence:
        yield f"fence: more passes have written to {instance.id} than have claimed it"
    if instance.status not in (*_OVER, InstanceStatus.HELD):
        yield from _waits(session, plan, instance, live)


def _waits(session: Session, plan: Plan, instance: Instance, live: list[StepRun]) -> Iterator[str]:
    """An instance that has not ended waits for something that can still come."""
    open_runs = [run for run in live if run.status in (StepStatus.WAITING, StepStatus.INCIDENT)]
    if not open_runs and not _waked(session, instance):
        yield f"stuck: {instance.id} has not ended and waits for nothing"
    for run in open_runs:
        if not _can_come(session, plan, instance, run, live):
            what = "a decision" if run.waits_for is None else run.waits_for.value
            yield f"stuck: `{run.step}` of {instance.id} waits for {what}, and nothing can bring it"


def _can_come(session: Session, plan: Plan, instance: Instance, run: StepRun, live: list[StepRun]) -> bool:
    if run.status is StepStatus.INCIDENT or run.waits_for is WaitsFor.PEOPLE:
        return any(_asks(task, run) for task in _open_tasks(session, instance))
    if run.waits_for is WaitsFor.MESSAGE:
        sent = select(Message).where(Message.instance_id == instance.id)
        return any(message.status not in MESSAGE_FINAL for message in session.exec(sent)) or any(
            _asks(task, run) for task in _open_tasks(session, instance)
        )
    if run.waits_for is WaitsFor.TIMER:
        return any(True for _ in session.exec(_open_timers().where(Timer.step_run_id == run.id)))
    if run.waits_for is WaitsFor.CHILD:
        children = select(Instance).where(Instance.parent_step_run_id == run.id)
        return any(child.status not in _OVER for child in session.exec(children))
    if run.waits_for is WaitsFor.ITERATIONS:
        inside = {run.step, *(step.id for step in plan.inside(run.step))}
        open_runs = (each for each in live if each is not run and each.status not in ENDED)
        return any(each.step in inside and lies_at(each.iteration, run.iteration) for each in open_runs)
    return True  # a condition: any change of the case may bring it


def _asks(task: HumanTask, run: StepRun) -> bool:
    """Whether a task is about this step: its own, or one on which its form lies."""
    return task.step_run_id == run.id or any(item.get("step") == run.step for item in task.form)


def _open_tasks(session: Session, instance: Instance) -> Iterable[HumanTask]:
    query = select(HumanTask).where(HumanTask.instance_id == instance.id)
    return session.exec(query.where(col(HumanTask.status).not_in(TASK_ENDED)))


def _open_timers() -> Any:
    return select(Timer).where(col(Timer.fired_at).is_(None), col(Timer.withdrawn_at).is_(None))


def _waked(session: Session, instance: Instance) -> bool:
    return session.exec(select(Wake.id).where(Wake.instance_id == instance.id)).first() is not None


def _has_wakes() -> ColumnElement[bool]:
    return exists().where(col(Wake.instance_id) == Instance.id)


def overlooked(session: Session, plan_of: PlanOf) -> Iterator[str]:
    """Steps that could begin, and no wake will tell anybody: an alert may be among them."""
    rest = select(Instance).where(col(Instance.status).not_in(_OVER), ~_has_wakes())
    plans = {instance.id: plan_of(instance) for instance in session.exec(rest)}
    for state in load(session, dict.fromkeys(plans, 0)).values():
        plan = plans[state.id]
        for work in work_of(state, plan):
            timed = work.phase in {Phase.TIMER, Phase.LEAVE}
            if timed or (work.step and startable(state, plan.step(work.step))):
                yield f"lost: the wake for `{work.step or 'a timer'}` of {state.id}, which could go on"


# -- lost


def lost(session: Session) -> Iterator[str]:
    """What was acknowledged and is without its effect; a step that is done without its records."""
    fired = select(Timer).where(
        col(Timer.fired_at).is_not(None), col(Timer.handled_at).is_(None), col(Timer.withdrawn_at).is_(None)
    )
    for timer in session.exec(fired):
        if not _kept_for_later(session, timer.instance_id):
            yield f"lost: the timer {timer.key} has fired, and nothing came of it"
    for run in session.exec(select(StepRun).where(StepRun.status == StepStatus.COMPLETED)):
        for record, record_id in _records_in(run.outputs):
            if not _exists(session, record, record_id):
                yield f"lost: `{run.step}` of {run.instance_id} gave a {record} that is not there"
        message = run.outputs.get("message")
        if isinstance(message, str) and session.get(Message, message) is None:
            yield f"lost: `{run.step}` of {run.instance_id} sent a message that is not in the outbox"
    for name, owner in _dangling(session):
        yield f"lost: a row of {name} belongs to a row of {owner} that is not there"


def _kept_for_later(session: Session, instance_id: str | None) -> bool:
    """Somebody holds the instance, or it has ended: then the timer wakes nothing now."""
    instance = session.get(Instance, instance_id) if instance_id else None
    return instance is not None and instance.status in (*_OVER, InstanceStatus.HELD)


def _records_in(value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        if set(value) == {"record", "id"}:
            yield str(value["record"]), str(value["id"])
            return
        for part in value.values():
            yield from _records_in(part)
    elif isinstance(value, list):
        for part in value:
            yield from _records_in(part)


@cache
def _tables() -> dict[str, type[SQLModel]]:
    mappers = Record._sa_registry.mappers  # type: ignore[attr-defined]  # of SQLModel's base
    return {mapper.class_.__name__: mapper.class_ for mapper in mappers}


def _exists(session: Session, record: str, record_id: str) -> bool:
    table = _tables().get(record)
    return table is None or session.get(table, record_id) is not None


def _dangling(session: Session) -> Iterator[tuple[str, str]]:
    if session.get_bind().dialect.name == "sqlite":  # PostgreSQL never lets one in
        for row in session.execute(text("PRAGMA foreign_key_check")):
            yield str(row[0]), str(row[2])


def unsealed(runtime: Runtime) -> Iterator[str]:
    """An audit that is not as it was sealed, or has rows without a seal though somebody seals (R6)."""
    found = verify(runtime)
    if found.broken is not None:
        yield f"audit: {found.broken}"
    if found.seals and found.unsealed:
        yield f"lost: {found.unsealed} rows of the audit have no seal"


# -- doubled


def doubled(session: Session) -> Iterator[str]:
    """Records that a process makes once."""
    once: tuple[tuple[str, tuple[Any, ...]], ...] = (
        ("cases of one client", (Case.client_id,)),
        ("visit schedules of one case", (VisitSchedule.case_id,)),
        ("places of one case in a report", (ReportMember.report_id, ReportMember.case_id)),
        ("referrals for one need", (Referral.case_id, Referral.category)),
        ("visits on one day", (Visit.schedule_id, Visit.local_date)),
        ("messages with one key", (Message.dedupe_key,)),
        ("instances of one start", (Instance.start_key,)),
        ("outcomes of one attempt", (StepRun.instance_id, StepRun.step, StepRun.iteration, StepRun.attempt)),
        ("open tasks of one kind and step run", (HumanTask.step_run_id, HumanTask.kind, HumanTask.title)),
    )
    for what, key in once:
        for row in session.exec(_twice(key, what.startswith("open"))):
            yield f"doubled: {what}: {row}"


def _twice(key: tuple[Any, ...], only_open: bool) -> Select[Any]:
    query = select(*(col(part) for part in key)).group_by(*(col(part) for part in key))
    if only_open:
        query = query.where(col(HumanTask.status).not_in(TASK_ENDED), col(HumanTask.step_run_id).is_not(None))
    return query.having(func.count() > 1)


def resends(session: Session) -> int:
    """Messages that were sent again because nobody could know if the provider had them (G4)."""
    return session.exec(select(func.coalesce(func.sum(Message.resends), 0))).one()


# -- stuck


def stuck(session: Session, now: datetime) -> Iterator[str]:
    """What would move by itself in a healthy system, and has not."""
    for wake in session.exec(select(Wake)):
        held = session.get_one(Instance, wake.instance_id).status is InstanceStatus.HELD
        if not (wake.parked and held):
            yield f"stuck: a wake of {wake.instance_id} is left though nothing runs ({wake.kind.value})"
    for timer in session.exec(_open_timers().where(Timer.due_at <= now)):
        yield f"stuck: the timer {timer.key} was due at {timer.due_at} and has not fired"
    for message in session.exec(_unsent(now)):
        yield f"stuck: message {message.id} is {message.status.value} though it is due"
    live = select(Lease).where(col(Lease.released_at).is_(None), Lease.expires_at > now)
    for lease in session.exec(live):
        if session.exec(select(Instance.id).where(Instance.lease_id == lease.id)).first() is not None:
            yield f"stuck: the lease {lease.id} still holds instances"


def _unsent(now: datetime) -> Any:
    free = (col(Message.not_before).is_(None)) | (col(Message.not_before) <= now)
    due = (col(Message.next_attempt_at).is_(None)) | (col(Message.next_attempt_at) <= now)
    waiting = col(Message.status).in_((MessageStatus.QUEUED, MessageStatus.SENDING))
    return select(Message).where(waiting, free, due)
