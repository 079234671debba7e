"""Whether the process that asks a question alerts somebody of the staff by itself, as soon as it is answered
with yes.

Who begins on the question's signal then need not write to the same people in the same minute.
"""

from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from definitions.arguments import Recipient
from definitions.expressions import MappingEnvironment, decide
from definitions.plan import Plan, PlanStep
from definitions.types import YES_NO_CODES


def alerts(plan: Plan, step: str, item: str, now: datetime, zone: ZoneInfo) -> bool:
    """Whether a critical step waits for nothing but this answer, runs for certain where it is yes, and tells
    somebody. What isn't certain counts as no: who begins on the signal then tells them, once more at worst.
    """
    return next(_told(plan, step, item, now, zone), None) is not None


def told_at_once(plan: Plan, step: str, item: str, now: datetime, zone: ZoneInfo) -> list[str]:
    """Those whom a yes alerts for certain, in words for whoever answers: `the duty manager`."""
    return list(dict.fromkeys(_in_words(plan, each) for each in _told(plan, step, item, now, zone)))


def _told(plan: Plan, step: str, item: str, now: datetime, zone: ZoneInfo) -> Iterator[Recipient]:
    environment = MappingEnvironment({step: {item: "yes"}}, now, zone)
    for each in plan.steps:
        tell = getattr(each.arguments, "tell", None)
        alone = [(need.step, need.item) for need in each.needs] == [(step, item)]
        if each.critical and alone and tell is not None and _runs(each, (step, item), environment):
            yield tell


def _in_words(plan: Plan, to: Recipient) -> str:
    if to.group is not None:
        return plan.vocabulary.groups.get(to.group, to.group)
    if to.expression is not None:
        return "somebody of the staff"
    return (" and " if to.every else " or ").join(f"the {role.replace('_', ' ')}" for role in to.roles)


def _runs(step: PlanStep, answer: tuple[str, str], environment: MappingEnvironment) -> bool:
    if step.place is not None or step.for_each is not None or step.once is not None:
        return False
    if step.when is None:
        return True
    read = {name.path for name in step.when.expression.names} - {(code,) for code in YES_NO_CODES}
    if read != {answer}:
        return False
    return decide(step.when.expression, environment)[0] is True
