"""The records of a scenario: a small synthetic department and a client, and what the scenario gives besides.

Records are called by a name, which is also their id. Some are always there; others (`LATENT`) as soon as
something names them. Nothing here is about anybody: names, numbers and addresses are made up.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import Enum as PythonEnum
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import Enum
from sqlalchemy import inspect as inspect_table
from sqlmodel import Session

from definitions.catalogue import Catalogue
from definitions.plan import Plan
from definitions.scenarios.records import GROUPS, NOT_RECORDED, default_of, money_of
from definitions.scenarios.shape import Records
from definitions.scenarios.times import local_moment
from definitions.types import Date, DateTime, Number, Record
from models import (
    ContactKind,
    GroupRole,
    PhoneType,
    StaffGroup,
)
from models import Record as Row
from tasks.records.record_catalogue import Column, columns_of, table_of

START: Final = "2026-03-02T10:00"
"""When a scenario begins that says nothing: a Monday morning in the office."""

LONG_AGO: Final = datetime(2025, 1, 6, 15, tzinfo=UTC)
"""When the records that are always there were made."""

SUMMARY: Final = "monthly-summary"
NONE: Final = "none"
CATEGORIES: Final = "categories of referral"

LATENT: Final[Mapping[str, str]] = {
    "case": "Case",
    "schedule": "VisitSchedule",
    "visit": "Visit",
    "report": "Report",
    "guardian": "Involvement",
    "household": "Household",
}
"""Records that there are as soon as something names them."""

_NEEDS: Final[Mapping[str, tuple[str, ...]]] = {"visit": ("schedule", "case"), "schedule": ("case",)}


def prepared(catalogue: Catalogue) -> dict[str, str]:
    """The names that a scenario can use without giving them, with their kinds."""
    vocabulary = catalogue.vocabulary
    people = ["worker", "supervisor", *keepers(catalogue)]
    services = vocabulary.value_sets.get(CATEGORIES, {})
    return {
        **dict.fromkeys(people, "Staff"),
        "client": "Client",
        "email": "ContactPoint",
        "phone": "ContactPoint",
        "wage": "Income",
        **dict.fromkeys(services, "Service"),
        **LATENT,
    }


def keepers(catalogue: Catalogue) -> dict[str, str]:
    """Somebody for each group: called like the rota that the group fills, else like the group."""
    rotas = {rota.group: name for name, rota in reversed(list(catalogue.vocabulary.rotas.items()))}
    return {rotas.get(group, group): group for group in catalogue.vocabulary.groups}


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What values of records are read with: the office's zone, the team, the start of the scenario."""

    catalogue: Catalogue
    owner: str
    starts_at: datetime

    @property
    def zone(self) -> ZoneInfo:
        """The zone of local times."""
        return ZoneInfo(self.catalogue.vocabulary.calendar().zone)

    def moment(self, text: str) -> datetime:
        """A moment as it is written, in the office's time unless it says otherwise."""
        found = local_moment(text)
        if found is None:
            raise ValueError(f"{text} is no moment")  # the check has refused it
        return (found if found.tzinfo else found.replace(tzinfo=self.zone)).astimezone(UTC)

    def signal_value(self, signal: str, name: str, value: Any) -> Any:
        """What a signal carries, as people give it."""
        return _given(self.catalogue.vocabulary.signals[signal].carries[name], value, self)


def starts_at(catalogue: Catalogue, text: str | None) -> datetime:
    """The moment at which a scenario begins."""
    return Surroundings(catalogue, "", LONG_AGO).moment(text or START)


def always_there(around: Surroundings) -> list[Row]:
    """The department, its directory of services, and one client who can be reached safely."""
    rows: list[Row] = []
    for name, kind in prepared(around.catalogue).items():
        if name in LATENT:
            continue
        rows.append(_row(around, kind, name, _own(kind, name)))
    rows += [StaffGroup(staff_id="worker", group=around.owner, role=GroupRole.MEMBER)]
    rows += [StaffGroup(staff_id="supervisor", group=around.owner, role=GroupRole.SUPERVISOR)]
    rows += [
        StaffGroup(staff_id=name, group=group, role=GroupRole.MEMBER)
        for name, group in keepers(around.catalogue).items()
        if name != group or group != around.owner  # who opens cases there is the worker, and nobody else
    ]
    return rows


