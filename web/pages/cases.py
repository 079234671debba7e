"""The cases that somebody may see."""

import asyncio
from typing import Final

from fastapi import Request

from models import CaseStatus
from web.access import scope
from web.access.watching import searched, watched
from web.pages.frame import framed, markup, page_at
from web.pages.wording import Wording
from web.reading.cases import LEVELS, Asked, CaseRow, cases
from web.visitor import Visit, visit_of

FIELDS: Final = ("number", "client", "status", "risk_level", "worker")
"""What the list shows, for the audit."""


@page_at("/cases")
async def cases_page(request: Request) -> None:
    """The list, with what the address asks for."""
    visit, asked = visit_of(request), Asked.read(request.query_params)
    rows, more = await asyncio.to_thread(_read, visit, asked)
    with framed(visit, "Cases", "cases"):
        markup(
            "cases.html",
            rows=rows,
            more=more,
            asked=asked,
            statuses=[each.value for each in CaseStatus],
            levels=[each.value for each in LEVELS],
            groups=visit.web.groups,
            may_export=scope.may_export(visit.actor),
            words=Wording(visit.web.zone, visit.web.now()),
        )


def _read(visit: Visit, asked: Asked) -> tuple[list[CaseRow], bool]:
    with watched(visit.web.store) as session:
        now = visit.web.now()
        found = cases(session, visit.actor, asked, now, zone=visit.web.zone)
        # last, because on SQLite nobody else can write from here on
        searched(session, visit.actor.staff_id, "Case", FIELDS, now)
        return found
