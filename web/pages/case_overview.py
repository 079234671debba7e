"""The first page of a case: where we are, what comes next, and why."""

from fastapi import Request
from fastapi.responses import Response
from nicegui import ui

from web.pages.case_frame import CasePage, Looking, case_framed
from web.pages.frame import markup
from web.reading.case_overview import Overview, overview


@ui.page("/cases/{case_id}")
async def overview_page(request: Request, case_id: str) -> Response | None:
    """The first page of a case; what may not be seen is not there."""
    return await case_framed(request, case_id, "overview", _read, _show)


def _read(looking: Looking) -> Overview:
    return overview(looking.session, looking.case, looking.now)


def _show(page: CasePage[Overview]) -> None:
    markup("case_overview.html", **page.values)
