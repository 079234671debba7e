"""The audit, for data protection: what people did, and whether it is as it was sealed."""

from dataclasses import dataclass, fields
from datetime import date
from http import HTTPStatus
from typing import Annotated, Final

from fastapi import Query

from flows.sealing import Verdict
from web.access.actions import Action
from web.access.verifying import said, verify
from web.access.watching import searched, watched
from web.api.declaring import Resource
from web.api.once import by_nature
from web.api.problem import ProblemError
from web.api.visiting import Visiting, allowed, allowed_now
from web.reading.admin.audit import KINDS, Asked, AuditPage, SealState, audit_page, seal_state
from web.reading.said import LONGEST_SEARCH

router = Resource(prefix="/audit", tags=["audit"])

FIELDS: Final = ("at", "actor", "action", "record", "fields", "reason")
"""What is shown of the audit, for the audit itself."""

Words = Annotated[str, Query(max_length=LONGEST_SEARCH)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified(Verdict):
    """How the audit compares with its seals: whether it is `sound`, and that in words."""

    sound: bool
    words: str


@router.get("")
def listed(
    visit: Visiting,
    case: Words = "",
    person: Words = "",
    kind: Annotated[str, Query(max_length=20)] = "",
    since: date | None = None,
    until: date | None = None,
    processes: bool = False,
    after: Annotated[str, Query(max_length=200)] = "",
) -> AuditPage:
    """What people did, the newest first: of one `case` (its number), by a `person`, of a `kind`, from day to
    day. With `processes` what processes did for the case too. `next` is what `after` has to be for more.
    """
    if kind and kind not in KINDS:
        raise ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, f"The kinds are {', '.join(KINDS)}.")
    asked = Asked(case.strip(), " ".join(person.split()), kind, since, until, processes, after)
    now = visit.web.now()
    with watched(visit.web.store) as session:
        allowed(session, visit.actor, Action.READ_AUDIT, now)
        try:
            page = audit_page(session, asked, now, visit.web.zone)
        except (ValueError, OverflowError):
            raise ProblemError(
                HTTPStatus.UNPROCESSABLE_ENTITY,
                "`after` is what `next` was in an answer before; the days are of this time.",
            ) from None
        searched(session, visit.actor.staff_id, "AuditEvent", FIELDS, now)
    return page


@router.get("/seal")
def sealed(visit: Visiting) -> SealState:
    """How far the audit is sealed, and how the last look at all of it came out."""
    allowed_now(visit, Action.READ_AUDIT)
    with visit.web.store.read() as session:
        return seal_state(session)


@router.post("/verification")
@by_nature
def verified(visit: Visiting) -> Verified:
    """Compare the whole audit with its seals, and name the first place where it was changed since."""
    now = allowed_now(visit, Action.READ_AUDIT)
    found = verify(visit.web.runtime, by=visit.actor.staff_id, now=now)
    held = {each.name: getattr(found, each.name) for each in fields(found)}
    return Verified(**held, sound=found.broken is None, words=said(found))
