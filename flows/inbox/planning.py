"""The command that records a case's plan: SMART goals, agreed by the client and the worker."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam
from sqlmodel import Session, select

from flows.inbox.commands import command
from flows.inbox.desk import OPERATOR, InboxError, NotAllowedError
from flows.waking.wakes import wake_watchers
from models import Case, Goal, Plan, PlanStatus, Staff, Store, add_last, new_id, related
from tasks.history import Happening, add_entry
from tasks.people.answer_values import UnreadableError, read_text

PARTIES: Final = frozenset({"client", "worker"})
"""Who has to agree before a plan is agreed."""

_CASE: Final = (
    select(Case.id, select(Staff.active).where(Staff.id == bindparam("by")).scalar_subquery())
    .where(Case.id == bindparam("case"))
    .with_for_update(of=Case, key_share=True)
)
"""A case, locked, and whether a member of staff is active."""


class PlanError(InboxError):
    """A plan's goals are not SMART, or it can't be recorded; the message names each goal by its number."""


@dataclass(frozen=True, slots=True)
class PlannedGoal:
    """One goal: specific, measurable (`indicator`, `target`), achievable (why), relevant (the `need` it
    answers), time-bound.
    """

    specific: str
    indicator: str
    target: str
    need: str
    due_on: date
    achievable: str | None = None


@command
def record_plan(
    store: Store,
    case_id: str,
    goals: Sequence[PlannedGoal],
    *,
    agreed_by: Collection[str],
    by: str | None,
    now: datetime,
    zone: str = "UTC",
    summary: str | None = None,
) -> Plan:
    """Record a case's plan. With both `client` and `worker` in `agreed_by` it is agreed and replaces the
    agreed one before it; otherwise it is proposed. Whatever waits for the case's plan is asked again. The
    same plan a second time changes nothing.

    Raises PlanError naming every goal that is not specific, measurable, relevant and time-bound.
    """
    today = now.astimezone(ZoneInfo(zone)).date()
    _check(goals, agreed_by, today)
    status = PlanStatus.AGREED if set(agreed_by) == PARTIES else PlanStatus.PROPOSED
    with store.write("wake") as session:
        _lock_case(session, case_id, by)
        earlier = related(session, Plan, case_id=case_id)
        known = _same(session, earlier, goals, summary, status)
        if known is not None:
            return known
        plan = Plan(
            id=new_id(),
            case_id=case_id,
            status=status,
            summary=summary,
            written_by=by,
            agreed_on=today if status is PlanStatus.AGREED else None,
            created_at=now,
        )
        if status is PlanStatus.AGREED:
            _replace(session, earlier, plan, today)
        add_last(session, plan, *(_goal(plan, goal, now) for goal in goals))
        _tell(session, plan, now, zone, by)
        wake_watchers(session, case_id, f"plan:{plan.id}:{status.value}", now)
        return plan


def _lock_case(session: Session, case_id: str, by: str | None) -> None:
    found = session.execute(_CASE, {"case": case_id, "by": by}).first()
    if found is None:
        raise PlanError(f"there is no case {case_id}")
    _, active = found
    if by is not None and not active:
        raise NotAllowedError(f"{by} is not an active member of the staff")


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
    if goal.due_on <= today:
        faults.append("`due_on` lies in the past; give a day that is still to come")
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
        if {_content(goal) for goal in kept} == {_content(goal) for goal in goals}:
            return plan
    return None


def _content(goal: Goal | PlannedGoal) -> tuple[object, ...]:
    return goal.specific, goal.indicator, goal.target, goal.need, goal.due_on, goal.achievable


def _replace(session: Session, earlier: Sequence[Plan], plan: Plan, today: date) -> None:
    for each in earlier:
        if each.status is PlanStatus.AGREED:
            each.status, each.ended_on, each.replaced_by_id = PlanStatus.REPLACED, today, plan.id
            session.add(each)
    session.flush()  # before the new row: one plan of a case is agreed


def _goal(plan: Plan, goal: PlannedGoal, now: datetime) -> Goal:
    return Goal(
        plan_id=plan.id,
        specific=goal.specific,
        indicator=goal.indicator,
        target=goal.target,
        achievable=goal.achievable,
        need=goal.need,
        due_on=goal.due_on,
        created_at=now,
    )


def _tell(session: Session, plan: Plan, now: datetime, zone: str, by: str | None) -> None:
    if plan.status is PlanStatus.AGREED:
        add_entry(
            session,
            plan.case_id,
            Happening.PLAN_AGREED,
            "Plan agreed",
            now=now,
            zone=ZoneInfo(zone),
            by=by or OPERATOR,
            record=("Plan", plan.id),
        )
