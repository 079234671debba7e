"""`/next`: the way through a queue, one task after the other."""

import asyncio
from http import HTTPStatus

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse

from web.reading.inbox import next_task
from web.visitor import Visit, visit_of

router = APIRouter(include_in_schema=False)


@router.get("/next")
async def go_on(request: Request) -> RedirectResponse:
    """Go to the task that is to be done next; to the inbox when there is none."""
    task = await asyncio.to_thread(_next, visit_of(request), request.query_params.get("after"))
    return RedirectResponse(f"/tasks/{task}" if task else "/", HTTPStatus.SEE_OTHER)


def _next(visit: Visit, after: str | None) -> str | None:
    with visit.web.store.read() as session:
        return next_task(session, visit.actor, visit.web.now(), after=after)
