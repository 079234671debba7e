"""What waits for something that can't come on a path, and rounds that no round brings to an end."""

from collections.abc import Iterator

from definitions.blocks import Repeat
from definitions.checks.definition import DraftStep
from definitions.checks.soundness.claims import unchanging
from definitions.checks.soundness.telling import tell
from definitions.checks.soundness.ways import Explored, decided, shortest, told
from definitions.diagnostics import Diagnostic
from definitions.expressions.nodes import Name, walk
from definitions.problems import Problem


def stuck(explored: Explored) -> Iterator[Diagnostic]:
    """Every step that waits in vain on some path."""
    for key, ways in explored.steps.items():
        step = explored.checking.steps[key]
        if ways and step.frame.once is not None:
            yield from _waits(explored, key, step)
        if ways and step.block == "repeat":
            yield from _rounds(explored, key, step)


def _waits(explored: Explored, key: str, step: DraftStep) -> Iterator[Diagnostic]:
    """`once` on something that has been decided before, and changes no more."""
    once, ways = step.frame.once, explored.steps[key]
    assert once is not None  # noqa: S101  (asked before)
    text = once.expression.text
    if not decided(ways, explored.holding(key, once), text):
        message = f"`{step.id}` waits forever: `{text}` cannot hold after: {told(shortest(ways))}"
        advice = "what leads here excludes the condition: change `once`, or the conditions before"
        yield tell(explored, step, ("once",), Problem("CW555", message, 0, len(text), advice=advice))
        return
    against = decided(ways, explored.holding(key, once, holds=False), f"not ({text})")
    fixed = unchanging(once.expression.root, lambda name: explored.fixed(key, name))
    if step.frame.deadline is None and fixed and against:
        message = (
            f"`{step.id}` may wait forever: what `{text}` reads is decided by then and changes no more; "
            f"the way: {told(shortest(against))}"
        )
        advice = "write `when:` to skip the step, read a record that changes, or give it a `deadline`"
        problem = Problem("CW556", message, 0, len(text), advice=advice)
        yield tell(explored, step, ("once",), problem, severity="warning")


def _rounds(explored: Explored, key: str, step: DraftStep) -> Iterator[Diagnostic]:
    """`until` that can't hold, or that no round changes."""
    if not isinstance(step.arguments, Repeat):
        return
    until, ways = step.arguments.repeat.until, explored.steps[key]
    text, path = until.expression.text, ("repeat", "until")
    if not decided(ways, explored.holding(key, until), text):
        message = f"no round is the last: `{text}` cannot hold after: {told(shortest(ways))}"
        advice = "change `until`: all rounds that may be would be done, and then a person asked"
        yield tell(explored, step, path, Problem("CW559", message, 0, len(text), advice=advice))
        return
    mine = {*explored.checking.graph.tree.inside(key), "count"}
    reads = {node.path[0] for node in walk(until.expression.root) if isinstance(node, Name)}
    fixed = unchanging(until.expression.root, lambda name: explored.fixed(key, name))
    if fixed and not reads & mine:
        message = f"no round changes `{text}`: it reads only what stands before: {told(shortest(ways))}"
        advice = "read an answer of a step in the rounds"
        problem = Problem("CW560", message, 0, len(text), advice=advice)
        yield tell(explored, step, path, problem, severity="warning")
