"""The end of an instance's pass: what its step runs say of it (G7), and who is told."""

from sqlmodel import Session

from definitions.plan import Plan
from flows.runtime import Runtime
from flows.state import State, fold
from models import Case, Instance, InstanceStatus, StepRun, WakeKind, record_wake


def settle_status(session: Session, runtime: Runtime, plan: Plan, state: State) -> None:
    """Write the instance's status; a finished one tells the step that started it."""
    instance = state.instance
    instance.status = fold(plan, state.runs.values(), instance.status)
    instance.lease_id = None
    if instance.status is InstanceStatus.COMPLETED and instance.ended_at is None:
        instance.ended_at = runtime.clock()
        instance.outcome = _outcome(session, plan, instance)
        _tell_parent(session, runtime, instance)
    elif instance.status is not InstanceStatus.COMPLETED:
        instance.ended_at = None if instance.status is not InstanceStatus.CANCELLED else instance.ended_at
    session.add(instance)


def _outcome(session: Session, plan: Plan, instance: Instance) -> str | None:
    """The case's status where the definition lists it as an outcome."""
    case = session.get(Case, instance.case_id) if instance.case_id else None
    return case.status.value if case is not None and case.status.value in plan.outcomes else None


def _tell_parent(session: Session, runtime: Runtime, instance: Instance) -> None:
    if instance.parent_step_run_id is None:
        return
    parent = session.get(StepRun, instance.parent_step_run_id)
    if parent is not None:
        detail = {"step_run": parent.id}
        record_wake(
            session, parent.instance_id, f"child:{instance.id}", WakeKind.CHILD, detail, runtime.clock()
        )
