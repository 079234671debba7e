"""A block under way: which branches begin, when it has another round, what it gives when it ends."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, Final

from definitions.expressions import UNDECIDED
from definitions.plan import Block, ExitKind, PlanStep
from definitions.types import Record
from flows.steps.alerts import sounds
from flows.steps.endings import ENDED, SKIPPED_BY
from flows.steps.failure import blame
from flows.steps.going_on import forget
from flows.steps.joins import ended_parts, enough, winner
from flows.steps.scopes import (
    BRANCHES,
    EXIT,
    LEFT,
    ROUND,
    WINNER,
    awaited,
    lies_at,
    part_key,
    parts,
    under,
)
from flows.steps.watching import stop_waiting, watch_block, watch_time
from flows.steps.withdrawing import cancel_run
from models import StepRun, StepStatus, WaitsFor
from tasks.call import Call
from tasks.outputs import MEMBERS
from tasks.result import DefiniteFailure, undecided
from tasks.undoing import UNDO

if TYPE_CHECKING:
    from flows.steps.state import State
    from flows.steps.stepping import Stepper

BOOKS: Final = frozenset({BRANCHES, EXIT, LEFT, MEMBERS, ROUND, WINNER})
"""What the run of a block keeps for itself besides what later steps read."""


def enter(stepper: "Stepper", state: "State", call: Call, block: Block) -> None:
    """Begin a block: choose its branches; their steps are ready from then on."""
    if block.kind == "repeat":
        call.run.outputs = {ROUND: 1}
    else:
        call.run.outputs = {BRANCHES: _chosen(call, block)}
    begun(stepper, state, call, block)


def begun(stepper: "Stepper", state: "State", call: Call, block: Block) -> None:
    """Let a block wait for its steps, and watch the ways to leave it early."""
    stepper.wait(call, awaited(block))
    _forget(stepper, state, call, block)
    begin_clocks(state, call, block)
    if _no_longer_holds(stepper, state, call.step, block, call.run):
        leave(stepper, state, call.step, call.run, "condition")


def begin_clocks(state: "State", call: Call, block: Block, *, left: bool = False) -> None:
    """Start the clocks of a block that begins or goes on: its time limit and, unless it was left already, the
    time after which it is left.
    """
    watch_time(state, call)
    deadline = block.exit("deadline")
    if deadline is not None and deadline.after is not None and not left:
        watch_block(call, call.moment(deadline.after))


def _forget(stepper: "Stepper", state: "State", call: Call, block: Block) -> None:
    """Take back the alerts of an earlier time that the block, decided anew, does not lead to any more."""
    if not call.step.critical:
        return
    run, inside = call.run, stepper.plan.inside(call.step.id)
    if block.kind in {"choose", "parallel"}:
        others = [index for index in block.usual if index not in run.outputs[BRANCHES]]
        inside = tuple(_in_branches(stepper, block, others))
    elif block.kind != "for_each":
        return
    paths = {under(run.iteration, part) for part in parts(run)} if block.kind == "for_each" else set()
    forget(
        stepper,
        state,
        inside,
        lambda path: lies_at(path, run.iteration) and not any(lies_at(path, each) for each in paths),
    )


def _chosen(call: Call, block: Block) -> list[int]:
    holding = (index for index in block.usual if _holds(call, block, index))
    if block.kind == "choose":
        return [next(holding)]  # the last branch, `otherwise`, has no condition
    return list(holding)


def _holds(call: Call, block: Block, index: int) -> bool:
    """Whether a branch is to run. What can't be decided runs where an alert depends on it, else it is an
    error: missing is not no.
    """
    condition = block.branches[index].when
    if condition is None:
        return True
    truth = call.holds(condition)
    if truth is UNDECIDED and not call.step.critical:
        raise undecided("when", condition.expression.text)
    return truth is not False


def advance(stepper: "Stepper", state: "State", step: PlanStep, run: StepRun) -> None:
    """Move a block on as far as its parts have come: withdraw what has lost, begin the next round, end it."""
    block = step.block
    if block is None:
        return
    if EXIT not in run.outputs and _no_longer_holds(stepper, state, step, block, run):
        leave(stepper, state, step, run, "condition")
    if EXIT in run.outputs:
        if enough(state, block, run):
            end(stepper, state, step, block, run)
        return
    if block.kind == "first_of" and run.outputs.get(WINNER) is None:
        _decide(stepper, state, block, run)
    if not enough(state, block, run):
        return
    if block.kind == "repeat" and not _finished(stepper, state, step, block, run):
        return
    end(stepper, state, step, block, run)


def _no_longer_holds(stepper: "Stepper", state: "State", step: PlanStep, block: Block, run: StepRun) -> bool:
    """Whether the condition under which a block goes on has ceased to hold. What can't be decided goes on."""
    watched = block.exit("condition")
    if watched is None or watched.condition is None:
        return False
    call = stepper.call(state, step, run)
    with blame(call, alone=stepper.alone, resuming=True):
        return call.holds(watched.condition) is False


