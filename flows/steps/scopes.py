"""Where in its loops a step runs: iteration paths, and the parts of the blocks that are under way.

A path names one part of each loop around a step, the outermost first: `ana/2` is the second round of a
`repeat` for the member `ana`. Outside of loops it is ''. Pure: rows in, decisions out.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from definitions.plan import Block, PlanStep
from flows.steps.undoing import undone_at
from models import StepRun, StepStatus, WaitsFor
from tasks.outputs import MEMBERS

if TYPE_CHECKING:
    from flows.steps.state import State

BRANCHES: Final = "#branches"
WINNER: Final = "#winner"
ROUND: Final = "#round"
LEFT: Final = "#left"
EXIT: Final = "#exit"
"""What the run of a block keeps for itself, with `MEMBERS`."""


BEGUN: Final = frozenset({MEMBERS, BRANCHES, ROUND})
"""What the run of a block has once it has begun; one that waits for its `once` has none of it."""


def within(path: str, depth: int) -> str:
    """The part of a path that says where a step with so many loops around it runs."""
    if not depth:
        return ""
    parts = path.split("/")
    return path if len(parts) <= depth else "/".join(parts[:depth])


def under(path: str, key: str) -> str:
    """The path of one part of a loop that runs at `path`."""
    return f"{path}/{key}" if path else key


def lies_at(path: str, other: str) -> bool:
    """Whether a path is another one, or lies below it."""
    return path == other or path.startswith(under(other, ""))


def part_key(key: str) -> str:
    """A member's name as one part of a path."""
    return key.replace("%", "%25").replace("/", "%2F")


def open_scopes(state: "State", step: PlanStep) -> Iterator[str]:
    """The paths at which a step may run now, and those at which an alert goes on whose block has ended."""
    yield from block_scopes(state, step)
    if step.place is not None and step.critical and step.block is None and step.undoes is None:
        yield from _outlived(state, step)


def _outlived(state: "State", step: PlanStep) -> Iterator[str]:
    """The paths of a step's runs that have not ended, and whose block has."""
    known = frozenset(block_scopes(state, step))
    for run in state.runs_of(step.id):
        own = within(run.iteration, step.depth) == run.iteration
        if own and run.iteration not in known and run.status in (StepStatus.WAITING, StepStatus.INCIDENT):
            yield run.iteration


def block_scopes(state: "State", step: PlanStep) -> Iterator[str]:
    """The paths at which a step may begin: '' outside of blocks, else one for each part of its block that is
    under way. What undoes a step runs at the path of the one whose turn it is.
    """
    if step.undoes is not None:
        yield from undone_at(state, step)
        return
    place = step.place
    if place is None:
        yield ""
        return
    for run in state.runs_of(place.block):
        if not under_way(run):
            continue
        if EXIT in run.outputs:
            yield from [run.iteration] if place.branch == run.outputs[EXIT]["branch"] else []
        elif place.loops:
            yield from (under(run.iteration, part) for part in parts(run))
        elif place.follows and run.outputs.get(WINNER) is None:
            continue
        elif BRANCHES in run.outputs and place.branch in open_branches(run):
            yield run.iteration


def awaited(block: Block) -> WaitsFor:
    """What a block waits for: its steps, and with `while` also changes of what its condition reads."""
    return WaitsFor.ITERATIONS if block.exit("condition") is None else WaitsFor.CONDITION


def under_way(run: StepRun) -> bool:
    """Whether the steps of a block go on: it waits for them, or has ended and lets the rest finish."""
    if run.status is StepStatus.WAITING:
        watched = run.waits_for is WaitsFor.CONDITION and bool(BEGUN & run.outputs.keys())
        return run.waits_for is WaitsFor.ITERATIONS or watched
    return run.status is StepStatus.COMPLETED and bool(run.outputs.get(LEFT))


def open_branches(run: StepRun) -> list[int]:
    """The branches of a block that go on: those that began; once one has won, that one alone."""
    if run.status is StepStatus.COMPLETED:
        return list(run.outputs[LEFT])
    won = run.outputs.get(WINNER)
    return list(run.outputs[BRANCHES]) if won is None else [won]


def parts(run: StepRun) -> list[str]:
    """The parts of a loop that go on: its members, or the round at hand; as parts of a path."""
    if run.status is StepStatus.COMPLETED:
        return [str(part) for part in run.outputs[LEFT]]
    if ROUND in run.outputs:
        return [str(run.outputs[ROUND])]
    return [part_key(key) for key in run.outputs[MEMBERS]]


def branch_ended(state: "State", block: Block, branch: int, path: str) -> bool:
    """Whether every step of a branch has ended at a path."""
    return all(state.ended(name, path) for name in block.branches[branch].steps)


def branch_done(state: "State", block: Block, branch: int, path: str) -> bool:
    """Whether a branch has come to its end at a path by its own steps: none of them was withdrawn."""
    runs = [state.run(name, path) for name in block.branches[branch].steps]
    return branch_ended(state, block, branch, path) and not any(
        run is not None and run.status is StepStatus.CANCELLED for run in runs
    )
