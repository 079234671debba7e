"""`decide`: a decision table, with what it decided, which rows did, and why."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Self, cast

from pydantic import Field, PrivateAttr

from definitions.arguments import CheckedByKind, Value
from definitions.catalogue import Look, Path
from definitions.plan import Plan, PlanStep
from definitions.runtime_values import MISSING, Singleton
from definitions.sharing import Shared, SharedName
from definitions.tables.building import build, column_of, literal
from definitions.tables.columns import Column
from definitions.tables.notation import (
    MOST_COLUMNS,
    MOST_ROWS,
    DecisionInput,
    Facets,
    InputOf,
    OutputSpec,
    RowSpec,
    TableSpec,
)
from definitions.tables.outcome import Outcome, TableError
from definitions.tables.outcome import decide as by_table
from definitions.tables.table import LISTS, Table
from definitions.tables.telling import table_words, tell
from definitions.types import ListOf, Struct, Type, Unknown
from tasks.call import Call
from tasks.deciding.shared_table import (
    TABLE,
    SharedTable,
    check_shared_table,
    columns_of,
    declared,
    shared_table,
)
from tasks.deciding.table_checks import check_table, judge_of, published
from tasks.outputs import NamedOutput
from tasks.registry import step_kind
from tasks.result import StepError
from tasks.shared_inputs import check_filling, filled


class Decide(TableSpec):
    """`inputs:` what is asked, `rows:` with tests of the inputs and the `outputs` that they give: see
    [decision tables](#decision-tables).

    `hit:` says which of the rows that hold counts, `default:` what is given where none holds.

    Instead of outputs and rows, `table:` names a [shared table](#shared-tables), and `inputs:` fill its
    inputs. Those that it does not name are taken from `from:`, the answers of a step, by their names.
    """

    inputs: Annotated[dict[str, DecisionInput], Field(max_length=MOST_COLUMNS)] = Field(default_factory=dict)
    outputs: Annotated[dict[str, OutputSpec], Field(max_length=MOST_COLUMNS)] = Field(default_factory=dict)
    rows: Annotated[list[RowSpec], Field(max_length=MOST_ROWS)] = Field(default_factory=list)
    table: str | None = None
    answers: Annotated[Value | None, CheckedByKind()] = Field(default=None, alias="from")
    _shared: SharedTable | None = PrivateAttr(default=None)

    def shares(self) -> tuple[SharedName, ...]:
        """The shared table, if it uses one."""
        return () if self.table is None else ((TABLE.key, self.table),)

    def with_shared(self, shared: Shared) -> Self:
        """The arguments with the shared table that they name."""
        document = None if self.table is None else shared.get((TABLE.key, self.table))
        if document is None:
            return self
        found = self.model_copy()
        found._shared = shared_table(document)
        return found

    @property
    def shared(self) -> SharedTable | None:
        """The shared table, where it could be read."""
        return self._shared

    @property
    def spec(self) -> TableSpec:
        """The table by which is decided: the shared one, or the step's own."""
        return self._shared or self

    @property
    def given(self) -> dict[str, Value]:
        """The values of the inputs, as they are written."""
        return {name: _value(given) for name, given in self.inputs.items()}


OWN = ("outputs", "hit", "rows", "default")
"""The keys that a shared table has of its own."""


def _outputs(arguments: Decide, look: Look) -> Type:
    if arguments.table is not None:
        return _of_shared(arguments, arguments.table, look)
    if arguments.answers is not None:
        advice = "name it: `table: NAME`"
        look.report("CW209", "`from` fills a shared table", ("from",), advice=advice)
    lacking = [key for key in ("inputs", "outputs", "rows") if not getattr(arguments, key)]
    for key in lacking:
        advice = "write the table, or name a shared one: `table: NAME`"
        look.report("CW202", f"the key `{key}` is missing", (), advice=advice)
    if lacking:
        return Unknown()
    columns = {
        name: column_of(
            name, _input_type(name, given, look), _facets(given), judge_of(look), ("inputs", name)
        )
        for name, given in arguments.inputs.items()
    }
    return check_table(arguments, columns, look)


def _of_shared(arguments: Decide, name: str, look: Look) -> Type:
    for key in sorted(arguments.model_fields_set & set(OWN)):
        look.report("CW208", f"a shared table has `{key}` of its own", (key,), advice="leave it out")
    for key, given in arguments.inputs.items():
        if isinstance(given, InputOf):
            message = "what an input of a shared table can be stands in its file"
            look.report("CW208", message, ("inputs", key), advice="write only the value")
    found = look.shared(TABLE, name, ("table",))
    if found is None:
        return Unknown()
    table, inside = found
    check_filling(arguments.given, arguments.answers, declared(table, look.catalogue.vocabulary), look)
    return check_shared_table(table, inside)


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


def _explain(arguments: Decide) -> list[str]:
    if arguments.shared is None:
        return table_words(arguments, tuple(arguments.inputs))
    named = f"Uses the decision table `{arguments.table}`."
    return [named, *table_words(arguments.shared, tuple(arguments.shared.inputs))]


@step_kind(
    "decide",
    number=1,
    summary="Decides by a table",
    arguments=Decide,
    output=NamedOutput,
    outputs=_outputs,
    explain=_explain,
    shares=TABLE,
)
def decide(call: Call, arguments: Decide) -> NamedOutput:
    """Decide, and say why. While something is missing the decision is provisional, as far as that matters."""
    table = table_of_step(call.plan, call.step)
    given = _filled(call, arguments)
    values = {column.name: _read(call, given.get(column.name), column) for column in table.inputs}
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


def _filled(call: Call, arguments: Decide) -> Mapping[str, Value]:
    """What stands for each input that is given."""
    if arguments.shared is None:
        return arguments.given
    return filled(arguments.given, arguments.answers, arguments.shared.inputs, call.names.type_of)


def _read(call: Call, given: Value | None, column: Column) -> object:
    """The value of an input. Of a moment its day counts, in the zone of the process's calendar."""
    if given is None:
        return MISSING
    value = call.value(given) if given.expression is not None else literal(given.literal, column.type)
    if value is None or isinstance(value, Singleton):
        return MISSING
    return value.astimezone(call.zone).date() if isinstance(value, datetime) else value


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
    return {name: _words(value) for name, value in cast("Decide", step.arguments).given.items()}


def _words(value: Value) -> str:
    return value.expression.text if value.expression is not None else str(value.literal)


def _built(plan: Plan, step: PlanStep) -> Table:
    arguments, judge = cast("Decide", step.arguments), published(plan.vocabulary)
    if arguments.shared is not None:
        columns = columns_of(arguments.shared, plan.vocabulary, judge)
    else:
        types = _input_types(step)
        columns = {
            name: column_of(name, types[name], _facets(given), judge, ("inputs", name))
            for name, given in arguments.inputs.items()
        }
    table = build(arguments.spec, columns, judge)
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
