"""Breaking the glass: opening a case that is not one's own, for a reason and an hour; and its review."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from sqlmodel import Session, col, select

from models import BreakGlass, Case, Staff, Store
from tasks.history import Act, write_audit
from web.access.actions import Action
from web.access.actor import Actor
from web.access.policy import NOT_THERE, may, require
from web.access.scope import opened_to_review
from web.errors import AccessError, HiddenError

LASTS: Final = timedelta(hours=1)
SHORTEST_REASON: Final = 10
LONGEST_REASON: Final = 1000


def break_glass(
    store: Store, actor: Actor, number: str, reason: str, now: datetime, *, case_id: str | None = None
) -> BreakGlass:
    """Open the case of this number, or with this id, for an hour. HiddenError when there is none that this
    person may open, whether there is one or not; AccessError when the reason is too short, or the glass is
    not in the way.

    Again within the hour gives the same opening, so that nobody prolongs one without a new review.
    """
    why = _reason(reason, "Say in at least 10 characters why you need this case now; it will be reviewed.")
    with store.write() as session:
        meant = Case.number == number.strip() if case_id is None else Case.id == case_id
        case = session.exec(select(Case).where(meant)).first()
        opened = None if case is None else _opened(session, actor, case, now)
        if opened is not None:
            return opened
        verdict = NOT_THERE if case is None else may(session, actor, Action.BREAK_GLASS, case, now=now)
        if case is not None and verdict.allowed:
            return _open(session, actor, case, why, now)
        told = None if case is None else case.id  # a refused try is written down too
        write_audit(
            session, actor.staff_id, Act.BREAK_GLASS, "Case", told, now, case_id=told, reason="refused"
        )
    if verdict.hidden:
        raise HiddenError("there is no case of this number")
    raise AccessError(verdict.why)


def review(store: Store, actor: Actor, opened_id: str, finding: str, now: datetime) -> BreakGlass:
    """Say what was found about an opening. HiddenError when it is not for this person to review; reviewed
    once.
    """
    what = _reason(finding, "Say in at least 10 characters what you found.")
    with store.write() as session:
        opened = session.exec(select(BreakGlass).where(BreakGlass.id == opened_id).with_for_update()).first()
        if opened is None:
            raise HiddenError("there is nothing of this kind to review")
        require(session, actor, Action.REVIEW_ACCESS, opened, now=now)
        opened.reviewed_at, opened.reviewed_by, opened.finding = now, actor.staff_id, what
        session.add(opened)
        write_audit(session, actor.staff_id, Act.REVIEW, "BreakGlass", opened.id, now, case_id=opened.case_id)
        return opened


def to_review(session: Session, actor: Actor, now: datetime) -> list[tuple[BreakGlass, Case, Staff]]:
    """The openings that wait for this person's review, oldest first, each with its case and who opened it."""
    found = session.scalars(opened_to_review(actor, now).order_by(col(BreakGlass.opened_at))).all()
    return [
        (each, session.get_one(Case, each.case_id), session.get_one(Staff, each.staff_id)) for each in found
    ]


def opened_until(session: Session, actor: Actor, case: Case, now: datetime) -> datetime | None:
    """Until when this person has the case open for a reason that they gave; None when they have not."""
    opened = _opened(session, actor, case, now)
    return None if opened is None else opened.expires_at


def _opened(session: Session, actor: Actor, case: Case, now: datetime) -> BreakGlass | None:
    query = select(BreakGlass).where(
        BreakGlass.staff_id == actor.staff_id,
        BreakGlass.case_id == case.id,
        col(BreakGlass.expires_at) > now,
    )
    return session.exec(query).first()


def _open(session: Session, actor: Actor, case: Case, reason: str, now: datetime) -> BreakGlass:
    made = BreakGlass(
        case_id=case.id, staff_id=actor.staff_id, reason=reason, opened_at=now, expires_at=now + LASTS
    )
    session.add(made)
    write_audit(
        session, actor.staff_id, Act.BREAK_GLASS, "Case", case.id, now, case_id=case.id, reason=reason
    )
    return made


def _reason(text: str, wanted: str) -> str:
    given = " ".join(text.split())
    if not SHORTEST_REASON <= len(given) <= LONGEST_REASON:
        raise AccessError(wanted)
    return given
