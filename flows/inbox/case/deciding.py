"""What a person decides about an incident: try again, try again with other inputs, skip the step.

Each is one transaction: the incident is completed with the decision, and a wake tells the instance, whose
pass does the rest. The same decision a second time changes nothing; another is refused (engine.md R1.5).
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from sqlmodel import Session, col, select

from definitions.plan import Plan
from flows.errors import InputError, NotFoundError
from flows.inbox.commands import command
from flows.inbox.desk import OPERATOR, ConflictError, NotAllowedError, check_actor, may_work
from flows.instances import changed_inputs
from flows.runtime import Runtime
from flows.steps.endings import ENDED
from flows.steps.skipping import Skip, checked_outputs, ended_beside, was_waiting
from flows.versions import PlanOf, Plans
from models import (
    DefinitionVersion,
    HumanTask,
    Instance,
    StepRun,
    TaskKind,
    TaskStatus,
    Timer,
    WakeKind,
    record_wake,
)
from tasks.history import Act, write_audit
from tasks.people.human_tasks import end, is_open

OF_A_FAILED_THING: Final = ("timers", "changes")
"""What an incident keeps when not the step itself failed, but a timer or a correction of it."""


@command
def retry(
    runtime: Runtime,
    task_id: str,
    *,
    by: str | None,
    now: datetime,
    reason: str | None = None,
    inputs: Mapping[str, object] | None = None,
    plan_of: PlanOf | None = None,
) -> bool:
    """Try again what an incident is about, as things stand now; with `inputs`, some inputs of the instance
    are changed first, which needs a reason. False when it was decided so before.

    Steps that have ended keep what they had read. NotFoundError for a task that is no incident, ConflictError
    for one about which something else was decided, InputError for inputs that do not fit.
    """
    if inputs and not (reason or "").strip():
        raise InputError("changing an input needs a reason; give --reason")
    with runtime.store.write("wake") as session:
        task = _incident(session, task_id, by)
        changed = _changed(session, plan_of or Plans(runtime).of, task, inputs or {})
        body = {"decision": "retry", "reason": reason, "inputs": changed}
        if not _decide(session, task, body, by=by, now=now):
            return False
        if changed:
            _let_go(session, task, changed)
        _note(session, task, Act.RETRY, by, now, reason, changed)
        if task.instance_id is None:
            _fire_again(session, task)
        else:
            _wake_again(session, task, dict(task.details.get("again", {})), now)
    return True


@command
def skip(
    runtime: Runtime,
    task_id: str,
    *,
    reason: str,
    outputs: Mapping[str, object] | None = None,
    by: str | None,
    now: datetime,
    plan_of: PlanOf | None = None,
) -> str:
    """Skip what an incident is about: its step, or the timer or correction that failed. Says which: `step`,
    `timer` or `correction`.

    A skipped step gives `outputs`, by name; what a later step reads has to be among them (engine.md R1.3). A
    timer or a correction is left out, and the step goes on from where it stood. Raises as `retry` does.
    """
    if not reason.strip():
        raise InputError("skipping needs a reason; give --reason")
    with runtime.store.write("wake") as session:
        task = _incident(session, task_id, by)
        again = dict(task.details.get("again", {}))
        what = _what(task)
        if what != "step" and outputs:
            raise InputError(f"only the {what} is left out, and the step goes on; give no outputs")
        given = _outputs(session, plan_of or Plans(runtime).of, task, outputs or {}) if what == "step" else {}
        body = {"decision": "skip", "reason": reason, "outputs": given}
        if not _decide(session, task, body, by=by, now=now):
            return what
        _note(session, task, Act.SKIP, by, now, reason, given)
        if task.instance_id is None:
            return what
        if what == "step":
            decided = Skip(task.id, reason, given, was_waiting(again)).plain()
            _wake(session, task, {"step_run": task.step_run_id, **again, "skip": decided}, now)
        else:
            kept = {name: each for name, each in again.items() if name not in OF_A_FAILED_THING}
            _wake(session, task, {"step_run": task.step_run_id, **kept}, now)
    return what


# -- the incident


def _incident(session: Session, task_id: str, by: str | None) -> HumanTask:
    task = session.get(HumanTask, task_id, with_for_update={"key_share": True})
    if task is None or task.kind is not TaskKind.INCIDENT:
        raise NotFoundError(f"{task_id} is not an incident; `casewright incidents` lists what is open")
    check_actor(session, task, by)
    if not may_work(session, task, by):
        raise NotAllowedError(
            f"incident {task.id} is not with you or your team; its holder or a supervisor decides"
        )
    if not is_open(task) and task.status is not TaskStatus.COMPLETED:
        raise NotFoundError(
            f"incident {task_id} has ended as {task.status.value}; there is nothing to decide"
        )
    return task


def _decide(
    session: Session, task: HumanTask, body: dict[str, Any], *, by: str | None, now: datetime
) -> bool:
    """Complete the incident with this decision; False when it was decided so before."""
    if task.status is TaskStatus.COMPLETED:
        known = {**(task.outcome or {"decision": "retry", "inputs": {}}), "reason": body["reason"]}
        if known != body:
            words = f"incident {task.id} was decided another way: {known['decision']}"
            raise ConflictError(f"{words}; `casewright show` says what came of it")
        return False
    task.outcome = body
    end(session, task, TaskStatus.COMPLETED, now, by=by, reason=body["reason"])
    return True


def failed_thing(task: HumanTask) -> str | None:
    """What an incident is about: a `step`, a `timer` or a `correction`; None for a version that can't run."""
    again = task.details.get("again", {})
    if again.get("changes"):
        return "correction"
    if again.get("timers") or task.instance_id is None:
        return "timer"
    return None if task.step_run_id is None else "step"


