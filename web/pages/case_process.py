"""The processes of a case as diagrams: every step, how it stands, and why."""

from fastapi import Request
from fastapi.responses import Response
from nicegui import ui

from flows.viewing.case_view import instance_facts, instances_of
from models import DefinitionVersion, Instance
from web.access.actions import Action
from web.access.policy import may
from web.pages.case_frame import CasePage, Looking, case_framed
from web.pages.frame import markup
from web.reading.process_map import ProcessMap, process_map


@ui.page("/cases/{case_id}/process")
async def process_page(request: Request, case_id: str) -> Response | None:
    """What has run for the case and where it stands, what is under way first."""
    return await case_framed(request, case_id, "process", _read, _show)


def _read(looking: Looking) -> tuple[ProcessMap, ...]:
    session, web = looking.session, looking.visit.web
    machinery = bool(may(session, looking.visit.actor, Action.SEE_MACHINERY, now=looking.now))
    found = []
    for each in instances_of(session, looking.case.id):
        instance = session.get_one(Instance, each)
        plan = web.plans.of(session.get_one(DefinitionVersion, instance.version_id))
        facts = instance_facts(session, web.sources, instance)
        found.append(process_map(session, plan, facts, web.groups, machinery=machinery))
    newest = sorted(found, key=lambda each: each.started_at, reverse=True)
    return tuple(sorted(newest, key=lambda each: not each.open))


def _show(page: CasePage[tuple[ProcessMap, ...]]) -> None:
    markup("case_process.html", **page.values)
