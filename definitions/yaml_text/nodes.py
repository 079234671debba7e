"""The tree of a YAML file: scalars, mappings and sequences, each knowing where it stands."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal, TypeAlias

from definitions.diagnostics import Span

Style = Literal["plain", "single", "double", "literal", "folded"]
Typed: TypeAlias = str | int | Decimal | bool | None
Plain: TypeAlias = "dict[str, Plain] | list[Plain] | Typed"

_BREAK = re.compile(r"\r\n|\r|\n")
_SINGLE = re.compile(r"''|.", re.DOTALL)
_DOUBLE = re.compile(
    r"\\(?:\r\n|x[0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}|.)|.",
    re.DOTALL,
)
_BLANK_ESCAPES = frozenset("tnvfrNLP_ \t\r\n")


@dataclass(frozen=True, slots=True)
class Scalar:
    """One value. `text` is its content, `value` what it means (YAML 1.2 core types; decimals for fractions).

    `raw` is the content as written in the file, quotes and block header included.
    """

    span: Span
    text: str
    style: Style
    value: Typed
    raw: str = field(default="", repr=False, compare=False)

    def offset_span(self, start: int, end: int) -> Span:
        """The span of `text[start:end]` in the file; the whole scalar where there is no such place.

        Only white space is written differently from what it means, apart from escapes in quotes; so the
        n-th visible character of the text is the n-th visible character of what is written.
        """
        if not 0 <= start < end <= len(self.text):
            return self.span
        before = _visible(self.text[:start])
        inside = _visible(self.text[start:end])
        marks = list(_written(self.raw, self.style))
        if not inside or before + inside > len(marks):
            return self.span
        first, last = marks[before], marks[before + inside - 1]
        return Span(self.span.file, *self._at(first[0]), *self._at(last[1]))

    def _at(self, index: int) -> tuple[int, int]:
        breaks = list(_BREAK.finditer(self.raw, 0, index))
        if not breaks:
            return self.span.line, self.span.column + index
        return self.span.line + len(breaks), index - breaks[-1].end() + 1


@dataclass(frozen=True, slots=True)
class Entry:
    """A key and its value."""

    key: Scalar
    value: Node


@dataclass(frozen=True, slots=True)
class Mapping:
    """Keys and values in the order of the file. Where a key stands twice, the first one counts."""

    span: Span
    entries: tuple[Entry, ...]
    _index: dict[str, Entry] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        index = {entry.key.text: entry for entry in reversed(self.entries)}
        object.__setattr__(self, "_index", index)

    def entry(self, key: str) -> Entry | None:
        """The entry of that key, or None."""
        return self._index.get(key)


@dataclass(frozen=True, slots=True)
class Sequence:
    """Items in the order of the file."""

    span: Span
    items: tuple[Node, ...]


Node: TypeAlias = Scalar | Mapping | Sequence


def plain(node: Node) -> Plain:
    """The node as plain Python values."""
    if isinstance(node, Scalar):
        return node.value
    if isinstance(node, Sequence):
        return [plain(item) for item in node.items]
    values: dict[str, Plain] = {}
    for entry in node.entries:
        values.setdefault(entry.key.text, plain(entry.value))
    return values


def _visible(text: str) -> int:
    return sum(not character.isspace() for character in text)


def _written(raw: str, style: Style) -> Iterator[tuple[int, int]]:
    """Where each visible character of a scalar begins and ends in `raw`."""
    if style == "single":
        found = _SINGLE.finditer(raw, 1, len(raw) - 1)
    elif style == "double":
        found = _DOUBLE.finditer(raw, 1, len(raw) - 1)
    else:
        header = _BREAK.search(raw) if style in {"literal", "folded"} else None
        found = re.compile(r"\S").finditer(raw, header.end() if header else 0)
    for token in found:
        if not _is_blank(token.group()):
            yield token.span()


def _is_blank(token: str) -> bool:
    if len(token) == 2 and token[0] == "\\":
        return token[1] in _BLANK_ESCAPES
    if len(token) > 2 and token[0] == "\\" and token[1] in "xuU":
        return chr(int("0x" + token[2:], base=0)).isspace()
    return token.isspace()
