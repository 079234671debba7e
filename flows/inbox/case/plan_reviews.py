"""Commands about a plan that is agreed: what came of a goal, what is done for it, the review. Each is one
transaction.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, select

from flows.inbox.case.desk import one_line, several_lines, wanted
from flows.inbox.case.planning import PlanError, PlannedHelp, check_helpers, help_row, plan_for
from flows.inbox.commands import command
from flows.inbox.desk import OPERATOR, ChangedError
from flows.waking.wakes import wake_watchers
from models import (
    ChronologyEntry,
    Goal,
    GoalStatus,
    Intervention,
    InterventionStatus,
    Outcome,
    Plan,
    PlanStatus,
    Store,
    new_id,
)
from tasks.history import Act, Happening, add_entry, write_audit

ENDED: Final = (
    GoalStatus.ACHIEVED,
    GoalStatus.PARTLY_ACHIEVED,
    GoalStatus.NOT_ACHIEVED,
    GoalStatus.WITHDRAWN,
)
"""Where nothing more is done for a goal."""

SHOWN: Final = 120
"""Characters of a goal that an entry of the chronology repeats."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found about a goal on a day: what its indicator shows, where it stands, and how the worker and
    the client see it.
    """

    value: str
    status: GoalStatus
    measured_on: date
    worker_view: str | None = None
    client_view: str | None = None


@command
def record_outcome(
    store: Store, goal_id: str, finding: Finding, *, by: str | None, now: datetime, zone: ZoneInfo
) -> Outcome:
    """Record what was found about a goal; it stands there from now on. The same again changes nothing."""
    today = now.astimezone(zone).date()
    if finding.measured_on > today:
        raise PlanError("the day lies in the future; an outcome is what was found")
    value = wanted(
        "what was found", one_line("what was found", finding.value), "say what the indicator shows"
    )
    worker = several_lines("the worker's view", finding.worker_view) or None
    client = several_lines("the client's view", finding.client_view) or None
    with store.write("wake") as session:
        goal, plan = _goal(session, goal_id, by)
        said = (finding.measured_on, value, finding.status, worker, client)
        for each in session.exec(select(Outcome).where(Outcome.goal_id == goal.id)):
            if (each.measured_on, each.value, each.status, each.worker_view, each.client_view) == said:
                return each
        made = Outcome(
            goal_id=goal.id,
            measured_on=finding.measured_on,
            value=value,
            status=finding.status,
            worker_view=worker,
            client_view=client,
            recorded_by=by,
            recorded_at=now,
        )
        goal.status = finding.status
        goal.worker_view, goal.client_view = worker or goal.worker_view, client or goal.client_view
        goal.ended_on = finding.measured_on if finding.status in ENDED else None
        session.add_all([made, goal])
        title = f"Goal {finding.status.value.replace('_', ' ')}: {_short(goal.specific)}"
        _tell(
            session, plan, Happening.GOAL_CHANGED, title, now, zone, by, significant=finding.status in ENDED
        )
        _audit(session, plan, "Goal", goal.id, ("status", "outcome"), by, now)
        wake_watchers(session, plan.case_id, f"outcome:{made.id}", now)
        return made


@command
def add_help(
    store: Store, goal_id: str, given: PlannedHelp, *, by: str | None, now: datetime, zone: ZoneInfo
) -> Intervention:
    """Say what else is done for a goal. The same again changes nothing."""
    title = wanted("what is done", one_line("what is done", given.title), "say what somebody does")
    if given.starts_on is not None and given.ends_on is not None and given.ends_on < given.starts_on:
        raise PlanError("it ends before it begins; correct one of the days")
    with store.write("wake") as session:
        goal, plan = _goal(session, goal_id, by)
        check_helpers(session, [given])
        for each in session.exec(select(Intervention).where(Intervention.goal_id == goal.id)):
            if each.title == title:
                return each
        made = help_row(goal.id, given, now)
        made.title = title
        session.add(made)
        _tell(session, plan, Happening.GOAL_CHANGED, f"Help planned: {title}", now, zone, by)
        _audit(session, plan, "Intervention", made.id, ("title",), by, now)
        return made


@command
def change_help(
    store: Store,
    intervention_id: str,
    status: InterventionStatus,
    *,
    by: str | None,
    now: datetime,
    zone: ZoneInfo,
    note: str | None = None,
    revision: int | None = None,
) -> Intervention:
    """Say how far something is that is done for a goal. Again changes nothing. ChangedError when it is not as
    it was at `revision` any more.
    """
    said = several_lines("the note", note, 2_000) or None
    with store.write("wake") as session:
        found: Intervention | None = session.get(Intervention, intervention_id)
        if found is None:
            raise PlanError("there is no such help in the plan")
        _, plan = _goal(session, found.goal_id, by)
        if revision is not None and revision != found.revision:
            raise ChangedError("somebody has changed this since you read it; look at it again")
        if (found.status, said or found.note) == (status, found.note):
            return found
        found.status, found.note = status, said or found.note
        session.add(found)
        title = f"Help {status.value.replace('_', ' ')}: {found.title}"
        _tell(session, plan, Happening.GOAL_CHANGED, title, now, zone, by)
        _audit(session, plan, "Intervention", found.id, ("status", "note"), by, now)
        wake_watchers(session, plan.case_id, f"help:{found.id}:{new_id()}", now)
        return found


@command
def review_plan(
    store: Store, plan_id: str, review_on: date, said: str, *, by: str | None, now: datetime, zone: ZoneInfo
) -> Plan:
    """The agreed plan was gone through: what was said, and when it is looked at again. The same again changes
    nothing.
    """
    today = now.astimezone(zone).date()
    if review_on <= today:
        raise PlanError("the day of the next review lies in the past; give a day that is still to come")
    words = wanted("what was said", several_lines("what was said", said, 4_000), "say what came of it")
    with store.write("wake") as session:
        plan = plan_for(session, plan_id, by)
        if plan.status is not PlanStatus.AGREED:
            raise PlanError("only a plan that is agreed is reviewed")
        if plan.review_on == review_on and _last_said(session, plan) == words:
            return plan
        plan.review_on = review_on
        session.add(plan)
        _tell(session, plan, Happening.PLAN_REVIEWED, "Plan reviewed", now, zone, by, words, significant=True)
        _audit(session, plan, "Plan", plan.id, ("review_on",), by, now)
        wake_watchers(session, plan.case_id, f"review:{plan.id}:{new_id()}", now)
        return plan


def _last_said(session: Session, plan: Plan) -> str | None:
    """What was said when the plan was last gone through: a review may leave the day of the next as it is."""
    query = select(ChronologyEntry.detail).where(
        ChronologyEntry.case_id == plan.case_id,
        ChronologyEntry.kind == Happening.PLAN_REVIEWED,
        ChronologyEntry.record_id == plan.id,
    )
    newest_first = col(ChronologyEntry.recorded_at).desc(), col(ChronologyEntry.id).desc()
    return session.exec(query.order_by(*newest_first)).first()


def _goal(session: Session, goal_id: str, by: str | None) -> tuple[Goal, Plan]:
    """A goal of an agreed plan, whose case is locked."""
    goal = session.get(Goal, goal_id)
    if goal is None:
        raise PlanError("there is no such goal")
    plan = plan_for(session, goal.plan_id, by)
    if plan.status is not PlanStatus.AGREED:
        raise PlanError(f"the plan of this goal is {plan.status.value}; only an agreed one is worked on")
    session.refresh(goal)
    return goal, plan


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= SHOWN else f"{line[: SHOWN - 1]}…"


def _tell(  # noqa: PLR0913  (the columns of an entry)
    session: Session,
    plan: Plan,
    kind: Happening,
    title: str,
    now: datetime,
    zone: ZoneInfo,
    by: str | None,
    detail: str = "",
    *,
    significant: bool = False,
) -> None:
    add_entry(
        session,
        plan.case_id,
        kind,
        title,
        now=now,
        zone=zone,
        by=by or OPERATOR,
        detail=detail,
        significant=significant,
        record=("Plan", plan.id),
    )


def _audit(
    session: Session,
    plan: Plan,
    record: str,
    record_id: str,
    fields: tuple[str, ...],
    by: str | None,
    now: datetime,
) -> None:
    write_audit(
        session, by or OPERATOR, Act.UPDATE, record, record_id, now, fields=fields, case_id=plan.case_id
    )
