"""A decision in sentences: which row counts, why, and what is still open."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from definitions.runtime_values import MISSING, Singleton
from definitions.tables.notation import RowSpec, TableSpec
from definitions.tables.outcome import Outcome
from definitions.tables.table import Row, Table
from definitions.tables.wording import value_words, words

MOST_ROWS = 12


def tell(table: Table, inputs: Mapping[str, object], outcome: Outcome) -> str:
    """Why this was decided, in sentences that can be read out to the client."""
    lines = [_row(table, row, inputs) for row in outcome.counted[:MOST_ROWS]]
    if len(outcome.counted) > MOST_ROWS:
        lines.append(f"And {len(outcome.counted) - MOST_ROWS} more rows.")
    if outcome.default and not outcome.counted:
        lines.append("No row holds." if not outcome.open else "No row holds so far.")
    lines.append(_result(table, outcome.values))
    if outcome.open:
        lines.append(_open(table, inputs, outcome))
    return " ".join(lines)


def table_words(spec: TableSpec, inputs: Sequence[str]) -> list[str]:
    """What a table does, a sentence for each row."""
    lines = [f"Decides {', '.join(_name(name) for name in spec.outputs)} by {', '.join(map(_name, inputs))}."]
    lines.append(f"{_COUNTS[spec.hit]}:")
    lines += [f"{number}. {_row_words(row)}" for number, row in enumerate(spec.rows, start=1)]
    if isinstance(spec.default, Mapping):
        lines.append(f"Otherwise {_values(spec.default)}.")
    elif spec.default == "nothing":
        lines.append("Otherwise nothing is decided.")
    return lines


_COUNTS = {
    "unique": "One row holds",
    "any": "Of rows that hold together all give the same",
    "priority": "Of the rows that hold the most important counts",
    "first": "The first row that holds counts",
    "rule order": "Every row that holds counts, in this order",
    "output order": "Every row that holds counts, the most important first",
    "collect": "Every row that holds counts",
    "collect sum": "The values of the rows that hold are added up",
    "collect min": "The smallest value of the rows that hold counts",
    "collect max": "The largest value of the rows that hold counts",
    "collect count": "The rows that hold are counted",
}


def _row_words(row: RowSpec) -> str:
    tests = (
        " and ".join(f"{_name(name)} {test.text}" for name, test in row.when.items()) or "whatever they are"
    )
    because = f" ({row.because})" if row.because else ""
    return f"When {tests}: {_values(row.then)}{because}."


def _values(values: Mapping[str, object]) -> str:
    return ", ".join(f"{_name(name)} {_entry(value)}" for name, value in values.items())


def _entry(value: object) -> str:
    expression, literal = getattr(value, "expression", None), getattr(value, "literal", None)
    return str(expression.text) if expression is not None else value_words(literal)


def _row(table: Table, number: int, inputs: Mapping[str, object]) -> str:
    row = table.rows[number]
    because = f" Because: {row.because}." if row.because else ""
    return f"Row {number + 1}: {_tests(table, row, inputs) or 'it takes every value'}.{because}"


def _tests(table: Table, row: Row, inputs: Mapping[str, object]) -> str:
    named = []
    for column, region in zip(table.inputs, row.when, strict=True):
        if region is not None:
            value, test = value_words(inputs[column.name]), words(region, column)
            named.append(
                f"{column.label} {value}" + (f" ({test})" if test not in (value, f'"{value}"') else "")
            )
    return ", ".join(named)


def _result(table: Table, values: Sequence[object]) -> str:
    named = [f"{_label(output.title, output.name)}: {_shown(value)}" for output, value in
             zip(table.outputs, values, strict=True)]  # fmt: skip
    return f"{'; '.join(named)}."


def _open(table: Table, inputs: Mapping[str, object], outcome: Outcome) -> str:
    missing = [column.label for column in table.inputs if inputs[column.name] is MISSING]
    lines = [f"Missing: {', '.join(missing)}."]
    if not outcome.provisional:
        return f"{lines[0]} That changes nothing."
    for output, possible in zip(table.outputs, outcome.possible, strict=True):
        if len(possible) > 1:
            could = " or ".join(_shown(each) for each in possible)
            lines.append(f"{_label(output.title, output.name)} could be {could}.")
    return f"{' '.join(lines)} Provisional."


def _shown(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(map(_shown, value)) or "none"
    return "not known" if isinstance(value, Singleton) else value_words(value)


def _label(title: str, name: str) -> str:
    return title or _name(name)


def _name(name: str) -> str:
    return name.replace("_", " ")
