"""Processes, for operations staff: what is in force, how many cases are where, what is put forward."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from fastapi import Request
from fastapi.responses import Response

from flows.publishing.proposals import LONGEST, SHORTEST
from models import ProposalState
from web.access.actions import Action
from web.pages.admin.frame import admin_framed, is_allowed
from web.pages.frame import markup, page_at, styled
from web.pages.missing import missing
from web.pages.wording import Wording
from web.reading.process.processes import ProcessDetail, ProcessLine, process_detail, processes
from web.reading.process.proposals import ProposalDetail, ProposalLine, proposal_detail, proposals
from web.visitor import Visit, visit_of

STANDING: Final[Mapping[str, str]] = {
    "running": "under way",
    "waiting": "waiting",
    "incident": "standing still",
    "held": "held",
    "cancelling": "being undone",
}


@dataclass(frozen=True, slots=True)
class Found:
    """What the list shows."""

    rows: list[ProcessLine]
    waiting: list[ProposalLine]
    decided: list[ProposalLine]
    may_propose: bool


@page_at("/processes")
async def processes_page(request: Request) -> Response | None:
    """The processes, and what was put forward."""
    visit, now = visit_of(request), visit_of(request).web.now()
    found = await asyncio.to_thread(_list, visit, now)
    if found is None:
        return missing(request)
    with admin_framed(visit, "Processes", "processes"):
        markup("processes.html", found=found, words=Wording(visit.web.zone, now))
    return None


@page_at("/processes/{process}")
async def process_page(request: Request, process: str) -> Response | None:
    """One process: its head, its steps with how many cases wait there, its versions. `version` in the address
    names another than the newest.
    """
    visit, now = visit_of(request), visit_of(request).web.now()
    asked = request.query_params.get("version", "")
    number = int(asked) if asked.isdecimal() and len(asked) < 8 else None
    found = await asyncio.to_thread(_one, visit, process, number, now)
    if found is None:
        return missing(request)
    styled(visit, "case.css")
    with admin_framed(visit, found.title, "processes"):
        markup("process.html", found=found, standing=STANDING, words=Wording(visit.web.zone, now))
    return None


@page_at("/proposals/new")
async def new_proposal_page(request: Request) -> Response | None:
    """Where a file is dropped, checked, and put forward."""
    visit, now = visit_of(request), visit_of(request).web.now()
    if not await asyncio.to_thread(_may, visit, Action.PUBLISH_PROCESS, now):
        return missing(request)
    with admin_framed(visit, "Check a definition", "processes", "processes"):
        markup("proposal_new.html", shortest=SHORTEST, longest=LONGEST)
    return None


@page_at("/proposals/{proposal_id}")
async def proposal_page(request: Request, proposal_id: str) -> Response | None:
    """What was put forward: why, what changes, and what is to be decided."""
    visit, now = visit_of(request), visit_of(request).web.now()
    found = await asyncio.to_thread(_proposal, visit, proposal_id, now)
    if found is None:
        return missing(request)
    detail, approves = found
    with admin_framed(visit, detail.line.title, "processes"):
        markup(
            "proposal.html",
            detail=detail,
            approves=approves,
            shortest=SHORTEST,
            longest=LONGEST,
            words=Wording(visit.web.zone, now),
        )
    return None


def _may(visit: Visit, action: Action, now: datetime) -> bool:
    with visit.web.store.read() as session:
        return is_allowed(session, visit, action, now)


def _list(visit: Visit, now: datetime) -> Found | None:
    with visit.web.store.read() as session:
        if not is_allowed(session, visit, Action.READ_PROCESSES, now):
            return None
        me = visit.actor.staff_id
        every = proposals(session, me, state=None)
        return Found(
            rows=processes(session),
            waiting=[each for each in every if each.state == ProposalState.WAITING.value],
            decided=[each for each in every if each.state != ProposalState.WAITING.value][:10],
            may_propose=is_allowed(session, visit, Action.PUBLISH_PROCESS, now),
        )


def _one(visit: Visit, process: str, number: int | None, now: datetime) -> ProcessDetail | None:
    with visit.web.store.read() as session:
        if not is_allowed(session, visit, Action.READ_PROCESSES, now):
            return None
        return process_detail(session, visit.web.plans, process, number, visit.web.groups)


def _proposal(visit: Visit, proposal_id: str, now: datetime) -> tuple[ProposalDetail, bool] | None:
    with visit.web.store.read() as session:
        if not is_allowed(session, visit, Action.READ_PROCESSES, now):
            return None
        found = proposal_detail(session, proposal_id, visit.actor.staff_id)
        if found is None:
            return None
        return found, is_allowed(session, visit, Action.APPROVE_PROCESS, now)
