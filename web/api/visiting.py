"""What every resource of the API asks first: who gives the command, and whether they may."""

from datetime import datetime
from typing import Annotated

from fastapi import Depends
from sqlmodel import Session

from models import Case, HumanTask
from web.access.actions import Action
from web.access.actor import Actor
from web.access.policy import Verdict, may
from web.api.problem import forbidden, not_there
from web.visitor import Visit, visit_of

Visiting = Annotated[Visit, Depends(visit_of)]
"""The visit of a request, as a parameter of a resource."""


def allowed_task(
    session: Session, actor: Actor, action: Action, task_id: str, now: datetime
) -> tuple[HumanTask, Verdict]:
    """A task with which somebody may do this. What may not be seen is a 404, whether it exists or not."""
    task = session.get(HumanTask, task_id)
    if task is None:
        raise not_there()
    return task, _checked(may(session, actor, action, task, now=now))


def allowed_case(session: Session, actor: Actor, action: Action, case_id: str, now: datetime) -> Case:
    """A case with which somebody may do this. What may not be seen is a 404, whether it exists or not."""
    case = session.get(Case, case_id)
    if case is None:
        raise not_there()
    _checked(may(session, actor, action, case, now=now))
    return case


def allowed(session: Session, actor: Actor, action: Action, now: datetime) -> None:
    """Something that is about no single case, and that somebody may do; else a problem that says why not."""
    _checked(may(session, actor, action, now=now))


def allowed_now(visit: Visit, action: Action) -> datetime:
    """Now, where the visitor may do this, which is about no single case; a problem otherwise."""
    now = visit.web.now()
    with visit.web.store.read() as session:
        allowed(session, visit.actor, action, now)
    return now


def _checked(verdict: Verdict) -> Verdict:
    if verdict.hidden:
        raise not_there()
    if not verdict.allowed:
        raise forbidden(verdict.why)
    return verdict
