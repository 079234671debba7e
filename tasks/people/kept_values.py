"""Values of the language as JSON that says their own type, for places that keep a value without its type
beside it.
"""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from definitions.runtime_values import ABSENT, MISSING, DurationValue, MoneyValue, RecordView
from definitions.types import Date, DateTime, Duration, Money, Number, Type
from tasks.encoding import EncodingError, decode, encode

_TYPES: dict[str, Type] = {
    "number": Number(),
    "money": Money(),
    "duration": Duration(),
    "moment": DateTime(),
    "date": Date(),
}


def keep(value: object) -> dict[str, Any]:
    """`{"date": "2026-02-28"}` and the like. A record is kept as its id, which compares with records and ids
    alike.
    """
    match value:
        case RecordView():
            return {"text": value.id}
        case tuple() | list():
            return {"list": [keep(each) for each in value]}
        case _:
            return {_name(value): encode(value)}


def kept(json: dict[str, Any]) -> object:
    """The value that `keep` wrote."""
    ((name, stored),) = json.items()
    match name:
        case "missing":
            return MISSING
        case "absent":
            return ABSENT
        case "list":
            return tuple(kept(each) for each in stored)
        case "text" | "truth":
            return stored
        case _:
            return decode(_TYPES[name], stored, None)  # type: ignore[arg-type]  # only records need a session


def _name(value: object) -> str:
    names: tuple[tuple[object, str], ...] = ((MISSING, "missing"), (ABSENT, "absent"))
    for single, name in names:
        if value is single:
            return name
    kinds: tuple[tuple[type | tuple[type, ...], str], ...] = (
        (bool, "truth"),
        ((int, Decimal), "number"),
        (str, "text"),
        (MoneyValue, "money"),
        (DurationValue, "duration"),
        (datetime, "moment"),
        (date, "date"),
    )
    for kind, name in kinds:
        if isinstance(value, kind):
            return name
    raise EncodingError(f"a value of type {type(value).__name__} can't be kept with a form")
