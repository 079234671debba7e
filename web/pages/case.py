"""One case: where it is, what comes next, and all its steps with why."""

import asyncio
from typing import Final

from fastapi import Request
from fastapi.responses import Response
from nicegui import ui

from web.access.actions import Action
from web.access.watching import case_read, watched
from web.api.problem import ProblemError
from web.api.visiting import allowed_case
from web.pages.frame import framed, markup
from web.pages.missing import missing
from web.pages.wording import Wording
from web.reading.case import CaseFile, case_file
from web.visitor import Visit, visit_of

FIELDS: Final = (
    "number",
    "status",
    "risk_level",
    "priority",
    "worker",
    "client",
    "steps",
    "chronology",
    "messages",
    "tasks",
)
"""What the page shows, for the audit."""


@ui.page("/cases/{case_id}")
async def case_page(request: Request, case_id: str) -> Response | None:
    """The page of a case; what may not be seen is not there."""
    visit = visit_of(request)
    try:
        found = await asyncio.to_thread(_read, visit, case_id)
    except ProblemError:
        return missing(request)
    number = found.view.case.number if found.view.case else ""
    with framed(visit, f"Case {number}", "cases"):
        markup(
            "case.html",
            file=found,
            case=found.view.case,
            groups=visit.web.groups,
            words=Wording(visit.web.zone, visit.web.now()),
        )
    return None


def _read(visit: Visit, case_id: str) -> CaseFile:
    web, now = visit.web, visit.web.now()
    with watched(web.store) as session:
        case = allowed_case(session, visit.actor, Action.READ_CASE, case_id, now)
        case_read(session, visit.actor.staff_id, case, now, FIELDS)
        return case_file(session, web.sources, case, now, web.zone)
