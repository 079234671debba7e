"""The plan of a case: its versions, agreeing on one, its review, and what comes of each goal."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from http import HTTPStatus
from typing import Final

from pydantic import Field

from flows import inbox as commands
from models import Goal, GoalStatus, Intervention, InterventionStatus, Plan, PlanStatus
from web.access.actions import Action
from web.access.watching import case_read, watched
from web.api.as_read import as_read
from web.api.case_writing import writing, writing_in
from web.api.declaring import Resource, answers
from web.api.problem import ProblemError, not_there
from web.api.sent import Ident, Match, Sent, needed, revision_of, state_named
from web.api.standing import PLANS
from web.api.visiting import Visiting, allowed_case
from web.reading.case.plan import NEEDS, Plans, plans_of
from web.visitor import Visit

router = Resource(prefix="/cases/{case_id}", tags=["plans"])

FIELDS: Final = ("plan", "goals", "interventions", "outcomes")
MOST_GOALS: Final = 30
WANTED: Final = {
    "specific": "say what is to be different",
    "need": "choose the need that it answers",
    "indicator": "say by what it is measured",
    "target": "say what is to be reached",
    "due_on": "give the day by which",
}
"""What a goal needs, and what is said where it lacks."""


class HelpSent(Sent):
    """What somebody does for a goal: of the staff, or a service, by id."""

    title: str = Field(default="", max_length=200)
    staff_id: Ident | None = None
    service_id: Ident | None = None
    starts_on: date | None = None
    ends_on: date | None = None

    def planned(self) -> commands.PlannedHelp:
        """What the command takes."""
        return commands.PlannedHelp(
            self.title.strip(), self.staff_id, self.service_id, self.starts_on, self.ends_on
        )


class GoalSent(Sent):
    """A goal: specific, measurable (`indicator`, `target`), achievable, relevant (`need`), time-bound."""

    specific: str = Field(default="", max_length=1_000)
    need: str = Field(default="", max_length=200)
    indicator: str = Field(default="", max_length=1_000)
    target: str = Field(default="", max_length=1_000)
    achievable: str | None = Field(default=None, max_length=1_000)
    responsible: str | None = Field(default=None, max_length=200)
    client_view: str | None = Field(default=None, max_length=4_000)
    due_on: date | None = None
    help: list[HelpSent] = Field(default_factory=list, max_length=20)


class Agreed(Sent):
    """Who agrees."""

    client: bool = False
    worker: bool = False


class PlanSent(Sent):
    """A plan, which replaces what was proposed; one that both agree on replaces the agreed one."""

    goals: list[GoalSent] = Field(default_factory=list, max_length=MOST_GOALS)
    agreed: Agreed = Field(default_factory=Agreed)
    summary: str | None = Field(default=None, max_length=4_000)
    client_view: str | None = Field(default=None, max_length=4_000)
    review_on: date | None = None


class Agreement(Sent):
    """The client and the worker agree."""

    client_view: str | None = Field(default=None, max_length=4_000)


class Review(Sent):
    """What was said when the plan was gone through, and when it is looked at again."""

    review_on: date
    said: str = Field(min_length=1, max_length=4_000)


class OutcomeSent(Sent):
    """What was found about a goal on a day."""

    value: str = Field(min_length=1, max_length=200)
    status: GoalStatus
    measured_on: date
    worker_view: str | None = Field(default=None, max_length=4_000)
    client_view: str | None = Field(default=None, max_length=4_000)


class HelpState(Sent):
    """How far something is that is done for a goal."""

    status: InterventionStatus
    note: str | None = Field(default=None, max_length=2_000)


@dataclass(frozen=True, slots=True)
class PlanMade:
    """The plan that was recorded."""

    id: str
    status: PlanStatus


@dataclass(frozen=True, slots=True)
class PlanAgreed:
    """The plan that both agree on, since when."""

    id: str
    status: PlanStatus
    agreed_on: date | None


@dataclass(frozen=True, slots=True)
class PlanReviewed:
    """The plan that was gone through, and when it is looked at again."""

    id: str
    review_on: date | None


@dataclass(frozen=True, slots=True)
class OutcomeMade:
    """What was found about a goal, and how the goal stands with it."""

    id: str
    status: GoalStatus


@dataclass(frozen=True, slots=True)
class HelpStands:
    """How far something is that is done for a goal."""

    id: str
    status: InterventionStatus


@router.get("/plans")
def listed(visit: Visiting, case_id: str) -> Plans:
    """The plan that is agreed, the one that is proposed, and those that were replaced."""
    web, now = visit.web, visit.web.now()
    with watched(web.store) as session:
        case = allowed_case(session, visit.actor, Action.READ_CASE, case_id, now)
        needs = web.runtime.catalogue.vocabulary.value_sets.get(NEEDS, {})
        found = plans_of(session, case, needs, now, web.zone)
        case_read(session, visit.actor.staff_id, case, now, FIELDS)
    return found


@router.post("/plans", status_code=HTTPStatus.CREATED, responses=answers(HTTPStatus.PRECONDITION_REQUIRED))
def record(visit: Visiting, case_id: str, sent: PlanSent, match: Match = None) -> PlanMade:
    """Record a plan; the same again gives the first one. `If-Match` has to name the `state` of the plans that
    was read.
    """
    now, state = writing(visit, case_id), state_named(needed(match))
    faults = list(_faults(sent))
    if faults:
        raise ProblemError(
            HTTPStatus.UNPROCESSABLE_ENTITY,
            "Some parts of the plan have to be looked at again.",
            errors=faults,
        )
    made = commands.record_plan(
        visit.web.store,
        case_id,
        [_goal(each) for each in sent.goals],
        agreed_by=[who for who, agrees in sent.agreed.model_dump().items() if agrees],
        by=visit.actor.staff_id,
        now=now,
        zone=visit.web.zone.key,
        summary=sent.summary,
        client_view=sent.client_view,
        review_on=sent.review_on,
        state=state,
    )
    return PlanMade(made.id, made.status)


@router.post("/plans/{plan_id}/agree")
@as_read(PLANS)
def agree(visit: Visiting, case_id: str, plan_id: str, sent: Agreement) -> PlanAgreed:
    """The client and the worker agree on a plan that was proposed."""
    now = writing_in(visit, case_id, Plan, plan_id)
    by, zone = visit.actor.staff_id, visit.web.zone.key
    agreed = commands.agree_plan(
        visit.web.store, plan_id, by=by, now=now, zone=zone, client_view=sent.client_view
    )
    return PlanAgreed(agreed.id, agreed.status, agreed.agreed_on)


@router.post("/plans/{plan_id}/review")
@as_read(PLANS)
def review(visit: Visiting, case_id: str, plan_id: str, sent: Review) -> PlanReviewed:
    """The agreed plan was gone through."""
    now = writing_in(visit, case_id, Plan, plan_id)
    by, zone = visit.actor.staff_id, visit.web.zone
    done = commands.review_plan(
        visit.web.store, plan_id, sent.review_on, sent.said, by=by, now=now, zone=zone
    )
    return PlanReviewed(done.id, done.review_on)


@router.post("/goals/{goal_id}/outcomes", status_code=HTTPStatus.CREATED)
@as_read(PLANS)
def outcome(visit: Visiting, case_id: str, goal_id: str, sent: OutcomeSent) -> OutcomeMade:
    """Record what was found about a goal of the agreed plan."""
    now = _of_goal(visit, case_id, goal_id)
    finding = commands.Finding(**sent.model_dump())
    by, zone = visit.actor.staff_id, visit.web.zone
    made = commands.record_outcome(visit.web.store, goal_id, finding, by=by, now=now, zone=zone)
    return OutcomeMade(made.id, made.status)


@router.post("/goals/{goal_id}/help", status_code=HTTPStatus.CREATED)
def add_help(visit: Visiting, case_id: str, goal_id: str, sent: HelpSent) -> HelpStands:
    """Say what else is done for a goal of the agreed plan."""
    now = _of_goal(visit, case_id, goal_id)
    by, zone = visit.actor.staff_id, visit.web.zone
    made = commands.add_help(visit.web.store, goal_id, sent.planned(), by=by, now=now, zone=zone)
    return HelpStands(made.id, made.status)


@router.put("/help/{help_id}")
def change_help(
    visit: Visiting, case_id: str, help_id: str, sent: HelpState, match: Match = None
) -> HelpStands:
    """Say how far something is that is done for a goal; with `If-Match` only where nobody has changed it
    since.
    """
    with visit.web.store.read() as session:
        found = session.get(Intervention, help_id)
        goal_id = "" if found is None else found.goal_id
    now = _of_goal(visit, case_id, goal_id)
    by, zone = visit.actor.staff_id, visit.web.zone
    changed = commands.change_help(
        visit.web.store,
        help_id,
        sent.status,
        by=by,
        now=now,
        zone=zone,
        note=sent.note,
        revision=revision_of(match),
    )
    return HelpStands(changed.id, changed.status)


def _of_goal(visit: Visit, case_id: str, goal_id: str) -> datetime:
    """Now, where the goal is of this case, in which the visitor may write."""
    now = writing(visit, case_id)
    with visit.web.store.read() as session:
        goal = session.get(Goal, goal_id)
        plan = None if goal is None else session.get(Plan, goal.plan_id)
        if plan is None or plan.case_id != case_id:
            raise not_there()
    return now


def _faults(sent: PlanSent) -> Iterator[dict[str, str]]:
    """What a plan lacks, at its place."""
    if not sent.goals:
        yield {"item": "goals", "reason": "a plan has at least one goal"}
    for place, goal in enumerate(sent.goals):
        for name, what in WANTED.items():
            value = getattr(goal, name)
            if value is None or not str(value).strip():
                yield {"item": f"goals.{place}.{name}", "reason": what}
        for number, each in enumerate(goal.help):
            if not each.title.strip():
                yield {"item": f"goals.{place}.help.{number}.title", "reason": "say what is done"}


def _goal(sent: GoalSent) -> commands.PlannedGoal:
    assert sent.due_on is not None  # noqa: S101 (`_faults` has looked)
    return commands.PlannedGoal(
        specific=sent.specific.strip(),
        indicator=sent.indicator.strip(),
        target=sent.target.strip(),
        need=sent.need.strip(),
        due_on=sent.due_on,
        achievable=(sent.achievable or "").strip() or None,
        responsible=(sent.responsible or "").strip() or None,
        client_view=(sent.client_view or "").strip() or None,
        help=tuple(each.planned() for each in sent.help),
    )
