"""How a fault on a path is told: its place in the file, the path, other places that belong to it."""

from definitions.catalogue import Path
from definitions.checks.definition import DraftStep
from definitions.checks.placing import place
from definitions.checks.soundness.ways import Explored
from definitions.diagnostics import Diagnostic, Severity, Span
from definitions.problems import Problem


def tell(
    explored: Explored,
    step: DraftStep,
    path: Path,
    problem: Problem,
    *,
    severity: Severity = "error",
    related: tuple[tuple[Span, str], ...] = (),
) -> Diagnostic:
    """The diagnostic of a problem in one of a step's keys."""
    document = explored.checking.document
    placed = place(document, step.at(path), problem)
    return document.diagnose(
        placed.code,
        placed.message,
        placed.span,
        severity=severity,
        advice=placed.advice,
        related=related,
    )


def at_id(explored: Explored, key: str) -> Span:
    """Where a step's id stands."""
    return explored.checking.document.span((*explored.checking.steps[key].path, "id"))
