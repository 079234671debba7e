"""Holding an instance, letting it go on, cancelling it: decisions of people about a whole instance.

Each is one transaction under the instance's row lock. Its fence is raised, so that a pass that moves the
instance right now lets go of it at the next step boundary. Doing it twice changes nothing.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import update
from sqlmodel import Session, col, select

from definitions.plan import Plan
from flows.errors import FlowError, InputError, NotFoundError
from flows.inbox.commands import command
from flows.inbox.desk import OPERATOR, active_staff
from flows.journal import load
from flows.runtime import Runtime
from flows.steps.alerts import open_alerts, sounds
from flows.steps.scopes import within
from flows.steps.state import State
from flows.steps.stepping import Stepper
from flows.versions import PlanOf, Plans
from flows.waking.judging import begins
from models import (
    INSTANCE_GIVEN_UP,
    DefinitionVersion,
    HumanTask,
    Instance,
    InstanceStatus,
    StepRun,
    StepStatus,
    TaskStatus,
    Timer,
    WaitsFor,
    Wake,
    WakeKind,
    record_wake,
)
from notifications.delivery import release_held
from tasks.control import cancel_instance
from tasks.history import Act, Happening, add_entry, write_audit
from tasks.people.human_tasks import end, is_open

ENDED = (InstanceStatus.COMPLETED, InstanceStatus.CANCELLED)


class AlertOpenError(FlowError):
    """The instance has a safety alert that has not ended. Cancelling it would take the alert back."""


@dataclass(frozen=True, slots=True)
class Changed:
    """What a decision came to: whether it changed anything, the critical steps that have not ended, and
    whether a cancelled instance still undoes what it had done.
    """

    instance_id: str
    changed: bool
    alerts: tuple[str, ...] = ()
    undoing: bool = False


@command
def hold(
    runtime: Runtime,
    instance_id: str,
    *,
    reason: str,
    by: str | None,
    now: datetime,
    plan_of: PlanOf | None = None,
) -> Changed:
    """Stop an instance at its next step boundary, until it is resumed.

    People may go on answering, and timers come due; what that sets off waits. Critical steps that are ready
    still run, with their timers and messages: a safety alert never waits for a hold.
    """
    with runtime.store.write("wake") as session:
        instance = _open_instance(session, instance_id, reason, by)
        return hold_in(
            session, runtime, instance, reason=reason, by=by, now=now, plan_of=plan_of or Plans(runtime).of
        )


def hold_in(
    session: Session,
    runtime: Runtime,
    instance: Instance,
    *,
    reason: str,
    by: str | None,
    now: datetime,
    plan_of: PlanOf,
) -> Changed:
    """`hold` inside the caller's transaction, which has locked the instance."""
    alerts = open_alerts(_state(session, instance), _plan(session, plan_of, instance))
    if instance.status in (InstanceStatus.HELD, InstanceStatus.CANCELLING):
        return Changed(instance.id, changed=False, alerts=alerts)
    _move(session, instance, InstanceStatus.HELD)
    _tell(session, runtime, instance, Act.HOLD, by, now, reason)
    return Changed(instance.id, changed=True, alerts=alerts)


@command
def resume(
    runtime: Runtime, instance_id: str, *, reason: str | None = None, by: str | None, now: datetime
) -> Changed:
    """Let a held instance go on: what was answered meanwhile counts, what came due meanwhile is done once."""
    with runtime.store.write("wake") as session:
        instance = _open_instance(session, instance_id, reason or "resumed", by)
        return resume_in(session, runtime, instance, reason=reason, by=by, now=now)


def resume_in(
    session: Session,
    runtime: Runtime,
    instance: Instance,
    *,
    reason: str | None,
    by: str | None,
    now: datetime,
) -> Changed:
    """`resume` inside the caller's transaction, which has locked the instance."""
    if instance.status is not InstanceStatus.HELD:
        return Changed(instance.id, changed=False)
    _move(session, instance, InstanceStatus.RUNNING)
    _unpark(session, instance.id)
    release_held(session, instance.id)
    cause = f"resume:{instance.id}:{instance.fence}"
    record_wake(session, instance.id, cause, WakeKind.SIGNAL, {"resumed": True}, now)
    _tell(session, runtime, instance, Act.RESUME, by, now, reason)
    return Changed(instance.id, changed=True)


