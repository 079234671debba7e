"""One task: its form, its appointment, what it is about."""

import asyncio
from collections.abc import Mapping
from typing import Any, Final

from fastapi import Request
from fastapi.responses import Response
from nicegui import ui

from models import ConsentCapacity
from web.access.actions import Action
from web.access.watching import task_read, watched
from web.api.problem import ProblemError
from web.api.visiting import allowed_task
from web.forms.fields import NO_ANSWER, Field
from web.pages.frame import framed, markup, styled
from web.pages.missing import missing
from web.pages.wording import Wording, plain
from web.reading.inbox import Asked
from web.reading.sharing import Sharing, sharing_of
from web.reading.task import TaskView, task_view
from web.visitor import Visit, visit_of

CAPACITIES: Final = {
    each.value: plain(each.value) for each in ConsentCapacity if each is not ConsentCapacity.SELF
}


@ui.page("/tasks/{task_id}")
async def task_page(request: Request, task_id: str) -> Response | None:
    """The page of a task; what may not be seen is not there."""
    visit = visit_of(request)
    try:
        task, sharing = await asyncio.to_thread(_read, visit, task_id)
    except ProblemError:
        return missing(request)
    styled(visit, "casework.css", "desk.css", "casework.js")
    with framed(visit, task.title, "inbox"):
        markup(
            "task.html",
            task=task,
            sharing=sharing,
            asked=Asked.read(request.query_params),
            actor=visit.actor,
            words=Wording(visit.web.zone, visit.web.now()),
            groups=visit.web.groups,
            no_answer=NO_ANSWER,
            currency=visit.web.currency,
            capacities=CAPACITIES,
            answer=told,
        )
    return None


def told(field: Field) -> str:  # noqa: PLR0911  (one return per kind of answer)
    """An answer as people read it."""
    value = field.value
    match value:
        case None:
            return ""
        case {"no_answer": code}:
            return NO_ANSWER.get(str(code), plain(str(code)))
        case {"none_suitable": why}:
            return f"None suitable: {why}"
        case {"given": code}:
            return {"yes": "Given", "no": "Not given"}.get(str(code), NO_ANSWER.get(str(code), str(code)))
        case {"amount": amount, "currency": currency}:
            return f"{amount} {currency}"
        case list():
            return ", ".join(_title(field.options, each) for each in value) or "None of these"
        case _:
            return (
                _title(field.options, value).replace("T", " ")
                if "time" in field.type
                else _title(field.options, value)
            )


def _title(options: Mapping[str, str], code: Any) -> str:
    return options.get(str(code), str(code))


def _read(visit: Visit, task_id: str) -> tuple[TaskView, Sharing]:
    now = visit.web.now()
    with watched(visit.web.store) as session:
        task, verdict = allowed_task(session, visit.actor, Action.READ_TASK, task_id, now)
        shared = sharing_of(session, visit.actor, task, now)
        view = task_view(session, visit.actor, task, now, visit.web.zone, veiled=verdict.veiled)
        task_read(session, visit.actor.staff_id, task, now)
        return view, shared