def _what(task: HumanTask) -> str:
    what = failed_thing(task)
    if what is None:
        raise NotFoundError(f"incident {task.id} is about no step that could be skipped; mend its cause")
    return what


# -- what follows


def _wake_again(session: Session, task: HumanTask, again: dict[str, Any], now: datetime) -> None:
    for index, change in enumerate(again.pop("changes", ())):
        record_wake(session, str(task.instance_id), f"retry:{task.id}:{index}", WakeKind.CHANGED, change, now)
    _wake(session, task, {"step_run": task.step_run_id, **again}, now)


def _wake(session: Session, task: HumanTask, detail: dict[str, Any], now: datetime) -> None:
    record_wake(session, str(task.instance_id), f"retry:{task.id}", WakeKind.RETRY, detail, now)


def _fire_again(session: Session, task: HumanTask) -> None:
    """A timer of no instance fires at the next tick as if it had not yet."""
    timer = session.get(Timer, task.details.get("timer", ""), with_for_update=True)
    if timer is not None and timer.withdrawn_at is None:
        timer.fired_at = timer.handled_at = None
        session.add(timer)


def _let_go(session: Session, task: HumanTask, changed: Mapping[str, Any]) -> None:
    """Give the instance its new inputs; a pass that moves it right now lets go of it."""
    instance = _instance(session, task)
    instance.inputs = {**instance.inputs, **changed}
    instance.fence += 1
    instance.lease_id = None
    session.add(instance)


def _changed(
    session: Session, plan_of: PlanOf, task: HumanTask, inputs: Mapping[str, object]
) -> dict[str, Any]:
    if not inputs:
        return {}
    if task.instance_id is None:
        raise InputError(f"incident {task.id} belongs to no process, so there are no inputs to change")
    instance = _instance(session, task)
    values = changed_inputs(session, _plan(session, plan_of, instance), instance, inputs)
    return {name: values[name] for name in inputs}


def _outputs(
    session: Session, plan_of: PlanOf, task: HumanTask, outputs: Mapping[str, object]
) -> dict[str, Any]:
    instance = _instance(session, task)
    plan = _plan(session, plan_of, instance)
    run = session.get_one(StepRun, task.step_run_id)
    runs = select(StepRun).where(StepRun.instance_id == instance.id, col(StepRun.status).in_(ENDED))
    step = plan.step(run.step)
    ended = ended_beside(plan, session.exec(runs), step, run.iteration)
    return checked_outputs(session, plan, step, run.iteration, outputs, ended)


def _instance(session: Session, task: HumanTask) -> Instance:
    return session.get_one(Instance, task.instance_id, with_for_update={"key_share": True})


def _plan(session: Session, plan_of: PlanOf, instance: Instance) -> Plan:
    return plan_of(session.get_one(DefinitionVersion, instance.version_id))


def _note(
    session: Session,
    task: HumanTask,
    act: Act,
    by: str | None,
    now: datetime,
    reason: str | None,
    fields: Mapping[str, Any],
) -> None:
    """Who decided it and why, with names and never values."""
    write_audit(
        session,
        by or OPERATOR,
        act,
        "StepRun" if task.step_run_id else "HumanTask",
        task.step_run_id or task.id,
        now,
        fields=fields,
        case_id=task.case_id,
        instance_id=task.instance_id,
        reason=reason,
    )
