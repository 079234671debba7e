"""Referrals by state: those that are open, and those that ended within the time looked back over."""

from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import and_, case, func, or_
from sqlmodel import Session, col, select

from models import REFERRAL_ENDED, Case, Referral, ReferralStatus
from web.reading.board.narrowed import Condition, Mine

NAME: Final = "referrals"
UNANSWERED: Final = "unanswered"
"""The key of those whose service should have answered by now."""

WORDS: Final = {
    ReferralStatus.REQUESTED: "asked",
    ReferralStatus.ACCEPTED: "accepted",
    ReferralStatus.IN_PROGRESS: "under way",
    ReferralStatus.ON_HOLD: "on hold",
    ReferralStatus.COMPLETED: "completed",
    ReferralStatus.REJECTED: "declined",
    ReferralStatus.CANCELLED: "cancelled",
    ReferralStatus.FAILED: "failed",
}
"""The states in the order of the work, in words."""


@dataclass(frozen=True, slots=True)
class State:
    """How many referrals are in a state, and how many of those the service should have answered by now."""

    status: str
    words: str
    ended: bool
    count: int
    unanswered: int


@dataclass(frozen=True, slots=True)
class Referrals:
    """All states that there are."""

    rows: tuple[State, ...]

    @property
    def unanswered(self) -> int:
        """How many the service should have answered by now."""
        return sum(each.unanswered for each in self.rows)


def read(session: Session, mine: Mine) -> Referrals:
    """The referrals by state."""
    late = func.sum(case((_unanswered(mine), 1), else_=0))
    columns: Any = (Referral.status, func.count(), late)
    query = (
        select(*columns)
        .where(_counted(mine), col(Referral.case_id).in_(mine.lately))
        .group_by(col(Referral.status))
    )
    found = {ReferralStatus(row[0]): (row[1], int(row[2])) for row in session.execute(query)}
    return Referrals(
        tuple(
            State(status.value, words, status in REFERRAL_ENDED, *found[status])
            for status, words in WORDS.items()
            if status in found
        )
    )


def opens(key: str, mine: Mine) -> Condition:
    """The cases of those referrals; `key` is a state, or UNANSWERED."""
    state = _unanswered(mine) if key == UNANSWERED else col(Referral.status) == ReferralStatus(key)
    wanted = select(Referral.case_id).where(_counted(mine), state)
    return mine.cases(mine.was_open(), col(Case.id).in_(wanted))


def words(key: str) -> str:
    """What those cases have."""
    if key == UNANSWERED:
        return "cases with a referral that the service should have answered"
    return f"cases with a referral that is {WORDS[ReferralStatus(key)]}"


def _counted(mine: Mine) -> Condition:
    return or_(col(Referral.status).not_in(REFERRAL_ENDED), col(Referral.ended_at) >= mine.since)


def _unanswered(mine: Mine) -> Condition:
    return and_(col(Referral.status) == ReferralStatus.REQUESTED, col(Referral.respond_by) < mine.now)
