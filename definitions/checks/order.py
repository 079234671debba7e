"""What shows when all steps are known: steps that never run, that wait for each other or for long."""

from collections.abc import Iterator, Sequence

from definitions.arguments import StepName
from definitions.checks.checking import Checking
from definitions.checks.definition import DraftStep
from definitions.checks.lasting import lasting
from definitions.checks.placing import place
from definitions.checks.soundness.claims import unchanging
from definitions.checks.walking import notations
from definitions.diagnostics import Diagnostic, Severity, suggest
from definitions.expressions.nodes import Node, conjuncts
from definitions.problems import Problem

LONG_ENDS = frozenset({"accepted", "booked", "completed", "delivered"})
"""What people and other houses take their time for."""


def check_order(checking: Checking) -> None:
    """Report everything about the order of the steps."""
    for key, step in checking.steps.items():
        checking.found.extend(_open_tasks(checking, key, step))
        checking.found.extend(_long_wait(checking, key, step))
        pair = checking.presence.never.get(key)
        if pair is not None and _excluded(checking, key, step, pair):
            checking.found.append(_never_runs(checking, step, pair))


def waits_long(checking: Checking, key: str) -> bool:
    """Whether a step usually takes hours or days: it waits for a condition, for people or for a receipt."""
    step = checking.steps[key]
    if step.block is not None:
        return any(waits_long(checking, inner) for inner in checking.graph.tree.children(key))
    if step.kind is None or step.frame.once is not None:
        return step.frame.once is not None
    facts = checking.facts[key]
    if facts.ends is not None:
        return facts.ends in LONG_ENDS
    return "due" in step.kind.keys


def _never_runs(checking: Checking, step: DraftStep, pair: tuple[Node, Node]) -> Diagnostic:
    condition = step.frame.when
    text = condition.expression.text if condition is not None else ""
    excluded = text[pair[0].start : pair[0].end]
    advice = "a step that it needs runs only under the opposite condition; change `when` or `needs`"
    if pair[0] in _own(step) and pair[1] in _own(step):
        advice = "two parts of the condition exclude each other"
    problem = Problem(
        "CW534", f"`{step.id}` never runs: `{excluded}` cannot hold here", pair[0].start, pair[0].end
    )
    return _diagnose(checking, step, ("when",), problem, advice=advice)


def _excluded(checking: Checking, key: str, step: DraftStep, pair: tuple[Node, Node]) -> bool:
    """Whether two conditions really exclude each other. In one `when` they are of one moment; between two
    steps the field of a record may change, so that both hold in turn.
    """
    own = _own(step)
    if pair[0] in own and pair[1] in own:
        return True
    return all(unchanging(node, lambda name: lasting(checking, key, name)) for node in pair)


def _own(step: DraftStep) -> Sequence[Node]:
    return conjuncts(step.frame.when.expression.root) if step.frame.when is not None else ()


def _long_wait(checking: Checking, key: str, step: DraftStep) -> Iterator[Diagnostic]:
    """A step that is only by its place in the file behind one that waits long."""
    if step.frame.needs is not None or "needs" in step.broken or step.harmed:
        return
    for need in checking.graph.needs[key]:
        before = checking.steps[need.step]
        reads = {read.step for read in checking.reads.get(key, ()) if not read.previous} | set(_tasks(step))
        if not waits_long(checking, need.step) or need.step in reads or before.harmed:
            continue
        message = f"`{step.id}` waits for `{before.id}`, which may take days, and reads nothing of it"
        advice = f"if it should wait, write `needs: [{before.id}]`; if not, say what it needs: `needs: [...]`"
        yield _diagnose(
            checking, step, ("id",), Problem("CW536", message, 0, 0), advice=advice, severity="warning"
        )


def _open_tasks(checking: Checking, key: str, step: DraftStep) -> Iterator[Diagnostic]:
    """A step that completes the task of another one, which must be open by then."""
    if step.arguments is None:
        return
    for found in notations(step.arguments):
        if isinstance(found.value, StepName):
            yield from _open_task(checking, key, step, str(found.value), found.path)


def _open_task(
    checking: Checking, key: str, step: DraftStep, name: str, path: tuple[str | int, ...]
) -> Iterator[Diagnostic]:
    others = tuple(each for each in checking.steps if each != key and "#" not in each)
    end = len(name)
    if name not in others:
        message = f"there is no other step `{name}`"
        yield _diagnose(
            checking, step, path, Problem("CW530", message, 0, end, others, suggest(name, others))
        )
    elif step.undoes and name not in checking.graph.tree.reachable(key):
        message = f"a cancel has closed the task of `{name}` when `{step.id}` begins"
        advice = "let the form have a task of its own: write `to:` instead of `for:`"
        yield _diagnose(checking, step, path, Problem("CW574", message, 0, end), advice=advice)
    elif key in checking.graph.ended[name]:
        message = f"`{step.id}` works on the task of `{name}`, and `{name}` starts only after `{step.id}`"
        advice = "change the `needs` of one of the two"
        yield _diagnose(checking, step, path, Problem("CW535", message, 0, end), advice=advice)
    elif key in checking.graph.loose or name not in checking.graph.ended[key]:
        if key not in checking.graph.loose:
            message = f"`{name}` has not surely begun when `{step.id}` starts"
            problem = Problem("CW533", message, 0, end)
            yield _diagnose(checking, step, path, problem, advice=f"add it to the step's `needs`: `{name}`")
    elif not checking.published and _members(checking, key) > _members(checking, name):
        message = f"`{step.id}` asks for each member of a loop, and all share the one task of `{name}`"
        advice = (
            "let each have a task of its own: write `to:` instead of `for:`, or make the task in the loop"
        )
        yield _diagnose(checking, step, path, Problem("CW568", message, 0, end), advice=advice)
    elif checking.facts[name].ends == "completed":
        message = f"`{step.id}` waits for `{name}`, which ends only when `{step.id}` completes its task"
        advice = f"let `{name}` end earlier: `ends: booked`, or `ends: created`"
        yield _diagnose(checking, step, path, Problem("CW535", message, 0, end), advice=advice)


def _members(checking: Checking, key: str) -> int:
    """In how many loops over members a step runs, its own included."""
    tree = checking.graph.tree
    around = (key, *(tree.around(key) if tree.nested else ()))
    return sum(checking.steps[each].frame.for_each is not None for each in around)


def _tasks(step: DraftStep) -> Iterator[str]:
    """The steps whose open tasks a step works on."""
    if step.arguments is not None:
        yield from (str(each.value) for each in notations(step.arguments) if isinstance(each.value, StepName))


def _diagnose(
    checking: Checking,
    step: DraftStep,
    path: tuple[str | int, ...],
    problem: Problem,
    *,
    advice: str | None = None,
    severity: Severity = "error",
) -> Diagnostic:
    placed = place(checking.document, step.at(path), problem)
    return checking.document.diagnose(
        placed.code,
        placed.message,
        placed.span,
        severity=severity,
        allowed=placed.allowed,
        suggestion=placed.suggestion,
        advice=advice,
    )
