"""Records as people name them: by the number that other systems know, a case number, an address, or the
id.
"""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, or_, select

from definitions import Plan, suggest
from definitions.types import DateTime, ListOf, MaybeAbsent, Struct, Type
from definitions.types import Record as RecordType
from models import (
    TASK_ENDED,
    Case,
    Client,
    Household,
    HumanTask,
    Instance,
    InstanceStatus,
    Record,
    Service,
    Staff,
)
from ops.errors import NotThereError, OpsError

KNOWN_BY: Final[Mapping[str, tuple[type[Record], str, str]]] = {
    "Case": (Case, "number", "its number"),
    "Client": (Client, "reference", "its reference"),
    "Household": (Household, "reference", "its reference"),
    "Service": (Service, "reference", "its reference"),
    "Staff": (Staff, "email", "their e-mail address"),
}
"""Under which field a kind of record is known outside, and how people say that."""

ENDED: Final = (InstanceStatus.COMPLETED, InstanceStatus.CANCELLED)
NOW: Final = "now"
SHORTEST_END: Final = 4


def read_pairs(pairs: Iterable[str], option: str = "--input") -> dict[str, str]:
    """`name=value` as given on the command line with an option. OpsError for one without `=` and for a name
    that stands twice.
    """
    found: dict[str, str] = {}
    for pair in pairs:
        name, sign, value = pair.partition("=")
        name = name.strip()
        if not sign or not name:
            raise OpsError(f"`{option} {pair}` has no `=`", action=f"write {option} name=value")
        if name in found:
            raise OpsError(f"`{option} {name}` is given twice", action="give it once")
        found[name] = value.strip()
    return found


def resolve_inputs(
    session: Session, plan: Plan, given: Mapping[str, str], zone: ZoneInfo, now: datetime
) -> dict[str, Any]:
    """The inputs as `flows.instances.start` takes them: records by id, moments with their zone.

    A time without a zone is one of the office's; `now` is this moment. Unknown names stay, to be refused
    there.
    """
    kinds = {each.name: each.type for each in plan.inputs}
    resolved: dict[str, Any] = {}
    for name, value in given.items():
        kind = kinds.get(name)
        if isinstance(kind, RecordType) and value:
            resolved[name] = find_record(session, kind.name, value).id
        elif isinstance(kind, DateTime):
            resolved[name] = _moment(name, value, zone, now)
        else:
            resolved[name] = value
    return resolved


def resolve_outputs(
    session: Session, kinds: Mapping[str, Type], given: Mapping[str, str], zone: ZoneInfo, now: datetime
) -> dict[str, Any]:
    """The outputs of a step as `flows.inbox.case.deciding.skip` takes them, read as `resolve_inputs` reads
    inputs.

    Lists and groups are written as JSON. Unknown names stay, to be refused there.
    """
    resolved: dict[str, Any] = {}
    for name, value in given.items():
        kind = kinds.get(name)
        kind = kind.of if isinstance(kind, MaybeAbsent) else kind
        if isinstance(kind, RecordType) and value:
            resolved[name] = find_record(session, kind.name, value).id
        elif isinstance(kind, DateTime):
            resolved[name] = now if value == NOW else read_moment(value, zone, f"the output `{name}`")
        elif isinstance(kind, ListOf | Struct):
            resolved[name] = _json(name, value)
        else:
            resolved[name] = value
    return resolved


def _json(name: str, text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        action = 'write JSON, such as ["one", "two"]'
        raise OpsError(f"the output `{name}` is a list or a group", action=action) from None


def find_record(session: Session, kind: str, name: str) -> Record:
    """The record of this kind that a person names. NotThereError says how it can be named."""
    from tasks.records.record_catalogue import table_of

    table, field, words = KNOWN_BY.get(kind, (table_of(kind), "id", "its id"))
    named = or_(col(table.id) == name, getattr(table, field) == name)
    found = session.exec(select(table).where(named)).first()
    if found is None:
        action = f"name it by {words} or by its id" if field != "id" else "name it by its id"
        raise NotThereError(f"there is no {kind} `{name[:60]}`", action=action)
    return found


def find_case(session: Session, name: str) -> Case:
    """The case of this number or id."""
    found = session.exec(select(Case).where(or_(Case.number == name, Case.id == name))).first()
    if found is None:
        numbers = session.exec(select(Case.number)).all()
        meant = suggest(name, numbers)
        action = f"did you mean {meant}?" if meant else "name it by its number, such as 2026-000001"
        raise NotThereError(f"there is no case `{name[:60]}`", action=action)
    return found


def find_instances(session: Session, name: str, process: str | None = None) -> list[Instance]:
    """The instances that have not ended: of a case, by its number or id, or the one of this id; with
    `process` only those of this process. NotThereError when there is none.
    """
    one = session.get(Instance, name)
    if one is not None:
        return [one]
    case = find_case(session, name)
    query = select(Instance).where(Instance.case_id == case.id, col(Instance.status).not_in(ENDED))
    found = session.exec(query.order_by(col(Instance.started_at), col(Instance.id))).all()
    wanted = [each for each in found if process is None or each.process == process]
    if not wanted:
        running = ", ".join(sorted({each.process for each in found})) or "none"
        of_it = f" `{process[:60]}`" if process is not None else ""
        raise NotThereError(
            f"nothing of the process{of_it} goes on for case {case.number}", action=f"what goes on: {running}"
        )
    return wanted


def find_task(session: Session, name: str) -> HumanTask:
    """The human task of this id; of an open one the end of the id is enough, if no other has it."""
    found = session.get(HumanTask, name)
    if found is not None:
        return found
    ends = []
    if len(name) >= SHORTEST_END and name.isalnum():
        query = select(HumanTask).where(
            col(HumanTask.id).endswith(name.upper()), col(HumanTask.status).not_in(TASK_ENDED)
        )
        ends = list(session.exec(query.limit(2)))
    if len(ends) == 1:
        return ends[0]
    what = "several open tasks end with" if ends else "there is no task"
    raise NotThereError(f"{what} `{name[:60]}`", action="`casewright tasks` lists the open ones")


def find_staff(session: Session, name: str | None) -> Staff | None:
    """The member of staff of this address or id; None for None."""
    if name is None:
        return None
    found = session.exec(select(Staff).where(or_(Staff.email == name, Staff.id == name))).first()
    if found is None:
        raise NotThereError(
            f"there is no member of staff `{name[:60]}`", action="give the e-mail address or the id"
        )
    return found


def _moment(name: str, text: str, zone: ZoneInfo, now: datetime) -> datetime | str:
    if text == NOW:
        return now
    return read_moment(text, zone, f"the input `{name}`") if text else text


def read_moment(text: str, zone: ZoneInfo, what: str) -> datetime:
    """`2026-03-02T09:00` or `2026-03-02 09:00`; without an offset it is a time of the zone.

    Raises OpsError for anything else, for a time that the change of the clocks leaves out, and for one that
    it repeats: those need their offset.
    """
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise OpsError(f"{what} is not a date and time", action="write it as 2026-03-02T09:00") from None
    if len(text) <= len("2026-03-02"):
        raise OpsError(f"{what} has no time of day", action="write it as 2026-03-02T09:00")
    if moment.tzinfo is not None:
        return moment
    early, late = moment.replace(tzinfo=zone), moment.replace(tzinfo=zone, fold=1)
    if early.utcoffset() != late.utcoffset():
        raise OpsError(
            f"{what} falls into the change of the clocks in {zone.key}",
            action="write it with its offset, as 2026-03-02T09:00+01:00",
        )
    return early
