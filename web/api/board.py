"""The board: how the cases that somebody answers for stand, in figures."""

from concurrent.futures import Future
from typing import Final

from web.access.actions import Action
from web.access.policy import require
from web.access.watching import searched, watched
from web.api.declaring import Resource
from web.api.narrowing import Narrowing
from web.api.visiting import Visiting
from web.reading.board.kept import Shown
from web.reading.board.narrowed import Mine, Narrowed
from web.reading.board.whole import Board, board, choices
from web.visitor import Visit

router = Resource(prefix="/board", tags=["board"])

FIELDS: Final = (
    *("worker", "risk_level", "due_at", "step", "referral_status"),
    *("visit_status", "score_band", "incident", "message_status"),
)
"""What the figures are made of, for the audit."""


def mine(visit: Visit, narrowed: Narrowed) -> Mine:
    """Whose board it is, and what it is narrowed to, now."""
    return Mine(visit.actor, visit.web.now(), visit.web.zone, narrowed)


def counted(visit: Visit, narrowed: Narrowed) -> "Future[Shown]":
    """All figures, counted less than a minute ago or being counted, and what they can be narrowed to. Whoever
    shows them leaves a trace in the audit.
    """
    web, asked = visit.web, mine(visit, narrowed)

    def count() -> Shown:
        with web.store.read() as session:
            found = board(session, asked, web.plans.of)
            return Shown(found, web.boards.choices(asked, lambda: choices(session, asked)))

    return web.boards.counted(asked, count)


@router.get("")
def figures(visit: Visiting, narrowed: Narrowing) -> Board:
    """All figures, of the cases that one answers for, as they stood `at` a moment that is less than a minute
    ago. Which cases a figure counts is told
    by `GET /api/v1/cases` with its `figure` and `key`. Lengths of time are in seconds.
    """
    now = visit.web.now()
    with watched(visit.web.store) as session:
        require(session, visit.actor, Action.READ_BOARD, now=now)
        searched(session, visit.actor.staff_id, "Board", FIELDS, now)
    return counted(visit, narrowed).result().board
