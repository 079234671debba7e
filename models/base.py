"""What every record is built on: its base class, its id, and the column types."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from functools import cache
from typing import Any, cast

from sqlalchemy import JSON, BigInteger, DateTime, Enum, ForeignKey, MetaData, Numeric, event
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import declared_attr, registry
from sqlalchemy.types import TypeDecorator, TypeEngine
from sqlmodel import Field, SQLModel
from ulid import ULID

NAMING = {
    "pk": "pk_%(table_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(column_0_name)s",
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
}
"""Every constraint has a predictable name, so that a migration can change it on both databases."""

VALUE_LENGTH = 40
"""Room for the longest value of any value set; a new value never changes the column."""

_CENTS = Decimal("0.01")
_AMOUNT_LIMIT = Decimal(10) ** 12


class RecordError(Exception):
    """A record was given what its rules refuse. The message names the rule, never a person's data."""


def new_id() -> str:
    """A new record id: a ULID, 26 characters. Ids of the same millisecond have no promised order."""
    return str(ULID())


def first_id(moment: datetime) -> str:
    """An id that is not greater than any that is made from this moment on."""
    return str(ULID.from_bytes(int(moment.timestamp() * 1000).to_bytes(6) + bytes(10)))


def one_of(values: type[StrEnum]) -> Any:
    """The column type of a value set: text with a CHECK of its values; the enum's members in Python."""
    return Enum(
        values,
        name=None,  # each column's CHECK is named by NAMING, so one set can serve two columns of a table
        native_enum=False,
        create_constraint=True,
        length=VALUE_LENGTH,
        values_callable=_stored_values,
    )


def link(table: str, *, on_delete: str | None = None) -> list[ForeignKey]:
    """The `sa_column_args` of a column that holds the id of a record of `table`.

    The foreign key is checked when the transaction commits: a step's unit of work is flushed in bulk, and
    SQLAlchemy orders a flush by relationships, which these records do not have, and not by foreign keys.
    """
    return [ForeignKey(f"{table}.id", ondelete=on_delete, deferrable=True, initially="DEFERRED")]


class UtcDateTime(TypeDecorator[datetime]):
    """A point in time: aware in (any zone), aware UTC out. A time without a zone is refused.

    On SQLite it is text, in UTC and without a zone. A case reads some 600 of them, so each goes through one
    function here, in place of SQLAlchemy's three.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Callable[[Any], Any] | None:
        """From a time to what the driver takes."""
        return _text_of if dialect.name == "sqlite" else super().bind_processor(dialect)

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], Any] | None:
        """From what the driver gives to a time in UTC."""
        return _time_of if dialect.name == "sqlite" else super().result_processor(dialect, coltype)

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """To UTC; SQLite keeps no zone, so it is left off there."""
        if value is None:
            return None
        utc = _in_utc(value)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 (the signature is SQLAlchemy's)
        """To an aware datetime in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def _in_utc(value: datetime) -> datetime:
    if value.tzinfo is None or value.utcoffset() is None:
        raise RecordError("A time without a time zone is refused. Give an aware datetime, best in UTC.")
    return value.astimezone(UTC)


def _text_of(value: datetime | None) -> str | None:
    return None if value is None else _in_utc(value).replace(tzinfo=None).isoformat(" ", "microseconds")


def _time_of(value: str | None) -> datetime | None:
    return None if value is None else datetime.fromisoformat(value).replace(tzinfo=UTC)


