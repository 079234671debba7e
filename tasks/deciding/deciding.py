"""`decide`: a decision table, with what it decided, which rows did, and why."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, cast

from pydantic import Field

from definitions.arguments import StepArguments, Value
from definitions.catalogue import Look, Path
from definitions.diagnostics import Severity
from definitions.plan import Plan, PlanStep
from definitions.problems import Problem
from definitions.runtime_values import MISSING, Singleton
from definitions.tables.building import Judge, build, column_of
from definitions.tables.columns import Column
from definitions.tables.notation import DecisionInput, Facets, InputOf, OutputSpec, TableSpec
from definitions.tables.outcome import Outcome, TableError
from definitions.tables.outcome import decide as by_table
from definitions.tables.table import LISTS, Table
from definitions.tables.telling import table_words, tell
from definitions.tables.verdict import search
from definitions.types import Condition, ListOf, Number, Struct, Text, Type, Unknown
from definitions.vocabulary import Vocabulary
from tasks.call import Call
from tasks.outputs import NamedOutput
from tasks.registry import step_kind
from tasks.result import StepError


class Decide(TableSpec, StepArguments):
    """`inputs:` what is asked, `rows:` with tests of the inputs and the outputs that they give.

    `hit:` says which of the rows that hold counts, `default:` what is given where none holds.
    """

    inputs: Annotated[dict[str, DecisionInput], Field(min_length=1, max_length=40)]


def _judge(look: Look) -> Judge:
    """What checks a table that stands in a step."""

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


def _outputs(arguments: Decide, look: Look) -> Type:
    judge = _judge(look)
    columns: dict[str, Column | None] = {}
    types: dict[str, Type] = {}
    for name, given in arguments.inputs.items():
        types[name] = _input_type(name, given, look)
        columns[name] = column_of(name, types[name], _facets(given), judge, ("inputs", name))
    table = build(arguments, columns, judge)
    if table is None:
        return Unknown()
    for found in search(table):
        judge.report(found.problem, found.path, found.severity, True)
    return _type(table, types)


def _input_type(name: str, given: Value | InputOf, look: Look) -> Type:
    before = look.problems
    path: Path = ("inputs", name) if isinstance(given, Value) else ("inputs", name, "of")
    kind = look.value(_value(given), path)
    if isinstance(kind, Unknown) and look.problems == before:
        advice = "give its parts the same type, or ask for them one by one"
        look.report("CW805", f"it is not clear of which type `{name}` is", path, advice=advice)
    return kind


def _value(given: Value | InputOf) -> Value:
    return given if isinstance(given, Value) else given.of


def _facets(given: Value | InputOf) -> Facets:
    return Facets() if isinstance(given, Value) else given


def _type(table: Table, inputs: Mapping[str, Type]) -> Type:
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
    return Struct((*fields, ("inputs", Struct(tuple(inputs.items())))))


def _explain(arguments: Decide) -> list[str]:
    return table_words(arguments, tuple(arguments.inputs))


@step_kind(
    "decide",
    number=1,
    summary="Decides by a table",
    arguments=Decide,
    output=NamedOutput,
    outputs=_outputs,
    explain=_explain,
)
def decide(call: Call, arguments: Decide) -> NamedOutput:
    """Decide, and say why. While something is missing the decision is provisional, as far as that matters."""
    table = table_of_step(call.plan, call.step)
    values = {name: _day(call, call.value(_value(given))) for name, given in arguments.inputs.items()}
    try:
        outcome = by_table(table, values, lambda entry: call.value(entry, values))
    except TableError as error:
        raise StepError(error.code, error.message) from error
    return NamedOutput(**decision(table, outcome), explanation=tell(table, values, outcome), inputs=values)


def decision(table: Table, outcome: Outcome) -> dict[str, object]:
    """The outcome under the names by which later steps read it. Rows count from 1."""
    names = [output.name for output in table.outputs]
    given = dict(zip(names, outcome.values, strict=True))
    given |= {
        "rows": [row + 1 for row in outcome.counted],
        "open_rows": [row + 1 for row in outcome.open],
        "provisional": outcome.provisional,
    }
    if table.hit in LISTS:
        columns = [value for value in outcome.values if isinstance(value, tuple)]
        given["each"] = [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]
        return given
    known = ([each for each in values if not isinstance(each, Singleton)] for values in outcome.possible)
    given["possible"] = dict(zip(names, known, strict=True))
    return given


def _day(call: Call, value: object) -> object:
    """Of a moment its day counts, in the zone of the process's calendar. What is not there is missing."""
    if isinstance(value, Singleton):
        return MISSING
    return value.astimezone(call.zone).date() if isinstance(value, datetime) else value


def _published(vocabulary: Vocabulary) -> Judge:
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


_MOST_KEPT = 300
_tables: dict[tuple[str, str], Table] = {}
"""The tables of the plans that are running: a plan never changes, so its table is built once."""


def table_of_step(plan: Plan, step: PlanStep) -> Table:
    """The table of a step with `do: decide`."""
    key = (plan.hash, step.id)
    if key not in _tables:
        if len(_tables) >= _MOST_KEPT:
            _tables.clear()
        _tables[key] = _built(plan, step)
    return _tables[key]


def input_words(step: PlanStep) -> dict[str, str]:
    """What each input of the table is in the process, as it is written there."""
    arguments = cast("Decide", step.arguments)
    values = {name: _value(given) for name, given in arguments.inputs.items()}
    return {name: _entry_words(value) for name, value in values.items()}


def _entry_words(value: Value) -> str:
    return value.expression.text if value.expression is not None else str(value.literal)


def _built(plan: Plan, step: PlanStep) -> Table:
    arguments = cast("Decide", step.arguments)
    judge, types = _published(plan.vocabulary), _input_types(step)
    columns = {
        name: column_of(name, types[name], _facets(given), judge, ("inputs", name))
        for name, given in arguments.inputs.items()
    }
    table = build(arguments, columns, judge)
    if table is None:
        raise StepError("no_row", "the table could not be read; check the definition anew")
    return table


def _input_types(step: PlanStep) -> dict[str, Type]:
    """The types of the inputs, as the checker found them: the step gives its inputs on under `inputs`."""
    output = step.output
    if step.for_each is not None and isinstance(output, Struct):
        each = output.field("each")
        output = each.item if isinstance(each, ListOf) else output
    inputs = output.field("inputs") if isinstance(output, Struct) else None
    return dict(inputs.fields) if isinstance(inputs, Struct) else {}
