"""The recurring visits of a case: reading them, moving one, letting one fall out."""

from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Final

from pydantic import Field

from flows import inbox as commands
from models import Visit as VisitRow
from models import VisitStatus
from web.access.actions import Action
from web.access.watching import case_read, watched
from web.api.case_writing import writing_in
from web.api.declaring import Resource
from web.api.sent import Sent
from web.api.visiting import Visiting, allowed_case
from web.reading.case.visits import Visits, visits_of

router = Resource(prefix="/cases/{case_id}/visits", tags=["visits"])

FIELDS: Final = ("visits",)


class Move(Sent):
    """To which day, and time of day where it is another one, and why."""

    to: date
    at: time | None = None
    reason: str = Field(min_length=1, max_length=2_000)


class Why(Sent):
    """Why something is done."""

    reason: str = Field(min_length=1, max_length=2_000)


@dataclass(frozen=True, slots=True)
class Moved:
    """The visit that takes the place of the one that was moved."""

    visit: str
    day: date
    starts_at: datetime


@dataclass(frozen=True, slots=True)
class Excused:
    """A visit that falls out."""

    visit: str
    status: VisitStatus


@router.get("")
def listed(visit: Visiting, case_id: str) -> Visits:
    """The schedules of a case and its visits: those to come, and what became of the others."""
    now = visit.web.now()
    with watched(visit.web.store) as session:
        case = allowed_case(session, visit.actor, Action.READ_CASE, case_id, now)
        found = visits_of(session, case, now)
        case_read(session, visit.actor.staff_id, case, now, FIELDS)
    return found


@router.post("/{visit_id}/move")
def move(visit: Visiting, case_id: str, visit_id: str, sent: Move) -> Moved:
    """Move a planned visit; the answer names the one that takes its place."""
    now = writing_in(visit, case_id, VisitRow, visit_id)
    made = commands.move_visit(
        visit.web.store,
        visit_id,
        sent.to,
        None if sent.at is None else sent.at.replace(tzinfo=None),
        reason=sent.reason,
        by=visit.actor.staff_id,
        now=now,
        calendar=visit.web.runtime.catalogue.vocabulary.calendar(None),
    )
    return Moved(made.id, made.local_date, made.starts_at)


@router.post("/{visit_id}/excuse")
def excuse(visit: Visiting, case_id: str, visit_id: str, sent: Why) -> Excused:
    """A planned visit falls out; whoever manages the case approves it."""
    now = writing_in(visit, case_id, VisitRow, visit_id, Action.MANAGE_CASE)
    by = visit.actor.staff_id
    done = commands.excuse_visit(visit.web.store, visit_id, reason=sent.reason, by=by, now=now)
    return Excused(done.id, done.status)
