"""Who may see a case: opening one that is not one's own, sealing, "I know this person"; and who saw it."""

from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Annotated

from fastapi import Response
from pydantic import Field

from flows import inbox as commands
from models import Conflict
from tasks.history import Act, write_audit
from web.access.actions import Action
from web.access.opening import LONGEST_REASON, SHORTEST_REASON, break_glass, review, to_review
from web.access.policy import require
from web.access.readers import Look, readers_of
from web.access.watching import case_read, watched
from web.accounts.staffing import find_staff
from web.api.as_read import as_read
from web.api.case_writing import writing
from web.api.declaring import Resource, answers
from web.api.problem import ProblemError, not_there
from web.api.sent import Plain, Sent
from web.api.standing import SEAL
from web.api.visiting import Visiting, allowed_case
from web.reading.admin.reviews import ConflictLine, conflicts_of
from web.reading.case.access import Named, case_access
from web.visitor import Visit

router = Resource(tags=["access"])

Why = Annotated[Plain, Field(min_length=SHORTEST_REASON, max_length=LONGEST_REASON)]


class Opening(Sent):
    """Which case is opened, by its number or, where one has only its address, by its id; and why."""

    number: Plain | None = Field(default=None, min_length=1, max_length=60)
    case: Plain | None = Field(default=None, min_length=1, max_length=60)
    reason: Why


class Finding(Sent):
    """What was found about an opening."""

    finding: Why


class Reason(Sent):
    """Why something is done."""

    reason: Plain = Field(min_length=1, max_length=LONGEST_REASON)


class Sealing(Reason):
    """Who is named for a sealed case beside those who have it: by staff id, and `others` by e-mail address,
    with spaces or commas between them.
    """

    names: list[Plain] = Field(default_factory=list, max_length=50)
    others: Plain = Field(default="", max_length=2_000)


@dataclass(frozen=True, slots=True)
class Opened:
    """A case that was opened, and until when."""

    id: str
    case: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class OpeningLine:
    """An opening that waits for its review: of which case (its number), by whom, why."""

    id: str
    case: str
    who: str
    reason: str
    opened_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class OpeningList:
    """The openings that wait."""

    openings: tuple[OpeningLine, ...]


@dataclass(frozen=True, slots=True)
class Reviewed:
    """An opening that was reviewed."""

    id: str
    reviewed_at: datetime | None


@dataclass(frozen=True, slots=True)
class ConflictList:
    """Who has said that they know a client."""

    conflicts: list[ConflictLine]


@dataclass(frozen=True, slots=True)
class Seal:
    """Whether a case is sealed, and who is named for it. `state` is another one as soon as that changes."""

    sealed: bool
    named: tuple[Named, ...]
    state: str


@dataclass(frozen=True, slots=True)
class Sealed:
    """A sealed case, and the staff ids of those who are named for it."""

    case: str
    named: list[str]


@dataclass(frozen=True, slots=True)
class ReaderList:
    """Who saw a file."""

    readers: list[Look]


@router.post("/access/openings", status_code=HTTPStatus.CREATED, responses=answers(HTTPStatus.NOT_FOUND))
def opened(visit: Visiting, sent: Opening) -> Opened:
    """Break the glass: open a case that is not one's own for an hour. It is reviewed."""
    if (sent.number is None) == (sent.case is None):
        raise ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, "Say which case: give its number.")
    made = break_glass(
        visit.web.store, visit.actor, sent.number or "", sent.reason, visit.web.now(), case_id=sent.case
    )
    return Opened(made.id, made.case_id, made.expires_at)


@router.get("/access/openings")
def openings(visit: Visiting) -> OpeningList:
    """The openings that wait for one's review, the oldest first."""
    now = visit.web.now()
    with visit.web.store.read() as session:
        require(session, visit.actor, Action.REVIEW_ACCESS, now=now)
        waiting = tuple(
            OpeningLine(
                id=each.id,
                case=case.number,
                who=staff.name,
                reason=each.reason,
                opened_at=each.opened_at,
                expires_at=each.expires_at,
            )
            for each, case, staff in to_review(session, visit.actor, now)
        )
    return OpeningList(waiting)


@router.post("/access/openings/{opening_id}/review")
def reviewed(visit: Visiting, opening_id: str, sent: Finding) -> Reviewed:
    """Say what was found about an opening; nobody reviews their own."""
    done = review(visit.web.store, visit.actor, opening_id, sent.finding, visit.web.now())
    return Reviewed(done.id, done.reviewed_at)


@router.get("/access/conflicts")
def conflicts(visit: Visiting) -> ConflictList:
    """The standing `I know this person` of others that one may end, the oldest first."""
    now = visit.web.now()
    with visit.web.store.read() as session:
        require(session, visit.actor, Action.END_CONFLICT, now=now)
        rows = conflicts_of(session, visit.actor, now)
    return ConflictList(rows)


