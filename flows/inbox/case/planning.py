"""Commands that record a case's plan and agree on it: SMART goals, agreed by the client and the worker.

A plan is revised by another one; what it replaces stays as it was.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, select

from flows.inbox.case.desk import case_for, several_lines
from flows.inbox.case.plan_state import state_of_plans
from flows.inbox.commands import command
from flows.inbox.desk import OPERATOR, ChangedError, ConflictError, InboxError
from flows.waking.wakes import wake_watchers
from models import (
    Goal,
    Intervention,
    Plan,
    PlanStatus,
    Service,
    Staff,
    Store,
    add_last,
    new_id,
    related,
)
from tasks.history import Act, Happening, add_entry, write_audit
from tasks.people.answer_values import UnreadableError, read_text

PARTIES: Final = frozenset({"client", "worker"})
"""Who has to agree before a plan is agreed."""


class PlanError(InboxError):
    """A plan's goals are not SMART, or it can't be recorded; the message names each goal by its number."""


class ProposedError(ConflictError):
    """A proposal stands that this plan would replace: of the member of staff with the id `by` (None where it
    is not known), made `at`, with so many `goals`.
    """

    def __init__(self, by: str | None, at: datetime, goals: int) -> None:
        super().__init__("somebody else has proposed a plan, which this one would replace; read it first")
        self.by, self.at, self.goals = by, at, goals


REPLACEABLE: Final = (PlanStatus.DRAFT, PlanStatus.PROPOSED)
"""What a later plan replaces besides the one that is agreed."""


@dataclass(frozen=True, slots=True)
class PlannedHelp:
    """What somebody is going to do for a goal, from one day to another: of the staff, or a service."""

    title: str
    staff_id: str | None = None
    service_id: str | None = None
    starts_on: date | None = None
    ends_on: date | None = None


@dataclass(frozen=True, slots=True)
class PlannedGoal:
    """One goal: specific, measurable (`indicator`, `target`), achievable (why), relevant (the `need` it
    answers), time-bound. `responsible` is whoever sees to it, by name; `help` what is done for it.
    """

    specific: str
    indicator: str
    target: str
    need: str
    due_on: date
    achievable: str | None = None
    responsible: str | None = None
    client_view: str | None = None
    help: tuple[PlannedHelp, ...] = ()


@command
def record_plan(  # noqa: PLR0913  (what a plan says, by name)
    store: Store,
    case_id: str,
    goals: Sequence[PlannedGoal],
    *,
    agreed_by: Collection[str],
    by: str | None,
    now: datetime,
    zone: str = "UTC",
    summary: str | None = None,
    client_view: str | None = None,
    review_on: date | None = None,
    state: str | None = None,
    replace: bool = True,
) -> Plan:
    """Record a case's plan. With both `client` and `worker` in `agreed_by` it is agreed and replaces the
    agreed one before it; otherwise it is proposed. Either replaces what was proposed before: without
    `replace` only one's own. Whatever waits for the case's plan is asked again. The same plan a second time
    changes nothing.

    Raises PlanError naming every goal that is not specific, measurable, relevant and time-bound; ChangedError
    when what stands is not as it was at `state` any more; ProposedError where it would have to `replace`.
    """
    today = now.astimezone(ZoneInfo(zone)).date()
    _check(goals, agreed_by, today)
    if review_on is not None and review_on <= today:
        raise PlanError("the day of the review lies in the past; give a day that is still to come")
    client_view = several_lines("the client's view", client_view) or None
    summary = several_lines("the summary", summary) or None
    status = PlanStatus.AGREED if set(agreed_by) == PARTIES else PlanStatus.PROPOSED
    with store.write("wake") as session:
        case_for(session, case_id, by, unknown=PlanError)
        check_helpers(session, [each for goal in goals for each in goal.help])
        earlier = related(session, Plan, case_id=case_id)
        known = _same(session, earlier, goals, summary, status)
        if known is not None:
            return known
        if state is not None and state != state_of_plans(session, earlier):
            raise ChangedError(
                "somebody has changed the plan since you began to write; look at it, and send yours again"
            )
        if not replace:
            _spare_others(session, earlier, by)
        plan = Plan(
            id=new_id(),
            case_id=case_id,
            status=status,
            summary=summary,
            client_view=client_view,
            written_by=by,
            agreed_on=today if status is PlanStatus.AGREED else None,
            review_on=review_on,
            created_at=now,
        )
        _replace(session, earlier, plan, today)
        add_last(session, plan, *_rows(plan, goals, now))
        _tell(session, plan, now, zone, by)
        wake_watchers(session, case_id, f"plan:{plan.id}:{status.value}", now)
        return plan


@command
def agree_plan(
    store: Store,
    plan_id: str,
    *,
    by: str | None,
    now: datetime,
    zone: str = "UTC",
    client_view: str | None = None,
) -> Plan:
    """The client and the worker agree on a plan that was proposed. Again changes nothing."""
    today = now.astimezone(ZoneInfo(zone)).date()
    with store.write("wake") as session:
        plan = plan_for(session, plan_id, by)
        if plan.status is PlanStatus.AGREED:
            return plan
        if plan.status not in REPLACEABLE:
            raise PlanError(f"the plan is {plan.status.value}; record another one")
        earlier = [each for each in related(session, Plan, case_id=plan.case_id) if each.id != plan.id]
        plan.client_view = several_lines("the client's view", client_view) or plan.client_view
        plan.status, plan.agreed_on = PlanStatus.AGREED, today
        _replace(session, earlier, plan, today)
        session.add(plan)
        _tell(session, plan, now, zone, by)
        wake_watchers(session, plan.case_id, f"plan:{plan.id}:{plan.status.value}", now)
        return plan


def plan_for(session: Session, plan_id: str, by: str | None) -> Plan:
    """A plan whose case is locked for this transaction, for an active member of the staff."""
    plan = session.get(Plan, plan_id)
    if plan is None:
        raise PlanError("there is no such plan")
    case_for(session, plan.case_id, by)
    session.refresh(plan)  # whoever had the case before may have changed it
    return plan


def _check(goals: Sequence[PlannedGoal], agreed_by: Collection[str], today: date) -> None:
    faults = [] if goals else ["a plan has at least one goal"]
    strange = sorted(set(agreed_by) - PARTIES)
    if strange:
        faults.append(f"a plan is agreed by {' and '.join(sorted(PARTIES))}, not by {', '.join(strange)}")
    for number, goal in enumerate(goals, start=1):
        faults.extend(f"goal {number}: {fault}" for fault in _faults(goal, today))
    if faults:
        raise PlanError("; ".join(faults))


def _faults(goal: PlannedGoal, today: date) -> list[str]:
    faults = []
    for name, what in (
        ("specific", "say what is to be different"),
        ("indicator", "say by what it is measured"),
        ("target", "say what is to be reached"),
        ("need", "name the need it answers"),
    ):
        try:
            if not read_text(getattr(goal, name), 1_000):
                faults.append(f"`{name}` is empty; {what}")
        except UnreadableError as error:
            faults.append(f"`{name}`: {error}")
    for name, said in (
        ("achievable", goal.achievable),
        ("responsible", goal.responsible),
        ("client_view", goal.client_view),
    ):
        try:
            read_text(said or "", 4_000)
        except UnreadableError as error:
            faults.append(f"`{name}`: {error}")
    if goal.due_on <= today:
        faults.append("`due_on` lies in the past; give a day that is still to come")
    for number, each in enumerate(goal.help, start=1):
        faults.extend(f"help {number}: {fault}" for fault in _faults_of_help(each))
    return faults


def _faults_of_help(given: PlannedHelp) -> list[str]:
    faults = []
    try:
        if not read_text(given.title, 200):
            faults.append("say what is done")
    except UnreadableError as error:
        faults.append(str(error))
    if given.starts_on is not None and given.ends_on is not None and given.ends_on < given.starts_on:
        faults.append("it ends before it begins; correct one of the days")
    return faults


def _same(
    session: Session,
    earlier: Sequence[Plan],
    goals: Sequence[PlannedGoal],
    summary: str | None,
    status: PlanStatus,
) -> Plan | None:
    alike = [plan for plan in earlier if (plan.status, plan.summary) == (status, summary)]
    for plan in sorted(alike, key=lambda plan: plan.created_at, reverse=True):
        kept = session.exec(select(Goal).where(Goal.plan_id == plan.id)).all()
        if {_content(goal) for goal in kept} != {_content(goal) for goal in goals}:
            continue
        ids = [goal.id for goal in kept]
        helped = session.exec(select(Intervention.title).where(col(Intervention.goal_id).in_(ids))).all()
        if sorted(helped) == sorted(each.title for goal in goals for each in goal.help):
            return plan
    return None


def _content(goal: Goal | PlannedGoal) -> tuple[object, ...]:
    said = goal.achievable, goal.responsible, goal.client_view
    return goal.specific, goal.indicator, goal.target, goal.need, goal.due_on, *said


def _replace(session: Session, earlier: Sequence[Plan], plan: Plan, today: date) -> None:
    replaced = {*REPLACEABLE, *((PlanStatus.AGREED,) if plan.status is PlanStatus.AGREED else ())}
    for each in earlier:
        if each.status in replaced:
            each.status, each.ended_on, each.replaced_by_id = PlanStatus.REPLACED, today, plan.id
            session.add(each)
    session.flush()  # before the new row: one plan of a case is agreed


def _spare_others(session: Session, earlier: Sequence[Plan], by: str | None) -> None:
    """Refuse to replace a proposal that is not known to be one's own."""
    for each in earlier:
        if each.status in REPLACEABLE and (by is None or each.written_by != by):
            goals = len(related(session, Goal, plan_id=each.id))
            raise ProposedError(each.written_by, each.created_at, goals)


