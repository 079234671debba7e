"""My week: appointments, visits and what is due, by day; and the week of somebody whom one answers for."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from fastapi import Request
from fastapi.responses import Response

from web.access.actions import Action
from web.access.policy import require
from web.access.watching import searched, watched
from web.accounts.calendar_feeds import standing_feed
from web.api.week import FIELDS, looker_of
from web.errors import AccessError
from web.pages.frame import framed, markup, page_at, styled
from web.pages.missing import missing
from web.pages.wording import Wording
from web.reading.office.week import AskedWeek, Week, colleagues, week
from web.visitor import Visit, visit_of

TITLES: Final = {
    "office": "Appointment at the office",
    "home": "Home visit",
    "phone": "Telephone appointment",
    "video": "Video appointment",
    "other": "Appointment",
}


@dataclass(frozen=True, slots=True)
class Shown:
    """The week, whose else there are to look at, and whether a calendar program reads one's own."""

    week: Week
    colleagues: list[tuple[str, str]]
    feed: bool


@page_at("/week")
async def week_page(request: Request) -> Response | None:
    """The week that the address asks for."""
    visit, asked = visit_of(request), AskedWeek.read(request.query_params)
    found = await asyncio.to_thread(_read, visit, asked)
    if found is None:
        return missing(request)
    styled(visit, "week.css", "casework.js")
    shown = found.week
    with framed(visit, "My week" if shown.mine else f"Week of {shown.name}", "week"):
        markup(
            "week.html",
            week=shown,
            colleagues=found.colleagues,
            feed=found.feed,
            titles=TITLES,
            names=visit.web.names,
            words=Wording(visit.web.zone, visit.web.now()),
            before=shown.monday - timedelta(days=7),
            after=shown.monday + timedelta(days=7),
        )
    return None


def _read(visit: Visit, asked: AskedWeek) -> Shown | None:
    now = visit.web.now()
    with watched(visit.web.store) as session:
        try:
            require(session, visit.actor, Action.READ_WEEK, now=now)
        except AccessError:
            return None
        found = week(session, looker_of(visit), asked)
        if found is None:
            return None
        shown = Shown(
            found,
            colleagues(session, visit.actor),
            standing_feed(session, visit.actor.staff_id) is not None,
        )
        # last, because on SQLite nobody else can write from here on
        searched(session, visit.actor.staff_id, "Appointment", FIELDS, now)
        return shown
