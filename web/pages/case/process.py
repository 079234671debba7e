"""The processes of a case as diagrams: every step, how it stands, and why."""

from fastapi import Request
from fastapi.responses import Response

from web.pages.case.frame import CasePage, Looking, case_framed
from web.pages.frame import markup, page_at
from web.reading.case.process import CaseProcesses, case_processes


@page_at("/cases/{case_id}/process")
async def process_page(request: Request, case_id: str) -> Response | None:
    """What has run for the case and where it stands, what is under way first."""
    return await case_framed(request, case_id, "process", _read, _show)


def _read(looking: Looking) -> CaseProcesses:
    visit, web = looking.visit, looking.visit.web
    return case_processes(
        looking.session,
        web.sources,
        visit.actor,
        looking.case,
        web.groups,
        looking.now,
        everything=looking.query.get("all") == "1",
    )


def _show(page: CasePage[CaseProcesses]) -> None:
    markup("case_process.html", **page.values)