@router.post("/access/conflicts/{conflict_id}/end", status_code=HTTPStatus.NO_CONTENT)
def conflict_ended(visit: Visiting, conflict_id: str, sent: Reason) -> Response:
    """Somebody may see a client's cases again; never they themselves say so."""
    now = visit.web.now()
    with visit.web.store.read() as session:
        found = session.get(Conflict, conflict_id)
        if found is None:
            raise not_there()
        require(session, visit.actor, Action.END_CONFLICT, found, now=now)
    commands.end_conflict(
        visit.web.store, conflict_id, by=visit.actor.staff_id, now=now, reason=sent.reason.strip()
    )
    return Response(status_code=HTTPStatus.NO_CONTENT)


@router.post("/cases/{case_id}/conflict", status_code=HTTPStatus.NO_CONTENT)
def conflict(visit: Visiting, case_id: str, sent: Reason) -> Response:
    """`I know this person`: the client's cases are hidden from me at once, and my work goes to others."""
    now = writing(visit, case_id, Action.DECLARE_CONFLICT)
    commands.declare_conflict(
        visit.web.store, case_id, by=visit.actor.staff_id, reason=sent.reason, now=now, zone=visit.web.zone
    )
    return Response(status_code=HTTPStatus.NO_CONTENT)


@router.get("/cases/{case_id}/seal")
def seal_of(visit: Visiting, case_id: str, response: Response) -> Seal:
    """Whether the case is sealed, and who is named for it. The ETag names that state, for `If-Match`."""
    now = visit.web.now()
    with watched(visit.web.store) as session:
        case = allowed_case(session, visit.actor, Action.READ_CASE, case_id, now)
        found = case_access(session, case)
        case_read(session, visit.actor.staff_id, case, now, ("confidants",))
    response.headers["ETag"] = f'"{found.state}"'
    return Seal(found.sealed, found.named, found.state)


@router.put("/cases/{case_id}/seal")
@as_read(SEAL)
def seal(visit: Visiting, case_id: str, sent: Sealing) -> Sealed:
    """Only those who are named see the case from now on."""
    now = writing(visit, case_id, Action.SEAL_CASE)
    names = [*sent.names, *_by_email(visit, sent.others)]
    named = commands.seal_case(
        visit.web.store, case_id, names, by=visit.actor.staff_id, reason=sent.reason, now=now
    )
    return Sealed(case_id, list(named))


@router.delete("/cases/{case_id}/seal/names/{staff_id}", status_code=HTTPStatus.NO_CONTENT)
@as_read(SEAL)
def unnamed(visit: Visiting, case_id: str, staff_id: str) -> Response:
    """Somebody does not see a sealed case any more. The last who is named stays."""
    now = writing(visit, case_id, Action.SEAL_CASE)
    commands.unname(visit.web.store, case_id, staff_id, by=visit.actor.staff_id, now=now)
    return Response(status_code=HTTPStatus.NO_CONTENT)


@router.delete("/cases/{case_id}/seal", status_code=HTTPStatus.NO_CONTENT)
@as_read(SEAL)
def unseal(visit: Visiting, case_id: str, sent: Reason) -> Response:
    """The case is seen again by those who work on it."""
    now = writing(visit, case_id, Action.SEAL_CASE)
    commands.unseal_case(visit.web.store, case_id, by=visit.actor.staff_id, reason=sent.reason, now=now)
    return Response(status_code=HTTPStatus.NO_CONTENT)


@router.get("/cases/{case_id}/readers")
def readers(visit: Visiting, case_id: str) -> ReaderList:
    """Who saw this file, the latest first. Looking at that is written down too."""
    now = visit.web.now()
    with watched(visit.web.store) as session:
        case = allowed_case(session, visit.actor, Action.SEE_READERS, case_id, now)
        found = readers_of(session, case.id)
        write_audit(
            session,
            visit.actor.staff_id,
            Act.READ,
            "AuditEvent",
            None,
            now,
            fields=("readers",),
            case_id=case.id,
        )
    return ReaderList(found)


def _by_email(visit: Visit, text: str) -> list[str]:
    """The staff ids behind e-mail addresses; a problem names nobody who is there."""
    addresses = text.replace(",", " ").replace(";", " ").split()
    with visit.web.store.read() as session:
        found = [find_staff(session, each) for each in addresses]
    if any(each is None or not each.active for each in found):
        raise ProblemError(
            HTTPStatus.UNPROCESSABLE_ENTITY,
            "One of the e-mail addresses is of nobody who works here. Nothing was changed.",
        )
    return [each.id for each in found if each is not None]