class MoneyAmount(TypeDecorator[Decimal]):
    """An amount with two decimals, exact: NUMERIC(14, 2); on SQLite, which has no decimals, hundredths.

    Sums, minima, maxima and comparisons are right on both. Averages and products are made in Python: an SQL
    function that is not told its type would count in hundredths on SQLite.
    """

    impl = Numeric(14, 2)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Integers on SQLite, NUMERIC elsewhere."""
        return dialect.type_descriptor(BigInteger() if dialect.name == "sqlite" else Numeric(14, 2))

    def process_bind_param(self, value: Any, dialect: Dialect) -> Decimal | int | None:
        """Refuses floats and a third decimal instead of rounding money."""
        if value is None:
            return None
        amount = exact_amount(value)
        return int(amount * 100) if dialect.name == "sqlite" else amount

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:
        """Back to a Decimal with two places."""
        if value is None:
            return None
        amount = Decimal(value) / 100 if dialect.name == "sqlite" else Decimal(value)
        return amount.quantize(_CENTS)


class Json(TypeDecorator[Any]):
    """A JSON value that keeps the order of its keys. None is stored as NULL.

    Replace the value to change it: a change inside the value is not noticed.
    """

    impl = JSON(none_as_null=True)
    cache_ok = True


class Record(SQLModel, registry=registry(metadata=MetaData(naming_convention=NAMING))):
    """The base of every table. Tables do not validate; input models (`ClientInput`, ...) do, before."""

    id: str = Field(default_factory=new_id, primary_key=True)

    def __init__(self, **values: Any) -> None:
        given = values.keys()
        defaults, factories = _defaults(type(self))
        unknown = sorted(given - type(self).model_fields.keys())
        if unknown:
            raise RecordError(f"{type(self).__name__} has no field {', '.join(unknown)}. Correct the name.")
        made = {name: factory() for name, factory in factories if name not in given}
        # A new row has no history to keep, so its values are put in place at once. Setting them one by one,
        # as SQLModel does, took longer than writing the row (docs/decisions).
        self.__dict__.update({**defaults, **made, **values})
        self.__pydantic_fields_set__.update(given)

    def __setattr__(self, name: str, value: Any) -> None:
        # straight to the column's own descriptor: SQLModel would set it a second time, through Pydantic
        object.__setattr__(self, name, value)

    def __repr__(self) -> str:
        # names and addresses must not slip into a log or a traceback
        return f"<{type(self).__name__} {self.id}>"

    __str__ = __repr__


class Revised(Record):
    """A record that people edit: `revision` rises with each change.

    SQLAlchemy puts the revision that was read into the UPDATE; `StaleDataError` says somebody was faster.
    """

    revision: int = Field(default=1)

    @declared_attr.directive
    @classmethod
    def __mapper_args__(cls) -> dict[str, Any]:
        return {"version_id_col": cls.revision}


class Lasting(Record):
    """A record that is written once. A mistake is corrected by a later record."""


class Trace(Lasting):
    """A record that tells what happened. Nothing that is done afterwards in the same transaction needs the
    object, so that a `CohortSession` writes traces in bulk, past the unit of work.
    """


@event.listens_for(Lasting, "before_update", propagate=True)
@event.listens_for(Lasting, "before_delete", propagate=True)
def _refuse_change(_mapper: object, _connection: object, record: Lasting) -> None:
    name = type(record).__name__
    raise RecordError(f"{name} {record.id} is never changed or deleted. Write a later one that corrects it.")


@cache
def _defaults(
    record: type[Record],
) -> tuple[Mapping[str, Any], Sequence[tuple[str, Callable[[], Any]]]]:
    """The values of a new row that nobody gives: constants, and functions
    that make one. A field that must be given and is not stays empty, so that the database refuses the row.
    """
    constants: dict[str, Any] = {}
    factories: list[tuple[str, Callable[[], Any]]] = []
    for name, field in record.model_fields.items():
        if field.default_factory is not None:
            factories.append((name, cast(Callable[[], Any], field.default_factory)))
        elif not field.is_required():
            constants[name] = field.default
    return constants, factories


def exact_amount(value: Decimal | int | str) -> Decimal:
    """The amount with exactly two decimals. RecordError for a float, a third decimal, 10^12 and more."""
    if isinstance(value, float | bool) or not isinstance(value, Decimal | int | str):
        raise RecordError("An amount of money is a Decimal. A float is refused, because it is not exact.")
    amount = Decimal(value)
    if not amount.is_finite() or abs(amount) >= _AMOUNT_LIMIT:
        raise RecordError("An amount of money is a finite number below 10^12.")
    if amount != amount.quantize(_CENTS):
        raise RecordError("An amount of money has at most two decimals. Round it by a stated rule first.")
    return amount.quantize(_CENTS)


def _stored_values(members: type[StrEnum]) -> Sequence[str]:
    return [member.value for member in members]