@command
def cancel(
    runtime: Runtime,
    instance_id: str,
    *,
    reason: str,
    by: str | None,
    now: datetime,
    alerts_too: bool = False,
    plan_of: PlanOf | None = None,
) -> Changed:
    """End an instance for good: its open tasks, timers, unsent messages and the processes that it waits for
    are withdrawn. What was done and sent stays, unless the definition says with `undo` what is done about it:
    then that is done, and the instance is `cancelling` until it is.

    AlertOpenError while a critical step has not ended or is ready to begin, unless `alerts_too` says that it
    is to be taken back as well.
    """
    with runtime.store.write("wake") as session:
        instance = _instance(session, instance_id, by)
        if not reason.strip():
            raise InputError("cancelling needs a reason; give --reason")
        if instance.status in INSTANCE_GIVEN_UP:
            return Changed(instance_id, changed=False, undoing=_undoes(instance))
        if instance.status is InstanceStatus.COMPLETED:
            raise NotFoundError(f"instance {instance_id} is completed; there is nothing to cancel")
        return cancel_in(
            session,
            runtime,
            instance,
            reason=reason,
            by=by,
            now=now,
            alerts_too=alerts_too,
            plan_of=plan_of or Plans(runtime).of,
        )


def cancel_in(
    session: Session,
    runtime: Runtime,
    instance: Instance,
    *,
    reason: str,
    by: str | None,
    now: datetime,
    alerts_too: bool,
    plan_of: PlanOf,
) -> Changed:
    """`cancel` inside the caller's transaction, which has locked the instance."""
    if _undoes(instance):
        return Changed(instance.id, changed=False, undoing=True)
    alerts = tuple(_alerts_of_all(session, runtime, plan_of, instance))
    if alerts and not alerts_too:
        raise AlertOpenError(_alert_words(alerts, instance.id))
    _withdraw(_stepper(session, runtime, plan_of, instance), _state(session, instance))
    cancel_instance(session, instance, reason, now)
    _end_tasks(session, instance.id, reason, now)
    _unpark(session, instance.id)  # a pass clears its wakes away
    if instance.status is InstanceStatus.CANCELLED:  # else when everything is undone
        _tell_parent(session, instance, now)
    _tell(session, runtime, instance, Act.CANCEL, by, now, reason)
    return Changed(instance.id, changed=True, alerts=alerts, undoing=_undoes(instance))


def _undoes(instance: Instance) -> bool:
    return instance.status is InstanceStatus.CANCELLING


# -- the instance


def _instance(session: Session, instance_id: str, by: str | None) -> Instance:
    instance = session.get(Instance, instance_id, with_for_update={"key_share": True})
    if instance is None:
        raise NotFoundError(
            f"there is no instance {instance_id}; `casewright show CASE` lists those of a case"
        )
    if by is not None:
        active_staff(session, by)
    return instance


def _open_instance(session: Session, instance_id: str, reason: str, by: str | None) -> Instance:
    instance = _instance(session, instance_id, by)
    if not reason.strip():
        raise InputError("holding needs a reason; give --reason")
    if instance.status in ENDED:
        raise NotFoundError(f"instance {instance_id} has ended as {instance.status.value}")
    if instance.status is InstanceStatus.CANCELLING:
        raise NotFoundError(f"instance {instance_id} is being cancelled; what it had done is undone")
    return instance


def _move(session: Session, instance: Instance, status: InstanceStatus) -> None:
    instance.status = status
    instance.fence += 1
    instance.lease_id = None
    session.add(instance)
    session.flush()


def _unpark(session: Session, instance_id: str) -> None:
    parked = update(Wake).where(col(Wake.instance_id) == instance_id)
    session.exec(parked.values(parked=False).execution_options(synchronize_session=False))


def _plan(session: Session, plan_of: PlanOf, instance: Instance) -> Plan:
    return plan_of(session.get_one(DefinitionVersion, instance.version_id))


def _state(session: Session, instance: Instance) -> State:
    return load(session, {instance.id: instance.fence})[instance.id]


def _stepper(session: Session, runtime: Runtime, plan_of: PlanOf, instance: Instance) -> Stepper:
    return Stepper(runtime, _plan(session, plan_of, instance), session, lease_id="")


