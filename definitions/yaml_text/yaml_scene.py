"""What is known when libyaml gives up, and what is said about it."""

from __future__ import annotations

from dataclasses import dataclass

import yaml

from definitions.diagnostics import Span
from definitions.yaml_text.nodes import Node
from definitions.yaml_text.text import SourceText


@dataclass(frozen=True, slots=True)
class Fatal:
    """An error after which libyaml reads no further.

    `patch` is one character of the file, as (line, column, character) counted from 0, that lets libyaml read
    on to look for more problems; None when what follows could not be judged fairly.
    """

    code: str
    message: str
    span: Span
    advice: str
    related: tuple[tuple[Span, str], ...] = ()
    patch: tuple[int, int, str] | None = None


@dataclass(frozen=True, slots=True)
class Scene:
    """What is known when libyaml gives up: its words, the two places it names, the node it read last."""

    source: SourceText
    problem: str
    context: str
    line: int
    column: int
    context_line: int
    context_column: int
    last: Node | None

    @property
    def text(self) -> str:
        """The line at which libyaml gave up."""
        return self.source.lines[self.line]

    @property
    def before(self) -> str:
        """What stands before the place on its line."""
        return self.text[: self.column]

    @property
    def character(self) -> str:
        """The character there; empty at the end of the line."""
        return self.text[self.column : self.column + 1]

    def here(self, length: int = 1) -> Span:
        """The place at which libyaml gave up."""
        return self.source.stretch(self.line, self.column, length)

    def there(self, length: int = 1) -> Span:
        """The place where the thing began that libyaml could not finish."""
        return self.source.stretch(self.context_line, self.context_column, length)


def scene_of(error: yaml.MarkedYAMLError, source: SourceText, last: Node | None) -> Scene:
    """The scene of an error; `last` is the node that was read before it."""
    mark = error.problem_mark or error.context_mark
    context = error.context_mark or mark
    rows = len(source.lines) - 1
    line, context_line = (min(each.line, rows) if each else 0 for each in (mark, context))
    return Scene(
        source,
        error.problem or "",
        error.context or "",
        line,
        mark.column if mark else 0,
        context_line,
        context.column if context else 0,
        last,
    )
