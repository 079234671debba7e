"""The people somebody answers for, and handing the work of one of them on."""

import asyncio
from dataclasses import dataclass
from typing import Final

from fastapi import Request
from fastapi.responses import Response

from models import Staff
from web.access.actions import Action
from web.access.policy import require
from web.access.watching import searched, watched
from web.api.problem import ProblemError
from web.api.team import allowed_staff, chosen
from web.errors import AccessError
from web.pages.frame import framed, markup, page_at, styled
from web.pages.missing import missing
from web.pages.wording import Wording
from web.reading.names import Names
from web.reading.office.team import Member, Preview, preview, team
from web.visitor import Visit, visit_of

WHY: Final = {
    "conflict": "stays: those who could get it know the client",
    "sealed": "stays: it is sealed, and none of them is named",
    "not_yours": "the case stays, since it is another team's; the tasks in it go over",
}

NOBODY: Final = "Choose one person, or a team."


@dataclass(frozen=True, slots=True)
class Handing:
    """What the page of handing on shows."""

    staff: Staff
    found: Preview
    receivers: tuple[str, ...]
    fault: str
    people: tuple[Member, ...]


@page_at("/team")
async def team_page(request: Request) -> Response | None:
    """The list."""
    visit = visit_of(request)
    try:
        members = await asyncio.to_thread(_members, visit)
    except AccessError:
        return missing(request)
    styled(visit, "desk.css")
    with framed(visit, "My team", "team"):
        markup(
            "team.html",
            members=members,
            groups=visit.web.groups,
            words=Wording(visit.web.zone, visit.web.now()),
        )
    return None


@page_at("/team/{staff_id}")
async def hand_on_page(request: Request, staff_id: str) -> Response | None:
    """What somebody has, and handing it on to whom the address says."""
    visit = visit_of(request)
    to, group = request.query_params.get("to") or None, request.query_params.get("group") or None
    nobody = NOBODY if "to" in request.query_params and not (to or group) else ""
    if to is not None:
        group = None
    try:
        shown = await asyncio.to_thread(_handing, visit, staff_id, to, group)
    except (ProblemError, AccessError):
        return missing(request)
    styled(visit, "desk.css", "desk.js")
    with framed(visit, "Hand work on", "team"):
        markup(
            "hand_on.html",
            staff=shown.staff,
            found=shown.found,
            receivers=shown.receivers,
            fault=shown.fault or nobody,
            people=shown.people,
            teams=sorted(visit.actor.teams),
            groups=visit.web.groups,
            to=to or "",
            group=group or "",
            why=WHY,
        )
    return None


def _members(visit: Visit) -> tuple[Member, ...]:
    now = visit.web.now()
    with visit.web.store.read() as session:
        require(session, visit.actor, Action.SEE_TEAM, now=now)
        return team(session, visit.actor, now)


def _handing(visit: Visit, staff_id: str, to: str | None, group: str | None) -> Handing:
    now, fault, wanted = visit.web.now(), "", []
    with watched(visit.web.store) as session:
        staff = allowed_staff(session, visit, Action.HAND_ON_WORK, staff_id, now)
        try:
            wanted = chosen(session, visit, staff, to, group, now)
        except ProblemError as error:
            fault = error.detail
        people = tuple(each for each in team(session, visit.actor, now) if each.id != staff.id)
        if (to or group) and not wanted and not fault:
            fault = "Nobody of them is here now. Choose somebody else."
        found = preview(session, visit.actor, staff, wanted, now)
        names = Names(session)
        receivers = tuple(names.of(each) or "" for each in wanted)
        searched(session, visit.actor.staff_id, "Case", ("number", "worker"), now)
        return Handing(staff, found, receivers, fault, people)