def _own(kind: str, name: str) -> dict[str, Any]:
    """What sets the prepared records apart from others of their kind."""
    confirmed = {"safe": "yes", "confirmed_at": "2026-01-05T10:00"}
    found: Mapping[str, dict[str, Any]] = {
        "worker": {"supervisor": "supervisor"},
        "client": {"date_of_birth": "1950-05-01", "reference": "S-1"},
        "email": {"value": "client@example.org", **confirmed},
        "phone": {"value": "+12025550100", **confirmed},
        "wage": {"amount": "1000.00 USD", "source": "earned", "starts_on": "2025-01-01"},
    }
    return {"categories": [name], "reference": name} if kind == "Service" else found.get(name, {})


def add_given(session: Session, around: Surroundings, given: Records, mentioned: Iterable[str]) -> None:
    """Add and change records as a scenario says. `mentioned` are names that its inputs use."""
    for name in _latent(given, mentioned):
        kind = LATENT[name]
        if session.get(table_of(kind), name) is None:
            fields = given.get(kind, {}).get(name, {})
            _add(session, around, kind, name, fields if isinstance(fields, dict) else {})
    for kind, records in given.items():
        for name, content in records.items():
            row = session.get(table_of(kind), name)
            if content == NONE:
                if row is not None:
                    session.delete(row)
            elif row is None:
                _add(session, around, kind, name, dict(content))
            elif name not in LATENT:
                change(session, around, row, dict(content))
    session.flush()


def _latent(given: Records, mentioned: Iterable[str]) -> Iterator[str]:
    """The latent records that something names, those that others need first."""
    said = set(mentioned)
    for kind, records in given.items():
        for name, content in records.items():
            said.add(name)
            if isinstance(content, dict):
                said.update(each for each in content.values() if isinstance(each, str))
                said.update(_implied(kind, content))
    said &= LATENT.keys()
    for name in list(said):
        said.update(_NEEDS.get(name, ()))
    yield from (name for name in LATENT if name in said)


def _implied(kind: str, content: Mapping[str, Any]) -> Iterator[str]:
    """The records that a record of this kind belongs to where nothing else is said."""
    for column in columns_of(kind).values():
        if column.required and column.name not in content:
            name = default_of(column.type, LATENT)
            if name is not None and name in LATENT:
                yield name


def _add(session: Session, around: Surroundings, kind: str, name: str, content: Mapping[str, Any]) -> None:
    groups = content.get(GROUPS, {})
    session.add(_row(around, kind, name, content))
    session.add_all(
        StaffGroup(staff_id=name, group=group, role=GroupRole(role)) for group, role in groups.items()
    )
    session.flush()


def change(session: Session, around: Surroundings, row: Row, content: Mapping[str, Any]) -> None:
    """Give fields of a record new values."""
    kind = type(row).__name__
    for column, value in _columns(around, kind, content).items():
        setattr(row, column, value)
    for group, role in content.get(GROUPS, {}).items():
        session.add(StaffGroup(staff_id=row.id, group=group, role=GroupRole(role)))
    session.add(row)


def _row(around: Surroundings, kind: str, name: str, content: Mapping[str, Any]) -> Row:
    columns = _columns(around, kind, content)
    return table_of(kind)(**{"id": name, **_defaults(around, kind, name, columns), **columns})


def _columns(around: Surroundings, kind: str, content: Mapping[str, Any]) -> dict[str, Any]:
    """Fields as a scenario writes them, as columns of the table."""
    known, columns = columns_of(kind), dict[str, Any]()
    for name, value in content.items():
        if name == GROUPS:
            continue
        column = known[name]
        if value == NOT_RECORDED:
            columns[column.column] = None
        elif column.currency is not None:
            columns[column.column], columns[column.currency] = money_of(value) or (None, "USD")
        else:
            columns[column.column] = _stored(around, kind, column, value)
    if kind == "Client" and "date_of_birth" in content and "date_of_birth_quality" not in content:
        known_day = content["date_of_birth"] != NOT_RECORDED
        columns["date_of_birth_quality"] = _option(
            kind, "date_of_birth_quality", "full" if known_day else "not_collected"
        )
    return columns


def _stored(around: Surroundings, kind: str, column: Column, value: Any) -> Any:
    match column.type:
        case DateTime():
            return around.moment(value)
        case Date():
            return date.fromisoformat(value)
        case Number():
            return int(value)
        case Record():
            return value
    return _option(kind, column.column, value) if isinstance(value, str) else value


def _option(kind: str, column: str, value: str) -> Any:
    stored = inspect_table(table_of(kind)).local_table.columns[column].type
    options = stored.enum_class if isinstance(stored, Enum) else None
    return value if options is None else options(value)


