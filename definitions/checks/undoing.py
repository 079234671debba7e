"""`undo:`, what is done about a completed step after a cancel: keys that mean nothing there."""

from collections.abc import Iterator

from definitions.checks.checking import Checking
from definitions.checks.definition import DraftStep
from definitions.checks.placing import place_all
from definitions.problems import PlacedProblem, Problem


def check_undoing(checking: Checking, step: DraftStep) -> None:
    """Report what a step that undoes another one cannot have."""
    for key, problem in _problems(step) if step.undoes else ():
        placed = PlacedProblem(step.at((key,)), problem, "key")
        checking.found.extend(place_all(checking.document, (placed,)))


def _problems(step: DraftStep) -> Iterator[tuple[str, Problem]]:
    if step.frame.rework is not None:
        message = f"`{step.id}` undoes a step: no work goes back from it"
        yield "rework", Problem("CW572", message, 0, 0, advice="leave it out")
    if step.frame.priority == "critical":
        message = f"`{step.id}` undoes a step: it takes its turn, and goes before nothing else"
        advice = (
            "leave it out; an alert belongs into the process itself, where a cancel does not take it back"
        )
        yield "priority", Problem("CW572", message, 0, 0, advice=advice)
