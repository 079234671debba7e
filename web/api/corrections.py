"""Correcting an answer of a form: first what that would change, then the correction with its reason."""

from dataclasses import dataclass, fields
from http import HTTPStatus
from typing import Any

from pydantic import Field

from flows import inbox as commands
from flows.inbox.task.previewing import preview_correction
from flows.viewing.consequences import Consequences
from models import HumanTask
from web.access.actions import Action
from web.api.as_read import as_read
from web.api.declaring import Resource, answers
from web.api.once import by_nature
from web.api.sent import Key, Sent
from web.api.standing import TASK
from web.api.visiting import Visiting, allowed_task
from web.visitor import Visit

router = Resource(prefix="/tasks", tags=["tasks"])


class Tried(Sent):
    """An answer that somebody would give instead; `based_on` is the row of the one they had before them."""

    value: Any
    based_on: str | None = Field(default=None, max_length=40)


class Corrected(Tried):
    """An answer that is given instead, and why."""

    reason: str = Field(min_length=1, max_length=2_000)


@dataclass(frozen=True, slots=True)
class WouldChange(Consequences):
    """What a correction would change. `changed` is false where the answer says that already; `held`: the
    process stands still, so it is taken in when that goes on; `cancelled`: it takes nothing in any more;
    `unfinished`: more would follow.
    """

    changed: bool = False
    held: bool = False
    cancelled: bool = False
    unfinished: bool = False


@dataclass(frozen=True, slots=True)
class Correction:
    """An answer that was corrected; `changed` is false where it said that already. `cancelled`: its process
    takes nothing in any more, so no step is done on account of it.
    """

    task: str
    item: str
    changed: bool
    cancelled: bool = False


@router.post("/{task_id}/answers/{item}/correction/preview", responses=answers(HTTPStatus.CONFLICT))
@by_nature
def preview(visit: Visiting, task_id: str, item: str, sent: Tried) -> WouldChange:
    """What correcting this answer would change: the engine makes the correction, plays on, and takes all of
    it back.
    """
    task, web = _correctable(visit, task_id), visit.web
    found = preview_correction(
        web.runtime,
        task.id,
        item,
        sent.value,
        by=visit.actor.staff_id,
        now=web.now(),
        plan_of=web.plans.of,
        based_on=sent.based_on,
    )
    follows = {each.name: getattr(found.consequences, each.name) for each in fields(found.consequences)}
    return WouldChange(
        **follows,
        changed=found.changed,
        held=found.held,
        cancelled=found.cancelled,
        unfinished=found.unfinished,
    )


@router.post("/{task_id}/answers/{item}/correction")
@as_read(TASK)
def correct(visit: Visiting, task_id: str, item: str, sent: Corrected, key: Key = None) -> Correction:
    """Correct an answer that counts, also after its form was sent. The old one stays in the history; what had
    read it is done again.
    """
    task = _correctable(visit, task_id)
    done = commands.correct(
        visit.web.store,
        task.id,
        item,
        sent.value,
        reason=sent.reason,
        by=visit.actor.staff_id,
        now=visit.web.now(),
        key=key,
        based_on=sent.based_on,
    )
    return Correction(done.task_id, done.item, done.changed, done.cancelled)


def _correctable(visit: Visit, task_id: str) -> HumanTask:
    with visit.web.store.read() as session:
        return allowed_task(session, visit.actor, Action.CORRECT_ANSWER, task_id, visit.web.now())[0]
