"""Forms on paper: of a task, blank or filled in, and of a definition. Plain pages, legible in black and
white.
"""

import asyncio
from typing import Final

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from flows.errors import NotFoundError
from flows.versions import latest
from web.access.actions import Action
from web.access.policy import require
from web.access.watching import task_printed, watched
from web.api.problem import ProblemError
from web.api.visiting import allowed_task
from web.errors import AccessError
from web.forms.fields import NO_ANSWER
from web.pages.missing import missing
from web.pages.rendering import render
from web.pages.wording import Wording
from web.pages.work.answers import Telling
from web.reading.work.paper import Paper, paper_of_step, paper_of_task
from web.visitor import Visit, visit_of

router = APIRouter(include_in_schema=False)

BLANK: Final = ("questions",)
FILLED: Final = ("questions", "answers")
"""What is on the paper, for the audit."""


@router.get("/tasks/{task_id}/print")
async def print_task(request: Request, task_id: str) -> Response:
    """The form of a task, with what stands in it; with `blank=1` without."""
    visit = visit_of(request)
    blank = request.query_params.get("blank") == "1"
    try:
        paper = await asyncio.to_thread(_of_task, visit, task_id, blank=blank)
    except ProblemError:
        return missing(request)
    return _page(request, visit, paper)


@router.get("/processes/{process}/forms/{step}/print")
async def print_step(request: Request, process: str, step: str) -> Response:
    """The blank form of a step of the newest version of a process."""
    visit = visit_of(request)
    try:
        paper = await asyncio.to_thread(_of_step, visit, process, step)
    except (AccessError, NotFoundError):
        return missing(request)
    return missing(request) if paper is None else _page(request, visit, paper)


def _of_task(visit: Visit, task_id: str, *, blank: bool) -> Paper:
    web, now = visit.web, visit.web.now()
    with watched(web.store) as session:
        task, verdict = allowed_task(session, visit.actor, Action.PRINT_TASK, task_id, now)
        paper = paper_of_task(session, task, now, web.zone, blank=blank, veiled=verdict.veiled)
        task_printed(session, visit.actor.staff_id, task, now, BLANK if blank else FILLED)
        return paper


def _of_step(visit: Visit, process: str, step: str) -> Paper | None:
    with visit.web.store.read() as session:
        require(session, visit.actor, Action.READ_PROCESSES, now=visit.web.now())
        version = latest(session, process)
        return paper_of_step(visit.web.plans.of(version), step, version.number, visit.web.zone)


def _page(request: Request, visit: Visit, paper: Paper) -> HTMLResponse:
    words = Wording(visit.web.zone, visit.web.now())
    return HTMLResponse(
        render(
            "paper.html",
            paper=paper,
            words=words,
            telling=Telling(words),
            no_answer=NO_ANSWER,
            office=visit.web.office,
            by=visit.actor.name,
            now=visit.web.now(),
            back=request.url.path.removesuffix("/print") if "/tasks/" in request.url.path else "/",
            nonce=request.state.nonce,
            version=visit.web.version,
        )
    )