def check_helpers(session: Session, given: Sequence[PlannedHelp]) -> None:
    """Refuse help by somebody who is not of the staff, or by a service that is not in the directory."""
    for each in given:
        if each.staff_id is not None and session.get(Staff, each.staff_id) is None:
            raise PlanError(f"`{each.title}`: there is no such member of the staff")
        if each.service_id is not None and session.get(Service, each.service_id) is None:
            raise PlanError(f"`{each.title}`: there is no such service")


def _rows(plan: Plan, goals: Sequence[PlannedGoal], now: datetime) -> list[Any]:
    """The goals of a plan, and what is done for each, as rows."""
    made: list[Any] = []
    for given in goals:
        goal = _goal(plan, given, now)
        made += [goal, *(help_row(goal.id, each, now) for each in given.help)]
    return made


def _goal(plan: Plan, goal: PlannedGoal, now: datetime) -> Goal:
    return Goal(
        id=new_id(),
        plan_id=plan.id,
        specific=goal.specific,
        indicator=goal.indicator,
        target=goal.target,
        achievable=goal.achievable,
        need=goal.need,
        responsible=goal.responsible,
        client_view=goal.client_view,
        due_on=goal.due_on,
        created_at=now,
    )


def help_row(goal_id: str, given: PlannedHelp, now: datetime) -> Intervention:
    """What is done for a goal, as a row."""
    return Intervention(
        goal_id=goal_id,
        title=given.title,
        staff_id=given.staff_id,
        service_id=given.service_id,
        starts_on=given.starts_on,
        ends_on=given.ends_on,
        created_at=now,
    )


def _tell(session: Session, plan: Plan, now: datetime, zone: str, by: str | None) -> None:
    agreed = plan.status is PlanStatus.AGREED
    add_entry(
        session,
        plan.case_id,
        Happening.PLAN_AGREED if agreed else Happening.PLAN_PROPOSED,
        "Plan agreed" if agreed else "Plan proposed",
        now=now,
        zone=ZoneInfo(zone),
        by=by or OPERATOR,
        significant=agreed,
        record=("Plan", plan.id),
    )
    fields = ("goals", "status")
    write_audit(
        session, by or OPERATOR, Act.UPDATE, "Plan", plan.id, now, fields=fields, case_id=plan.case_id
    )
