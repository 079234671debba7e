"""A table of the language as DMN 1.3 XML. What level 2 cannot say is refused."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final
from xml.sax.saxutils import escape, quoteattr

from definitions.arguments import Value
from definitions.expressions import Constant, Expression, Name, Node
from definitions.expressions.nodes import Arithmetic, Call, Negative
from definitions.runtime_values import DurationValue, MoneyValue
from definitions.tables.columns import Column
from definitions.tables.dmn.dmn_table import DmnError
from definitions.tables.regions import Among, Presence, Ranges, Region, Stretch
from definitions.tables.table import AGGREGATED, OutputColumn, Table
from definitions.tables.wording import in_order, plain_number
from definitions.types import Choice, Condition, Date, Duration, Number, Text, Type, YesNo, describe

MODEL: Final = "https://www.omg.org/spec/DMN/20191111/MODEL/"
"""The namespace of DMN 1.3."""

_AGGREGATIONS: Final = {
    "collect sum": "SUM",
    "collect min": "MIN",
    "collect max": "MAX",
    "collect count": "COUNT",
}


def write_table(table: Table, name: str, title: str, reads: Mapping[str, str]) -> str:
    """The XML of a table. `name` is an id for it; `reads` says of each input what it is in the process.

    Raises:
        DmnError: an input, test or value has no place in a table of level 2.
    """
    return "\n".join(_document(table, name, title, reads)) + "\n"


def _document(table: Table, name: str, title: str, reads: Mapping[str, str]) -> Iterator[str]:
    yield '<?xml version="1.0" encoding="UTF-8"?>'
    address = f"https://casewright.example/decisions/{name}"
    named = f'id="{name}_definitions" name={quoteattr(title)} namespace="{address}"'
    yield f'<definitions xmlns="{MODEL}" {named}>'
    for column in table.inputs:
        yield f'  <inputData id="{name}_{column.name}" name={quoteattr(column.name)}>'
        yield f"    <description>{escape(reads.get(column.name, ''))}</description>"
        yield f'    <variable name={quoteattr(column.name)} typeRef="{_type(column.type, column.name)}"/>'
        yield "  </inputData>"
    yield f'  <decision id="{name}" name={quoteattr(title)}>'
    kind = f' typeRef="{_type(table.outputs[0].type, name)}"' if len(table.outputs) == 1 else ""
    yield f"    <variable name={quoteattr(title)}{kind}/>"
    for number, column in enumerate(table.inputs, start=1):
        yield f'    <informationRequirement id="{name}_requirement_{number}">'
        yield f'      <requiredInput href="#{name}_{column.name}"/>'
        yield "    </informationRequirement>"
    yield from (f"    {line}" for line in _table(table, name))
    yield "  </decision>"
    yield "</definitions>"


def _table(table: Table, name: str) -> Iterator[str]:
    policy = "COLLECT" if table.hit in AGGREGATED else table.hit.upper()
    more = f' aggregation="{_AGGREGATIONS[table.hit]}"' if table.hit in AGGREGATED else ""
    yield f'<decisionTable id="{name}_table" hitPolicy="{policy}"{more}>'
    for number, column in enumerate(table.inputs, start=1):
        yield f'  <input id="{name}_input_{number}" label={quoteattr(column.label)}>'
        yield f'    <inputExpression typeRef="{_type(column.type, column.name)}">'
        yield f"      <text>{escape(column.name)}</text>"
        yield "    </inputExpression>"
        if bounds := _bounds(column):
            yield f"    <inputValues><text>{escape(bounds)}</text></inputValues>"
        yield "  </input>"
    for index, output in enumerate(table.outputs):
        yield from (f"  {line}" for line in _output(table, output, index, name))
    for number, row in enumerate(table.rows, start=1):
        yield f'  <rule id="{name}_rule_{number}">'
        if row.because:
            yield f"    <description>{escape(row.because)}</description>"
        for column, region in zip(table.inputs, row.when, strict=True):
            test = _test(region, column, number)
            yield f"    <inputEntry><text>{escape(test)}</text></inputEntry>"
        for value in row.then:
            entry = _entry(value, table, f"row {number}")
            yield f"    <outputEntry><text>{escape(entry)}</text></outputEntry>"
        yield "  </rule>"
    yield "</decisionTable>"


def _output(table: Table, output: OutputColumn, index: int, name: str) -> Iterator[str]:
    kind = _type(output.type, output.name)
    label = f" label={quoteattr(output.title)}" if output.title else ""
    yield f'<output id="{name}_output_{index + 1}" name={quoteattr(output.name)}{label} typeRef="{kind}">'
    if output.order:
        values = ", ".join(_literal(each, output.name) for each in output.order)
        yield f"  <outputValues><text>{escape(values)}</text></outputValues>"
    if isinstance(table.default, tuple):
        entry = _entry(table.default[index], table, "`default`")
        yield f"  <defaultOutputEntry><text>{escape(entry)}</text></defaultOutputEntry>"
    yield "</output>"


def _type(kind: Type, name: str) -> str:
    match kind:
        case Number():
            return "number"
        case Text() | Choice() | YesNo():
            return "string"
        case Condition():
            return "boolean"
        case Date():
            return "date"
        case Duration(family):
            return "yearMonthDuration" if family == "months" else "dayTimeDuration"
        case _:
            raise DmnError(
                f"`{name}` is {describe(kind)}, which DMN does not have; compare a number or a text"
            )


def _bounds(column: Column) -> str:
    if column.codes:
        return ", ".join(_text(code) for code in column.codes)
    if column.stretch != Stretch():
        return _stretch(column.stretch, column.name)
    return ""


def _test(region: Region | None, column: Column, row: int) -> str:
    where = f"row {row}, `{column.name}`"
    match region:
        case None:
            return "-"
        case Presence(known):
            if isinstance(column.type, YesNo):
                raise DmnError(
                    f"{where}: `is known` of a yes/no answer; write the answers out: `in (yes, no)`"
                )
            return "not(null)" if known else "null"
        case Among(values, negated):
            listed = ", ".join(_literal(each, where) for each in in_order(values, column))
            return f"not({listed})" if negated else listed
        case Ranges(stretches):
            if not stretches:
                raise DmnError(f"{where}: the test holds for nothing; take the row out")
            return ", ".join(_stretch(each, where) for each in stretches)


def _stretch(each: Stretch, where: str) -> str:
    low = None if each.low is None else _literal(each.low, where)
    high = None if each.high is None else _literal(each.high, where)
    if low is None and high is None:
        raise DmnError(f"{where}: the test holds for everything; take it out")
    if low is None:
        return f"{'<' if each.high_open else '<='} {high}"
    if high is None:
        return f"{'>' if each.low_open else '>='} {low}"
    if each.is_point:
        return low
    return f"{']' if each.low_open else '['}{low}..{high}{'[' if each.high_open else ']'}"


def _entry(value: Value, table: Table, where: str) -> str:
    if value.expression is not None:
        names = {column.name for column in table.inputs}
        return _Written(value.expression, names, where).said()
    literal = value.literal
    if isinstance(literal, str) and len(literal) == 10 and _is_day(literal, value, table):
        return f'date("{literal}")'
    return _literal(literal, where)


def _is_day(literal: str, value: Value, table: Table) -> bool:
    """Whether a text stands for a day: the output that it belongs to is a date."""
    rows = [*(row.then for row in table.rows), *([table.default] if isinstance(table.default, tuple) else [])]
    places = {index for row in rows for index, each in enumerate(row) if each is value}
    return any(isinstance(table.outputs[index].type, Date) for index in places) and literal[4:5] == "-"


def _literal(value: object, where: str) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case int() | Decimal():
            return plain_number(Decimal(value))
        case str():
            return _text(value)
        case date():
            return f'date("{value.isoformat()}")'
        case DurationValue():
            return f'duration("{_duration(value, where)}")'
        case MoneyValue():
            raise DmnError(f"{where}: DMN has no amounts of money; compare a number")
        case _:
            raise DmnError(f"{where}: this value has no place in DMN")


def _text(value: str) -> str:
    quoted = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")
    return f'"{quoted}"'


def _duration(value: DurationValue, where: str) -> str:
    if value.in_months:
        months, whole = int(value.amount), value.amount == int(value.amount)
        said = f"P{abs(months)}M"
    else:
        months = int(value.minutes)
        whole = value.minutes == months
        days, rest = divmod(abs(months), 1440)
        hours, minutes = divmod(rest, 60)
        time = (f"{hours}H" if hours else "") + (f"{minutes}M" if minutes else "")
        said = f"P{f'{days}D' if days else ''}{f'T{time}' if time else ''}"
        said = "PT0M" if said == "P" else said
    if not whole:
        raise DmnError(f"{where}: a part of a {'month' if value.in_months else 'minute'} has no place in DMN")
    return f"-{said}" if months < 0 else said


@dataclass(frozen=True, slots=True)
class _Written:
    """An expression of an output, written as S-FEEL."""

    expression: Expression
    names: set[str]
    where: str

    def said(self) -> str:
        return self.node(self.expression.root)

    def node(self, node: Node) -> str:
        match node:
            case Constant(value=value):
                return _literal(value, self.where)
            case Name(path=(name,)) if name in self.names:
                return name
            case Negative(operand=operand):
                return f"-{self.inside(operand)}"
            case Arithmetic(sign=sign, left=left, right=right):
                return f"{self.inside(left)} {sign} {self.inside(right)}"
            case Call(function=unit, arguments=(Constant(value=Decimal() as amount),)) if unit in _LENGTHS:
                return _literal(DurationValue(amount, unit), self.where)  # type: ignore[arg-type]  # one of _LENGTHS
            case _:
                text = self.expression.text
                message = f"{self.where}: `{text}` is more than arithmetic with the inputs of the table"
                raise DmnError(f"{message}; make what it reads an input")

    def inside(self, node: Node) -> str:
        said = self.node(node)
        return f"({said})" if isinstance(node, Arithmetic) else said


_LENGTHS: Final = ("minutes", "hours", "days", "weeks", "months")
