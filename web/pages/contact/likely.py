"""The part of the page of a new contact that says who may be the person; asked for as somebody types."""

import asyncio

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from web.api.contacts import Person, found_for
from web.pages.rendering import render
from web.pages.wording import Wording
from web.reading.matches import Matches
from web.visitor import Visit, visit_of

router = APIRouter(include_in_schema=False)


@router.post("/contacts/likely")
async def likely(request: Request, sent: Person) -> HTMLResponse:
    """Those who were found, to choose from."""
    visit = visit_of(request)
    said = sent.model_dump()
    found = await asyncio.to_thread(found_for, visit, said)
    return HTMLResponse(found_html(visit, found, asked=any(said.values())))


def found_html(visit: Visit, found: Matches, *, asked: bool) -> str:
    """The choice as HTML; `asked` says that anything was typed."""
    return render(
        "contact_found.html",
        found=found,
        asked=asked,
        groups=visit.web.groups,
        words=Wording(visit.web.zone, visit.web.now()),
    )
