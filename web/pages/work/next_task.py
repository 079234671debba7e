"""`/next`: the way through a queue, one task after the other."""

import asyncio
from http import HTTPStatus

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse

from web.reading.work.asked import Asked
from web.reading.work.inbox import next_task
from web.visitor import Visit, visit_of

router = APIRouter(include_in_schema=False)


@router.get("/next")
async def go_on(request: Request) -> RedirectResponse:
    """Go to the task that is to be done next, of what the address asks for as the inbox does; to the inbox
    when there is none. What was asked for goes along, so that the way goes on through the same view.
    """
    asked = Asked.read(request.query_params)
    task = await asyncio.to_thread(_next, visit_of(request), asked, request.query_params.get("after"))
    along = f"?{asked.query}" if asked.narrowed else ""
    return RedirectResponse(f"/tasks/{task}{along}" if task else asked.address(), HTTPStatus.SEE_OTHER)


def _next(visit: Visit, asked: Asked, after: str | None) -> str | None:
    with visit.web.store.read() as session:
        return next_task(session, visit.actor, visit.web.now(), after=after, asked=asked)
