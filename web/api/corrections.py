"""Correcting an answer of a form: first what that would change, then the correction with its reason."""

from dataclasses import asdict
from typing import Any

from fastapi import APIRouter
from pydantic import Field

from flows import inbox as commands
from flows.inbox.task.previewing import preview_correction
from models import HumanTask
from web.access.actions import Action
from web.api.sent import Key, Sent
from web.api.visiting import Visiting, allowed_task
from web.visitor import Visit

router = APIRouter(prefix="/tasks", tags=["tasks"])


class Tried(Sent):
    """An answer that somebody would give instead; `based_on` is the row of the one they had before them."""

    value: Any
    based_on: str | None = Field(default=None, max_length=40)


class Corrected(Tried):
    """An answer that is given instead, and why."""

    reason: str = Field(min_length=1, max_length=2_000)


@router.post("/{task_id}/answers/{item}/correction/preview")
def preview(visit: Visiting, task_id: str, item: str, sent: Tried) -> dict[str, Any]:
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
    return {
        "changed": found.changed,
        "held": found.held,
        "unfinished": found.unfinished,
        **asdict(found.consequences),
    }


@router.post("/{task_id}/answers/{item}/correction")
def correct(visit: Visiting, task_id: str, item: str, sent: Corrected, key: Key = None) -> dict[str, Any]:
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
    return {"task": done.task_id, "item": done.item, "changed": done.changed}


def _correctable(visit: Visit, task_id: str) -> HumanTask:
    with visit.web.store.read() as session:
        return allowed_task(session, visit.actor, Action.CORRECT_ANSWER, task_id, visit.web.now())[0]
