"""Two people for what needs two: who must not be given a task."""

from sqlmodel import Session, col, or_, select

from models import HumanTask, TaskStatus

_UNDONE = (TaskStatus.CANCELLED, TaskStatus.FAILED, TaskStatus.REJECTED)


def kept_from(session: Session, task: HumanTask, staff_id: str | None, *, instead_of: str | None) -> bool:
    """Whether somebody must not have a task that is with `instead_of` now: they are excluded from it, or they
    do, or have done, a task of the same process from which `instead_of` is excluded because of this one.
    """
    if staff_id is None:
        return False
    if staff_id in task.excluded_ids:
        return True
    if instead_of is None or task.instance_id is None:
        return False
    theirs = select(HumanTask.excluded_ids).where(
        HumanTask.instance_id == task.instance_id,
        HumanTask.id != task.id,
        or_(col(HumanTask.assignee_id) == staff_id, col(HumanTask.completed_by) == staff_id),
        col(HumanTask.status).not_in(_UNDONE),
    )
    return any(instead_of in kept for kept in session.exec(theirs))
