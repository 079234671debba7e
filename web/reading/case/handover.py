"""Whether a case is ready to be handed over: five points, each from the dates of the records.

A note within a week, a summary within three months, a plan that is current, contacts that are confirmed, a
consent that is valid. Each point is one condition on a row of `cases`, so that a single case, a list of them
and the board's counts can't disagree.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from typing import Any, Final

from sqlalchemy import ColumnElement, ScalarSelect, and_, exists, func, not_, or_, select
from sqlalchemy import case as either
from sqlmodel import Session, col

from definitions.time.local_time import add_months
from models import (
    Case,
    CaseNote,
    Consent,
    ContactPoint,
    Plan,
    PlanStatus,
    ReportMember,
)

Condition = ColumnElement[bool]

NOTE_WITHIN: Final = timedelta(days=7)
SUMMARY_WITHIN: Final = 3
"""Months within which a case has to be in a summary."""

TITLES: Final[Mapping[str, tuple[str, str]]] = {
    "note": ("A note within the last week", "/notes"),
    "summary": ("A summary within three months", ""),
    "plan": ("A current plan", "/plan"),
    "contacts": ("Contacts confirmed", "/people"),
    "consent": ("A valid consent", "/people"),
}
"""The points in their order: what each is called, and the tab of the case where it is put right."""


@dataclass(frozen=True, slots=True)
class Point:
    """One point: whether it is met, else what is `missing`. `day` is the day that decides, where there is
    one; `path` is the tab of the case where it is put right.
    """

    name: str
    title: str
    met: bool
    missing: str
    day: date | None
    path: str


@dataclass(frozen=True, slots=True)
class Readiness:
    """A case's five points."""

    points: tuple[Point, ...]

    @property
    def ready(self) -> bool:
        """Whether all are met."""
        return all(each.met for each in self.points)


@dataclass(frozen=True, slots=True)
class ReadyCount:
    """How many of a worker's cases are ready, of how many. `worker_id` is None for cases of nobody."""

    worker_id: str | None
    ready: int
    cases: int


def readiness(
    session: Session, case_ids: Collection[str], now: datetime, zone: tzinfo
) -> Mapping[str, Readiness]:
    """The points of these cases, by id, by one statement."""
    met = conditions(now, zone)
    columns = [either((each, 1), else_=0).label(name) for name, each in met.items()]
    query = select(col(Case.id).label("id"), *columns, *_facts(now)).where(col(Case.id).in_(case_ids))
    return {row.id: Readiness(tuple(_points(row, zone))) for row in session.execute(query)}


def ready_by_worker(session: Session, among: Condition, now: datetime, zone: tzinfo) -> list[ReadyCount]:
    """For each worker how many of their cases, of those that fulfil a condition, are ready."""
    ready = func.sum(either((and_(*conditions(now, zone).values()), 1), else_=0))
    query = select(col(Case.worker_id), ready, func.count()).where(among).group_by(col(Case.worker_id))
    rows: Any = session.execute(query)
    return [ReadyCount(worker, int(count or 0), total) for worker, count, total in rows]


def conditions(now: datetime, zone: tzinfo) -> Mapping[str, Condition]:
    """For each point the condition on a row of `cases` that says whether it is met."""
    today = now.astimezone(zone).date()
    return {
        "note": exists().where(
            col(CaseNote.case_id) == col(Case.id), col(CaseNote.written_at) >= now - NOTE_WITHIN
        ),
        "summary": exists().where(
            col(ReportMember.case_id) == col(Case.id),
            col(ReportMember.joined_at) >= _months_before(now, SUMMARY_WITHIN, zone),
        ),
        "plan": exists().where(
            col(Plan.case_id) == col(Case.id),
            col(Plan.status) == PlanStatus.AGREED,
            or_(col(Plan.review_on).is_(None), col(Plan.review_on) >= today),
        ),
        "contacts": and_(exists().where(_contact()), not_(exists().where(_contact(), not_(_confirmed(now))))),
        "consent": exists().where(_consent(), _valid(now)),
    }


# -- what counts


