"""Whose problem it is: the step in which a place of a file lies, by id and title.

A file that could not be read as YAML still has steps that people recognise; there the lines are looked at.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final

from definitions.diagnostics import Diagnostic, Span
from definitions.source import Document
from definitions.yaml_text.nodes import Mapping, Node, Scalar, Sequence

LONGEST_TITLE: Final = 80

_STEPS = re.compile(r"steps:\s*(#.*)?")
_ENTRY = re.compile(r"(\s*)-(\s+)\S")
_WORDS = re.compile(r"[\s{-]*(id|title):\s*(.+?)\s*")


@dataclass(frozen=True, slots=True)
class StepPlace:
    """One step with the lines and columns that it takes; `name` is its id, else `number 3`."""

    start: tuple[int, int]
    end: tuple[int, int]
    name: str
    title: str

    def holds(self, span: Span) -> bool:
        """Whether a span begins inside the step."""
        return self.start <= (span.line, span.column) <= self.end


def with_steps(document: Document, diagnostics: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """The diagnostics, each with the innermost step that it is about; those of the header and of shared files
    as they are.
    """
    found = tuple(diagnostics)
    if not found:
        return found
    places = tuple(_places(document.root) if document.root is not None else _by_lines(document.lines))
    return tuple(_named(each, places) if each.span.file == document.file else each for each in found)


def _named(diagnostic: Diagnostic, places: tuple[StepPlace, ...]) -> Diagnostic:
    step = next((each for each in reversed(places) if each.holds(diagnostic.span)), None)
    return diagnostic if step is None else replace(diagnostic, step=step.name, step_title=step.title)


def _places(node: Node) -> Iterator[StepPlace]:
    """The steps below a node, each before those inside it."""
    if isinstance(node, Sequence):
        for each in node.items:
            yield from _places(each)
    elif isinstance(node, Mapping):
        for entry in node.entries:
            if entry.key.text == "steps" and isinstance(entry.value, Sequence):
                for number, step in enumerate(entry.value.items, start=1):
                    yield from _step(step, number)
            elif not isinstance(entry.value, Scalar):
                yield from _places(entry.value)


def _step(node: Node, number: int) -> Iterator[StepPlace]:
    if isinstance(node, Mapping):
        start, end = (node.span.line, node.span.column), (node.span.end_line, node.span.end_column)
        yield StepPlace(start, end, _text(node, "id") or f"number {number}", _text(node, "title"))
        yield from _places(node)


def _text(node: Mapping, key: str) -> str:
    entry = node.entry(key)
    return entry.value.text[:LONGEST_TITLE] if entry is not None and isinstance(entry.value, Scalar) else ""


def _by_lines(lines: tuple[str, ...]) -> Iterator[StepPlace]:
    """The entries below `steps:`, by their indentation. Each ends where the next one begins."""
    first = next((number for number, line in enumerate(lines) if _STEPS.fullmatch(line)), len(lines))
    entries = [(number, _ENTRY.match(lines[number])) for number in range(first + 1, len(lines))]
    depth = next((len(found[1]) for _, found in entries if found), 0)
    starts = [number for number, found in entries if found and len(found[1]) == depth]
    for count, (start, end) in enumerate(pairwise([*starts, len(lines)]), start=1):
        words = dict(reversed(list(_own_words(lines[start:end], depth))))
        yield StepPlace(
            (start + 1, 0), (end + 1, 0), words.get("id") or f"number {count}", words.get("title", "")
        )


def _own_words(lines: Iterable[str], depth: int) -> Iterator[tuple[str, str]]:
    """What stands behind `id:` and `title:` in the lines of one step, not in those of its items."""
    for line in lines:
        found = _WORDS.fullmatch(line)
        if found and found.start(1) <= depth + 4:
            yield found[1], found[2].strip("\"'")[:LONGEST_TITLE]
