"""Values of the language as a row keeps them: links as ids, choices as members, money in two columns."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Enum
from sqlalchemy import inspect as inspect_table
from sqlmodel import Session

from definitions.runtime_values import MoneyValue, RecordView, Singleton
from definitions.types import Date, DateTime, ListOf, Money, Number, Record, Type, describe
from models import Record as Table
from tasks.records.record_catalogue import Column, columns_of, table_of
from tasks.result import StepError


def stored(session: Session, record: str, values: Mapping[str, object]) -> dict[str, Any]:
    """The columns and their contents that write these fields of a record.

    None and what is missing leave a field empty. Raises StepError for a field that does not exist or
    can't be empty, a value of another type, and a link to a record that does not exist (foreign keys are
    checked at the commit, too late to say whose fault it was).
    """
    contents: dict[str, Any] = {}
    for name, value in values.items():
        column = column_of(record, name)
        contents.update(_contents(session, record, column, value))
    return contents


def column_of(record: str, name: str) -> Column:
    """The column behind a field; StepError when the record's own table has no such field."""
    column = columns_of(record).get(name)
    if column is None or name == "id":
        raise StepError("no_field", f"`{record}.{name}` can't be set; name a field of the record's own")
    return column


def _contents(session: Session, record: str, column: Column, value: object) -> dict[str, Any]:
    where = f"{record}.{column.name}"
    if value is None or isinstance(value, Singleton):
        if not inspect_table(table_of(record)).local_table.columns[column.column].nullable:
            raise StepError(
                "value_missing", f"`{where}` can't be empty, and the value for it is not recorded"
            )
        return {column.column: None}
    if isinstance(column.type, Record):
        return {column.column: _link(session, column.type.name, value, where)}
    if column.currency is not None:
        if not isinstance(value, MoneyValue):
            raise _another_type(where, column.type)
        return {column.column: value.amount, column.currency: value.currency}
    options = inspect_table(table_of(record)).local_table.columns[column.column].type
    if isinstance(options, Enum) and options.enum_class is not None:
        return {column.column: _option(options.enum_class, value, where, column.type)}
    return {column.column: _plain(column.type, value, where)}


def _link(session: Session, target: str, value: object, where: str) -> str:
    if isinstance(value, RecordView) and value.record != target:
        raise StepError(
            "other_record", f"`{where}` leads to a {target} record, not to a {value.record} record"
        )
    record_id = value.id if isinstance(value, RecordView) else value
    row: Table | None = session.get(table_of(target), record_id) if isinstance(record_id, str) else None
    if row is None:
        raise StepError("no_record", f"`{where}` names a {target} record that does not exist")
    return row.id


def _option(values: Callable[[object], Any], value: object, where: str, kind: Type) -> Any:
    try:
        return values(value)
    except ValueError:
        raise _another_type(where, kind) from None


def _plain(kind: Type, value: object, where: str) -> Any:  # noqa: PLR0911  (one return per type)
    match kind, value:
        case Number(), int() | Decimal() if not isinstance(value, bool) and value == int(value):
            return int(value)
        case DateTime(), str():
            return datetime.fromisoformat(value)
        case Date(), str():
            return date.fromisoformat(value)
        case DateTime(), datetime():
            return value
        case Date(), date() if not isinstance(value, datetime):
            return value
        case ListOf(), tuple() | list():
            return list(value)
        case ((Number() | DateTime() | Date() | ListOf() | Money()), _):
            raise _another_type(where, kind)
    return value


def _another_type(where: str, kind: Type) -> StepError:
    return StepError("other_type", f"`{where}` takes {describe(kind)}; the value given is another thing")
