"""Problems of pieces of a file, put at their places in the file."""

from collections.abc import Iterable, Iterator
from typing import Final

from definitions.diagnostics import Diagnostic, Span
from definitions.problems import PlacedProblem, Problem
from definitions.source import Document
from definitions.yaml_text.nodes import Scalar

Path = tuple[str | int, ...]

MISREAD: Final = frozenset({"CW116", "CW120", "CW121", "CW122", "CW123", "CW124", "CW125", "CW126", "CW130"})
"""Problems of the text behind which the line says something else than its writer meant."""


def place(
    document: Document, path: Path, problem: Problem, *, related: tuple[tuple[Span, str], ...] = ()
) -> Diagnostic:
    """The diagnostic of a problem in the text at `path`; its offsets become lines and columns."""
    node = document.node(path)
    span = node.offset_span(problem.start, problem.end) if isinstance(node, Scalar) else document.span(path)
    return document.diagnose(
        problem.code,
        problem.message,
        span,
        allowed=problem.allowed,
        suggestion=problem.suggestion,
        advice=problem.advice,
        related=related,
    )


def place_all(
    document: Document, problems: Iterable[PlacedProblem], base: Path = ()
) -> tuple[Diagnostic, ...]:
    """The diagnostics of problems whose paths start at `base`."""
    return tuple(_placed(document, (*base, *each.path), each) for each in problems)


def _placed(document: Document, path: Path, placed: PlacedProblem) -> Diagnostic:
    problem = placed.problem
    if placed.of == "value" and document.node(path) is not None:
        if not isinstance(document.node(path), Scalar):
            return _at_key(document, path, problem)
        return place(document, path, problem)
    return _at_key(document, path, problem)


def _at_key(document: Document, path: Path, problem: Problem) -> Diagnostic:
    """A problem about a whole group of keys is shown at the key that opens it."""
    return document.diagnose(
        problem.code,
        problem.message,
        document.span(path, of="key"),
        allowed=problem.allowed,
        suggestion=problem.suggestion,
        advice=problem.advice,
    )


def in_order(diagnostics: Iterable[Diagnostic], most: int) -> tuple[Diagnostic, ...]:
    """Sorted by place, each once; behind the first `most` a note that there are more."""
    ordered = sorted(dict.fromkeys(diagnostics), key=lambda each: (each.span, each.code))
    if len(ordered) <= most:
        return tuple(ordered)
    message = f"at least {len(ordered) - most} more problems are not shown"
    last = ordered[most]
    advice = "correct those above first"
    note = Diagnostic("CW129", "error", message, last.span, last.source_line, advice=advice)
    return (*ordered[:most], note)


def without_consequences(
    misread: Iterable[Diagnostic], diagnostics: Iterable[Diagnostic]
) -> Iterator[Diagnostic]:
    """The diagnostics without those of lines whose text YAML does not read as it is meant."""
    lines = {
        span.line
        for each in misread
        if each.code in MISREAD
        for span in (each.span, *(other for other, _ in each.related))
    }
    return (each for each in diagnostics if each.span.line not in lines)
