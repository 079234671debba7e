"""The processes of a case as diagrams: every step, how it stands, and why."""

from fastapi import Request
from fastapi.responses import Response
from nicegui import ui

from web.pages.case_frame import CasePage, Looking, case_framed
from web.pages.frame import markup
from web.reading.case_process import process_maps
from web.reading.process_map import ProcessMap


@ui.page("/cases/{case_id}/process")
async def process_page(request: Request, case_id: str) -> Response | None:
    """What has run for the case and where it stands, what is under way first."""
    return await case_framed(request, case_id, "process", _read, _show)


def _read(looking: Looking) -> tuple[ProcessMap, ...]:
    visit, web = looking.visit, looking.visit.web
    return process_maps(looking.session, web.sources, visit.actor, looking.case, web.groups, looking.now)


def _show(page: CasePage[tuple[ProcessMap, ...]]) -> None:
    markup("case_process.html", **page.values)
