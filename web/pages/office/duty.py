"""The duty rota, a week at a time: who is on duty, and for those who lead, putting somebody on it."""

import asyncio
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from fastapi import Request
from fastapi.responses import Response

from web.access.actions import Action
from web.access.policy import may, require
from web.errors import AccessError
from web.pages.frame import framed, markup, page_at, styled
from web.pages.missing import missing
from web.pages.wording import Wording
from web.reading.office.duty import DutyWeek, week_of
from web.visitor import Visit, visit_of

WEEK = timedelta(days=7)
FARTHEST = timedelta(days=3660)


@page_at("/duty")
async def duty_page(request: Request) -> Response | None:
    """The week in which `day` lies."""
    visit = visit_of(request)
    try:
        week, plans = await asyncio.to_thread(_read, visit, request.query_params.get("day", ""))
    except AccessError:
        return missing(request)
    styled(visit, "desk.css")
    with framed(visit, "Duty rota", "duty"):
        markup(
            "duty.html",
            week=week,
            plans=plans,
            before=week.days[0] - WEEK,
            after=week.days[0] + WEEK,
            actor=visit.actor,
            groups=visit.web.groups,
            words=Wording(visit.web.zone, visit.web.now()),
            clock=_clock(visit.web.zone),
        )
    return None


def _clock(zone: ZoneInfo) -> object:
    return lambda moment: f"{moment.astimezone(zone):%H:%M}"


def _read(visit: Visit, day: str) -> tuple[DutyWeek, bool]:
    now = visit.web.now()
    with visit.web.store.read() as session:
        require(session, visit.actor, Action.SEE_DUTY, now=now)
        plans = may(session, visit.actor, Action.PLAN_DUTY, now=now).allowed
        return week_of(session, visit.web, _day(day, now, visit.web.zone), now), plans


def _day(text: str, now: datetime, zone: ZoneInfo) -> date | None:
    """A day within ten years; None for anything else."""
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if abs(found - now.astimezone(zone).date()) < FARTHEST else None
