"""Human tasks that a form in another step completes, on paths where only one of the two is there."""

from collections.abc import Iterator

from definitions.arguments import Condition, StepName
from definitions.blocks import branch_keys
from definitions.checks.definition import DraftStep
from definitions.checks.soundness.telling import at_id, tell
from definitions.checks.soundness.ways import Explored, Way, Ways, decided, shortest, told
from definitions.diagnostics import Diagnostic
from definitions.problems import Problem


def left_open(explored: Explored) -> Iterator[Diagnostic]:
    """Tasks that stay open when the process ends, and forms whose task was never made, on some path."""
    forms: dict[str, list[str]] = {}
    for key, step in explored.checking.steps.items():
        if explored.steps[key] and not step.undoes and (found := _works_on(step)) is not None:
            forms.setdefault(str(found[1]), []).append(key)
    for task, readers in forms.items():
        if explored.steps[task]:
            yield from _stays_open(explored, task, readers)
            for reader in readers:
                yield from _not_made(explored, task, reader)


def _stays_open(explored: Explored, task: str, readers: list[str]) -> Iterator[Diagnostic]:
    """The task is made, and on some path no form completes it."""
    if not explored.checking.presence.ran[task].isdisjoint(readers):
        return
    ways: Ways = explored.steps[task]
    for reader in readers:
        ways = _without(explored, ways, task, reader)
    if not ways:
        return
    step, forms = explored.checking.steps[task], ", ".join(f"`{each}`" for each in readers)
    message = (
        f"the task of `{step.id}` stays open when the process ends: {forms} completes it, and does not run "
        f"on this way: {told(shortest(ways))}"
    )
    advice = "let the form run wherever the task is made, or make the task under the same condition"
    related = tuple((at_id(explored, each), "the form is here") for each in readers)
    problem = Problem("CW561", message, 0, 0, advice=advice)
    yield tell(explored, step, ("id",), problem, severity="warning", related=related)


def _without(explored: Explored, ways: Ways, task: str, reader: str) -> Ways:
    """The ways on which a form does not run because a condition does not hold, its own or a branch's. Where
    something else keeps it from running, nothing is said.
    """
    tree, steps = explored.checking.graph.tree, explored.checking.steps
    around = {task, *tree.around(task)}
    found: list[Way] = []
    inner = reader
    while inner not in around:
        block, number = tree.spots[inner]
        branches = branch_keys(steps[block].arguments) if block is not None and block not in around else ()
        branch = getattr(branches[number], "when", None) if branches else None
        for key, when in ((inner, steps[inner].frame.when), (block or inner, branch)):
            if isinstance(when, Condition):
                words = f"not ({when.expression.text})"
                found += decided(ways, explored.holding(key, when, holds=False), words)
        if block is None:
            break
        inner = block
    return tuple(found)


def _not_made(explored: Explored, task: str, reader: str) -> Iterator[Diagnostic]:
    """The form runs, and on some path its task was skipped: whoever has the case is asked instead."""
    when = explored.checking.steps[task].frame.when
    if task in explored.checking.presence.ran[reader] or when is None:
        return
    words = f"not ({when.expression.text})"
    ways = decided(explored.steps[reader], explored.holding(task, when, holds=False), words)
    if not ways:
        return
    step = explored.checking.steps[reader]
    message = (
        f"on a path there is no task of `{task}` for the form of `{step.id}`, and whoever has the case gets "
        f"it: {told(shortest(ways))}"
    )
    advice = f"write the condition of `{task}` here too: `when: {when.expression.text}`"
    related = ((at_id(explored, task), "the task is made here"),)
    found = _works_on(step)
    path = (found[0],) if found is not None else ("id",)
    problem = Problem("CW562", message, 0, len(task), advice=advice)
    yield tell(explored, step, path, problem, severity="warning", related=related)


def _works_on(step: DraftStep) -> tuple[str, StepName] | None:
    """The key in which a step names the step whose task its form completes, and that name."""
    if step.arguments is None:
        return None
    for name, value in step.arguments:
        if isinstance(value, StepName):
            return type(step.arguments).model_fields[name].alias or name, value
    return None
