"""Who saw a case, for those who answer for it."""

from fastapi import Request
from fastapi.responses import Response

from web.access.readers import Look, readers_of
from web.pages.case.frame import HEAD_FIELDS, CasePage, Looking, case_framed
from web.pages.frame import markup, page_at


@page_at("/cases/{case_id}/readers")
async def readers_page(request: Request, case_id: str) -> Response | None:
    """Who looked at the case, or took it away."""
    return await case_framed(request, case_id, "readers", _read, _show)


def _read(looking: Looking) -> list[Look]:
    return readers_of(looking.session, looking.case.id)


def _show(page: CasePage[list[Look]]) -> None:
    markup("case_readers.html", of_head=HEAD_FIELDS, **page.values)
