"""The state of a case's plan as one word, by which somebody says which one they have read."""

from collections.abc import Sequence
from typing import Final

from sqlmodel import Session, col, select

from flows.inbox.read_state import as_word
from models import Goal, Intervention, Plan, PlanStatus

STANDING: Final = (PlanStatus.DRAFT, PlanStatus.PROPOSED, PlanStatus.AGREED)
"""The plans that a new one may replace."""


def state_of_plans(session: Session, plans: Sequence[Plan]) -> str:
    """What stands of these plans of a case, with their goals and what is done for them, as one word: it is
    another one as soon as somebody proposes, agrees on, reviews or works on something of it.
    """
    standing = sorted((each.id, each.revision) for each in plans if each.status in STANDING)
    goals = sorted(
        session.execute(
            select(Goal.id, Goal.revision).where(col(Goal.plan_id).in_([ident for ident, _ in standing]))
        ).all()
    )
    helped = sorted(
        session.execute(
            select(Intervention.id, Intervention.revision).where(
                col(Intervention.goal_id).in_([ident for ident, _ in goals])
            )
        ).all()
    )
    return as_word(f"{ident} {revision}" for ident, revision in (*standing, *goals, *helped))
