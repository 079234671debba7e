"""A case as its page shows it: where it is, who is on it, what comes next, what has happened.

The steps, messages, visits and referrals come from `flows.viewing`, which the command line shows too; what is
added here is what a page of its own needs.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from typing import Final

from sqlalchemy import func
from sqlmodel import Session, col, select

from flows.viewing.case_view import CaseView, Sources, case_view, instances_of
from models import (
    CASE_OPEN,
    TASK_ENDED,
    Appointment,
    Assessment,
    Case,
    CaseDates,
    ChronologyEntry,
    Client,
    Goal,
    HumanTask,
    Instance,
    InstanceStatus,
    Plan,
    PlanStatus,
    Score,
    Staff,
    TaskPriority,
    Visit,
    VisitStatus,
    stage_of,
)
from tasks.history import Happening
from tasks.people.appointments import STANDING
from web.reading.clients import client_name

CLOSING: Final = "case-closure"
"""The process that closes a case."""

MOST_ENTRIES: Final = 200
MOST_NEXT: Final = 12


@dataclass(frozen=True, slots=True)
class Person:
    """The client, as the head of the page has them. `age` is None where the day of birth is not known."""

    name: str
    reference: str | None
    born: date | None
    age: int | None
    language: str
    interpreter: bool
    alone_note: str


@dataclass(frozen=True, slots=True)
class NextStep:
    """Something that is going to happen, or has to: when, what, who, or in the queue of which group; `task`
    where there is one to open.
    """

    at: datetime | None
    what: str
    who: str | None
    group: str | None = None
    task: str | None = None
    overdue: bool = False
    at_once: bool = False


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
class Entry:
    """One entry of the chronology. `corrected` says that a later one corrects it."""

    day: date
    at: datetime | None
    title: str
    detail: str
    who: str
    significant: bool
    corrected: bool


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
    names = _Names(session)
    risk = _last_risk(session, case)
    entries = _chronology(session, case, names)
    return CaseFile(
        view=case_view(session, sources, case.id, instances_of(session, case.id)),
        client=_person(session.get_one(Client, case.client_id), now.astimezone(zone).date()),
        stage=stage_of(case_dates(session, case, zone)).value,
        supervisor=names.of(case.supervisor_id),
        sealed=case.sealed,
        open=case.status in CASE_OPEN,
        reason=case.reason or "",
        risk_why="" if risk is None else (risk.detail or risk.title),
        risk_since=None if risk is None else risk.happened_at,
        scores=tuple(_scores(session, case)),
        next=tuple(sorted(_next(session, case, names, now), key=_soonest_first)[:MOST_NEXT]),
        chronology=entries[:MOST_ENTRIES],
        more_entries=len(entries) > MOST_ENTRIES,
    )


def case_dates(session: Session, case: Case, zone: tzinfo) -> CaseDates:
    """The dated facts of a case that its stage follows from."""
    assessed = session.exec(
        select(func.min(Assessment.started_at), func.max(Assessment.completed_at)).where(
            Assessment.case_id == case.id
        )
    ).one()
    agreed = session.exec(
        select(Plan).where(Plan.case_id == case.id, Plan.status == PlanStatus.AGREED)
    ).first()
    closing = session.exec(
        select(func.min(Instance.started_at)).where(
            Instance.case_id == case.id,
            Instance.process == CLOSING,
            col(Instance.status).not_in((InstanceStatus.CANCELLING, InstanceStatus.CANCELLED)),
        )
    ).one()
    return CaseDates(
        assessment_started_on=_day(assessed[0], zone),
        assessed_on=_day(assessed[1], zone),
        plan_agreed_on=None if agreed is None else agreed.agreed_on,
        goals_ended_on=None if agreed is None else _goals_ended(session, agreed),
        closing_started_on=_day(closing, zone),
        closed_on=_day(case.closed_at, zone),
        reopened_on=_day(case.reopened_at, zone),
    )


class _Names:
    """The names of the staff, each read once."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._known: dict[str, str | None] = {}

    def of(self, staff_id: str | None) -> str | None:
        """The name; None for nobody, and for who is no member of the staff."""
        if staff_id is None:
            return None
        if staff_id not in self._known:
            staff = self._session.get(Staff, staff_id)
            self._known[staff_id] = None if staff is None else staff.name
        return self._known[staff_id]


