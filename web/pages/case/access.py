"""Who may see a case: sealing it, those who are named, and "I know this person"."""

from fastapi import Request
from fastapi.responses import Response

from web.pages.admin.frame import STYLE
from web.pages.case.frame import CasePage, Looking, case_framed
from web.pages.frame import markup, page_at, styled
from web.reading.case.access import CaseAccess, case_access
from web.visitor import visit_of


@page_at("/cases/{case_id}/access")
async def access_page(request: Request, case_id: str) -> Response | None:
    """Who may see the case, and what can be done about it."""
    styled(visit_of(request), STYLE)
    return await case_framed(request, case_id, "access", _read, _show)


def _read(looking: Looking) -> CaseAccess:
    return case_access(looking.session, looking.case)


def _show(page: CasePage[CaseAccess]) -> None:
    markup("case_access.html", me=page.visit.actor.staff_id, **page.values)
