"""The board: how the cases that somebody answers for stand, in figures."""

from typing import Final

from sqlmodel import Session

from web.access.actions import Action
from web.access.policy import require
from web.access.watching import searched, watched
from web.api.declaring import Resource
from web.api.narrowing import Narrowing
from web.api.visiting import Visiting
from web.reading.board.kept import Shown
from web.reading.board.narrowed import Mine
from web.reading.board.waiting import PlanOf
from web.reading.board.whole import Board, board, choices

router = Resource(prefix="/board", tags=["board"])

FIELDS: Final = (
    *("worker", "risk_level", "due_at", "step", "referral_status"),
    *("visit_status", "score_band", "incident", "message_status"),
)
"""What the figures are made of, for the audit."""


def whole(session: Session, mine: Mine, plan_of: PlanOf) -> Shown:
    """All figures, counted now, and what they can be narrowed to."""
    return Shown(board(session, mine, plan_of), choices(session, mine))


@router.get("")
def figures(visit: Visiting, narrowed: Narrowing) -> Board:
    """All figures, of the cases that one answers for, as they stood `at` a moment that is less than a minute
    ago. Which cases a figure counts is told
    by `GET /api/v1/cases` with its `figure` and `key`. Lengths of time are in seconds.
    """
    now = visit.web.now()
    with watched(visit.web.store) as session:
        require(session, visit.actor, Action.READ_BOARD, now=now)
        mine = Mine(visit.actor, now, visit.web.zone, narrowed)
        found = visit.web.boards.counted(mine, lambda: whole(session, mine, visit.web.plans.of))
        searched(session, visit.actor.staff_id, "Board", FIELDS, now)
    return found.board
