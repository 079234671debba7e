"""The plans of a case: the one that is agreed, what is proposed, and those that were replaced."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from typing import Any, Final, TypeVar

from sqlmodel import Session, col, select

from flows.inbox.case.plan_reviews import ENDED
from flows.inbox.case.plan_state import state_of_plans
from models import Case, Goal, Intervention, Outcome, Plan, PlanStatus, Record, Service
from web.reading.names import Names

NEEDS: Final = "categories of referral"
"""The value set of the vocabulary that the needs of goals are of."""

R = TypeVar("R", bound=Record)


@dataclass(frozen=True, slots=True)
class HelpView:
    """What somebody does for a goal: `who` is a member of the staff or a service."""

    id: str
    title: str
    who: str
    status: str
    starts_on: date | None
    ends_on: date | None
    note: str
    revision: int


@dataclass(frozen=True, slots=True)
class OutcomeView:
    """What was found about a goal on a day."""

    measured_on: date
    value: str
    status: str
    worker_view: str
    client_view: str
    who: str


@dataclass(frozen=True, slots=True)
class GoalView:
    """A goal with what is done for it and what came of it. `need` is in words; `overdue` says that its day
    has passed and it has not ended.
    """

    id: str
    specific: str
    indicator: str
    target: str
    achievable: str
    need: str
    responsible: str
    due_on: date
    status: str
    ended: bool
    overdue: bool
    client_view: str
    help: tuple[HelpView, ...]
    outcomes: tuple[OutcomeView, ...]


@dataclass(frozen=True, slots=True)
class PlanView:
    """One version of the plan; `number` counts them from the first. `review_overdue` says that it should have
    been looked at again by now.
    """

    id: str
    number: int
    status: str
    summary: str
    client_view: str
    written_by: str
    created_at: datetime
    agreed_on: date | None
    review_on: date | None
    review_overdue: bool
    ended_on: date | None
    goals: tuple[GoalView, ...]


@dataclass(frozen=True, slots=True)
class Plans:
    """The plans of a case: `current` is agreed, `proposed` waits for that, `earlier` are the others, newest
    first. `state` is another one as soon as somebody changes what stands.
    """

    current: PlanView | None
    proposed: PlanView | None
    earlier: tuple[PlanView, ...]
    state: str

    def of(self, plan_id: str) -> PlanView | None:
        """The version with this id."""
        every = (self.current, self.proposed, *self.earlier)
        return next((each for each in every if each is not None and each.id == plan_id), None)


def plans_of(session: Session, case: Case, needs: Mapping[str, str], now: datetime, zone: tzinfo) -> Plans:
    """The plans of a case that somebody may read. `needs` are the titles of the codes of needs."""
    query = select(Plan).where(Plan.case_id == case.id).order_by(col(Plan.created_at), col(Plan.id))
    rows = session.exec(query).all()
    state = state_of_plans(session, rows)  # before the rest is read: what comes later is not counted as read
    reader = _Reader(session, [row.id for row in rows], needs, now.astimezone(zone).date())
    views = [reader.plan(row, number) for number, row in enumerate(rows, start=1)]
    current = next((each for each in views if each.status == PlanStatus.AGREED), None)
    open_ones = [each for each in views if each.status in (PlanStatus.PROPOSED, PlanStatus.DRAFT)]
    proposed = open_ones[-1] if open_ones else None
    earlier = [each for each in reversed(views) if each not in (current, proposed)]
    return Plans(current, proposed, tuple(earlier), state)


class _Reader:
    """Reads what belongs to all plans of a case at once."""

    def __init__(self, session: Session, ids: Sequence[str], needs: Mapping[str, str], today: date) -> None:
        self._session, self._needs, self._today = session, needs, today
        self._names = Names(session)
        goals = session.exec(select(Goal).where(col(Goal.plan_id).in_(ids)).order_by(col(Goal.due_on))).all()
        of_goals = [goal.id for goal in goals]
        self._goals = _grouped(goals, "plan_id")
        self._help = _grouped(self._rows(Intervention, of_goals, col(Intervention.created_at)), "goal_id")
        self._outcomes = _grouped(self._rows(Outcome, of_goals, col(Outcome.recorded_at)), "goal_id")

    def plan(self, row: Plan, number: int) -> PlanView:
        """One plan."""
        agreed = row.status is PlanStatus.AGREED
        return PlanView(
            id=row.id,
            number=number,
            status=row.status.value,
            summary=row.summary or "",
            client_view=row.client_view or "",
            written_by=self._names.of(row.written_by) or "",
            created_at=row.created_at,
            agreed_on=row.agreed_on,
            review_on=row.review_on,
            review_overdue=agreed and row.review_on is not None and row.review_on < self._today,
            ended_on=row.ended_on,
            goals=tuple(self._goal(each, worked_on=agreed) for each in self._goals.get(row.id, ())),
        )

    def _goal(self, row: Goal, *, worked_on: bool) -> GoalView:
        ended = row.status in ENDED
        return GoalView(
            id=row.id,
            specific=row.specific,
            indicator=row.indicator,
            target=row.target,
            achievable=row.achievable or "",
            need=self._needs.get(row.need or "", (row.need or "").replace("-", " ").replace("_", " ")),
            responsible=row.responsible or "",
            due_on=row.due_on,
            status=row.status.value,
            ended=ended,
            overdue=worked_on and not ended and row.due_on < self._today,
            client_view=row.client_view or "",
            help=tuple(self._help_view(each) for each in self._help.get(row.id, ())),
            outcomes=tuple(self._outcome(each) for each in reversed(self._outcomes.get(row.id, ()))),
        )

    def _help_view(self, row: Intervention) -> HelpView:
        service = None if row.service_id is None else self._session.get(Service, row.service_id)
        named = "" if service is None else f"{service.name}, {service.organization}"
        return HelpView(
            id=row.id,
            title=row.title,
            who=self._names.of(row.staff_id) or named,
            status=row.status.value,
            starts_on=row.starts_on,
            ends_on=row.ends_on,
            note=row.note or "",
            revision=row.revision,
        )

    def _outcome(self, row: Outcome) -> OutcomeView:
        return OutcomeView(
            measured_on=row.measured_on,
            value=row.value,
            status=row.status.value,
            worker_view=row.worker_view or "",
            client_view=row.client_view or "",
            who=self._names.of(row.recorded_by) or "",
        )

    def _rows(self, table: type[R], goals: Sequence[str], order: Any) -> Sequence[R]:
        return self._session.exec(select(table).where(col(table.goal_id).in_(goals)).order_by(order)).all()  # type: ignore[attr-defined]  # both tables have it


def _grouped(rows: Iterable[R], column: str) -> Mapping[str, tuple[R, ...]]:
    found: dict[str, tuple[R, ...]] = {}
    for row in rows:
        key = getattr(row, column)
        found[key] = (*found.get(key, ()), row)
    return found
