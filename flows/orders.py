"""What a step has ordered of the other processes of its case: hold, resume or cancel them.

All of them in one transaction, which locks them in the order of their ids, so that two orders cannot wait for
each other. It is done once, since the timer that carries it fires once.
"""

from collections.abc import Sequence
from typing import Any

from sqlmodel import Session, col, select

from flows.inbox.case.holding import ENDED, AlertOpenError, cancel_in, hold_in, resume_in
from flows.inbox.desk import OPERATOR
from flows.runtime import Runtime
from flows.versions import Plans
from models import AuditEvent, Instance, InstanceStatus, StepRun, Timer
from tasks.history import Act
from tasks.orders import DONE
from tasks.timers import tell_step


def carry_out(session: Session, runtime: Runtime, plans: Plans, timer: Timer) -> None:
    """Do what the order says to every other process of the case that it names, and wake the step."""
    detail, now = timer.detail, runtime.clock()
    count = left = 0
    for instance in _others(session, detail):
        try:
            with session.begin_nested():
                changed = _obey(session, runtime, plans, instance, detail)
        except AlertOpenError:
            left += 1
        else:
            count += int(changed)
    timer.detail = {**detail, DONE: {"count": count, "left": left}}
    tell_step(session, timer, now)


def _others(session: Session, detail: dict[str, Any]) -> Sequence[Instance]:
    """The open instances of the case, locked; without the one that orders, and those that wait for it. Others
    of its own process are held only by name: two crises would hold each other, for good.
    """
    query = select(Instance).where(
        Instance.case_id == detail["case"],
        col(Instance.status).not_in(ENDED),
        col(Instance.id).not_in(_above(session, detail["own"])),
    )
    if detail["processes"] is not None:
        query = query.where(col(Instance.process).in_(detail["processes"]))
    elif detail["order"] == "hold":
        query = query.where(Instance.process != session.get_one(Instance, detail["own"]).process)
    return session.exec(query.order_by(col(Instance.id)).with_for_update(key_share=True)).all()


def _above(session: Session, instance_id: str) -> set[str]:
    """The instance, and those that have started it, directly or by others."""
    found: set[str] = set()
    ahead: str | None = instance_id
    while ahead is not None and ahead not in found:
        found.add(ahead)
        instance = session.get(Instance, ahead)
        parent = None if instance is None else instance.parent_step_run_id
        run = None if parent is None else session.get(StepRun, parent)
        ahead = None if run is None else run.instance_id
    return found


def _obey(
    session: Session, runtime: Runtime, plans: Plans, instance: Instance, detail: dict[str, Any]
) -> bool:
    now, reason, by = runtime.clock(), detail["reason"], detail["by"]
    match detail["order"]:
        case "hold":
            done = hold_in(session, runtime, instance, reason=reason, by=by, now=now, plan_of=plans.of)
        case "resume":
            if not _held_by_process(session, instance):
                return False
            done = resume_in(session, runtime, instance, reason=reason, by=by, now=now)
        case _:
            done = cancel_in(
                session,
                runtime,
                instance,
                reason=reason,
                by=by,
                now=now,
                alerts_too=False,
                plan_of=plans.of,
            )
    return done.changed


def _held_by_process(session: Session, instance: Instance) -> bool:
    """Whether a process has held the instance, not a person: what a person has held, a person lets go on."""
    if instance.status is not InstanceStatus.HELD:
        return False
    last = session.exec(
        select(AuditEvent.actor)
        .where(AuditEvent.instance_id == instance.id, AuditEvent.action == Act.HOLD.value)
        .order_by(col(AuditEvent.at).desc(), col(AuditEvent.id).desc())
    ).first()
    return last is not None and last.startswith("system:") and last != OPERATOR