# -- safety alerts


def _alerts_of_all(
    session: Session, runtime: Runtime, plan_of: PlanOf, instance: Instance, of: str = ""
) -> Iterator[str]:
    """The safety alerts that cancelling the instance would take back: its own that have not ended or would
    begin now, and those of the processes that it waits for, which are cancelled with it.
    """
    state, stepper = _state(session, instance), _stepper(session, runtime, plan_of, instance)
    for step in filter(lambda each: each.critical, stepper.plan.steps):
        begun = any(sounds(state, step, run) for run in state.runs_of(step.id))
        if begun or begins(stepper, state, step, state.wakes):
            yield f"{of}{step.id}"
    awaiting = [run.id for run in state.live().values() if run.status is StepStatus.WAITING]
    started = select(Instance).where(
        col(Instance.parent_step_run_id).in_(awaiting),
        col(Instance.status).not_in((*ENDED, InstanceStatus.CANCELLING)),
    )
    for child in session.exec(started.order_by(col(Instance.id))).all():
        yield from _alerts_of_all(session, runtime, plan_of, child, f"{child.process}: ")


def _alert_words(alerts: Collection[str], instance_id: str) -> str:
    steps = ", ".join(f"`{each}`" for each in alerts)
    return (
        f"instance {instance_id} has a safety alert that has not ended ({steps}); let it end, complete its "
        "handover, or give --with-alerts to take it back too"
    )


# -- what goes with an instance


def _withdraw(stepper: Stepper, state: State) -> None:
    """What the waiting steps had begun besides tasks, timers, messages and other processes."""
    for run in state.live().values():
        step = stepper.plan.step(run.step)
        withdraws = stepper.handler(step).withdraws
        loop = step.for_each is not None and within(run.iteration, step.depth) == run.iteration
        waits = run.status is StepStatus.WAITING and run.waits_for not in {None, WaitsFor.CHILD}
        if withdraws is not None and waits and not loop:
            withdraws(stepper.call(state, step, run), step.arguments)


def _end_tasks(session: Session, instance_id: str, reason: str, now: datetime) -> None:
    """What belongs to the instance and to none of its step runs: incidents about its version, its timers."""
    for task in session.exec(select(HumanTask).where(HumanTask.instance_id == instance_id)).all():
        if is_open(task):
            end(session, task, TaskStatus.CANCELLED, now, reason=reason)
    session.exec(
        update(Timer)
        .where(
            col(Timer.instance_id) == instance_id,
            col(Timer.handled_at).is_(None),
            col(Timer.withdrawn_at).is_(None),
        )
        .values(withdrawn_at=now)
        .execution_options(synchronize_session=False)
    )


def _tell_parent(session: Session, instance: Instance, now: datetime) -> None:
    if instance.parent_step_run_id is None:
        return
    parent = session.get(StepRun, instance.parent_step_run_id)
    if parent is not None:
        cause = f"child:{instance.id}:cancelled"
        record_wake(session, parent.instance_id, cause, WakeKind.CHILD, {"step_run": parent.id}, now)


_TOLD = {
    Act.HOLD: (Happening.PROCESS_HELD, "Held"),
    Act.RESUME: (Happening.PROCESS_RESUMED, "Goes on"),
    Act.CANCEL: (Happening.PROCESS_CANCELLED, "Cancelled"),
}


def _tell(
    session: Session,
    runtime: Runtime,
    instance: Instance,
    act: Act,
    by: str | None,
    now: datetime,
    reason: str | None,
) -> None:
    """Who did it and why, in the audit and in the chronology of the case."""
    write_audit(
        session,
        by or OPERATOR,
        act,
        "Instance",
        instance.id,
        now,
        fields=["status"],
        case_id=instance.case_id,
        instance_id=instance.id,
        reason=reason,
    )
    if instance.case_id is None:
        return
    kind, words = _TOLD[act]
    title = session.get_one(DefinitionVersion, instance.version_id).title
    add_entry(
        session,
        instance.case_id,
        kind,
        f"{words}: {title}",
        now=now,
        zone=ZoneInfo(runtime.catalogue.vocabulary.calendar().zone),
        by=by or OPERATOR,
        detail=reason or "",
        record=("Instance", instance.id),
    )