def _day(moment: datetime | None, zone: tzinfo) -> date | None:
    return None if moment is None else moment.astimezone(zone).date()


def _goals_ended(session: Session, plan: Plan) -> date | None:
    """When the last goal ended; None while one has not, or where there is none."""
    goals = session.exec(select(Goal).where(Goal.plan_id == plan.id)).all()
    ends = [goal.ended_on for goal in goals if goal.ended_on is not None]
    return max(ends) if ends and len(ends) == len(goals) else None


def _person(client: Client, today: date) -> Person:
    born = client.date_of_birth
    age = (
        None if born is None else today.year - born.year - ((today.month, today.day) < (born.month, born.day))
    )
    name = client_name(
        client.given_name, client.family_name, client.preferred_name, hidden=client.hidden_name
    )
    return Person(
        name=name or "",
        reference=client.reference,
        born=born,
        age=age,
        language=client.language,
        interpreter=client.interpreter_needed,
        alone_note=client.lone_visit_note or "",
    )


def _last_risk(session: Session, case: Case) -> ChronologyEntry | None:
    query = select(ChronologyEntry).where(
        ChronologyEntry.case_id == case.id, ChronologyEntry.kind == Happening.RISK_CHANGED.value
    )
    return session.exec(query.order_by(col(ChronologyEntry.recorded_at).desc()).limit(1)).first()


def _scores(session: Session, case: Case) -> Iterator[ScoreFacts]:
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


def _next(session: Session, case: Case, names: _Names, now: datetime) -> Iterator[NextStep]:
    tasks = select(HumanTask).where(HumanTask.case_id == case.id, col(HumanTask.status).not_in(TASK_ENDED))
    for task in session.exec(tasks):
        until = task.due_at or task.book_by
        yield NextStep(
            until,
            task.title,
            names.of(task.assignee_id),
            group=task.candidate_group,
            task=task.id,
            overdue=until is not None and until < now,
            at_once=task.priority is TaskPriority.STAT,
        )
    meetings = select(Appointment).where(
        Appointment.case_id == case.id, col(Appointment.status).in_(STANDING), Appointment.starts_at >= now
    )
    for each in session.exec(meetings):
        yield NextStep(each.starts_at, f"Appointment, {each.place}", names.of(each.worker_id))
    visits = select(Visit).where(Visit.case_id == case.id, Visit.status == VisitStatus.PLANNED)
    for visit in session.exec(visits.order_by(col(Visit.starts_at)).limit(3)):
        worker, late = names.of(visit.worker_id), visit.starts_at < now
        yield NextStep(visit.starts_at, "Visit", worker, group=visit.team, overdue=late)


def _soonest_first(step: NextStep) -> tuple[bool, bool, float, str]:
    return not step.at_once, step.at is None, step.at.timestamp() if step.at else 0.0, step.what


def _chronology(session: Session, case: Case, names: _Names) -> tuple[Entry, ...]:
    query = select(ChronologyEntry).where(ChronologyEntry.case_id == case.id)
    newest = (
        col(ChronologyEntry.happened_on).desc(),
        col(ChronologyEntry.recorded_at).desc(),
        col(ChronologyEntry.id).desc(),
    )
    rows = session.exec(query.order_by(*newest).limit(MOST_ENTRIES + 1)).all()
    corrected = {row.corrects_id for row in rows}
    return tuple(
        Entry(
            row.happened_on,
            row.happened_at,
            row.title,
            row.detail or "",
            names.of(row.by) or "",
            row.significant,
            row.id in corrected,
        )
        for row in rows
    )
