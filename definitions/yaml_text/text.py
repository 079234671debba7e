"""A text with positions: offsets in, lines and columns out."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from definitions.diagnostics import Diagnostic, Severity, Span

_BREAK = re.compile(r"\r\n|\r|\n")


@dataclass(frozen=True, slots=True)
class SourceText:
    """The text of one file and its lines. A break is LF, CR or CR LF; lines are kept without it."""

    file: str
    content: str
    lines: tuple[str, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "lines", tuple(_BREAK.split(self.content)))

    def line(self, number: int) -> str:
        """Line `number`, counted from 1; empty when there is no such line."""
        return self.lines[number - 1] if 1 <= number <= len(self.lines) else ""

    def span(self, start: tuple[int, int], end: tuple[int, int]) -> Span:
        """The span between two (line, column) pairs counted from 0, as libyaml does; kept inside the text."""
        first, last = self._inside(*start), self._inside(*end)
        return Span(self.file, *first, *max(first, last))

    def stretch(self, line: int, column: int, length: int = 1) -> Span:
        """`length` characters of one line; line and column are counted from 0."""
        return self.span((line, column), (line, column + length))

    def diagnose(
        self,
        code: str,
        message: str,
        span: Span,
        *,
        severity: Severity = "error",
        allowed: tuple[str, ...] = (),
        suggestion: str | None = None,
        advice: str | None = None,
        related: tuple[tuple[Span, str], ...] = (),
    ) -> Diagnostic:
        """A diagnostic that carries the line it is about."""
        line = self.line(span.line)
        return Diagnostic(code, severity, message, span, line, allowed, suggestion, advice, related)

    def _inside(self, line: int, column: int) -> tuple[int, int]:
        if 0 <= line < len(self.lines):
            return line + 1, max(min(column, len(self.lines[line])), 0) + 1
        number = 0 if line < 0 else len(self.lines) - 1
        return number + 1, len(self.lines[number]) + 1
