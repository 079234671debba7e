"""Decision tables from YAML for tests, with the types of their inputs said in one line each."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from textwrap import dedent
from typing import Any

from definitions.arguments import Value
from definitions.checks.shape import read_shape
from definitions.problems import Problem
from definitions.source import parse
from definitions.tables.building import Judge, Path, build, column_of
from definitions.tables.notation import Facets, OutputSpec, TableSpec
from definitions.tables.outcome import Outcome, decide
from definitions.tables.table import Table
from definitions.types import Type


def table(text: str, facets: Mapping[str, Mapping[str, Any]] | None = None, **types: Type) -> Table:
    """The table that YAML writes for inputs of these types. Fails with its problems where it has any."""
    found, problems = read(text, facets, **types)
    assert found is not None, problems
    return found


def read(
    text: str, facets: Mapping[str, Mapping[str, Any]] | None = None, **types: Type
) -> tuple[Table | None, list[Problem]]:
    """A table and its problems."""
    problems: list[Problem] = []

    def report(problem: Problem, _path: Path, _severity: str, _of_key: bool) -> None:
        problems.append(problem)

    def value(_value: Value, _path: Path, wants: Type, _names: Mapping[str, Type]) -> Type:
        return wants

    def options(spec: OutputSpec, _path: Path) -> tuple[str, ...]:
        return tuple(spec.options or ())

    judge = Judge(report, value, options)
    document = parse(dedent(text).encode(), "table.yaml")
    assert not document.diagnostics, document.diagnostics
    raw = document.value()
    assert isinstance(raw, dict)
    shape = read_shape(TableSpec, raw)
    assert shape.value is not None
    assert not shape.problems, shape.problems
    columns = {}
    for name, kind in types.items():
        said = Facets.model_validate((facets or {}).get(name, {}))
        columns[name] = column_of(name, kind, said, judge, ("inputs", name))
    return build(shape.value, columns, judge), problems


def decided(found: Table, **inputs: object) -> Outcome:
    """What a table with literal entries decides. Whole numbers may be given as they are."""
    return decide(found, inputs, lambda entry: literal_of(found, entry))


def literal_of(_found: Table, entry: Value) -> object:
    """The value of a literal entry."""
    raw = entry.literal
    if isinstance(raw, str) and len(raw) == 10 and raw[4:5] == "-":
        return date.fromisoformat(raw)
    return Decimal(raw) if isinstance(raw, int) and not isinstance(raw, bool) else raw
