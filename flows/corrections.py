"""What a corrected answer or a moved appointment does to the steps that had already read it (engine.md
R1.4).
"""

from datetime import datetime

from definitions.plan import Plan, PlanStep, Read
from flows.state import State
from models import StepRun, StepStatus, Wake


def readers(plan: Plan, step: str, output: str | None) -> list[PlanStep]:
    """The steps that read this output or need this item, and those that read what those gave, in document
    order.
    """
    reached: dict[str, PlanStep] = {}
    frontier = [each for each in plan.steps if _reads(each, step, output)]
    while frontier:
        found = frontier.pop()
        if found.id in reached or found.id == step:
            continue
        reached[found.id] = found
        frontier.extend(each for each in plan.steps if _reads(each, found.id, None))
    return sorted(reached.values(), key=lambda each: each.index)


def _reads(step: PlanStep, source: str, output: str | None) -> bool:
    if any(
        need.step == source and need.item is not None and output in (None, need.item) for need in step.needs
    ):
        return True
    return any(_covers(read, source, output) for read in step.reads)


def _covers(read: Read, source: str, output: str | None) -> bool:
    return read.step == source and (output is None or read.output in (None, output))


def changed_steps(plan: Plan, state: State, change: Wake) -> list[PlanStep]:
    """The begun steps of this instance that a change makes out of date."""
    source = str(change.detail.get("step", ""))
    output = change.detail.get("item") or change.detail.get("output")
    if plan.step(source).for_each is not None:
        output = None  # what iterations give is read as one list, `step.each`
    return [step for step in readers(plan, source, output) if state.run(step.id) is not None]


def supersede(run: StepRun, reason: str, now: datetime) -> None:
    """Mark a step run as superseded; its row and its sent effects stay."""
    run.status = StepStatus.SUPERSEDED
    run.waits_for = None
    run.reason = reason
    run.ended_at = run.ended_at or now
