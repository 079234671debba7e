"""The first page of a case: where we are, what comes next, what stands still, and why."""

from fastapi import Request
from fastapi.responses import Response

from web.pages.case.frame import CasePage, Looking, case_framed
from web.pages.frame import markup, page_at, styled
from web.reading.case.overview import CATEGORIES, Overview, Shown, overview


@page_at("/cases/{case_id}")
async def overview_page(request: Request, case_id: str) -> Response | None:
    """The first page of a case; what may not be seen is not there."""
    return await case_framed(request, case_id, "overview", _read, _show)


def _read(looking: Looking) -> Overview:
    web = looking.visit.web
    categories = web.runtime.catalogue.vocabulary.value_sets.get(CATEGORIES, {})
    shown = Shown(looking.visit.actor, web.plans.of, web.groups, categories, looking.now, web.zone)
    return overview(looking.session, looking.case, shown)


def _show(page: CasePage[Overview]) -> None:
    styled(page.visit, "casework.css", "casework.js")
    markup("case_overview.html", **page.values)
