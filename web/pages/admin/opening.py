"""Breaking the glass: opening a case that is not one's own, for a reason and an hour."""

import asyncio
from datetime import datetime

from fastapi import Request
from fastapi.responses import Response

from web.access import scope
from web.access.opening import LONGEST_REASON, SHORTEST_REASON
from web.pages.admin.frame import admin_framed
from web.pages.frame import markup, page_at
from web.pages.missing import missing
from web.pages.wording import Wording
from web.reading.admin.reviews import OpeningLine, own_openings
from web.visitor import Visit, visit_of

LONGEST_ID = 60


@page_at("/open-case")
async def opening_page(request: Request) -> Response | None:
    """The form, what it means, and what one has opened lately. `case` in the address is the id of a case that
    somebody came to by its address; whether there is one is not told.
    """
    visit, now = visit_of(request), visit_of(request).web.now()
    if not scope.may_open(visit.actor):
        return missing(request)
    mine = await asyncio.to_thread(_read, visit, now)
    with admin_framed(visit, "Open a case", "open"):
        markup(
            "opening.html",
            mine=mine,
            case=request.query_params.get("case", "")[:LONGEST_ID],
            shortest=SHORTEST_REASON,
            longest=LONGEST_REASON,
            leads=visit.actor.leads_people,
            words=Wording(visit.web.zone, now),
        )
    return None


def _read(visit: Visit, now: datetime) -> list[OpeningLine]:
    with visit.web.store.read() as session:
        return own_openings(session, visit.actor, now)
