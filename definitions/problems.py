"""A problem in one piece of text: an expression, a clock, a calendar entry.

The parsers of such pieces know nothing of files and lines. They say where in their text a problem lies;
the checker adds the position of the text and makes a diagnostic of it.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

from definitions.diagnostics import DefinitionError


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong between two offsets of a text, and what would be right.

    `code` is a key of `definitions.codes.CODES`. `start` and `end` are 0-based offsets in characters, `end`
    exclusive. `allowed` lists what may stand there, `suggestion` is the likeliest of it, `advice` is one
    sentence on what to do.
    """

    code: str
    message: str
    start: int
    end: int
    allowed: tuple[str, ...] = ()
    suggestion: str | None = None
    advice: str | None = None

    def shifted(self, by: int) -> "Problem":
        """The same problem in a text in which this text starts `by` characters later."""
        return replace(self, start=self.start + by, end=self.end + by)


class TextError(DefinitionError):
    """A piece of text was refused. `problems` holds everything found in it; the message joins theirs."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        super().__init__(())
        self.problems = tuple(problems)

    def __str__(self) -> str:
        return "; ".join(each.message for each in self.problems)


@dataclass(frozen=True, slots=True)
class PlacedProblem:
    """A problem at a key or a value inside a mapping. The problem's offsets are into that key or value."""

    path: tuple[str | int, ...]
    problem: Problem
    of: Literal["key", "value"] = "value"


class MappingError(DefinitionError):
    """A mapping was refused. `problems` holds everything found in it, each with its path."""

    def __init__(self, problems: Iterable[PlacedProblem]) -> None:
        super().__init__(())
        self.problems = tuple(problems)

    def __str__(self) -> str:
        lines = (f"{'.'.join(map(str, each.path))}: {each.problem.message}" for each in self.problems)
        return "; ".join(lines)
