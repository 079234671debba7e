"""One task: its form, its appointment, what it is about."""

import asyncio
from typing import Final

from fastapi import Request
from fastapi.responses import Response

from models import Case, ConsentCapacity
from tasks.people.file_kinds import ACCEPTED
from web.access.actions import Action
from web.access.policy import may
from web.access.watching import task_read, watched
from web.api.problem import ProblemError
from web.api.visiting import allowed_task
from web.forms.fields import NO_ANSWER
from web.pages.frame import framed, markup, page_at, styled
from web.pages.missing import missing
from web.pages.wording import Wording, plain
from web.pages.work.answers import Telling
from web.reading.work.asked import Asked
from web.reading.work.sharing import Sharing, sharing_of
from web.reading.work.task import TaskView, task_view
from web.visitor import Visit, visit_of

CAPACITIES: Final = {
    each.value: plain(each.value) for each in ConsentCapacity if each is not ConsentCapacity.SELF
}


@page_at("/tasks/{task_id}")
async def task_page(request: Request, task_id: str) -> Response | None:
    """The page of a task; what may not be seen is not there."""
    visit = visit_of(request)
    try:
        task, sharing, notes = await asyncio.to_thread(_read, visit, task_id)
    except ProblemError:
        return missing(request)
    words = Wording(visit.web.zone, visit.web.now())
    styled(visit, "form.css", "casework.css", "desk.css", "casework.js")
    title = words.title(task.title, visit.web.names)
    with framed(visit, title, "inbox"):
        markup(
            "task.html",
            task=task,
            title=title,
            sharing=sharing,
            notes=notes,
            asked=Asked.read(request.query_params),
            actor=visit.actor,
            words=words,
            groups=visit.web.groups,
            no_answer=NO_ANSWER,
            currency=visit.web.currency,
            capacities=CAPACITIES,
            accepted=ACCEPTED,
            telling=Telling(words),
        )
    return None


def _read(visit: Visit, task_id: str) -> tuple[TaskView, Sharing, bool]:
    """The task, what several have to do with it, and whether notes may be written in its case."""
    now = visit.web.now()
    with watched(visit.web.store) as session:
        task, verdict = allowed_task(session, visit.actor, Action.READ_TASK, task_id, now)
        shared = sharing_of(session, visit.actor, task, now)
        view = task_view(session, visit.actor, task, now, visit.web.zone, veiled=verdict.veiled)
        task_read(session, visit.actor.staff_id, task, now)
        case = None if view.case_id is None else session.get(Case, view.case_id)
        notes = case is not None and may(session, visit.actor, Action.WRITE_CASE, case, now=now).allowed
        return view, shared, notes
