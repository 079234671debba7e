"""Wakes that come from changed records: a `once` condition is asked again when the data of its case
changed.
"""

from datetime import datetime

from sqlmodel import Session, col, select

from models import Instance, InstanceStatus, StepRun, StepStatus, WaitsFor, WakeKind, record_wake

_ENDED = (InstanceStatus.COMPLETED, InstanceStatus.CANCELLED)


def wake_watchers(session: Session, case_id: str, cause_key: str, now: datetime) -> None:
    """Wake every instance of the case that waits for a condition, in the caller's transaction.

    `cause_key` names the change (for instance `plan:01J...:agreed`); the same change wakes an instance
    once.
    """
    watching = session.exec(
        select(StepRun.instance_id)
        .join(Instance, col(Instance.id) == StepRun.instance_id)
        .where(
            Instance.case_id == case_id,
            col(Instance.status).not_in(_ENDED),
            StepRun.status == StepStatus.WAITING,
            StepRun.waits_for == WaitsFor.CONDITION,
        )
        .distinct()
    ).all()
    for instance_id in watching:
        record_wake(session, instance_id, f"{cause_key}:{instance_id}", WakeKind.RECORD, {}, now)
