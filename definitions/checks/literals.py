"""Literals of YAML beside the types of the language: does a word, a number, a date suit its place?"""

import re
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal

from definitions.arguments import Scalar
from definitions.diagnostics import suggest
from definitions.problems import Problem
from definitions.types import (
    YES_NO_CODES,
    Choice,
    Choices,
    Condition,
    Date,
    DateTime,
    Duration,
    MaybeAbsent,
    Money,
    Number,
    Record,
    Text,
    Type,
    Unknown,
    YesNo,
    describe,
)


def literal_type(literals: Sequence[Scalar]) -> Type:
    """The type of one literal, or of several of which one is taken. Several words make a choice."""
    kinds = {_kind(each) for each in literals if each is not None}
    if len(kinds) != 1:
        return Unknown()
    words = tuple(dict.fromkeys(each for each in literals if isinstance(each, str)))
    if len(literals) > 1 and words and all(re.fullmatch(r"[a-z][a-z0-9_-]*", word) for word in words):
        return Choice(words)
    return kinds.pop()


def literal_problem(literal: Scalar, wants: Type) -> Problem | None:
    """What keeps a literal from being a value of this type, or None."""
    if isinstance(wants, MaybeAbsent):
        return literal_problem(literal, wants.of)
    if isinstance(wants, Unknown):
        return None
    text = literal if isinstance(literal, str) else ""
    if literal is None:
        return Problem("CW403", f"{describe(wants)} belongs here", 0, 0)
    if isinstance(wants, Choice | YesNo):
        return _choice_problem(literal, wants.options if isinstance(wants, Choice) else YES_NO_CODES)
    if _suits(literal, wants):
        return None
    message = f"`{_shown(literal)}` is not {describe(wants)}"
    return Problem("CW403", message, 0, len(text), advice=_advice(literal, wants))


def _kind(literal: Scalar) -> Type:
    if isinstance(literal, bool):
        return Condition()
    return Number() if isinstance(literal, int | Decimal) else Text()


def _choice_problem(literal: Scalar, options: tuple[str, ...]) -> Problem | None:
    if literal in options or not options:
        return None
    shown = _shown(literal)
    length = len(literal) if isinstance(literal, str) else 0
    return Problem(
        "CW403", f"`{shown}` is not one of the options", 0, length, options, suggest(shown, options)
    )


def _suits(literal: Scalar, wants: Type) -> bool:
    match wants:
        case Text():
            return isinstance(literal, str)
        case Number():
            return isinstance(literal, int | Decimal) and not isinstance(literal, bool)
        case Condition():
            return isinstance(literal, bool)
        case Date():
            return isinstance(literal, str) and _is_date(literal)
        case DateTime():
            return isinstance(literal, str) and _is_moment(literal)
        case _:
            return False


def _advice(literal: Scalar, wants: Type) -> str | None:
    if isinstance(wants, Record | Choices):
        named = isinstance(literal, str) and re.fullmatch(r"[a-z_]+(\.[a-z_]+)*", literal)
        return f"write `= {literal}`" if named else "write `= ` and the name of a value"
    return next((advice for kind, advice in _WRITE if isinstance(wants, kind)), None)


_WRITE: tuple[tuple[type[Type], str], ...] = (
    (Text, "put it in quotes"),
    (Date, "write it as 2026-02-01, or `= today()`"),
    (DateTime, "write it as 2026-02-01T09:30:00+00:00, or `= now()`"),
    (Money, 'write `= money(120, "USD")`'),
    (Duration, "write `= days(3)`"),
)


def _is_date(text: str) -> bool:
    try:
        return bool(date.fromisoformat(text)) and len(text) == 10
    except ValueError:
        return False


def _is_moment(text: str) -> bool:
    try:
        return datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False


def _shown(literal: Scalar) -> str:
    if isinstance(literal, bool):
        return "true" if literal else "false"
    return str(literal)[:40]
