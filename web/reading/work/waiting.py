"""What waits for somebody besides their tasks: openings to review, changes of processes to approve."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from models import BreakGlass, ProcessProposal, ProposalState
from web.access import scope
from web.access.actions import Action
from web.access.actor import Actor
from web.access.policy import may

MOST = 100


@dataclass(frozen=True, slots=True)
class Waits:
    """How many of something wait, and where they are."""

    what: str
    count: int
    address: str


def waiting_for(session: Session, actor: Actor, now: datetime) -> tuple[Waits, ...]:
    """What waits for this person; what is none is left out."""
    found = (
        Waits("openings", _openings(session, actor, now), "/reviews"),
        Waits("proposals", _proposals(session, actor, now), "/processes"),
    )
    return tuple(each for each in found if each.count)


def _openings(session: Session, actor: Actor, now: datetime) -> int:
    if not may(session, actor, Action.REVIEW_ACCESS, now=now):
        return 0
    unseen = select(BreakGlass.id).where(
        col(BreakGlass.reviewed_at).is_(None), BreakGlass.staff_id != actor.staff_id
    )
    if session.exec(unseen.limit(1)).first() is None:  # as nearly always; whose cases they are takes longer
        return 0
    return len(session.scalars(scope.opened_to_review(actor, now).limit(MOST)).all())


def _proposals(session: Session, actor: Actor, now: datetime) -> int:
    if not may(session, actor, Action.APPROVE_PROCESS, now=now):
        return 0
    query = select(ProcessProposal.id).where(
        ProcessProposal.state == ProposalState.WAITING, ProcessProposal.proposed_by != actor.staff_id
    )
    return len(session.exec(query.limit(MOST)).all())
