"""The stage of a case, from the dates of what has happened in it."""

from datetime import date, datetime, tzinfo
from typing import Final

from sqlalchemy import func
from sqlmodel import Session, col, select

from models import INSTANCE_GIVEN_UP, Assessment, Case, CaseDates, Goal, Instance, Plan, PlanStatus

CLOSING: Final = "case-closure"
"""The process that closes a case."""


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
            col(Instance.status).not_in(INSTANCE_GIVEN_UP),
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


def _day(moment: datetime | None, zone: tzinfo) -> date | None:
    return None if moment is None else moment.astimezone(zone).date()


def _goals_ended(session: Session, plan: Plan) -> date | None:
    """When the last goal ended; None while one has not, or where there is none."""
    goals = session.exec(select(Goal).where(Goal.plan_id == plan.id)).all()
    ends = [goal.ended_on for goal in goals if goal.ended_on is not None]
    return max(ends) if ends and len(ends) == len(goals) else None
