"""What is due: timers become wakes; those of no instance (visits, reports, starts) are done here.

A timer fires once: firing it and what follows is one transaction, and its key is unique. Restarting,
running twice or a clock that jumps changes nothing about that (G5).
"""

import logging
from collections.abc import Mapping
from datetime import datetime

from sqlmodel import Session, col, select

from definitions.plan import Plan
from flows.events import TimersFired
from flows.failure import infrastructure
from flows.incidents import OWNERS, words_of
from flows.instances import start_in
from flows.runtime import Runtime
from flows.versions import Plans, latest
from models import (
    DefinitionVersion,
    HumanTask,
    Instance,
    TaskKind,
    TaskPriority,
    Timer,
    TimerPurpose,
    WakeKind,
    record_wake,
)
from tasks.timers import FreeCall, handle_free_timer

log = logging.getLogger(__name__)

BATCH = 200
"""Timers fired in one transaction at most."""


def tick(runtime: Runtime, plans: Plans) -> int:
    """Fire everything that is due now; returns how many timers fired."""
    fired = 0
    while True:
        with runtime.store.write() as session:
            now = runtime.clock()
            due = _due(session, now)
            for timer in due:
                _fire_alone(session, runtime, plans, timer)
            runtime.reach("tick.before_commit")
        runtime.reach("tick.after_commit")
        if not due:
            return fired
        fired += len(due)
        runtime.observe(TimersFired(len(due), (now - due[0].due_at).total_seconds()))


def next_due(session: Session) -> datetime | None:
    """When the next timer is due; None when nothing waits for time."""
    query = select(Timer.due_at).where(col(Timer.fired_at).is_(None), col(Timer.withdrawn_at).is_(None))
    return session.exec(query.order_by(col(Timer.due_at)).limit(1)).first()


def _due(session: Session, now: datetime) -> list[Timer]:
    query = (
        select(Timer)
        .where(col(Timer.fired_at).is_(None), col(Timer.withdrawn_at).is_(None), col(Timer.due_at) <= now)
        .order_by(col(Timer.due_at), col(Timer.id))
        .limit(BATCH)
        .with_for_update(skip_locked=True)
    )
    return list(session.exec(query))


def _fire_alone(session: Session, runtime: Runtime, plans: Plans, timer: Timer) -> None:
    """Fire one timer; where its own work fails, a person is asked and the other timers go on."""
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
        session.add(_call_for_help(runtime, timer, error, now))


def _call_for_help(runtime: Runtime, timer: Timer, error: Exception, now: datetime) -> HumanTask:
    groups = runtime.catalogue.vocabulary.groups
    return HumanTask(
        id=runtime.new_id(),
        kind=TaskKind.INCIDENT,
        title="Something that was due could not be done",
        description=f"{timer.purpose.value}: {words_of(error)}",
        candidate_group=OWNERS if OWNERS in groups else next(iter(groups), None),
        priority=TaskPriority.URGENT,
        created_at=now,
        details={"timer": timer.id, "purpose": timer.purpose.value, **timer.detail},
    )


def _fire(session: Session, runtime: Runtime, plans: Plans, timer: Timer) -> None:
    now = runtime.clock()
    timer.fired_at = now
    session.add(timer)
    if timer.instance_id is not None:
        again = timer.purpose is TimerPurpose.RETRY
        detail = {"timer": timer.id, "step_run": timer.step_run_id}
        kind = WakeKind.RETRY if again else WakeKind.TIMER
        record_wake(session, timer.instance_id, f"timer:{timer.id}", kind, detail, now)
        timer.handled_at = now if again else None  # a retry is nothing but a wake; the rest the pass does
        return

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
    else:
        handle_free_timer(FreeCall(session, now, runtime.new_id, start, plan_of), timer)
    timer.handled_at = now
