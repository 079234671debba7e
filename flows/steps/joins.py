"""When a block that is under way goes on or ends: enough of its parts have ended, or one branch has won.
Pure: rows in, decisions out.
"""

from typing import TYPE_CHECKING

from definitions.plan import Block, PlanStep
from flows.steps.endings import by_itself, has_ended
from flows.steps.scopes import BRANCHES, EXIT, WINNER, branch_done, branch_ended, parts, under, under_way
from models import StepRun, StepStatus

if TYPE_CHECKING:
    from flows.steps.state import State


def advances(state: "State", step: PlanStep) -> bool:
    """Whether a block that is under way can go on or end: enough of its parts have ended, or one of its
    branches has won.
    """
    block = step.block
    return block is not None and any(
        run.status is StepStatus.WAITING
        and (step.id, run.iteration) not in state.failed
        and _moves(state, block, run)
        for run in state.runs_of(step.id)
        if under_way(run)
    )


def _moves(state: "State", block: Block, run: StepRun) -> bool:
    if EXIT in run.outputs:
        return enough(state, block, run)
    if block.kind == "first_of" and run.outputs.get(WINNER) is None and winner(state, block, run) is not None:
        return True
    return enough(state, block, run)


def winner(state: "State", block: Block, run: StepRun) -> int | None:
    """The branch of a `first_of` whose first step has ended, the one that ended earliest; None while none
    has. A step that was skipped by itself has not come.
    """
    firsts = {
        branch: first
        for branch in run.outputs[BRANCHES]
        if (first := state.run(block.branches[branch].steps[0], run.iteration)) is not None
        and has_ended(first)
        and not by_itself(first)
    }
    return min(
        firsts, key=lambda each: (firsts[each].ended_at or firsts[each].started_at, each), default=None
    )


def ended_parts(state: "State", block: Block, run: StepRun) -> list[int] | list[str]:
    """The branches or parts of a block that have ended; of one that was left early those that had by then."""
    if EXIT in run.outputs:
        return list(run.outputs[EXIT]["done"])
    if block.loops:
        paths = {part: under(run.iteration, part) for part in parts(run)}
        return [part for part, path in paths.items() if branch_done(state, block, 0, path)]
    won = run.outputs.get(WINNER)
    if block.kind == "first_of" and won is None:
        return [each for each in run.outputs[BRANCHES] if _out(state, block, each, run.iteration)]
    begun = list(run.outputs[BRANCHES]) if won is None else [won]
    return [each for each in begun if branch_done(state, block, each, run.iteration)]


def _out(state: "State", block: Block, branch: int, path: str) -> bool:
    """Whether a branch of a `first_of` takes no part: its first step was skipped by itself."""
    first = state.run(block.branches[branch].steps[0], path)
    return first is not None and by_itself(first)


def enough(state: "State", block: Block, run: StepRun) -> bool:
    """Whether so many parts of a block have ended that it ends, or has another round. One that was left early
    ends with the steps of its way out.
    """
    if EXIT in run.outputs:
        branch = run.outputs[EXIT]["branch"]
        return branch is None or branch_ended(state, block, branch, run.iteration)
    ended = len(ended_parts(state, block, run))
    begun = len(parts(run)) if block.loops else len(run.outputs[BRANCHES])
    if block.kind == "first_of" and run.outputs.get(WINNER) is not None:
        begun = 1
    return ended >= (begun if block.join is None else min(block.join, begun))
