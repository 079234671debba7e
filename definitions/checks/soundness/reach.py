"""What no path reaches: branches, steps behind steps that never run, work that never goes back."""

from collections.abc import Iterator

from definitions.arguments import Clock, Condition
from definitions.blocks import branch_keys
from definitions.checks.definition import DraftStep
from definitions.checks.soundness.telling import at_id, tell
from definitions.checks.soundness.ways import Explored, decided, shortest, told
from definitions.checks.walking import notations
from definitions.diagnostics import Diagnostic
from definitions.problems import Problem

AT_ONCE = frozenset({"aggregate", "calculate", "decide", "score", "update_record"})
"""The kinds of steps that end in the moment in which they begin."""


def unreached(explored: Explored) -> Iterator[Diagnostic]:
    """Everything that no path reaches."""
    silent: set[str] = set()
    for key, ways in explored.steps.items():
        step = explored.checking.steps[key]
        if not ways:
            yield from _never(explored, key, step, silent)
            continue
        if step.block is not None:
            yield from _branches(explored, key, step)
        if step.block == "first_of":
            yield from _never_first(explored, key)
        if step.frame.rework is not None:
            yield from _never_back(explored, key, step)


def _never(explored: Explored, key: str, step: DraftStep, silent: set[str]) -> Iterator[Diagnostic]:
    """A step without a way to it; silent where what stands before it was told."""
    graph, before = explored.checking.graph, explored.before[key]
    if before and (when := step.frame.when) is not None:
        text = when.expression.text
        message = f"`{step.id}` never runs: `{text}` cannot hold here; the way: {told(shortest(before))}"
        advice = "change `when` or `needs`: what leads here excludes the condition"
        yield tell(explored, step, ("when",), Problem("CW534", message, 0, len(text), advice=advice))
    elif explored.around(key):
        needs = [need.step for need in graph.needs[key] if need.written]
        if not silent.intersection(needs):
            quoted = ", ".join(f"`{each}`" for each in needs)
            message = f"`{step.id}` never runs: on no path has one of these run: {quoted}"
            advice = "need a step that runs on the way to this one, or mend what keeps those from running"
            related = tuple((at_id(explored, each), f"`{each}` does not run there") for each in needs)
            yield tell(
                explored, step, ("id",), Problem("CW554", message, 0, 0, advice=advice), related=related
            )
        silent.add(key)


def _branches(explored: Explored, key: str, step: DraftStep) -> Iterator[Diagnostic]:
    """Branches whose condition what is known, or an earlier branch, excludes. An `otherwise` may be there in
    case of need.
    """
    earlier = list[str]()
    for number, branch in enumerate(branch_keys(step.arguments)):
        when: Condition | None = getattr(branch, "when", None)
        if when is None or explored.branches[key, number]:
            earlier += [f"not `{when.expression.text}`"] if when is not None else []
            continue
        text = when.expression.text
        stops = ", ".join([told(shortest(explored.steps[key])), *(earlier if step.block == "choose" else ())])
        message = f"no path takes this branch: `{text}` cannot hold after: {stops}"
        advice = "an earlier branch or condition has decided it: change this `when`, or take the branch out"
        yield tell(
            explored,
            step,
            (str(step.block), number, "when"),
            Problem("CW553", message, 0, len(text), advice=advice),
        )


def _never_back(explored: Explored, key: str, step: DraftStep) -> Iterator[Diagnostic]:
    rework, ways = step.frame.rework, explored.steps[key]
    assert rework is not None  # noqa: S101  (asked before)
    text = rework.when.expression.text
    if decided(ways, explored.holding(key, rework.when), text):
        return
    message = f"the work never goes back: `{text}` cannot hold after: {told(shortest(ways))}"
    problem = Problem("CW558", message, 0, len(text), advice="change the condition, or take `rework` out")
    yield tell(explored, step, ("rework", "when"), problem)


def _never_first(explored: Explored, block: str) -> Iterator[Diagnostic]:
    """Branches that another one always comes before: it does not wait at all, or for a shorter time."""
    steps = explored.checking.steps
    firsts = [those[0] for those in explored.checking.graph.tree.branches(block) if those]
    sure = [key for key in firsts if steps[key].frame.when is None and steps[key].frame.once is None]
    for key in firsts:
        winner = next((each for each in sure if each != key and _before(explored, each, key)), None)
        if winner is None:
            continue
        message = (
            f"the branch that begins with `{key}` never comes first: `{winner}` has always ended before; "
            f"the way: {told(shortest(explored.steps[block]))}"
        )
        advice = "begin each branch with something that is waited for: an answer, a signal, a time"
        related = ((at_id(explored, winner), f"`{winner}` ends before it"),)
        problem = Problem("CW557", message, 0, 0, advice=advice)
        yield tell(explored, steps[key], ("id",), problem, related=related)


def _before(explored: Explored, winner: str, other: str) -> bool:
    """Whether a first step surely ends before another one."""
    mine, theirs = explored.checking.steps[winner], explored.checking.steps[other]
    if mine.frame.needs or theirs.frame.needs:
        return False
    if _at_once(explored, winner):
        return not _at_once(explored, other) or mine.index < theirs.index
    short, long = _length(mine), _length(theirs)
    return short is not None and long is not None and short[1] == long[1] and short[0] < long[0]


def _at_once(explored: Explored, key: str) -> bool:
    step, facts = explored.checking.steps[key], explored.checking.facts.get(key)
    if step.frame.for_each is not None or step.frame.retry is not None or facts is None:
        return False
    return step.frame.do in AT_ONCE or (step.frame.do == "assign_task" and facts.ends == "created")


def _length(step: DraftStep) -> tuple[int, str] | None:
    """How long a `wait` takes from its beginning, and in which unit."""
    if step.frame.do != "wait" or step.arguments is None:
        return None
    clocks = [each.value for each in notations(step.arguments) if isinstance(each.value, Clock)]
    if len(clocks) != 1 or clocks[0].parsed.origin.kind != "step_start":
        return None
    return clocks[0].parsed.amount, str(clocks[0].parsed.unit)
