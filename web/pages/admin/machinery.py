"""How the machinery runs, for administrators: what is late, what waits to leave, who works."""

import asyncio
from datetime import datetime

from fastapi import Request
from fastapi.responses import Response

from flows.figures import Figures, figures
from models import InstanceStatus
from web.access.actions import Action
from web.pages.admin.frame import admin_framed, is_allowed
from web.pages.frame import markup, page_at
from web.pages.missing import missing
from web.pages.wording import Wording
from web.visitor import Visit, visit_of


@page_at("/machinery")
async def machinery_page(request: Request) -> Response | None:
    """The figures of this moment, and the way to Prefect's own pages."""
    visit, now = visit_of(request), visit_of(request).web.now()
    found = await asyncio.to_thread(_read, visit, now)
    if found is None:
        return missing(request)
    with admin_framed(visit, "How it runs", "machinery"):
        markup(
            "machinery.html",
            now=found,
            standing=found.by_status,
            Status=InstanceStatus,
            prefect=visit.web.sources.prefect_pages,
            words=Wording(visit.web.zone, now),
        )
    return None


def _read(visit: Visit, now: datetime) -> Figures | None:
    with visit.web.store.read() as session:
        if not is_allowed(session, visit, Action.SEE_MACHINERY, now):
            return None
    return figures(visit.web.runtime)
