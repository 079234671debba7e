"""When somebody is away, and who covers: one's own absence, or that of somebody one answers for."""

import asyncio

from fastapi import Request
from fastapi.responses import Response

from web.access.actions import Action
from web.api.problem import ProblemError
from web.api.team import allowed_staff
from web.errors import AccessError
from web.pages.frame import framed, markup, page_at, styled
from web.pages.missing import missing
from web.pages.wording import Wording
from web.reading.office.team import Person, person
from web.visitor import Visit, visit_of


@page_at("/away")
async def away_page(request: Request) -> Response | None:
    """The page; `who` names somebody else than oneself."""
    visit, who = visit_of(request), request.query_params.get("who") or "me"
    try:
        found = await asyncio.to_thread(_read, visit, who)
    except (ProblemError, AccessError):
        return missing(request)
    styled(visit, "desk.css")
    words, away = Wording(visit.web.zone, visit.web.now()), found.away
    with framed(visit, "Away", "team" if found.id != visit.actor.staff_id else "away"):
        markup(
            "away.html",
            person=found,
            mine=found.id == visit.actor.staff_id,
            first=None if away is None else away.starts.astimezone(words.zone).date(),
            last=None if away is None or away.ends is None else words.last_day(away.ends),
            words=words,
        )
    return None


def _read(visit: Visit, who: str) -> Person:
    now = visit.web.now()
    with visit.web.store.read() as session:
        return person(session, allowed_staff(session, visit, Action.PLAN_ABSENCE, who, now), now)
