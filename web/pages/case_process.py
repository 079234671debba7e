"""The processes of a case: every step, how it stands, and why."""

from fastapi import Request
from fastapi.responses import Response
from nicegui import ui

from flows.viewing.case_view import InstanceFacts, instance_facts, instances_of
from models import Instance
from web.pages.case_frame import CasePage, Looking, case_framed
from web.pages.frame import markup


@ui.page("/cases/{case_id}/process")
async def process_page(request: Request, case_id: str) -> Response | None:
    """What has run for the case and where it stands."""
    return await case_framed(request, case_id, "process", _read, _show)


def _read(looking: Looking) -> tuple[InstanceFacts, ...]:
    session, sources = looking.session, looking.visit.web.sources
    ids = instances_of(session, looking.case.id)
    return tuple(instance_facts(session, sources, session.get_one(Instance, each)) for each in ids)


def _show(page: CasePage[tuple[InstanceFacts, ...]]) -> None:
    markup("case_process.html", **page.values)
