"""Somebody's week, and the address under which one's own calendar program reads it."""

from dataclasses import dataclass
from datetime import date
from http import HTTPStatus
from typing import Annotated, Final

from fastapi import Query, Response

from web.access.actions import Action
from web.access.policy import NOT_IN_SCOPE, require
from web.access.watching import searched, watched
from web.accounts.calendar_feeds import make_feed, revoke_feed
from web.api.declaring import Resource, answers
from web.api.once import told_once
from web.api.problem import forbidden, not_there
from web.api.sent import Ident
from web.api.visiting import Visiting
from web.reading.office.week import AskedWeek, Looker, Week, week
from web.visitor import Visit

router = Resource(prefix="/week", tags=["week"])

FIELDS: Final = ("starts_at", "place", "client", "title", "due_at")
"""What a week shows of cases, for the audit."""


@dataclass(frozen=True, slots=True)
class FeedMade:
    """The secret address of a calendar, told here and nowhere else."""

    address: str


@router.get("", responses=answers(HTTPStatus.NOT_FOUND))
def one(
    visit: Visiting,
    of: Annotated[Ident | None, Query()] = None,
    day: Annotated[date | None, Query(alias="from")] = None,
) -> Week:
    """A week from Monday on: one's own, or by staff id that of somebody whom one answers for. `from` is a day
    of it. What is of a case that one may not see has only its time.
    """
    web, now = visit.web, visit.web.now()
    with watched(web.store) as session:
        require(session, visit.actor, Action.READ_WEEK, now=now)
        found = week(session, looker_of(visit), AskedWeek(of or "", day))
        if found is None:
            raise not_there()
        searched(session, visit.actor.staff_id, "Appointment", FIELDS, now)
    return found


@router.put("/feed")
@told_once
def feed(visit: Visiting) -> FeedMade:
    """A new secret address for one's own calendar program, shown this once; the one before ends."""
    _person(visit)
    secret = make_feed(visit.web.store, visit.actor.staff_id, visit.web.now())
    return FeedMade(f"/calendar/{secret}.ics")


@router.delete("/feed", status_code=HTTPStatus.NO_CONTENT)
def end_feed(visit: Visiting) -> Response:
    """The address counts no more."""
    _person(visit)
    revoke_feed(visit.web.store, visit.actor.staff_id, visit.web.now())
    return Response(status_code=HTTPStatus.NO_CONTENT)


def looker_of(visit: Visit) -> Looker:
    """Who looks, and by which clocks."""
    calendar = visit.web.runtime.catalogue.vocabulary.calendar(None)
    return Looker(visit.actor, visit.web.now(), visit.web.zone, calendar)


def _person(visit: Visit) -> None:
    """A program's token makes no address that outlives it."""
    if visit.actor.only is not None:
        raise forbidden(NOT_IN_SCOPE)
    with visit.web.store.read() as session:
        require(session, visit.actor, Action.READ_WEEK, now=visit.web.now())
