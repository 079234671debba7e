"""A decision table, typed: what the checker searches and the engine decides by. Frozen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias, get_args

from definitions.arguments import Value
from definitions.tables.columns import Column, asks_presence
from definitions.tables.regions import Region
from definitions.types import Choice, Type

Hit: TypeAlias = Literal[
    "unique",
    "any",
    "priority",
    "first",
    "rule order",
    "output order",
    "collect",
    "collect sum",
    "collect min",
    "collect max",
    "collect count",
]
"""Which of the rows that hold count, as DMN 1.5 (8.2.8) names it."""

HITS: Final[tuple[Hit, ...]] = get_args(Hit)
SINGLE: Final = frozenset({"unique", "any", "priority", "first"})
"""One row counts."""
LISTS: Final = frozenset({"rule order", "output order", "collect"})
"""Every row that holds counts, and each gives a value."""
AGGREGATED: Final = frozenset({"collect sum", "collect min", "collect max", "collect count"})
"""One figure is made of the rows that hold."""
ORDERED: Final = frozenset({"priority", "output order"})
"""The order of the values of an output decides."""


@dataclass(frozen=True, slots=True)
class OutputColumn:
    """One output: its name, type, and its values with the most important first, where they are given."""

    name: str
    type: Type
    title: str = ""
    values: tuple[object, ...] = ()

    @property
    def order(self) -> tuple[object, ...]:
        """The values that it can have, the most important first; none where any value may come."""
        return self.type.options if isinstance(self.type, Choice) else self.values


@dataclass(frozen=True, slots=True)
class Row:
    """A row: a region or None for each input, a value for each output, and why."""

    when: tuple[Region | None, ...]
    then: tuple[Value, ...]
    because: str | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """A decision table. `default` are the values where no row holds.

    None means that this cannot happen, or ends the step; `nothing` that the outputs are then missing.
    """

    inputs: tuple[Column, ...]
    outputs: tuple[OutputColumn, ...]
    rows: tuple[Row, ...]
    hit: Hit = "unique"
    default: tuple[Value, ...] | Literal["nothing"] | None = None

    def tests(self, index: int) -> tuple[Region | None, ...]:
        """The tests of one input, row by row."""
        return tuple(row.when[index] for row in self.rows)

    @property
    def presence(self) -> tuple[bool, ...]:
        """For each input, whether a row asks if it is known: then missing is a value like others."""
        return tuple(asks_presence(self.tests(index)) for index in range(len(self.inputs)))

    @property
    def single(self) -> bool:
        """Whether one row counts."""
        return self.hit in SINGLE

    def types(self) -> Mapping[str, Type]:
        """The inputs, as the values of a row can read them."""
        return {column.name: column.type for column in self.inputs}
