"""A person's commands to let everything rest that runs for a case, and to let it go on."""

from collections.abc import Collection
from datetime import datetime

from sqlmodel import Session, col, select

from flows.errors import InputError, NotFoundError
from flows.inbox.case.holding import Changed, hold_in, resume_in
from flows.inbox.commands import command
from flows.inbox.desk import active_staff
from flows.runtime import Runtime
from flows.versions import PlanOf
from models import Instance, InstanceStatus

MOVING = (InstanceStatus.RUNNING, InstanceStatus.WAITING, InstanceStatus.INCIDENT)


@command
def hold_case(
    runtime: Runtime,
    case_id: str,
    *,
    reason: str,
    by: str,
    now: datetime,
    plan_of: PlanOf,
    only: Collection[str] | None = None,
) -> tuple[Changed, ...]:
    """Stop what runs for a case at the next step boundary, all of it or `only` these instances. Critical
    steps that are ready still run. What rests already is left as it is.

    InputError without a reason; NotFoundError for an instance that is none of this case, or has ended.
    """
    if not reason.strip():
        raise InputError("holding needs a reason")
    with runtime.store.write("wake") as session:
        active_staff(session, by)
        chosen = _of_case(session, case_id, (*MOVING, InstanceStatus.HELD), only)
        return tuple(
            hold_in(session, runtime, each, reason=reason.strip(), by=by, now=now, plan_of=plan_of)
            for each in chosen
        )


@command
def resume_case(
    runtime: Runtime,
    case_id: str,
    *,
    by: str,
    now: datetime,
    reason: str | None = None,
    only: Collection[str] | None = None,
) -> tuple[Changed, ...]:
    """Let what is held for a case go on, all of it or `only` these instances."""
    with runtime.store.write("wake") as session:
        active_staff(session, by)
        chosen = _of_case(session, case_id, (*MOVING, InstanceStatus.HELD), only)
        held = [each for each in chosen if each.status is InstanceStatus.HELD]
        return tuple(resume_in(session, runtime, each, reason=reason, by=by, now=now) for each in held)


def _of_case(
    session: Session, case_id: str, statuses: Collection[InstanceStatus], only: Collection[str] | None
) -> list[Instance]:
    """These instances of the case, locked in the order of their ids, as every command locks them."""
    query = select(Instance).where(Instance.case_id == case_id, col(Instance.status).in_(statuses))
    if only is not None:
        query = query.where(col(Instance.id).in_(only))
    found = list(session.exec(query.order_by(col(Instance.id)).with_for_update(key_share=True)))
    missing = set(only or ()) - {each.id for each in found}
    if missing:
        raise NotFoundError("this process is none of the case, or it has ended meanwhile")
    return found