def _contact() -> Condition:
    """A way to reach the client themselves that is neither wrong nor set aside."""
    return and_(
        col(ContactPoint.client_id) == col(Case.client_id),
        col(ContactPoint.involvement_id).is_(None),
        col(ContactPoint.erroneous_at).is_(None),
        col(ContactPoint.set_aside_at).is_(None),
    )


def _confirmed(now: datetime) -> Condition:
    return and_(
        col(ContactPoint.confirmed_at).is_not(None),
        or_(col(ContactPoint.expires_at).is_(None), col(ContactPoint.expires_at) > now),
    )


def _consent() -> Condition:
    """A consent of the client, for this case or for all of theirs."""
    return and_(
        col(Consent.client_id) == col(Case.client_id),
        or_(col(Consent.case_id).is_(None), col(Consent.case_id) == col(Case.id)),
    )


def _valid(now: datetime) -> Condition:
    """The same as `Consent.is_valid`."""
    return and_(
        col(Consent.given_at) <= now,
        or_(col(Consent.expires_at).is_(None), col(Consent.expires_at) > now),
        or_(col(Consent.withdrawn_at).is_(None), col(Consent.withdrawn_at) > now),
    )


def _months_before(now: datetime, months: int, zone: tzinfo) -> datetime:
    """The same time of day so many months before, on the last day of a month that is too short."""
    local = now.astimezone(zone)
    day = add_months(local.date(), -months)
    return local.replace(year=day.year, month=day.month, day=day.day)


# -- what is missing, in words


def _facts(now: datetime) -> list[Any]:
    """The dates that the words need, each as a column of one case."""
    return [
        _one(func.max(col(CaseNote.written_at)), col(CaseNote.case_id) == col(Case.id)).label("noted_at"),
        _one(func.max(col(ReportMember.joined_at)), col(ReportMember.case_id) == col(Case.id)).label(
            "summed_at"
        ),
        _one(
            func.max(col(Plan.review_on)),
            col(Plan.case_id) == col(Case.id),
            col(Plan.status) == PlanStatus.AGREED,
        ).label("review_on"),
        _one(func.count(), col(Plan.case_id) == col(Case.id), col(Plan.status) == PlanStatus.AGREED).label(
            "plans"
        ),
        _one(func.count(), _contact()).label("contacts_known"),
        _one(func.count(), _contact(), not_(_confirmed(now))).label("unconfirmed"),
        _one(func.count(), _consent()).label("consents"),
        _one(func.max(col(Consent.expires_at)), _consent()).label("expires_at"),
        _one(func.max(col(Consent.withdrawn_at)), _consent()).label("withdrawn_at"),
    ]


def _one(column: Any, *where: Condition) -> ScalarSelect[Any]:
    return select(column).where(*where).correlate(Case).scalar_subquery()


def _points(row: Any, zone: tzinfo) -> Iterator[Point]:
    found: Mapping[str, tuple[date | None, str]] = {
        "note": (_day(row.noted_at, zone), "the last one is older" if row.noted_at else "none was written"),
        "summary": (
            _day(row.summed_at, zone),
            "the last one is older" if row.summed_at else "the case has been in none yet",
        ),
        "plan": (row.review_on, "its review is overdue" if row.plans else "none is agreed"),
        "contacts": (None, _contacts(row.contacts_known, row.unconfirmed)),
        "consent": _consent_words(row, zone),
    }
    for name, (title, path) in TITLES.items():
        met, (day, missing) = bool(getattr(row, name)), found[name]
        yield Point(name, title, met, "" if met else missing, day, path)


def _contacts(known: int, unconfirmed: int) -> str:
    if not known:
        return "there is no way to reach the client"
    return f"{unconfirmed} of {known} {'is' if unconfirmed == 1 else 'are'} not confirmed, or not any more"


def _consent_words(row: Any, zone: tzinfo) -> tuple[date | None, str]:
    if not row.consents:
        return None, "none was given"
    if row.withdrawn_at is not None:
        return _day(row.withdrawn_at, zone), "it was withdrawn"
    if row.expires_at is not None:
        return _day(row.expires_at, zone), "it has expired, or is about to begin"
    return None, "it has not begun yet"


def _day(moment: datetime | None, zone: tzinfo) -> date | None:
    return None if moment is None else moment.astimezone(zone).date()
