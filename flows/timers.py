"""What is due: timers become wakes; those of no instance (visits, reports, starts) are done here.

A timer fires once: firing it and what follows is one transaction, and its key is unique. Restarting,
running twice or a clock that jumps changes nothing about that (G5).
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import Integer, bindparam, update
from sqlmodel import Session, col, select

from definitions.plan import Plan
from flows.beginnings import begin, case_of_timer, on_day
from flows.events import TimersFired
from flows.incidents import OWNERS, words_of
from flows.instances import start_in
from flows.orders import carry_out
from flows.runtime import Runtime
from flows.steps.failure import infrastructure
from flows.versions import Plans, latest
from models import (
    DefinitionVersion,
    HumanTask,
    Instance,
    NewWake,
    TaskKind,
    TaskPriority,
    Timer,
    TimerPurpose,
    WakeKind,
    among,
    record_wakes,
)
from tasks.timers import FreeCall, handle_free_timer, tell_step

log = logging.getLogger(__name__)


def tick(runtime: Runtime, plans: Plans, *, go_on: Callable[[], bool] = lambda: True) -> int:
    """Fire everything that is due now, in transactions of at most `limits.timer_batch`; returns how many
    timers fired. `go_on` is asked before each further one.
    """
    fired = 0
    while True:
        with runtime.store.write() as session:
            now = runtime.clock()
            due = _due(session, now, runtime.limits.timer_batch)
            free = [timer for timer in due if timer.instance_id is None]
            _wake(session, [timer for timer in due if timer.instance_id is not None], now)
            for timer in free:
                fire_alone(session, runtime, plans, timer)
            runtime.reach("tick.before_commit")
        runtime.reach("tick.after_commit")
        fired += len(due)
        if due:
            runtime.observe(TimersFired(len(due), (now - due[0].due_at).total_seconds()))
        # what is done for no instance may have set timers that are due at once
        if not (free or len(due) == runtime.limits.timer_batch) or not go_on():
            return fired


def next_due(session: Session) -> datetime | None:
    """When the next timer is due; None when nothing waits for time."""
    query = select(Timer.due_at).where(col(Timer.fired_at).is_(None), col(Timer.withdrawn_at).is_(None))
    return session.exec(query.order_by(col(Timer.due_at)).limit(1)).first()


def _due(session: Session, now: datetime, most: int) -> list[Timer]:
    """The timers that are due first, locked; those that another process is firing right now are left out.

    The conditions are those of the index of open timers, so what waits costs nothing, however much there is.
    """
    return list(session.exec(_FIRST_DUE, params={"now": now, "most": most}))


_FIRST_DUE: Final = (
    select(Timer)
    .where(
        col(Timer.fired_at).is_(None),
        col(Timer.withdrawn_at).is_(None),
        col(Timer.due_at) <= bindparam("now"),
    )
    .order_by(col(Timer.due_at), col(Timer.id))
    .limit(bindparam("most", type_=Integer()))
    .with_for_update(skip_locked=True, key_share=True)
)
"""Made once, since it is asked all the time."""


def _wake(session: Session, timers: Sequence[Timer], now: datetime) -> None:
    """Fire timers of instances: each becomes a wake, and the pass does the rest. In two or three statements,
    since a whole office may have its due dates at the same hour.
    """
    wakes, retries = [], []
    for timer in timers:
        again = timer.purpose is TimerPurpose.RETRY  # nothing but a wake; it is handled by that
        retries += [timer.id] if again else []
        detail = {"timer": timer.id, "step_run": timer.step_run_id}
        kind = WakeKind.RETRY if again else WakeKind.TIMER
        wakes.append(NewWake(str(timer.instance_id), f"timer:{timer.id}", kind, detail))
    record_wakes(session, wakes, now)
    _mark(session, [timer.id for timer in timers], fired_at=now)
    _mark(session, retries, handled_at=now)


def _mark(session: Session, ids: Sequence[str], **moments: datetime) -> None:
    if ids:
        these = update(Timer).where(among(Timer.id, ids)).values(**moments)
        session.exec(these.execution_options(synchronize_session=False))


def fire_alone(session: Session, runtime: Runtime, plans: Plans, timer: Timer) -> None:
    """Fire one timer of no instance; where its own work fails, a person is asked and the others go on."""
    try:
        with session.begin_nested():
            _fire(session, runtime, plans, timer)
    except Exception as error:  # also an unforeseen one: the timers behind it must not wait for it
        if infrastructure(error):
            raise
        log.error("timer %s (%s) failed: %s", timer.id, timer.purpose, type(error).__name__)
        now = runtime.clock()
        timer.fired_at = timer.handled_at = now
        session.add(timer)
        if not tell_step(session, timer, now, words_of(error)):
            session.add(_call_for_help(session, runtime, timer, error, now))


def _call_for_help(
    session: Session, runtime: Runtime, timer: Timer, error: Exception, now: datetime
) -> HumanTask:
    groups = runtime.catalogue.vocabulary.groups
    return HumanTask(
        id=runtime.new_id(),
        kind=TaskKind.INCIDENT,
        title="Something that was due could not be done",
        description=f"{timer.purpose.value}: {words_of(error)}",
        candidate_group=OWNERS if OWNERS in groups else next(iter(groups), None),
        priority=TaskPriority.URGENT,
        case_id=case_of_timer(session, timer),
        created_at=now,
        details={"timer": timer.id, "purpose": timer.purpose.value, **timer.detail},
    )


def _fire(session: Session, runtime: Runtime, plans: Plans, timer: Timer) -> None:
    now = runtime.clock()
    timer.fired_at = now
    session.add(timer)

    def start(process: str, inputs: Mapping[str, object], key: str, parent: str | None = None) -> str:
        version = latest(session, process)
        return start_in(
            session, runtime, plans.of(version), version, inputs, key=key, parent=parent
        ).instance.id

    def plan_of(instance_id: str) -> Plan:
        version_id = session.get_one(Instance, instance_id).version_id
        return plans.of(session.get_one(DefinitionVersion, version_id))

    if timer.purpose is TimerPurpose.START:
        start(
            timer.detail["process"], timer.detail["inputs"], timer.detail["key"], timer.detail.get("parent")
        )
    elif timer.purpose is TimerPurpose.BEGIN:
        begin(session, runtime, plans, timer)
    elif timer.purpose is TimerPurpose.DATE_RULE:
        on_day(session, runtime, plans, timer)
    elif timer.purpose is TimerPurpose.ORDER:
        carry_out(session, runtime, plans, timer)
    else:
        handle_free_timer(FreeCall(session, now, runtime.new_id, start, plan_of), timer)
    timer.handled_at = now
