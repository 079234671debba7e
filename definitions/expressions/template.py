"""Running text for people in which `{{ expression }}` stands for a value."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from definitions.expressions.evaluation import Environment, evaluate
from definitions.expressions.inference import infer
from definitions.expressions.nodes import Expression
from definitions.expressions.scope import Scope
from definitions.expressions.syntax import ExpressionError, parse
from definitions.problems import Problem
from definitions.types import Condition, ListOf, Record, Struct, Type, describe

MAX_PIECES: Final = 200

_BRACES: Final = re.compile(r"\{\{|\}\}|\{%|%\}|\{#")


@dataclass(frozen=True, slots=True)
class Insert:
    """An expression in running text. `offset` is where its own text starts in the running text."""

    expression: Expression
    offset: int


@dataclass(frozen=True, slots=True)
class RunningText:
    """Pieces of plain text and the expressions between them, in the order of the text."""

    text: str
    parts: tuple[str | Insert, ...]

    @property
    def inserts(self) -> tuple[Insert, ...]:
        """The expressions only."""
        return tuple(part for part in self.parts if isinstance(part, Insert))


def parse_running_text(text: str) -> RunningText:
    """The pieces of a running text.

    Raises:
        ExpressionError: with every problem of every expression and brace; offsets are into `text`.
    """
    parts: list[str | Insert] = []
    problems: list[Problem] = []
    place = 0
    while found := _BRACES.search(text, place):
        start, opening = found.span()[0], found[0]
        if opening != "{{":
            problems.append(_stray(opening, start))
            break
        end = text.find("}}", start)
        again = text.find("{{", start + 2)
        if end < 0 or start < again < end:
            advice = "close it with `}}` behind the expression"
            problems.append(Problem("CW314", "`{{` is not closed", start, start + 2, advice=advice))
            break
        parts.append(text[place:start])
        problems.extend(_insert(text, start + 2, end, parts))
        place = end + 2
        if len(parts) > MAX_PIECES:
            message = f"a text has at most {MAX_PIECES // 2} expressions"
            problems.append(Problem("CW302", message, start, place, advice="shorten the text"))
            break
    if problems:
        raise ExpressionError(problems)
    return RunningText(text, tuple(part for part in [*parts, text[place:]] if part != ""))


def infer_running_text(running: RunningText, scope: Scope) -> tuple[Problem, ...]:
    """Every problem of the expressions in a running text, with offsets into it."""
    problems: list[Problem] = []
    for insert in running.inserts:
        kind, found = infer(insert.expression, scope)
        problems.extend(problem.shifted(insert.offset) for problem in found or _unreadable(kind, insert))
    return tuple(problems)


def fill(running: RunningText, environment: Environment, show: Callable[[object], str]) -> str:
    """The text with each expression replaced by its value in words, which `show` finds, also for MISSING.

    Raises:
        EvaluationError: an expression has no value; see `evaluate`.
    """
    return "".join(
        part if isinstance(part, str) else show(evaluate(part.expression, environment).value)
        for part in running.parts
    )


def _unreadable(kind: Type, insert: Insert) -> tuple[Problem, ...]:
    """The problem of a value that cannot be put into words."""
    inner = kind.item if isinstance(kind, ListOf) else kind
    if not isinstance(inner, Struct | Record | Condition | ListOf):
        return ()
    root = insert.expression.root
    advice = "write one of its fields, such as its name or date"
    if isinstance(inner, Condition):
        advice = "say it in words by rule: `first:`, `when`, `use` and `otherwise:`"
    elif isinstance(kind, ListOf):
        advice = "write how many there are: count(...)"
    message = f"{describe(kind)} cannot stand in running text"
    return (Problem("CW338", message, root.start, root.end, advice=advice),)


def _insert(text: str, start: int, end: int, parts: list[str | Insert]) -> tuple[Problem, ...]:
    """Parse one expression and add it to the parts; its problems, with offsets into the running text."""
    try:
        parts.append(Insert(parse(text[start:end]), start))
    except ExpressionError as error:
        return tuple(problem.shifted(start) for problem in error.problems)
    return ()


def _stray(braces: str, start: int) -> Problem:
    if braces == "}}":
        message, advice = "`}}` closes nothing", "open the expression with `{{`"
    else:
        message = f"`{braces}` is not part of running text"
        advice = "only `{{ expression }}` stands in it; whether a step runs is said by `when:`"
    return Problem("CW314", message, start, start + 2, advice=advice)
