"""`create_record`: make one record, unless the same is there already.

A Case is opened as `tasks.records.cases` says.
"""

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field

from definitions.arguments import Assigned, CheckedByKind, RecordName, StepArguments
from definitions.catalogue import Look
from definitions.runtime_values import MISSING
from definitions.types import DateTime, Record, Type, Unknown
from models import Case, Client
from tasks.call import Call
from tasks.history import Act, Happening, audit, chronicle
from tasks.outputs import RecordOutput
from tasks.records.cases import HowOpened, open_case
from tasks.records.columns import stored
from tasks.records.existing import Unless, check_unless, existing
from tasks.records.record_catalogue import columns_of, table_of
from tasks.records.record_view import LiveRecord
from tasks.registry import step_kind
from tasks.result import StepError

_NOW = ("created_at", "recorded_at", "written_at")
"""Required moments that are now unless the definition says otherwise."""
_KNOWN_TO_THE_INSTANCE = {"case": "case_id", "client": "client_id"}
_FROM_CASES = frozenset({"number", "worker", "supervisor", "status", "received_at"})
"""Fields of a Case that opening it fills."""


class CreateRecord(StepArguments):
    """`record:` what; `set:` its fields, each a value or a value by rule.

    `unless:` uses one that exists already. `case` and `client` are those of the process unless they are
    set; the moments of recording are now. A Case also gets its number, a worker and a supervisor, and a
    client who comes back within 30 days of a closing gets the old case.
    """

    record: RecordName
    set: Annotated[dict[str, Assigned], CheckedByKind(), Field(min_length=1)]
    unless: Unless | None = None


def _outputs(arguments: CreateRecord, look: Look) -> Type:
    record = str(arguments.record)
    if record not in look.catalogue.records:
        return Unknown()
    check_set(arguments.set, record, look)
    filled = {*arguments.set, *_NOW, *_KNOWN_TO_THE_INSTANCE, *(_FROM_CASES if record == "Case" else ())}
    missing = [name for name, column in columns_of(record).items() if column.required and name not in filled]
    if missing:
        look.report("CW408", f"a {record} also needs {', '.join(f'`{name}`' for name in missing)}", ("set",))
    if arguments.unless is not None:
        check_unless(arguments.unless, record, look)
    return Record(record)


def check_set(assignments: Mapping[str, Assigned], record: str, look: Look) -> dict[str, Type]:
    """The types of the fields that `set:` names; reports unknown and foreign fields, and wrong values."""
    types: dict[str, Type] = {}
    if record == "StoredFile":
        advice = "ask for it in a form, with an item of `type: file`"
        look.report("CW408", "a file comes from a form, and stays as it is", ("set",), advice=advice)
        return types
    for name, assigned in assignments.items():
        place = ("set", name)
        if name == "id" or (name in look.catalogue.records[record] and name not in columns_of(record)):
            advice = "set a field of the record's own"
            look.report("CW408", f"`{name}` of a {record} can't be set", place, advice=advice)
            continue
        types[name] = look.field_type(record, name, place)
        look.value(assigned, place, wants=types[name])
    return types


def _explain(arguments: CreateRecord) -> list[str]:
    lines = [f"Makes a {arguments.record} with {', '.join(arguments.set)}."]
    if arguments.unless is not None:
        lines.append(f"Uses the one that exists already where {arguments.unless.where.expression.text}.")
    if arguments.record == "Case":
        lines.append(
            "A case closed in the last 30 days is reopened for its last worker; else the team's"
            " caseworker with the fewest open cases gets it, one who speaks the client's language first."
        )
    return lines


@step_kind(
    "create_record",
    number=1,
    summary="Makes one record",
    arguments=CreateRecord,
    output=RecordOutput,
    outputs=_outputs,
    explain=_explain,
)
def create_record(call: Call, arguments: CreateRecord) -> RecordOutput:
    """Use the record that exists, or make one."""
    known = None if arguments.unless is None else existing(call, arguments.unless)
    if arguments.record == "Case":
        return _open(call, arguments, known)
    if known is not None:
        audit(call, Act.READ, known.record, known.id)
        return RecordOutput(record=known.id, shown={"how": HowOpened.USED.value})
    return _make(call, arguments)


def _open(call: Call, arguments: CreateRecord, known: LiveRecord | None) -> RecordOutput:
    values = _values(call, arguments)
    client = values.get("client", MISSING)
    client_id = client.id if isinstance(client, LiveRecord) else client
    client_id = call.instance.client_id if client_id is MISSING else client_id
    view = LiveRecord("Client", str(client_id), call.session)
    if not isinstance(view.row, Client):
        raise StepError("no_record", "the case has no client: the client named in `set:` does not exist")
    row = None if known is None else known.row
    opened = open_case(call, view.row, values, row if isinstance(row, Case) else None)
    shown = {"number": opened.case.number, "how": opened.how.value, "worker": opened.case.worker_id}
    return RecordOutput(record=opened.case.id, shown=shown)


def _make(call: Call, arguments: CreateRecord) -> RecordOutput:
    record = str(arguments.record)
    values = _values(call, arguments)
    row = table_of(record)(id=call.new_id(), **stored(call.session, record, _defaults(call, record, values)))
    call.session.add(row)
    call.session.flush()
    audit(call, Act.CREATE, record, row.id, values)
    chronicle(
        call, Happening.RECORD_CREATED, f"{record} recorded", significant=False, record=(record, row.id)
    )
    return RecordOutput(record=row.id, shown={"how": HowOpened.NEW.value})


def _values(call: Call, arguments: CreateRecord) -> dict[str, object]:
    return {name: call.decide(assigned).value for name, assigned in arguments.set.items()}


def _defaults(call: Call, record: str, values: Mapping[str, object]) -> dict[str, object]:
    """The values, with what the instance and the clock know put in front; what is missing stays empty."""
    columns = columns_of(record)
    filled: dict[str, object] = {
        name: call.now for name in _NOW if name in columns and isinstance(columns[name].type, DateTime)
    }
    for name, column in _KNOWN_TO_THE_INSTANCE.items():
        if name in columns and getattr(call.instance, column) is not None:
            filled[name] = getattr(call.instance, column)
    return {**filled, **values}
