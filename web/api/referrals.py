"""What a service says of a referral, as somebody of the staff hears it."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from pydantic import Field

from flows import inbox as commands
from models import Referral, ReferralResult, ReferralStatus
from web.access.actions import Action
from web.access.watching import case_read, watched
from web.api.case_writing import moment, writing_in
from web.api.declaring import Resource
from web.api.sent import Match, Sent, revision_of
from web.api.visiting import Visiting, allowed_case
from web.reading.case.overview import CATEGORIES
from web.reading.case.referrals import ReferralLine, referrals

router = Resource(prefix="/cases/{case_id}/referrals", tags=["referrals"])

FIELDS: Final = ("referrals",)


class ServiceAnswerSent(Sent):
    """What the service says. `requested`: it has not decided yet, and wants to by `respond_by`. A reason is
    needed where it declines, cannot help, or puts it on hold, and where it is withdrawn. What is left out
    stays as it was.
    """

    status: ReferralStatus
    reason: str | None = Field(default=None, max_length=2_000)
    respond_by: date | None = None
    appointment_at: str | None = Field(default=None, max_length=40)
    result: ReferralResult | None = None
    result_on: date | None = None
    result_note: str | None = Field(default=None, max_length=2_000)


@dataclass(frozen=True, slots=True)
class Listed:
    """The referrals of a case."""

    referrals: tuple[ReferralLine, ...]


@dataclass(frozen=True, slots=True)
class ReferralStands:
    """How a referral stands now, and since when the service has answered."""

    id: str
    status: ReferralStatus
    respond_by: datetime | None
    responded_at: datetime | None
    revision: int


@router.get("")
def listed(visit: Visiting, case_id: str) -> Listed:
    """The referrals of a case, those under way first: how each stands, and what may be recorded of it."""
    web, now = visit.web, visit.web.now()
    with watched(web.store) as session:
        case = allowed_case(session, visit.actor, Action.READ_CASE, case_id, now)
        categories = web.runtime.catalogue.vocabulary.value_sets.get(CATEGORIES, {})
        found = referrals(session, case, categories, now)
        case_read(session, visit.actor.staff_id, case, now, FIELDS)
    return Listed(found)


@router.put("/{referral_id}")
def answered(
    visit: Visiting, case_id: str, referral_id: str, sent: ServiceAnswerSent, match: Match = None
) -> ReferralStands:
    """Record what a service says of a referral; whoever was to ask it has done so with that. With `If-Match`
    only where nobody has changed the referral since that `revision`.
    """
    now, zone = writing_in(visit, case_id, Referral, referral_id), visit.web.zone
    there = None if sent.appointment_at is None else moment(sent.appointment_at, zone.key, "appointment_at")
    said = commands.ServiceAnswer(**{**sent.model_dump(), "appointment_at": there})
    by, revision = visit.actor.staff_id, revision_of(match)
    kept = commands.record_answer(
        visit.web.store, referral_id, said, by=by, now=now, zone=zone, revision=revision
    )
    return ReferralStands(kept.id, kept.status, kept.respond_by, kept.responded_at, kept.revision)
