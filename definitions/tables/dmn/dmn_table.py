"""A decision table of a DMN file, as far as the language can say it. Frozen."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from definitions.diagnostics import MessageError
from definitions.tables.columns import Column
from definitions.tables.dmn.sfeel import Atom, Computed
from definitions.tables.table import Hit
from definitions.types import Condition, Type


class DmnError(MessageError):
    """A file cannot be brought into the language; the message has the line, the element and what to do."""


@dataclass(frozen=True, slots=True)
class Given:
    """Something that a table is given: its id, its title and its type."""

    id: str
    title: str
    type: Type

    @property
    def said(self) -> str:
        """How an expression reads it. A truth is asked as an answer, which may be unknown."""
        return f"inputs.{self.id} is yes" if isinstance(self.type, Condition) else f"inputs.{self.id}"


@dataclass(frozen=True, slots=True)
class DmnInput:
    """An input of the table: `said` is its value as an expression."""

    column: Column
    said: str


@dataclass(frozen=True, slots=True)
class DmnOutput:
    """An output: `values` are those that rows may give, the most important first."""

    id: str
    title: str
    type: Type
    values: tuple[str | Decimal, ...] = ()


@dataclass(frozen=True, slots=True)
class DmnRule:
    """A rule: the test of each input in words, None where it takes everything, and the entries."""

    tests: tuple[str | None, ...]
    entries: tuple[Atom | Computed, ...]
    because: str | None = None


@dataclass(frozen=True, slots=True)
class DmnTable:
    """A table of a file, as far as the language can say it."""

    title: str
    givens: tuple[Given, ...]
    inputs: tuple[DmnInput, ...]
    outputs: tuple[DmnOutput, ...]
    rules: tuple[DmnRule, ...]
    hit: Hit
    default: tuple[Atom | Computed, ...] | None
    notes: tuple[str, ...] = ()