def _defaults(around: Surroundings, kind: str, name: str, columns: Mapping[str, Any]) -> dict[str, Any]:
    """What a record of this kind needs and the scenario does not say."""
    found: dict[str, Any] = {}
    for column in columns_of(kind).values():
        if not column.required:
            continue
        if isinstance(column.type, DateTime):
            found[column.column] = LONG_AGO
        elif isinstance(column.type, Date):
            found[column.column] = around.starts_at.astimezone(around.zone).date()
        elif isinstance(column.type, Record):
            found[column.column] = default_of(column.type, {**LATENT, "client": "Client", "worker": "Staff"})
        elif not isinstance(column.type, Number):
            found[column.column] = name
    return {**found, **_of_kind(around, kind, name, columns)}


def _of_kind(  # noqa: PLR0911  (one return per kind)
    around: Surroundings, kind: str, name: str, columns: Mapping[str, Any]
) -> dict[str, Any]:
    words = name.replace("_", " ").replace("-", " ").title()
    today = around.starts_at.astimezone(around.zone).date()
    match kind:
        case "Client":
            language = around.catalogue.vocabulary.fallback
            return {"given_name": "Synthetic", "family_name": words, "language": language}
        case "ContactPoint":
            return _contact(name, columns)
        case "Staff":
            return {"name": f"Synthetic {words}", "email": f"{name}@example.org", "phone": "+12025550199"}
        case "Service":
            return {"name": f"Synthetic {words}", "organization": "Synthetic help"}
        case "Income":
            return {"currency": "USD", "frequency": _option("Income", "frequency", "monthly")}
        case "Involvement":
            return {"role": _option("Involvement", "role", "guardian"), "name": f"Synthetic {words}"}
        case "Case":
            return _case(around, name)
        case "VisitSchedule":
            return {
                "worker_id": "worker",
                "team": around.owner,
                "frequency": _option("VisitSchedule", "frequency", "month"),
                "day_rule": "last_day",
                "time_zone": around.zone.key,
                "active_from": today,
                "dedupe_key": f"scenario:{name}",
            }
        case "Visit":
            return {"starts_at": around.starts_at, "worker_id": "worker", "team": around.owner}
        case "Report":
            first = today.replace(day=1)
            last = (first + timedelta(days=32)).replace(day=1) - timedelta(days=1)
            return {"report": SUMMARY, "team": around.owner, "period_start": first, "period_end": last}
        case "Consent":
            return {
                "given_by": "client",
                "recipients": ["services"],
                "data_categories": ["name", "contact", "need"],
            }
    return {}


def _case(around: Surroundings, name: str) -> dict[str, Any]:
    number = 1 + sum(map(ord, name)) % 900
    return {
        "number": f"{around.starts_at.year - 1}-{number:06d}",
        "received_at": LONG_AGO,
        "worker_id": "worker",
        "supervisor_id": "supervisor",
        "team": around.owner,
        "allocated_on": LONG_AGO.date(),
        "activated_on": LONG_AGO.date(),
    }


def _contact(name: str, columns: Mapping[str, Any]) -> dict[str, Any]:
    """A telephone number, unless its value or its name says that it is an e-mail address."""
    kind = columns.get("kind")
    value = columns.get("value")
    email = kind is ContactKind.EMAIL or (kind is None and ("@" in str(value or "") or "mail" in name))
    if email:
        return {"kind": ContactKind.EMAIL, "value": f"{name}@example.org"}
    number = sum(map(ord, name)) % 90
    return {"kind": ContactKind.PHONE, "phone_type": PhoneType.CELL, "value": f"+120255502{number:02d}"}


def inputs_of(plan: Plan, inputs: Mapping[str, Any], around: Surroundings) -> dict[str, Any]:
    """The inputs of the process: those that are given, else what stands for them."""
    found: dict[str, Any] = {}
    names = {**LATENT, "client": "Client", "worker": "Staff"}
    for each in plan.inputs:
        if each.name in inputs:
            found[each.name] = _given(each.type, inputs[each.name], around)
        elif each.required:
            word = default_of(each.type, names)
            found[each.name] = around.starts_at.isoformat() if word == "starts_at" else word
    return found


def _given(kind: object, value: Any, around: Surroundings) -> Any:
    if isinstance(kind, DateTime) and isinstance(value, str):
        return around.moment(value).isoformat()
    if isinstance(value, Decimal | PythonEnum):
        return str(value)
    return tuple(value) if isinstance(value, list) else value
