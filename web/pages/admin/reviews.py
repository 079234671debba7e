"""What waits for somebody else's eyes: opened cases, and "I know this person"."""

import asyncio
from datetime import datetime

from fastapi import Request
from fastapi.responses import Response

from web.access.actions import Action
from web.access.opening import LONGEST_REASON, SHORTEST_REASON
from web.pages.admin.frame import admin_framed, is_allowed
from web.pages.frame import markup, page_at
from web.pages.missing import missing
from web.pages.wording import Wording
from web.reading.admin.reviews import (
    ConflictLine,
    OpeningLine,
    conflicts_of,
    reviewed_openings,
    waiting_openings,
)
from web.visitor import Visit, visit_of

Found = tuple[list[OpeningLine], list[OpeningLine], list[ConflictLine]]


@page_at("/reviews")
async def reviews_page(request: Request) -> Response | None:
    """The openings that wait for one's review, those that were reviewed, and who knows whom."""
    visit, now = visit_of(request), visit_of(request).web.now()
    found = await asyncio.to_thread(_read, visit, now)
    if found is None:
        return missing(request)
    waiting, reviewed, conflicts = found
    with admin_framed(visit, "Opened cases to review", "reviews"):
        markup(
            "reviews.html",
            waiting=waiting,
            reviewed=reviewed,
            conflicts=conflicts,
            shortest=SHORTEST_REASON,
            longest=LONGEST_REASON,
            words=Wording(visit.web.zone, now),
        )
    return None


def _read(visit: Visit, now: datetime) -> Found | None:
    with visit.web.store.read() as session:
        if not is_allowed(session, visit, Action.REVIEW_ACCESS, now):
            return None
        return (
            waiting_openings(session, visit.actor, now),
            reviewed_openings(session, visit.actor, now),
            conflicts_of(session, visit.actor, now),
        )
