"""The referrals of a case: to which service, how each stands, and how it got there."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from sqlmodel import Session, col, select

from models import REFERRAL_ENDED, Case, Referral, ReferralEvent, ReferralStatus, Service
from web.reading.names import Names


@dataclass(frozen=True, slots=True)
class Change:
    """One change of a referral's status. `who` is None where a process or the service itself did it."""

    at: datetime
    status: str
    reason: str
    who: str | None


@dataclass(frozen=True, slots=True)
class ReferralLine:
    """One referral. `late`: no answer although `respond_by` has passed. `overridden`: made without a consent,
    with this reason. `no_contact`: the service must not contact the client. `sayable` are the states that
    the service may say next.
    """

    id: str
    revision: int
    category: str
    service: str
    organisation: str
    status: str
    reason: str
    at: datetime
    respond_by: datetime | None
    late: bool
    ended: bool
    appointment_at: datetime | None
    result: str
    result_on: date | None
    result_note: str
    no_contact: bool
    overridden: str
    sayable: tuple[str, ...]
    history: tuple[Change, ...]


def referrals(
    session: Session, case: Case, categories: Mapping[str, str], now: datetime
) -> tuple[ReferralLine, ...]:
    """The referrals of a case, those under way first, then the newest; `categories` are titles by code."""
    rows = session.exec(select(Referral).where(Referral.case_id == case.id)).all()
    events = _events(session, [row.id for row in rows])
    lines = [_line(session, row, categories, events.get(row.id, ()), now) for row in rows]
    newest = sorted(lines, key=lambda each: each.at, reverse=True)
    return tuple(sorted(newest, key=lambda each: each.ended))


def _events(session: Session, ids: list[str]) -> Mapping[str, tuple[Change, ...]]:
    names = Names(session)
    query = select(ReferralEvent).where(col(ReferralEvent.referral_id).in_(ids))
    found: dict[str, tuple[Change, ...]] = {}
    for each in session.exec(query.order_by(col(ReferralEvent.at), col(ReferralEvent.id))):
        change = Change(each.at, each.status.value, each.reason or "", names.of(each.actor))
        found[each.referral_id] = (*found.get(each.referral_id, ()), change)
    return found


def _line(
    session: Session,
    row: Referral,
    categories: Mapping[str, str],
    history: tuple[Change, ...],
    now: datetime,
) -> ReferralLine:
    service = session.get(Service, row.service_id)
    ended = row.status in REFERRAL_ENDED
    waits = not ended and row.responded_at is None
    return ReferralLine(
        id=row.id,
        revision=row.revision,
        category=categories.get(row.category, row.category.replace("-", " ")),
        service="" if service is None else service.name,
        organisation="" if service is None else service.organization,
        status=row.status.value,
        reason=row.status_reason or "",
        at=row.requested_at,
        respond_by=row.respond_by if waits else None,
        late=waits and row.respond_by is not None and row.respond_by < now,
        ended=ended,
        appointment_at=row.appointment_at,
        result="" if row.result is None else row.result.value,
        result_on=row.result_on,
        result_note=row.result_note or "",
        no_contact=row.contacting_subject_prohibited,
        overridden=row.override_reason or "",
        sayable=() if ended else tuple(each.value for each in _ORDER if _sayable(row.status, each)),
        history=history,
    )


_ORDER: Final = (
    ReferralStatus.REQUESTED,
    ReferralStatus.ACCEPTED,
    ReferralStatus.IN_PROGRESS,
    ReferralStatus.COMPLETED,
    ReferralStatus.ON_HOLD,
    ReferralStatus.REJECTED,
    ReferralStatus.FAILED,
    ReferralStatus.CANCELLED,
)
"""The states as a service comes to them."""


def _sayable(now: ReferralStatus, then: ReferralStatus) -> bool:
    """Whether a service may say this of a referral that is open: that it has not decided yet, until it has;
    and what is so already, with something more about it.
    """
    return now is ReferralStatus.REQUESTED if then is ReferralStatus.REQUESTED else True
