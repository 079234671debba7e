"""`fetch_record`: find one record and audit the reading, or ask a person.

A merged client is followed to the survivor.
"""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field
from sqlmodel import Session, col, select

from definitions.arguments import CheckedByKind, Recipient, RecordName, StepArguments, Value
from definitions.catalogue import Look
from definitions.runtime_values import ABSENT, MISSING
from definitions.time.local_time import completed_years
from definitions.types import Record, Text, Type, Unknown
from models import CASE_OPEN, Case, Client, ContactPoint, Safety, TaskKind, WaitsFor, related
from tasks.call import Call
from tasks.encoding import decode
from tasks.history import Act, audit
from tasks.outputs import RecordOutput
from tasks.people.answers import current_answers
from tasks.people.asking import ask
from tasks.people.human_tasks import is_open, tasks_of
from tasks.records.case_status import today
from tasks.records.cases import adopt
from tasks.records.columns import stored
from tasks.records.record_catalogue import columns_of, table_of
from tasks.records.record_view import LiveRecord
from tasks.registry import step_kind
from tasks.result import DefiniteFailure, StepError, Waiting

MOST_OFFERED = 20
"""How many records a person is offered to pick from; more than that need a narrower `match`."""

PICKED = "record"
"""The item of the form whose answer is the record that was picked."""


class FetchRecord(StepArguments):
    """`record:` what; `match:` fields and the values they must have.

    `none:` and `several:` say what happens then. `assign` puts a task before `to:`, or before the team
    that owns the process: a person picks the record. After `none: skip` the step has no record, and
    everything read from it is missing.
    """

    record: RecordName
    match: Annotated[dict[str, Value], CheckedByKind(), Field(min_length=1)]
    none: Literal["stop", "skip", "assign"] = "stop"
    several: Literal["stop", "assign"] = "stop"
    to: Recipient | None = None


def _outputs(arguments: FetchRecord, look: Look) -> Type:
    fields = look.catalogue.records.get(arguments.record)
    if fields is None:
        return Unknown()
    for name, value in arguments.match.items():
        place = ("match", name)
        if name not in columns_of(arguments.record) and name in fields:
            look.report("CW408", f"`{name}` of a {arguments.record} lies in other records", place)
        else:
            look.value(value, place, wants=look.field_type(arguments.record, name, place))
    return Record(arguments.record)


def _explain(arguments: FetchRecord) -> list[str]:
    fields = " and ".join(arguments.match)
    said = {
        "stop": "the step stops and its owner is told",
        "skip": "the process goes on without it",
        "assign": "a person picks the right one",
    }
    return [
        f"Looks up the {arguments.record} with this {fields}; a merged one is followed to its survivor.",
        f"If there is none, {said[arguments.none]}; if there are several, {said[arguments.several]}.",
    ]


@step_kind(
    "fetch_record",
    number=1,
    summary="Finds one record",
    arguments=FetchRecord,
    output=RecordOutput,
    outputs=_outputs,
    explain=_explain,
)
def fetch_record(call: Call, arguments: FetchRecord) -> RecordOutput | Waiting:
    """Find the record and give it; ask, stop or go on where there is none or more than one."""
    wanted = {name: call.value(value) for name, value in arguments.match.items()}
    unknown = [name for name, value in wanted.items() if value in (MISSING, ABSENT, None)]
    if unknown:
        raise StepError("match_missing", f"the value to match `{', '.join(unknown)}` with is not recorded")
    found = find(call.session, arguments.record, wanted)
    if len(found) == 1:
        return _read(call, found[0])
    if not found and arguments.none == "skip":
        return RecordOutput(record=None)
    if (arguments.several if found else arguments.none) == "assign":
        return _ask(call, arguments, found)
    if found:
        raise DefiniteFailure("several_records", f"several {arguments.record} records fit; only one may")
    raise DefiniteFailure("no_record", f"no {arguments.record} record fits")


