"""What definitions can say about records: the fields of each kind and their types, read off the tables.

A column becomes a field of its type: a value set a choice, a link `client_id` the record `client`, an
amount with its currency one `Money`. Relations (`tasks.records.relations`) add what lies in other tables. The
engine's own tables, the audit and the outbox are not records of the language.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any

from sqlalchemy import Boolean, Enum, Integer, Numeric, String
from sqlalchemy import Column as TableColumn
from sqlalchemy import Date as DateColumn
from sqlalchemy import inspect as inspect_table
from sqlmodel import AutoString

import models
from definitions.types import (
    Choice,
    Condition,
    Date,
    DateTime,
    ListOf,
    Money,
    Number,
    Record,
    Text,
    Type,
    YesNo,
)
from models import Record as Table
from tasks.records.relations import RELATIONS
from tasks.result import TaskError

RECORDS: Mapping[str, type[Table]] = MappingProxyType(
    {
        table.__name__: table
        for table in (
            models.Appointment,
            models.Assessment,
            models.Case,
            models.CaseNote,
            models.ChronologyEntry,
            models.Client,
            models.Consent,
            models.ContactPoint,
            models.Goal,
            models.Household,
            models.HouseholdMember,
            models.HumanTask,
            models.Income,
            models.Intervention,
            models.Involvement,
            models.Meeting,
            models.Outcome,
            models.Plan,
            models.Referral,
            models.Report,
            models.Score,
            models.Service,
            models.Staff,
            models.StoredFile,
            models.Visit,
            models.VisitSchedule,
        )
    }
)
"""The tables that definitions can name."""

_UNSAID = frozenset({"revision", "idempotency_key", "dedupe_key", "claim_token"})
"""Columns that keep the store in order and mean nothing to a person."""


class UnknownRecordError(TaskError):
    """A record or a field that the catalogue does not have; the checker refuses it first."""


@dataclass(frozen=True, slots=True)
class Column:
    """How a field lies in its table: the column of its value, and of its currency for money."""

    name: str
    type: Type
    column: str
    currency: str | None = None
    required: bool = False


@cache
def columns_of(record: str) -> Mapping[str, Column]:
    """The fields of a record that are columns of its own table, by name.

    Raises UnknownRecordError for a record that definitions can't name.
    """
    table = inspect_table(table_of(record)).local_table
    found = (_column(column, table.columns) for column in table.columns)
    return MappingProxyType({field.name: field for field in found if field is not None})


def table_of(record: str) -> type[Table]:
    """The table class of a record; UnknownRecordError if definitions can't name it."""
    try:
        return RECORDS[record]
    except KeyError:
        raise UnknownRecordError(
            f"there is no record `{record}`; the catalogue has {', '.join(sorted(RECORDS))}"
        ) from None


@cache
def record_types() -> Mapping[str, Mapping[str, Type]]:
    """Every record with its fields and their types, for `definitions.catalogue.Catalogue`."""
    return MappingProxyType({record: _types(record) for record in RECORDS})


def _types(record: str) -> Mapping[str, Type]:
    types = {name: field.type for name, field in columns_of(record).items()}
    for relation in RELATIONS.get(record, ()):
        one = Record(relation.item)
        types[relation.name] = ListOf(one) if relation.many else one
    return MappingProxyType(types)


def _column(column: TableColumn[Any], siblings: Any) -> Column | None:
    """The field that a column makes, or None for a column that is not one."""
    if column.name in _UNSAID:
        return None
    required = not column.nullable and column.default is None and column.name != "id"
    if column.foreign_keys:
        return _link(column, required)
    if column.name == "currency" and "amount" in siblings:
        return None
    if isinstance(column.type, models.MoneyAmount) and "currency" in siblings:
        return Column(column.name, Money(), column.name, "currency", required)
    kind = _type(column)
    return None if kind is None else Column(column.name, kind, column.name, required=required)


def _link(column: TableColumn[Any], required: bool) -> Column | None:
    target = next(iter(column.foreign_keys)).column.table.name
    record = next(
        (name for name, table in RECORDS.items() if inspect_table(table).local_table.name == target), None
    )
    if record is None:
        return None
    return Column(column.name.removesuffix("_id"), Record(record), column.name, required=required)


def _type(column: TableColumn[Any]) -> Type | None:
    if isinstance(column.type, Enum):
        values = column.type.enum_class
        return YesNo() if values is models.YesNo else Choice(tuple(member.value for member in values or ()))
    listed = _LISTS.get((column.table.name, column.name))
    return listed or next((kind for stored, kind in _STORED if isinstance(column.type, stored)), None)


_STORED: tuple[tuple[type, Type], ...] = (
    (models.UtcDateTime, DateTime()),
    (DateColumn, Date()),
    (Boolean, Condition()),
    (Integer, Number()),
    (Numeric, Number()),
    (models.MoneyAmount, Number()),
    (String, Text()),
    (AutoString, Text()),
)
"""The type of a field by what its column stores; a column of another kind is no field."""

_LISTS: Mapping[tuple[str, str], Type] = MappingProxyType(
    {
        ("services", "categories"): ListOf(Text()),
        ("services", "languages"): ListOf(Text()),
        ("consents", "recipients"): ListOf(Text()),
        ("consents", "data_categories"): ListOf(Text()),
        ("meetings", "attendees"): ListOf(Text()),
    }
)
"""The JSON columns that hold a list; other JSON columns are no fields."""
