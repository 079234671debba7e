"""Where a case is: what comes next, how it was scored, and how appointments, visits and referrals stand."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from flows.viewing.case_view import DatedFacts, appointments_of, referrals_of, reports_of, visits_of
from models import Case
from web.reading.case import ScoreFacts, scores_of
from web.reading.names import Names
from web.reading.next_steps import NextStep, next_steps


@dataclass(frozen=True, slots=True)
class Overview:
    """What the first page of a case shows below its head."""

    next: tuple[NextStep, ...]
    scores: tuple[ScoreFacts, ...]
    appointments: tuple[DatedFacts, ...]
    visits: tuple[DatedFacts, ...]
    referrals: tuple[DatedFacts, ...]
    reports: tuple[str, ...]


def overview(session: Session, case: Case, now: datetime) -> Overview:
    """The overview of a case that somebody may read."""
    return Overview(
        next=next_steps(session, case, Names(session), now),
        scores=tuple(scores_of(session, case)),
        appointments=tuple(appointments_of(session, case.id)),
        visits=tuple(visits_of(session, case.id)),
        referrals=tuple(referrals_of(session, case.id)),
        reports=tuple(reports_of(session, case.id)),
    )
