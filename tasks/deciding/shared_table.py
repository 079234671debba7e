"""Shared decision tables: files of their own with declared inputs, which a step fills."""

from typing import Annotated

from pydantic import Field

from definitions.catalogue import Look
from definitions.checks.inputs import input_type
from definitions.checks.shape import read_shape
from definitions.schema import InputSpec
from definitions.sharing import SharedKind
from definitions.source import Document
from definitions.tables.building import Judge, column_of
from definitions.tables.columns import Column
from definitions.tables.notation import MOST_COLUMNS, Facets, TableSpec
from definitions.types import Condition, Type
from definitions.vocabulary import Vocabulary
from tasks.deciding.table_checks import check_table, judge_of
from tasks.shared_inputs import Declared


class SharedInput(Facets):
    """An input of a shared table: its `type`, for a choice its `options`, and which values it can have."""

    type: str
    title: str
    options: dict[str, str] | str | None = None
    required: bool = True


class SharedTable(TableSpec):
    """`table:` the name, `title:`, `purpose:` and `source:` for readers, `inputs:` what whoever uses it
    gives; then the keys of a decision table.
    """

    table: str
    title: str
    purpose: str | None = None
    source: str | None = None
    inputs: Annotated[dict[str, SharedInput], Field(min_length=1, max_length=MOST_COLUMNS)]


def shared_table(document: Document) -> SharedTable | None:
    """The table of a file; None where it could not be read."""
    raw = document.value()
    shape = read_shape(SharedTable, raw) if isinstance(raw, dict) else None
    return None if shape is None or shape.harmed else shape.value


def check_shared_table(table: SharedTable, look: Look) -> Type:
    """Report every fault of a shared table; the type of what it gives."""
    columns = {}
    for name, given in table.inputs.items():
        path = ("inputs", name)
        condition = given.type == "condition"
        kind = Condition() if condition else look.input_type(_spec(given), path)
        columns[name] = column_of(name, kind, given, judge_of(look), path)
    return check_table(table, columns, look)


TABLE = SharedKind("table", SharedTable, check_shared_table)


def columns_of(table: SharedTable, vocabulary: Vocabulary, judge: Judge) -> dict[str, Column | None]:
    """The inputs of a table, typed."""
    return {
        name: column_of(name, _type(given, vocabulary), given, judge, ("inputs", name))
        for name, given in table.inputs.items()
    }


def declared(table: SharedTable, vocabulary: Vocabulary) -> Declared:
    """The inputs of a table, for those who fill them."""
    types = {name: _type(given, vocabulary) for name, given in table.inputs.items()}
    needed = frozenset(name for name, given in table.inputs.items() if given.required)
    return Declared(types, needed, "table", "table", "CW816")


def _type(given: SharedInput, vocabulary: Vocabulary) -> Type:
    return Condition() if given.type == "condition" else input_type(_spec(given), vocabulary)


def _spec(given: SharedInput) -> InputSpec:
    return InputSpec(type=given.type, title=given.title, options=given.options, required=given.required)
