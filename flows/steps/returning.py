"""Work that a reviewer sends back (engine.md R1.4): the step and what followed from it are done again."""

from typing import TYPE_CHECKING, Final

from sqlmodel import select

from definitions.plan import Plan, PlanStep, Rework
from definitions.runtime_values import Singleton
from flows.steps.redoing import redo
from flows.steps.scopes import within
from models import StepRun, StepStatus
from tasks.call import Call
from tasks.people.asking import SENT_BACK
from tasks.result import DefiniteFailure

if TYPE_CHECKING:
    from flows.steps.state import State
    from flows.steps.stepping import Stepper

RETURNED: Final = "#returned"
"""The key by which the run of a reviewing step says that it sent the work back."""


def send_back(stepper: "Stepper", state: "State", call: Call, rework: Rework) -> None:
    """Supersede the step that the work goes back to and all that came after it, if the step that has just
    ended says so. DefiniteFailure where the work went back so often already that a person has to decide.
    """
    own = {call.step.id: call.names.lookup((call.step.id,))}
    if call.holds(rework.when, own) is not True:
        return
    if _returns(call) >= rework.at_most:
        raise DefiniteFailure(
            "too_many_returns",
            f"the work went back to `{rework.back_to}` {rework.at_most} times, and it would go back again",
        )
    why = call.value(rework.because, own) if rework.because is not None else None
    words = None if why is None or isinstance(why, Singleton) else str(why)
    target = stepper.plan.step(rework.back_to)
    path = within(call.run.iteration, target.depth)
    first = state.run(target.id, path)
    call.run.outputs = {**call.run.outputs, RETURNED: True}
    if first is not None and words:
        first.outputs = {**first.outputs, SENT_BACK: words}
    again = followers(stepper.plan, target)
    redo(stepper, state, dict.fromkeys(again, path), f"sent back by `{call.step.id}`", sent_back=True)


def followers(plan: Plan, step: PlanStep) -> list[str]:
    """A step with all that comes after it, by its needs or by standing in a block that does, in document
    order; not the blocks around it.
    """
    around = plan.around(step)
    found = {step.id} | {each.id for each in plan.inside(step.id)}
    for each in plan.steps:
        if each.id not in around and found & {need.step for need in each.needs}:
            found |= {each.id, *(inner.id for inner in plan.inside(each.id))}
    return [each.id for each in plan.steps if each.id in found]


def _returns(call: Call) -> int:
    """How often this step has sent the work back already."""
    query = select(StepRun).where(
        StepRun.instance_id == call.instance.id,
        StepRun.step == call.step.id,
        StepRun.iteration == call.run.iteration,
        StepRun.status == StepStatus.SUPERSEDED,
    )
    return sum(1 for run in call.session.exec(query) if RETURNED in run.outputs)
