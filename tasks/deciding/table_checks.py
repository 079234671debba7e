"""Checking a decision table where it stands, in a step or in a file, and the type of what it gives."""

from collections.abc import Mapping

from definitions.arguments import Value
from definitions.catalogue import Look, Path
from definitions.diagnostics import Severity
from definitions.problems import Problem
from definitions.tables.building import Judge, build
from definitions.tables.columns import Column
from definitions.tables.notation import OutputSpec, TableSpec
from definitions.tables.table import LISTS, Table
from definitions.tables.verdict import search
from definitions.types import Condition, ListOf, Number, Struct, Text, Type, Unknown
from definitions.vocabulary import Vocabulary
from tasks.result import StepError


def check_table(spec: TableSpec, columns: Mapping[str, Column | None], look: Look) -> Type:
    """Report everything that is wrong with a table; the type of what it gives, Unknown where it is broken."""
    judge = judge_of(look)
    table = build(spec, columns, judge)
    if table is None:
        return Unknown()
    for found in search(table):
        judge.report(found.problem, found.path, found.severity, True)
    return _type(table)


def judge_of(look: Look) -> Judge:
    """What reports the problems of a table at its places."""

    def report(problem: Problem, path: Path, severity: Severity, of_key: bool) -> None:
        look.problem(problem, path, severity=severity, of_key=of_key)

    def options(spec: OutputSpec, path: Path) -> tuple[str, ...]:
        if not isinstance(spec.options, str):
            return tuple(spec.options or ())
        known = look.catalogue.vocabulary
        if not look.choose(spec.options, tuple(known.value_sets), (*path, "options"), "value set"):
            return ()
        return known.options(spec.options) or ()

    return Judge(report, look.value, options)


def published(vocabulary: Vocabulary) -> Judge:
    """What builds a table that was checked when it was published: nothing is wrong with it."""

    def report(problem: Problem, _path: Path, _severity: Severity, _of_key: bool) -> None:
        raise StepError("no_row", f"the table does not fit its inputs any more: {problem.message}")

    def value(_value: Value, _path: Path, wants: Type, _names: Mapping[str, Type]) -> Type:
        return wants

    def options(spec: OutputSpec, _path: Path) -> tuple[str, ...]:
        if isinstance(spec.options, str):
            return vocabulary.options(spec.options) or ()
        return tuple(spec.options or ())

    return Judge(report, value, options)


def _type(table: Table) -> Type:
    """What later steps read of the decision."""
    own: list[tuple[str, Type]] = [(output.name, output.type) for output in table.outputs]
    if table.hit == "collect count":
        own = [(name, Number()) for name, _ in own]
    fields: list[tuple[str, Type]] = [
        (name, ListOf(kind) if table.hit in LISTS else kind) for name, kind in own
    ]
    numbers = ListOf(Number())
    fields += [
        ("rows", numbers),
        ("open_rows", numbers),
        ("provisional", Condition()),
        ("explanation", Text()),
    ]
    if table.hit in LISTS:
        fields.append(("each", ListOf(Struct(tuple(own)))))
    else:
        fields.append(("possible", Struct(tuple((name, ListOf(kind)) for name, kind in own))))
    return Struct((*fields, ("inputs", Struct(tuple(table.types().items())))))
