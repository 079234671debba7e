"""The keys in which a decision table is written."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Discriminator, Field, Tag

from definitions.arguments import CheckedByKind, Part, Value
from definitions.tables.table import Hit
from definitions.tables.unary import UnaryTest

MOST_ROWS = 500
MOST_COLUMNS = 40


class Facets(Part):
    """What is said of an input besides its value: `title:` for people, and which values it can have.

    `values:` are the only texts; `at_least:` and `at_most:` bound a value with a size; `whole: true` says
    that there is nothing between two whole numbers.
    """

    title: str | None = None
    values: Annotated[list[str], Field(min_length=1)] | None = None
    at_least: UnaryTest | None = None
    at_most: UnaryTest | None = None
    whole: bool = False


class InputOf(Facets):
    """An input with more said of it; `of:` is its value."""

    of: Annotated[Value, CheckedByKind()]


def _how(raw: object) -> str:
    return "keys" if isinstance(raw, Mapping | InputOf) else "value"


DecisionInput = Annotated[
    Annotated[Value, Tag("value")] | Annotated[InputOf, Tag("keys")], Discriminator(_how), CheckedByKind()
]
"""An input of a table in a step: a value, or a group of keys with the value under `of:`."""


class OutputSpec(Part):
    """An output: its `type`, for a choice its `options`, and a `title` for people.

    `values:` are the only values that rows may give. The order of the options, or of the values, has the most
    important first; `priority` and `output order` go by it.
    """

    type: str
    title: str | None = None
    options: dict[str, str] | str | None = None
    values: Annotated[list[str | int | Decimal | bool], Field(min_length=1)] | None = None


class RowSpec(Part):
    """A row: `when:` the tests of the inputs, `then:` the outputs, `because:` the reason in words.

    An input that a row does not name may have any value, or none.
    """

    when: dict[str, UnaryTest] = Field(default_factory=dict)
    then: Annotated[dict[str, Value], CheckedByKind(), Field(min_length=1)]
    because: str | None = None


class TableSpec(Part):
    """The keys that a table has wherever it stands."""

    outputs: Annotated[dict[str, OutputSpec], Field(min_length=1, max_length=MOST_COLUMNS)]
    hit: Hit = "unique"
    rows: Annotated[list[RowSpec], Field(min_length=1, max_length=MOST_ROWS)]
    default: Annotated[dict[str, Value] | Literal["nothing"] | None, CheckedByKind()] = None
