"""Cases: the list of those that somebody may see, and one with all that its page shows."""

from dataclasses import dataclass
from typing import Annotated, Final

from fastapi import Query, Response

from models import CaseStatus, RiskLevel
from web.access.actions import Action
from web.access.watching import case_read, searched, watched
from web.api.declaring import Resource
from web.api.narrowing import Opening
from web.api.paging import After, read_place
from web.api.visiting import Visiting, allowed_case
from web.reading.case.whole import CaseFile, case_file
from web.reading.cases import Asked, CaseRow, cases
from web.reading.cursor import cursor, place_of
from web.reading.said import LONGEST_SEARCH

router = Resource(prefix="/cases", tags=["cases"])

LIST_FIELDS: Final = ("number", "client", "status", "risk_level", "worker")
CASE_FIELDS: Final = (
    *("number", "status", "risk_level", "priority", "worker"),
    *("client", "steps", "chronology", "messages", "tasks"),
)


@dataclass(frozen=True, slots=True)
class CaseList:
    """A page of cases. `next` is what `after` has to be for more, None on the last page."""

    cases: list[CaseRow]
    next: str | None


@router.get("")
def listed(
    visit: Visiting,
    q: Annotated[str, Query(max_length=LONGEST_SEARCH)] = "",
    status: CaseStatus | None = None,
    risk: RiskLevel | None = None,
    mine: bool = False,
    after: After = None,
    opened: Opening = None,
) -> CaseList:
    """The cases that the one who asks may see, the newest first; the open ones unless a status or a search is
    given. With `figure` and `key` they are those that a figure of the board counts. `next` is what `after`
    has to be for more; a case that comes meanwhile shifts nothing.
    """
    asked = Asked(search=" ".join(q.split()), status=status, risk=risk, mine=mine, opened=opened)
    place = None if after is None else read_place(place_of, after)
    with watched(visit.web.store) as session:
        now = visit.web.now()
        rows, more = cases(session, visit.actor, asked, now, after=place, zone=visit.web.zone)
        searched(session, visit.actor.staff_id, "Case", LIST_FIELDS, now)
    return CaseList(rows, cursor((rows[-1].received_at, rows[-1].id)) if more else None)


@router.get("/{case_id}")
def one(visit: Visiting, case_id: str, response: Response) -> CaseFile:
    """One case, with its steps, chronology, messages and what comes next. The ETag names its state."""
    web, now = visit.web, visit.web.now()
    with watched(web.store) as session:
        case = allowed_case(session, visit.actor, Action.READ_CASE, case_id, now)
        case_read(session, visit.actor.staff_id, case, now, CASE_FIELDS)
        response.headers["ETag"] = f'"{case.revision}"'
        return case_file(session, web.sources, case, now, web.zone)