def leave(stepper: "Stepper", state: "State", step: PlanStep, run: StepRun, kind: ExitKind) -> None:
    """Leave a block early: what is open in it is withdrawn, the steps of its way out are ready then."""
    block = step.block
    way = None if block is None else block.exit(kind)
    if block is None or way is None or EXIT in run.outputs:
        return
    done = ended_parts(state, block, run)
    inside = _in_branches(stepper, block, block.usual)
    _withdraw(stepper, state, inside, [run.iteration], f"`{step.id}` was left early")
    run.outputs = {**run.outputs, EXIT: {"kind": kind, "branch": way.branch, "done": done}}
    if run.status is StepStatus.WAITING:  # else it has ended, and only lets the rest finish
        run.waits_for = WaitsFor.ITERATIONS
    stop_waiting(stepper.session, run, stepper.runtime.clock())
    stepper.session.add(run)


def _decide(stepper: "Stepper", state: "State", block: Block, run: StepRun) -> None:
    """The branch that came first has won; the others are withdrawn."""
    won = winner(state, block, run)
    if won is None:
        return
    run.outputs = {**run.outputs, WINNER: won}
    stepper.session.add(run)
    others = [each for each in run.outputs[BRANCHES] if each != won]
    _withdraw(
        stepper, state, _in_branches(stepper, block, others), [run.iteration], "another branch was first"
    )


def _finished(stepper: "Stepper", state: "State", step: PlanStep, block: Block, run: StepRun) -> bool:
    """Whether a `repeat` is over. If not, its next round begins."""
    if block.until is None:
        return True
    number = int(run.outputs[ROUND])
    path = under(run.iteration, str(number))
    run.outputs = {ROUND: number, **_of_part(stepper, state, block, path)}
    call = stepper.call(state, step, run, path)
    with blame(call, alone=stepper.alone, resuming=True):
        truth = call.holds(
            block.until, {name: call.names.lookup((name,)) for name in block.branches[0].steps}
        )
        words = block.until.expression.text
        if truth is UNDECIDED:
            raise undecided("until", words)
        if truth is True:
            return True
        if number >= block.at_most:
            raise DefiniteFailure("too_many_rounds", f"after {number} rounds `{words}` still does not hold")
    run.outputs = {**run.outputs, ROUND: number + 1}
    stepper.session.add(run)
    return False


def end(stepper: "Stepper", state: "State", step: PlanStep, block: Block, run: StepRun) -> None:
    """End a block with what its parts have given, and take back or let go on what has not ended."""
    given = _given(stepper, state, step, block, run)
    if block.exits:
        given["ended_by"] = run.outputs.get(EXIT, {"kind": "steps"})["kind"]
    ended = ended_parts(state, block, run)
    started = parts(run) if block.loops else run.outputs[BRANCHES]
    left = [each for each in started if each not in ended] if EXIT not in run.outputs else []
    if left and block.rest == "finish":
        given[LEFT] = left
    else:
        _withdraw_parts(stepper, state, block, run, left)
    stepper.end_block(run, {**{name: run.outputs[name] for name in BOOKS & run.outputs.keys()}, **given})


