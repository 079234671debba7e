"""What an unquoted YAML scalar means: the YAML 1.2 core schema, without what readers disagree about.

Text, whole numbers, decimals, true, false and null; nothing else. `yes`, `on`, `1:30`, `2026-02-01` are text
(YAML 1.2.2, section 10.3.2). Numbers that YAML 1.1 readers, spreadsheets or people take for something else
(`0123`, `0x1F`, `+49301234`, `1e5`) are refused, because a telephone number must not lose its zero.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from definitions.yaml_text.nodes import Typed

MOST_DIGITS = 18

_NULL = frozenset({"", "~", "null", "Null", "NULL"})
_TRUE = frozenset({"true", "True", "TRUE"})
_FALSE = frozenset({"false", "False", "FALSE"})
_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]*)")
_DECIMAL = re.compile(r"-?(?:0|[1-9][0-9]*)?\.[0-9]+")
_NOT_FINITE = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
_DOUBTFUL = re.compile(
    r"0o[0-7]+|0x[0-9a-fA-F]+|[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?",
)


@dataclass(frozen=True, slots=True)
class Refused:
    """Why an unquoted scalar is not accepted, with the code of `definitions.codes`."""

    code: str
    message: str
    advice: str


def resolve(text: str) -> Typed | Refused:
    """The value of an unquoted scalar."""
    if text in _NULL:
        return None
    if text in _TRUE or text in _FALSE:
        return text in _TRUE
    if text[0] not in "+-.0123456789":
        return text
    return _number(text)


def _number(text: str) -> Typed | Refused:
    if _NOT_FINITE.fullmatch(text):
        return Refused(
            "CW121", f'"{text}" is not a number that can be used', "Put it in quotes if it is text."
        )
    if not _DOUBTFUL.fullmatch(text):
        return text
    if sum(character.isdigit() for character in text) > MOST_DIGITS:
        message = f"this number has more than {MOST_DIGITS} digits"
        return Refused("CW122", message, "Put it in quotes if it is a text such as an account number.")
    if _INTEGER.fullmatch(text):
        return int(text)
    if _DECIMAL.fullmatch(text):
        return Decimal(text)
    return Refused(
        "CW120",
        f'"{text}" is read as a number by some programs and as text by others',
        f'Put it in quotes if it is text: "{text}". Write a number with plain digits: 123 or 1.5.',
    )
