"""What people type because it is right in a spreadsheet, in another language or on paper.

Tables, and the problems made of them with what to write instead; `scanner` finds the places.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from definitions.problems import Problem

COMPARE: Final = "write `==` to compare numbers, dates and money; write `is` for choices, answers and records"

IF: Final = "write a condition by itself; give a value by rule with `first:`, `when`, `use` and `otherwise:`"

JOINS: Final[dict[str, str]] = {"&&": "and", "||": "or", "!": "not", "&": "and", "|": "or", "~": "not"}

SIGNS: Final[dict[str, str]] = {
    "<>": "!=", "=>": ">=", "=<": "<=", "===": "==", "!==": "!=", "≤": "<=", "≥": ">=", "≠": "!=",
    "×": "*", "·": "*", "÷": "/", "−": "-", "–": "-", "—": "-",
}  # fmt: skip
"""Signs of other languages and their sign here."""

NO_SIGNS: Final[dict[str, str]] = {
    "**": "multiply a number by itself with `*`",
    "//": "divide with `/` and cut with `round(x, 0)`",
    "%": "for a part of something multiply by 0.10; a remainder cannot be computed",
    "@": "multiply with `*`",
    "^": "multiply a number by itself with `*`",
    "<<": "compare with `<`",
    ">>": "compare with `>`",
}
"""Operators that exist elsewhere and not here, with what to do instead."""

NO_WORDS: Final[dict[str, str]] = {
    "if": "give a value by rule with `first:`, `when`, `use` and `otherwise:`",
    "else": "give a value by rule with `first:`, `when`, `use` and `otherwise:`",
    "elif": "give a value by rule with `first:`, `when`, `use` and `otherwise:`",
    "lambda": "use the functions of the language only",
    "for": "run a step for each of several values with `for_each:`",
    "async": "use the functions of the language only",
    "await": "use the functions of the language only",
    "yield": "use the functions of the language only",
}
"""Words of Python that make constructs which expressions do not have."""

CONSTRUCTS: Final[dict[str, tuple[str, str]]] = {
    "[": ("square brackets", "write `x in (a, b)` for several values; a value is read by its name"),
    "{": ("a brace", "write a name or a value; several values stand in round brackets after `in`"),
    "{{": ("a pair of braces", "write the expression without them; `{{ }}` stands only inside running text"),
    ":=": ("an assignment", "give each value a step and an output of its own"),
    ":": ("a colon", "write one condition or one value; `when:` and `use:` are keys of their own"),
    ";": ("a semicolon", "write one condition or one value; join conditions with `and` or `or`"),
    "?": ("a question mark", "give a value by rule with `first:`, `when`, `use` and `otherwise:`"),
    "...": ("three dots", "write out what is meant"),
    "…": ("three dots", "write out what is meant"),
    "->": ("an arrow", "write a name with dots, such as `case.status`"),
    "\\": ("a backslash", "write the expression on one line, or as a YAML block"),
    "#": ("a comment", "put the comment on a line of its own in the YAML file"),
    "`": ("a backquote", 'put a text in straight quotes: "..."'),
    "$": ("a dollar sign", 'write an amount of money as money(100, "USD")'),
}

_BETWEEN: Final[dict[str, str]] = {
    "equals": COMPARE, "equal": COMPARE, "eq": COMPARE, "ne": COMPARE, "like": COMPARE, "matches": COMPARE,
    "contains": "write `option in choices`", "includes": "write `option in choices`",
    "has": "write `option in choices`", "between": "write `18 <= x < 65`",
    "exists": "write `x is known`", "isnt": "write `is not`", "plus": "write `+`", "minus": "write `-`",
    "times": "write `*`", "then": NO_WORDS["if"], "xor": "join conditions with `and` or `or`",
}  # fmt: skip
_BETWEEN_SIZES: Final = ("greater", "more", "above", "over", "older", "less", "below", "under", "younger")
_BETWEEN_DATES: Final = ("before", "after", "later", "earlier")
_UNITS: Final = ("minute", "hour", "day", "week", "month")


def between(left: str, right: str) -> str:
    """Advice for two operands without an operator between them."""
    word = right.lower()
    unit = word.removesuffix("s")
    if re.fullmatch(r"[0-9]+", left) and unit in _UNITS:
        return f"write a length of time as {unit}s({left})"
    if re.fullmatch(r"[0-9]{1,3}", left) and unit == "year":
        return f"write months({int(left) * 12})"
    if re.fullmatch(r"[0-9.]+", left) and re.fullmatch(r"[A-Z]{3}", right):
        return f'write an amount of money as money({left}, "{right}")'
    if word in _BETWEEN_SIZES or word in _BETWEEN_DATES or word in ("than", "to"):
        return "compare with `<`, `<=`, `==`, `!=`, `>=` or `>`"
    return _BETWEEN.get(word, "join conditions with `and` or `or`; put a text in quotes")


def equals(after: str) -> str:
    """What to write for a single `=`, by what stands behind it: a bare word is an option or an answer."""
    return "is" if re.match(r"\s*[A-Za-z]\w*(?![\w.(-])", after) else "=="


def comma(after: str) -> str:
    """Advice for a comma outside of brackets, by what stands behind it: a second condition, or a value."""
    if re.search(r"\b(?:is|in)\b|[<>=]", after):
        return "write `and` or `or` between two conditions"
    return "several values stand in brackets after `in`"


def number(text: str) -> tuple[str, str | None, str | None] | None:
    """What is wrong with a number as it is written: message, suggestion, advice. None when it is right."""
    if re.fullmatch(r"[0-9]+(\.[0-9]+)?", text):
        return _digits(text)
    plain = text.replace("_", "")
    if "_" in text and re.fullmatch(r"[0-9]+(\.[0-9]+)?", plain):
        return f"`{text}` is not a number here", plain, "write digits without anything between them"
    if re.fullmatch(r"[0-9]{1,3}(\.[0-9]{3}){2,}", text):
        return (
            f"`{text}` is not a number here",
            text.replace(".", ""),
            "write digits without dots between them",
        )
    if re.fullmatch(r"[0-9]+\.", text):
        return f"`{text}` is not a number here", text[:-1], "write digits, then a point and digits if needed"
    if unit := re.fullmatch(r"([0-9]+)(min|h|d|days?|hours?|weeks?|w|months?|minutes?|m)", text):
        return f"`{text}` is not a length of time here", None, f"write days({unit[1]}), hours({unit[1]}), ..."
    return (
        f"`{_short(text)}` is not a number",
        None,
        "write digits, then a point and digits if needed: 1200.50",
    )


def _digits(text: str) -> tuple[str, str | None, str | None] | None:
    if len(text.replace(".", "")) > 15:
        return f"a number with {len(text)} digits is too long", None, "at most 15 digits; shorten the number"
    if re.fullmatch(r"0[0-9]+(\.[0-9]+)?", text):
        advice = "leave the zero out; put it in quotes if it is a text, such as a telephone number"
        return f"`{text}` starts with a zero", text.lstrip("0") or "0", advice
    return None


def grouped(text: str, start: int) -> Problem:
    """`1,200` and `3,5`: a comma inside a number, which would make two numbers of it."""
    if re.fullmatch(r"[0-9]{1,3}(,[0-9]{3})+(\.[0-9]+)?", text):
        right, advice = text.replace(",", ""), "write thousands without a comma"
    else:
        right, advice = text.replace(",", "."), "write decimals with a point"
    return Problem(
        "CW307", f"`{_short(text)}` would be two numbers", start, start + len(text), (), right, advice
    )


def day(text: str, start: int) -> Problem:
    """A date in another notation than 2020-02-01."""
    parts = re.split(r"\D", text)
    end = start + len(text)
    message = f"`{text}` is not a date here"
    advice = "write the year first: 2020-02-01"
    if len(parts[0]) == 4:
        suggestion = f"{parts[0]}-{int(parts[1]):02}-{int(parts[2]):02}"
        return Problem("CW308", message, start, end, (), suggestion, advice)
    if "." in text:  # day.month.year everywhere; with slashes it is month first in some countries
        suggestion = f"{parts[2]}-{int(parts[1]):02}-{int(parts[0]):02}"
        return Problem("CW308", message, start, end, (), suggestion, advice)
    return Problem("CW308", message, start, end, advice=advice)


def percent(text: str, start: int) -> Problem:
    """`10%`, which would be the remainder of a division."""
    digits = text.rstrip("% \t\r\n")
    suggestion = None
    if re.fullmatch(r"[0-9]{1,2}", digits):
        suggestion = f"0.{int(digits):02}"
    message, advice = (
        f"`{_short(text)}` is not a number here",
        "write a part as a decimal number: 0.10 for 10 %",
    )
    return Problem("CW307", message, start, start + len(text), (), suggestion, advice)


def money(text: str, start: int) -> Problem:
    """`$100`, `100 €`: an amount with the sign of a currency."""
    currency = {"$": "USD", "€": "EUR", "£": "GBP", "¥": "JPY"}[re.sub(r"[\s0-9.,]", "", text)]
    amount = re.sub(r"[^0-9.]", "", text)
    message, advice = f"`{_short(text)}` is not an amount here", "an amount of money names its currency"
    suggestion = f'money({amount}, "{currency}")' if number(amount) is None else None
    return Problem("CW307", message, start, start + len(text), (), suggestion, advice)


def curly(text: str, start: int) -> Problem:
    """A text in the quotes that word processors make."""
    message, advice = "curly quotes do not make a text", "use straight quotes; a choice needs none"
    return Problem("CW305", message, start, start + len(text), (), f'"{text[1:-1]}"', advice)


def moment(text: str, start: int) -> Problem:
    """A date with a time of day."""
    advice = "write the date alone, or compare with a field that holds a date and time"
    message = "a date with a time cannot be written in an expression"
    return Problem("CW308", message, start, start + len(text), advice=advice)


def time(text: str, start: int) -> Problem:
    """A time of day."""
    message, advice = (
        "a time of day cannot be written in an expression",
        "for a length of time write hours(n)",
    )
    return Problem("CW308", message, start, start + len(text), advice=advice)


NEVER: Final[dict[str, Callable[[str, int], Problem]]] = {
    "curly": curly,
    "day": day,
    "grouped": grouped,
    "moment": moment,
    "money": money,
    "percent": percent,
    "time": time,
}
"""The kinds of tokens that are always refused, with their problem."""


def _short(text: str) -> str:
    return text if len(text) <= 24 else text[:20] + "..."
