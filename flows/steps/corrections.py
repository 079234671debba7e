"""What a corrected answer or a moved appointment does to the steps that had already read it (engine.md
R1.4).
"""

from collections.abc import Iterator, Set
from datetime import datetime
from itertools import count

from definitions.plan import Plan, PlanStep, Read
from flows.steps.scopes import lies_at, under, within
from flows.steps.state import State
from models import StepRun, StepStatus, Wake


def readers(plan: Plan, step: str, output: str | None) -> list[PlanStep]:
    """The steps that read this output or need this item, and those that read what those gave, in document
    order. A block takes the steps in it along; a step in a block those who read the block.
    """
    first = [each for each in plan.steps if _reads(each, step, output)]
    others = plan.by_id.keys() - {step}
    return _reached(plan, [*first, *_of_blocks_around(plan, plan.step(step))], others)


def _reached(plan: Plan, frontier: list[PlanStep], among: Set[str]) -> list[PlanStep]:
    """These steps and those that read what they gave, as far as they are `among` some."""
    reached: dict[str, PlanStep] = {}
    while frontier:
        found = frontier.pop()
        if found.id in reached or found.id not in among:
            continue
        reached[found.id] = found
        frontier.extend(each for each in plan.steps if _reads(each, found.id, None))
        frontier.extend(plan.inside(found.id) if found.block is not None else ())
        frontier.extend(_of_blocks_around(plan, found))
    return sorted(reached.values(), key=lambda each: each.index)


def _of_blocks_around(plan: Plan, step: PlanStep) -> Iterator[PlanStep]:
    """What is out of date with a step in a block: those who read the block, and the block itself where what
    it has decided rests on the order in which its steps ended.
    """
    for block in (plan.step(name) for name in plan.around(step)):
        if block.block is not None and (
            block.block.kind in {"repeat", "first_of"} or block.block.join is not None
        ):
            yield block
        yield from (
            each for each in plan.steps if block.id not in plan.around(each) and _reads(each, block.id, None)
        )


def later_rounds(plan: Plan, state: State, source: PlanStep, path: str) -> Iterator[dict[str, str]]:
    """What else a change of a step in a round makes out of date: in each later round the steps that read the
    round before, and those that had read what these gave; each with its path.
    """
    for name in plan.loops_around(source):
        loop = plan.step(name)
        if loop.block is None or loop.block.kind != "repeat":
            continue
        inside, part = plan.inside(name), within(path, loop.depth + 1).rpartition("/")[2]
        if not part.isdigit():
            continue
        looking = [each for each in inside if _looks_back(plan, each, name)]
        again = _reached(plan, looking, {each.id for each in inside})
        for number in count(int(part) + 1) if again else ():
            at = under(within(path, loop.depth), str(number))
            if not any(lies_at(run.iteration, at) for run in state.live().values()):
                break
            yield {step.id: at for step in again}


def _looks_back(plan: Plan, step: PlanStep, loop: str) -> bool:
    """Whether a step reads the round before of this loop: of several around it the innermost counts."""
    rounds = (name for name in plan.loops_around(step) if plan.step(name).for_each is None)
    return next(rounds, None) == loop and any(read.previous for read in step.reads)


def shared_path(plan: Plan, source: PlanStep, path: str, step: PlanStep) -> str:
    """Of the path at which a source was corrected, the part that it shares with one of its readers: the runs
    of the reader there and below are concerned.
    """
    loops, mine = plan.loops_around(source)[::-1], plan.loops_around(step)[::-1]
    shared = 0
    while shared < min(len(loops), len(mine)) and loops[shared] == mine[shared]:
        shared += 1
    return within(path, shared)


def _reads(step: PlanStep, source: str, output: str | None) -> bool:
    if any(
        need.step == source and need.item is not None and output in (None, need.item) for need in step.needs
    ):
        return True
    return any(_covers(read, source, output) for read in step.reads)


def _covers(read: Read, source: str, output: str | None) -> bool:
    return not read.previous and read.step == source and (output is None or read.output in (None, output))


def changed_steps(plan: Plan, state: State, change: Wake) -> list[PlanStep]:
    """The begun steps of this instance that a change makes out of date."""
    source = str(change.detail.get("step", ""))
    output = change.detail.get("item") or change.detail.get("output")
    if plan.step(source).for_each is not None and plan.step(source).block is None:
        output = None  # what iterations give is read as one list, `step.each`
    return [step for step in readers(plan, source, output) if state.runs_of(step.id)]


def supersede(run: StepRun, reason: str, now: datetime) -> None:
    """Mark a step run as superseded; its row and its sent effects stay."""
    run.status = StepStatus.SUPERSEDED
    run.waits_for = None
    run.reason = reason
    run.ended_at = run.ended_at or now
