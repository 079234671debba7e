"""Where a case is: what stands still, how it was scored, how meetings and referrals stand, and what is
missing before it can be handed over.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, tzinfo

from sqlmodel import Session, col, select

from flows.versions import PlanOf
from flows.viewing.case_view import DatedFacts, appointments_of
from models import Case, Report, ReportMember, Visit, VisitStatus
from web.access.actor import Actor
from web.reading.case.handover import Readiness, readiness
from web.reading.case.incidents import Incident, incidents
from web.reading.case.referrals import ReferralLine, referrals
from web.reading.case.whole import ScoreFacts, scores_of

CATEGORIES = "categories of referral"


@dataclass(frozen=True, slots=True)
class VisitsInShort:
    """How the visits went: how many of each status, and the last one that was kept or missed."""

    counts: Mapping[str, int]
    last: str
    last_at: datetime | None

    @property
    def any(self) -> bool:
        """Whether there has been or is to be one."""
        return bool(self.counts)


@dataclass(frozen=True, slots=True)
class ReportPart:
    """A report that the case is part of."""

    name: str
    month: date
    final: bool


@dataclass(frozen=True, slots=True)
class Overview:
    """What the first page of a case shows below its head, without the steps that come next."""

    incidents: tuple[Incident, ...]
    scores: tuple[ScoreFacts, ...]
    handover: Readiness
    appointments: tuple[DatedFacts, ...]
    visits: VisitsInShort
    referrals: tuple[ReferralLine, ...]
    reports: tuple[ReportPart, ...]


@dataclass(frozen=True, slots=True)
class Shown:
    """For whom an overview is made, and what it is made with."""

    actor: Actor
    plan_of: PlanOf
    groups: Mapping[str, str]
    categories: Mapping[str, str]
    now: datetime
    zone: tzinfo


def overview(session: Session, case: Case, shown: Shown) -> Overview:
    """The overview of a case that somebody may read."""
    now = shown.now
    return Overview(
        incidents=incidents(session, shown.actor, case, shown.plan_of, shown.groups, now),
        scores=tuple(scores_of(session, case)),
        handover=readiness(session, [case.id], now, shown.zone)[case.id],
        appointments=tuple(sorted(appointments_of(session, case.id), key=lambda each: each.at, reverse=True)),
        visits=_visits(session, case),
        referrals=referrals(session, case, shown.categories, now),
        reports=tuple(_reports(session, case)),
    )


def _visits(session: Session, case: Case) -> VisitsInShort:
    rows = session.exec(select(Visit.status, Visit.starts_at).where(Visit.case_id == case.id)).all()
    over = (VisitStatus.DONE, VisitStatus.MISSED)
    last = max(((at, status) for status, at in rows if status in over), default=None)
    return VisitsInShort(
        counts=Counter(str(status) for status, _ in rows),
        last="" if last is None else str(last[1]),
        last_at=None if last is None else last[0],
    )


def _reports(session: Session, case: Case) -> list[ReportPart]:
    query = select(Report).join(ReportMember, col(ReportMember.report_id) == Report.id)
    rows = session.exec(
        query.where(ReportMember.case_id == case.id).order_by(col(Report.period_start).desc()).limit(6)
    )
    return [ReportPart(each.report, each.period_start, each.status.value == "final") for each in rows]
