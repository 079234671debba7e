"""Trying a decision table with values that somebody gives in words, without a case and without a database."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlmodel import Session

from definitions.arguments import Value
from definitions.expressions import Evaluation, MappingEnvironment, evaluate
from definitions.plan import Plan, PlanStep
from definitions.runtime_values import MISSING
from definitions.tables.outcome import TableError, decide
from definitions.tables.telling import tell
from definitions.time.calendars import WorkingCalendar
from tasks.deciding.deciding import decision, table_of_step
from tasks.encoding import EncodingError, decode, encode, encode_input
from tasks.result import TaskError


class TryError(TaskError):
    """A table cannot be tried with these inputs; the message says which and why."""


def try_out(plan: Plan, step: PlanStep, words: Mapping[str, str]) -> dict[str, Any]:
    """What the table of the step gives, as JSON values. Inputs that are not given are missing.

    Raises TryError for an input that the table does not have or that is not of its type, for rows that hold
    together and must not, and for entries that read anything but the inputs of the table.
    """
    table = table_of_step(plan, step)
    columns = {column.name: column for column in table.inputs}
    strange = sorted(words.keys() - columns.keys())
    if strange:
        raise TryError(f"the table has no input `{strange[0]}`; it has {', '.join(columns)}")
    values: dict[str, object] = dict.fromkeys(columns, MISSING)
    session = Session()  # nothing is read with it: a table has no records as inputs
    for name, said in words.items():
        kind = columns[name].type
        try:
            values[name] = decode(kind, encode_input(kind, said, session, name), session)
        except EncodingError as error:
            raise TryError(str(error)) from error
    office = plan.vocabulary.calendar(plan.calendar)
    try:
        outcome = decide(table, values, lambda entry: _given(entry, values, office))
    except TableError as error:
        raise TryError(error.message) from error
    found = decision(table, outcome) | {"explanation": tell(table, values, outcome), "inputs": values}
    return {name: encode(value) for name, value in found.items()}


def _given(entry: Value, values: Mapping[str, object], office: WorkingCalendar) -> object:
    if entry.expression is None:
        return entry.literal
    strange = [name for name in entry.expression.names if name.path[0] not in values and len(name.path) > 1]
    if strange:
        raise TryError(f"`{entry.expression.text}` reads more than the inputs of the table; run the process")
    around = MappingEnvironment(values, datetime.now(UTC), ZoneInfo(office.zone), office)
    found: Evaluation = evaluate(entry.expression, around)
    return found.value