@fetch_record.resume
def _picked(call: Call, arguments: FetchRecord) -> RecordOutput | Waiting:
    task = next(iter(tasks_of(call.session, call.run.id, TaskKind.DECISION)), None)
    if task is not None and is_open(task):
        return Waiting(WaitsFor.PEOPLE)
    answer = None if task is None else current_answers(call.session, task).get((call.step.id, PICKED))
    kind = Text() if answer is not None and isinstance(answer.value, str) else Record(arguments.record)
    picked = MISSING if answer is None else decode(kind, answer.value, call.session)
    view = LiveRecord(arguments.record, picked, call.session) if isinstance(picked, str) else picked
    if not isinstance(view, LiveRecord) or view.row is None:
        raise DefiniteFailure("not_picked", f"no {arguments.record} record was picked that exists")
    return _read(call, view)


def find(session: Session, record: str, wanted: Mapping[str, object]) -> list[LiveRecord]:
    """The records whose fields have these values, oldest first, merged clients as their survivors."""
    table = table_of(record)
    if set(wanted) == {"id"}:
        row = session.get(table, wanted["id"])
        return [] if row is None else [LiveRecord(record, row.id, session)]
    query = select(col(table.id)).order_by(col(table.id)).limit(MOST_OFFERED + 1)
    if "id" in wanted:
        query = query.where(col(table.id) == wanted["id"])
    contents = stored(session, record, {name: value for name, value in wanted.items() if name != "id"})
    for column, content in contents.items():
        query = query.where(getattr(table, column) == content)
    views = [LiveRecord(record, found, session) for found in session.exec(query)]
    return list({view.id: view for view in views}.values())


def _ask(call: Call, arguments: FetchRecord, found: list[LiveRecord]) -> Waiting:
    if len(found) > MOST_OFFERED:
        message = f"more than {MOST_OFFERED} {arguments.record} records fit; match more fields"
        raise DefiniteFailure("several_records", message)
    ask(
        call,
        to=arguments.to or Recipient(group=call.plan.owner),
        kind=TaskKind.DECISION,
        title=f"{call.step.title}: pick the right one" if found else f"{call.step.title}: none found",
        form=[_item(call, arguments.record, found)],
        details={"matched": sorted(arguments.match)},
    )
    return Waiting(WaitsFor.PEOPLE)


def _item(call: Call, record: str, found: list[LiveRecord]) -> dict[str, object]:
    """The one question of the form (its shape is that of `tasks.people.forms`): which of these, or which
    id.
    """
    entry: dict[str, object] = {
        "step": call.step.id,
        "iteration": call.run.iteration,
        "id": PICKED,
        "ask": f"Which {record} is meant?" if found else f"Record the {record} first. What is its id?",
        "hint": None,
        "type": record if found else "text",
        "required": True,
        "submit": "with_form",
        "zone": call.calendar.zone,
    }
    if found:
        entry |= {"record": record, "options": {view.id: _label(view) for view in found}}
    return entry


def _label(view: LiveRecord) -> str:
    """What tells one record from another, for the person who picks."""
    row = view.row
    if not isinstance(row, Client):
        return view.id
    born = row.date_of_birth.isoformat() if row.date_of_birth else "not recorded"
    return f"{row.given_name} {row.family_name}, born {born}, {row.reference or row.id}"


def _read(call: Call, view: LiveRecord) -> RecordOutput:
    """Note the reading, tell the instance whom it is about, and gather what people want to see of it."""
    row = view.row
    audit(call, Act.READ, view.record, view.id, columns_of(view.record))
    shown: dict[str, object] = {}
    if isinstance(row, Client):
        call.instance.client_id = row.id
        call.session.add(call.instance)
        shown = _client_facts(call, row)
    elif isinstance(row, Case) and call.instance.case_id is None:
        adopt(call, row)
    return RecordOutput(record=view.id, shown=shown)


def _client_facts(call: Call, client: Client) -> dict[str, object]:
    cases = related(call.session, Case, client_id=client.id)
    safe = [
        each
        for each in related(call.session, ContactPoint, client_id=client.id)
        if each.safe is Safety.YES and each.set_aside_at is None and each.erroneous_at is None
    ]
    audit(call, Act.READ, "ContactPoint", None, ["safe"])
    return {
        "age": None if client.date_of_birth is None else completed_years(client.date_of_birth, today(call)),
        "open_cases": sorted(each.number for each in cases if each.status in CASE_OPEN),
        "safe_contacts": len(safe),
    }
