"""A table as it was written, with the types of its inputs, becomes a typed one; what is wrong is reported."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final, Literal, TypeAlias

from definitions.arguments import Value
from definitions.checks.ids import id_problem, name_problem
from definitions.checks.literals import literal_problem
from definitions.diagnostics import Severity, suggest
from definitions.expressions.functions import FUNCTIONS
from definitions.problems import Problem
from definitions.runtime_values import ValueConflictError
from definitions.tables.columns import Column
from definitions.tables.linking import link
from definitions.tables.notation import Facets, OutputSpec, RowSpec, TableSpec
from definitions.tables.regions import Point, Ranges, Region, ends, in_size
from definitions.tables.table import AGGREGATED, ORDERED, OutputColumn, Row, Table
from definitions.tables.unary import UnaryTest
from definitions.types import (
    TYPE_WORDS,
    Choice,
    Condition,
    Date,
    DateTime,
    Duration,
    MaybeAbsent,
    Money,
    Number,
    Text,
    Type,
    Unknown,
    YesNo,
    describe,
    meant,
    type_from_words,
)

Path: TypeAlias = tuple[str | int, ...]

TESTED: Final = (Number, Money, Date, Duration, Text, Choice, YesNo, Condition)
"""The types that tests can be made of."""
OUTPUT_WORDS: Final = (*(word for word in TYPE_WORDS if word != "consent"), "choice", "condition")
"""What the `type:` of an output, or of an input of a shared table, can say."""
TAKEN: Final = frozenset({"rows", "open_rows", "provisional", "possible", "explanation", "inputs", "each"})
"""Names that every decision gives besides the outputs of the table."""


@dataclass(frozen=True, slots=True)
class Judge:
    """Where a table stands: what reports its problems and knows what its values can read.

    `report` takes a problem of the text at a path of the table, or of the key there. `value` gives the type
    of a value, which may read the inputs, and reports it where it is not what the place wants. `options`
    gives those of an output, and reports a value set that does not exist.
    """

    report: Callable[[Problem, Path, Severity, bool], None]
    value: Callable[[Value, Path, Type, Mapping[str, Type]], Type]
    options: Callable[[OutputSpec, Path], tuple[str, ...]]


@dataclass(slots=True)
class _Faults:
    """Counts what was reported, so that a table with faults is not searched for more."""

    judge: Judge
    count: int = 0

    def report(self, problem: Problem, path: Path, *, of_key: bool = False) -> None:
        self.count += 1
        self.judge.report(problem, path, "error", of_key)

    def say(
        self, code: str, message: str, path: Path, advice: str | None = None, *, of_key: bool = False
    ) -> None:
        self.report(Problem(code, message, 0, 0, advice=advice), path, of_key=of_key)


def column_of(name: str, kind: Type, facets: Facets, judge: Judge, path: Path) -> Column | None:
    """An input with its type, a moment as its day; None, and a report, where no tests can be made of it."""
    faults = _Faults(judge)
    kind = kind.of if isinstance(kind, MaybeAbsent) else kind
    kind = Date() if isinstance(kind, DateTime) else kind
    if (problem := id_problem(name, FUNCTIONS, "name")) is not None:
        faults.report(problem, path, of_key=True)
    if not isinstance(kind, TESTED):
        if not isinstance(kind, Unknown):
            message = f"no tests can be made of {describe(kind)}"
            faults.say(
                "CW805",
                message,
                path,
                "ask for one thing, such as `= count(form.needs)` or `= a in form.needs`",
            )
        return None
    plain = Column(name, kind, facets.title or "")
    sized = isinstance(kind, Number | Money | Date | Duration)
    if facets.values is not None and not isinstance(kind, Text):
        faults.say("CW806", "only a text has `values`", (*path, "values"), "leave them out", of_key=True)
    if facets.whole and not isinstance(kind, Number):
        faults.say("CW806", "only a number is `whole`", (*path, "whole"), "leave it out", of_key=True)
    bounds: dict[str, Point | None] = {}
    for key, test in (("at_least", facets.at_least), ("at_most", facets.at_most)):
        bounds[key] = None if test is None else _bound(test, plain, faults, (*path, key), sized=sized)
    values = tuple(facets.values or ()) if isinstance(kind, Text) else ()
    return Column(name, kind, plain.title, values, bounds["at_least"], bounds["at_most"], facets.whole)


def _bound(test: UnaryTest, column: Column, faults: _Faults, path: Path, *, sized: bool) -> Point | None:
    if not sized:
        message = f"{describe(column.type)} has no size to bound"
        faults.say("CW806", message, path, "leave it out", of_key=True)
        return None
    found = link(test, column)
    if isinstance(found, tuple):
        for problem in found:
            faults.report(problem, path)
        return None
    single = found.stretches[0] if isinstance(found, Ranges) and len(found.stretches) == 1 else None
    if single is None or not single.is_point:
        faults.say("CW806", "a bound is one value", path)
        return None
    return single.low


def build(spec: TableSpec, columns: Mapping[str, Column | None], judge: Judge) -> Table | None:
    """The typed table; None where something is wrong with it, which is reported.

    `columns` are its inputs; None for one that could not be read, whose tests are then left alone.
    """
    return _Builder(spec, columns, _Faults(judge)).table()


class _Builder:
    def __init__(self, spec: TableSpec, columns: Mapping[str, Column | None], faults: _Faults) -> None:
        self.spec = spec
        self.columns = columns
        self.faults = faults
        self.names = {name: column.type if column else Unknown() for name, column in columns.items()}

    def table(self) -> Table | None:
        outputs = {name: self.output(name, spec) for name, spec in self.spec.outputs.items()}
        self.check_hit(outputs)
        rows = [self.row(row, ("rows", index), outputs) for index, row in enumerate(self.spec.rows)]
        default = self.default(outputs)
        self.check_scales(rows)
        if self.faults.count or None in self.columns.values():
            return None
        inputs = tuple(column for column in self.columns.values() if column is not None)
        return Table(inputs, tuple(outputs.values()), tuple(rows), self.spec.hit, default)

    # -- outputs

    def output(self, name: str, spec: OutputSpec) -> OutputColumn:
        path: Path = ("outputs", name)
        if (problem := name_problem(name)) is not None:
            self.faults.report(problem, path, of_key=True)
        elif name in TAKEN:
            advice = f"these names every decision has: {', '.join(sorted(TAKEN))}"
            self.faults.say("CW807", f"`{name}` cannot be the name of an output", path, advice, of_key=True)
        kind = self.output_type(spec, path)
        values = tuple(self.listed(value, kind, (*path, "values", index)) for index, value in
                       enumerate(spec.values or ()))  # fmt: skip
        if spec.values is not None and isinstance(kind, Choice):
            message = "a choice has `options`; their order is that of the values"
            self.faults.say("CW806", message, (*path, "values"), "leave `values` out", of_key=True)
        return OutputColumn(name, kind, spec.title or "", values)

    def output_type(self, spec: OutputSpec, path: Path) -> Type:
        if spec.type not in OUTPUT_WORDS:
            near = meant(spec.type, OUTPUT_WORDS)
            message = f"an output cannot be of the type `{spec.type}`"
            problem = Problem("CW401", message, 0, len(spec.type), OUTPUT_WORDS, near)
            self.faults.report(problem, (*path, "type"))
            return Unknown()
        if spec.type != "choice":
            if spec.options is not None:
                problem = Problem("CW402", f"`{spec.type}` has no options", 0, 0, advice="leave them out")
                self.faults.report(problem, (*path, "options"), of_key=True)
            return Condition() if spec.type == "condition" else type_from_words(spec.type) or Unknown()
        if not spec.options:
            advice = "list codes with their titles under `options:`, or name a value set"
            problem = Problem("CW402", "`choice` needs options", 0, len(spec.type), advice=advice)
            self.faults.report(problem, (*path, "type"))
            return Unknown()
        return Choice(self.faults.judge.options(spec, path))

    def listed(self, value: object, kind: Type, path: Path) -> object:
        """One of the values that an output can have, as a value of the language."""
        assert value is None or isinstance(value, str | int | Decimal | bool)  # noqa: S101  (the shape of the key)
        problem = literal_problem(value, kind)
        if problem is not None:
            self.faults.report(problem, path)
        return literal(value, kind)

    def check_hit(self, outputs: Mapping[str, OutputColumn]) -> None:
        hit, kinds = self.spec.hit, [output.type for output in outputs.values()]
        if hit in ORDERED and not any(output.order for output in outputs.values()):
            advice = "give an output `options`, or `values`, with the most important first"
            self.faults.say("CW808", f"`{hit}` needs an output whose values have an order", ("hit",), advice)
        if hit not in AGGREGATED:
            return
        if len(kinds) > 1:
            advice = "make a table of each output, or write `hit: collect`"
            self.faults.say(
                "CW808", f"`{hit}` makes one value; the table has {len(kinds)} outputs", ("hit",), advice
            )
        takes = {
            "collect sum": (Number, Money, Duration),
            "collect min": (Number, Money, Date, DateTime, Duration),
            "collect max": (Number, Money, Date, DateTime, Duration),
        }.get(hit)
        for kind in kinds if takes else ():
            if not isinstance(kind, (*(takes or ()), Unknown)):
                message = f"`{hit}` cannot be made of {describe(kind)}"
                self.faults.say("CW808", message, ("hit",), "write `hit: collect` for all values")

    # -- rows

    def row(self, spec: RowSpec, path: Path, outputs: Mapping[str, OutputColumn]) -> Row:
        for name in spec.when:
            if name not in self.columns:
                near = suggest(name, self.columns)
                message = f"the table has no input `{name}`"
                problem = Problem("CW809", message, 0, len(name), tuple(self.columns), near)
                self.faults.report(problem, (*path, "when", name), of_key=True)
        when = tuple(
            self.test(spec.when[name], column, (*path, "when", name)) if name in spec.when else None
            for name, column in self.columns.items()
        )
        return Row(when, self.values(spec.then, (*path, "then"), outputs), spec.because)

    def test(self, test: UnaryTest, column: Column | None, path: Path) -> Region | None:
        if column is None:
            return None
        found = link(test, column)
        if isinstance(found, tuple):
            for problem in found:
                self.faults.report(problem, path)
            return None
        return found

    def values(
        self, given: Mapping[str, Value], path: Path, outputs: Mapping[str, OutputColumn]
    ) -> tuple[Value, ...]:
        """The values of a row, one for each output."""
        for name in given:
            if name not in outputs:
                near = suggest(name, outputs)
                message = f"the table has no output `{name}`"
                problem = Problem("CW809", message, 0, len(name), tuple(outputs), near)
                self.faults.report(problem, (*path, name), of_key=True)
        lacking = [name for name in outputs if name not in given]
        if lacking:
            message = f"no value for {', '.join(f'`{name}`' for name in lacking)}"
            self.faults.say("CW810", message, path, "every row gives every output", of_key=True)
        return tuple(
            self.value(given[name], output, (*path, name))
            for name, output in outputs.items()
            if name in given
        )

    def value(self, value: Value, output: OutputColumn, path: Path) -> Value:
        kind = self.faults.judge.value(value, path, output.type, self.names)
        if value.expression is not None or not output.values or isinstance(kind, Unknown):
            return value
        if literal(value.literal, output.type) not in output.values:
            allowed, shown = tuple(str(each) for each in output.values), str(value.literal)
            message = f"`{shown}` is none of the `values` of `{output.name}`"
            near = suggest(shown, allowed)
            self.faults.report(Problem("CW403", message, 0, len(shown), allowed, near), path)
        return value

    def default(self, outputs: Mapping[str, OutputColumn]) -> tuple[Value, ...] | Literal["nothing"] | None:
        given = self.spec.default
        if given is None or given == "nothing":
            return given
        if self.spec.hit == "collect count":
            outputs = {name: OutputColumn(name, Number()) for name in outputs}
        return self.values(given, ("default",), outputs)

    def check_scales(self, rows: list[Row]) -> None:
        """Report tests of one input that do not compare: two currencies, months beside days."""
        for index, (name, column) in enumerate(self.columns.items()):
            bounds = () if column is None else (column.at_least, column.at_most)
            points = [each for each in bounds if each is not None]
            for number, row in enumerate(rows):
                points.extend(ends(row.when[index]))
                try:
                    in_size(points)
                except ValueConflictError as error:
                    self.faults.say("CW804", error.message, ("rows", number, "when", name))
                    break


def literal(value: object, kind: Type) -> object:
    """A plain value of a file as a value of this type; as it stands where it is none."""
    match kind, value:
        case Date(), str():
            try:
                return date.fromisoformat(value)
            except ValueError:
                return value
        case Number(), int() if not isinstance(value, bool):
            return Decimal(value)
        case _:
            return value
