"""A case as a whole, for the API: where it is, who is on it, what comes next, what has happened.

The steps, messages, visits and referrals come from `flows.viewing`, which the command line shows too; what is
added here is what people need besides. The pages of a case read their parts of it by themselves.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Final

from sqlmodel import Session, col, select

from flows.viewing.case_view import CaseView, Sources, case_view, instances_of
from models import CASE_OPEN, Case, ChronologyEntry, Client, Score, stage_of
from tasks.history import Happening
from web.reading.case.chronology import Entry, Wanted, entries
from web.reading.case.next_steps import NextStep, next_steps
from web.reading.case.person import Person, person_of
from web.reading.case.stage import case_dates
from web.reading.names import Names

MOST_ENTRIES: Final = 200


@dataclass(frozen=True, slots=True)
class ScoreFacts:
    """A score that stands, with why."""

    title: str
    band: str
    points: int
    provisional: bool
    could_rise_to: str | None
    explanation: str
    at: datetime


@dataclass(frozen=True, slots=True)
class CaseFile:
    """Everything on the page. `risk_why` is what was said when the level was last set."""

    view: CaseView
    client: Person
    stage: str
    supervisor: str | None
    sealed: bool
    open: bool
    reason: str
    risk_why: str
    risk_since: datetime | None
    scores: tuple[ScoreFacts, ...]
    next: tuple[NextStep, ...]
    chronology: tuple[Entry, ...]
    more_entries: bool


def case_file(session: Session, sources: Sources, case: Case, now: datetime, zone: tzinfo) -> CaseFile:
    """The page of a case that somebody may read. Whoever shows it leaves a trace in the audit."""
    names = Names(session)
    risk = last_risk(session, case)
    shown, more = entries(session, case, Wanted(everything=True), size=MOST_ENTRIES)
    return CaseFile(
        view=case_view(session, sources, case.id, instances_of(session, case.id)),
        client=person_of(session.get_one(Client, case.client_id), now.astimezone(zone).date()),
        stage=stage_of(case_dates(session, case, zone)).value,
        supervisor=names.of(case.supervisor_id),
        sealed=case.sealed,
        open=case.status in CASE_OPEN,
        reason=case.reason or "",
        risk_why="" if risk is None else (risk.detail or risk.title),
        risk_since=None if risk is None else risk.happened_at,
        scores=tuple(scores_of(session, case)),
        next=next_steps(session, case, names, now),
        chronology=shown,
        more_entries=more,
    )


def last_risk(session: Session, case: Case) -> ChronologyEntry | None:
    """What was said when the level of the risk was last set."""
    query = select(ChronologyEntry).where(
        ChronologyEntry.case_id == case.id, ChronologyEntry.kind == Happening.RISK_CHANGED.value
    )
    return session.exec(query.order_by(col(ChronologyEntry.recorded_at).desc()).limit(1)).first()


def scores_of(session: Session, case: Case) -> Iterator[ScoreFacts]:
    """The scores that stand, the newest first."""
    query = select(Score).where(Score.case_id == case.id, col(Score.superseded_at).is_(None))
    for each in session.exec(query.order_by(col(Score.calculated_at).desc())):
        yield ScoreFacts(
            each.title,
            each.band,
            each.points,
            each.provisional,
            each.could_rise_to,
            each.explanation,
            each.calculated_at,
        )
