"""The inbox: what somebody has to do, the most urgent first. New work appears while the page is open."""

import asyncio
from datetime import timedelta
from http import HTTPStatus
from typing import Final

from fastapi import Request
from fastapi.responses import RedirectResponse, Response
from nicegui import ui

from models import TASK_OPEN
from web.access.actions import Action
from web.access.policy import may
from web.access.watching import searched, watched
from web.pages.frame import first_place, framed, markup, page_at, styled
from web.pages.rendering import render
from web.pages.wording import Wording
from web.reading.office.team import Absence, absence_now
from web.reading.work.asked import Asked, DueIn, Whose
from web.reading.work.inbox import Inbox, inbox, stamp
from web.reading.work.views import View, views_of
from web.reading.work.waiting import Waits, waiting_for
from web.visitor import Visit, visit_of

LOOK: Final = 6.0
"""Seconds between two looks for new work. While nothing has happened to any task they cost nothing: one short
query for all pages.
"""

WHOLE: Final = timedelta(seconds=20)
"""How often a page looks at its own tasks in any case: an absence begins without anything having happened,
and what takes long to be written may have an older id than what was written before it.
"""

FIELDS: Final = ("title", "holder", "due_at", "client")
"""What a list of tasks shows of cases, for the audit."""

DUE: Final = {
    DueIn.OVERDUE: "Overdue",
    DueIn.SOON: "Within a day",
    DueIn.WEEK: "Within a week",
    DueIn.NO_DATE: "Without a date",
}
WHOSE: Final = {
    Whose.ALL: "Mine and my groups'",
    Whose.MINE: "Mine",
    Whose.QUEUE: "My groups' queues",
    Whose.DELEGATED: "Done for me by others",
    Whose.TEAM: "My team's",
}


@page_at("/")
async def inbox_page(request: Request) -> Response | None:
    """The inbox, with what the address asks for; where it asks for nothing, the view that is to be first. Who
    has no inbox begins at a page of theirs.
    """
    visit = visit_of(request)
    if not visit.actor.works_on_cases:
        return RedirectResponse(first_place(visit.actor).address, HTTPStatus.SEE_OTHER)
    views = await asyncio.to_thread(_views, visit)
    asked = _asked(request, views)
    found = await asyncio.to_thread(_read, visit, asked)
    waiting, away = await asyncio.to_thread(_beside, visit)
    styled(visit, "desk.css")
    values = _values(visit, asked, found)
    with framed(visit, "Inbox", "inbox"):
        figures = markup("inbox_figures.html", **values)
        markup("inbox_away.html", away=away, words=values["words"])
        markup("waiting.html", waiting=waiting)
        markup("inbox_views.html", views=views, actor=visit.actor, **values)
        markup("inbox_filters.html", **values)
        shown = markup("inbox_list.html", **values)
    _keep_fresh(visit, asked, found, figures, shown)
    return None


def _beside(visit: Visit) -> tuple[tuple[Waits, ...], Absence | None]:
    """What waits for somebody besides tasks, and whether they are away."""
    actor, now = visit.actor, visit.web.now()
    with visit.web.store.read() as session:
        waiting = waiting_for(session, actor, now) if actor.leads_people else ()
        return waiting, absence_now(session, actor.staff_id, now)


def _asked(request: Request, views: tuple[View, ...]) -> Asked:
    if request.query_params:
        return Asked.read(request.query_params)
    return next((each.asked for each in views if each.first), Asked())


def _keep_fresh(visit: Visit, asked: Asked, found: Inbox, figures: ui.html, shown: ui.html) -> None:
    known, newest, whole = found.stamp, "", visit.web.now()

    async def look() -> None:
        nonlocal known, newest, whole
        now = visit.web.now()
        latest = await asyncio.to_thread(visit.web.newest.of, visit.web.store, now)
        if latest == newest and now - whole < WHOLE:
            return
        newest, whole = latest, now
        again = await asyncio.to_thread(visit.still)
        if again is None:
            ui.navigate.to("/login")
            return
        if not again.actor.works_on_cases:
            ui.navigate.to("/")  # which knows where they begin by now
            return
        if await asyncio.to_thread(_stamp, again) == known:
            return
        fresh = await asyncio.to_thread(_read, again, asked)
        known = fresh.stamp
        values = _values(again, asked, fresh)
        figures.set_content(render("inbox_figures.html", values))
        shown.set_content(render("inbox_list.html", values))

    ui.timer(LOOK, look)


def _read(visit: Visit, asked: Asked) -> Inbox:
    with watched(visit.web.store) as session:
        searched(session, visit.actor.staff_id, "HumanTask", FIELDS, visit.web.now())
        return inbox(session, visit.actor, asked, visit.web.now())


def _views(visit: Visit) -> tuple[View, ...]:
    with visit.web.store.read() as session:
        if not may(session, visit.actor, Action.KEEP_VIEWS, now=visit.web.now()):
            return ()
        return views_of(session, visit.actor)


def _stamp(visit: Visit) -> str:
    with visit.web.store.read() as session:
        return stamp(session, visit.actor, visit.web.now())


def _values(visit: Visit, asked: Asked, found: Inbox) -> dict[str, object]:
    whose = {each: title for each, title in WHOSE.items() if each is not Whose.TEAM or visit.actor.leads}
    return {
        "asked": asked,
        "found": found,
        "groups": visit.web.groups,
        "names": visit.web.names,
        "words": Wording(visit.web.zone, visit.web.now()),
        "whose": whose,
        "due": DUE,
        "leads": bool(visit.actor.leads),
        "states": [each.value for each in TASK_OPEN],
        "Whose": Whose,
        "DueIn": DueIn,
    }
