"""Whether the process that asks a question alerts somebody of the staff by itself, as soon as it is answered
with yes.

Who begins on the question's signal then need not write to the same people in the same minute.
"""

from datetime import datetime
from zoneinfo import ZoneInfo

from definitions.expressions import MappingEnvironment, decide
from definitions.plan import Plan, PlanStep
from definitions.types import YES_NO_CODES


def alerts(plan: Plan, step: str, item: str, now: datetime, zone: ZoneInfo) -> bool:
    """Whether a critical step waits for nothing but this answer, runs for certain where it is yes, and tells
    somebody. What isn't certain counts as no: who begins on the signal then tells them, once more at worst.
    """
    environment = MappingEnvironment({step: {item: "yes"}}, now, zone)
    return any(
        each.critical
        and [(need.step, need.item) for need in each.needs] == [(step, item)]
        and getattr(each.arguments, "tell", None) is not None
        and _runs(each, (step, item), environment)
        for each in plan.steps
    )


def _runs(step: PlanStep, answer: tuple[str, str], environment: MappingEnvironment) -> bool:
    if step.place is not None or step.for_each is not None or step.once is not None:
        return False
    if step.when is None:
        return True
    read = {name.path for name in step.when.expression.names} - {(code,) for code in YES_NO_CODES}
    if read != {answer}:
        return False
    return decide(step.when.expression, environment)[0] is True