def give_up(
    stepper: "Stepper", state: "State", step: PlanStep, block: Block, run: StepRun, reason: str
) -> dict[str, Any]:
    """What a block that a person ends before its time has given so far; what its steps still wait for is
    withdrawn.
    """
    if not BOOKS & run.outputs.keys():  # it had not begun
        return {}
    given = _given(stepper, state, step, block, run)
    _withdraw(stepper, state, stepper.plan.inside(step.id), [run.iteration], reason)
    return {**{name: run.outputs[name] for name in BOOKS & run.outputs.keys()}, **given}


def _withdraw_parts(
    stepper: "Stepper", state: "State", block: Block, run: StepRun, left: Iterable[Any]
) -> None:
    reason = "enough of the others have ended"
    if block.loops:
        inside = _in_branches(stepper, block, [0])
        _withdraw(stepper, state, inside, [under(run.iteration, part) for part in left], reason)
    else:
        _withdraw(stepper, state, _in_branches(stepper, block, left), [run.iteration], reason)


def _given(stepper: "Stepper", state: "State", step: PlanStep, block: Block, run: StepRun) -> dict[str, Any]:
    """What later steps read of a block, as JSON."""
    match block.kind:
        case "choose" | "first_of":
            first = next(iter(run.outputs[BRANCHES]), None) if block.kind == "choose" else None
            taken = run.outputs.get(WINNER, first)
            return {"branch": None if taken is None else block.branches[taken].name}
        case "parallel":
            return {"ended": [block.branches[int(each)].name for each in ended_parts(state, block, run)]}
        case "repeat":
            path = under(run.iteration, str(run.outputs[ROUND]))
            return {**_of_part(stepper, state, block, path), "count": str(run.outputs[ROUND])}
        case "for_each":
            return {"each": list(_members(stepper, state, step, block, run))}
        case "group":
            return {}


def _members(
    stepper: "Stepper", state: "State", step: PlanStep, block: Block, run: StepRun
) -> Iterator[dict[str, Any]]:
    """What the steps gave for each member that came to its end, with the member under the loop's name."""
    done = set(ended_parts(state, block, run))
    name = step.for_each.name if step.for_each is not None else ""
    for key, member in run.outputs[MEMBERS].items():
        if part_key(key) in done:
            path = under(run.iteration, part_key(key))
            yield {**_of_part(stepper, state, block, path), name: member}


def _of_part(stepper: "Stepper", state: "State", block: Block, path: str) -> dict[str, Any]:
    """What the steps of a loop gave in one of its parts, by their ids."""
    return {
        name: _outputs(stepper.plan.step(name), state.run(name, path)) for name in block.branches[0].steps
    }


def _outputs(step: PlanStep, run: StepRun | None) -> Any:
    if run is None or not (run.status is StepStatus.COMPLETED or SKIPPED_BY in run.outputs):
        return None
    if isinstance(step.output, Record):
        return run.outputs.get("record")
    return {name: value for name, value in run.outputs.items() if name not in BOOKS | {SKIPPED_BY, UNDO}}


# -- withdrawing


def _in_branches(stepper: "Stepper", block: Block, branches: Iterable[Any]) -> list[PlanStep]:
    """The steps of some branches, with those of the blocks in them."""
    names = [name for branch in branches for name in block.branches[branch].steps]
    found = [stepper.plan.step(name) for name in names]
    return [*found, *(step for name in names for step in stepper.plan.inside(name))]


def _withdraw(
    stepper: "Stepper", state: "State", steps: Iterable[PlanStep], paths: Iterable[str], reason: str
) -> None:
    """Take back what has begun of these steps at these paths and below, and not ended; what is done stays. An
    alert goes on: that another branch was quicker says nothing about the danger.
    """
    at = tuple(paths)
    for step in sorted(steps, key=lambda each: -each.index):
        for run in sorted(state.runs_of(step.id), key=lambda each: -len(each.iteration)):
            if not any(lies_at(run.iteration, path) for path in at):
                continue
            if run.status is StepStatus.COMPLETED and LEFT in run.outputs:  # what it let go on ends too
                run.outputs = {name: value for name, value in run.outputs.items() if name != LEFT}
                stepper.session.add(run)
            elif run.status not in ENDED and not sounds(state, step, run):
                cancel_run(stepper, state, step, run, reason)
