"""The types under which later steps read a step."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from types import NoneType
from typing import Any, Final, get_args

from definitions.arguments import StepOutput
from definitions.runtime_values import DurationValue, MoneyValue
from definitions.types import (
    Choice,
    Choices,
    Condition,
    Date,
    DateTime,
    Duration,
    ListOf,
    MaybeAbsent,
    Money,
    Number,
    Record,
    Struct,
    Text,
    Type,
    Unknown,
    YesNo,
)

LANGUAGE_TYPES: Final = (
    Choice,
    Choices,
    Condition,
    Date,
    DateTime,
    Duration,
    ListOf,
    MaybeAbsent,
    Money,
    Number,
    Record,
    Struct,
    Text,
    Unknown,
    YesNo,
)
BY_PYTHON: Final[Mapping[type, Type]] = {
    bool: Condition(),
    str: Text(),
    int: Number(),
    Decimal: Number(),
    datetime: DateTime(),
    date: Date(),
    MoneyValue: Money(),
    DurationValue: Duration(),
}


def output_type(output: type[StepOutput]) -> Struct:
    """The fields of an output model: the type that annotates each, else the one of its Python type."""
    fields = []
    for name, info in output.model_fields.items():
        said = next((mark for mark in info.metadata if isinstance(mark, LANGUAGE_TYPES)), None)
        fields.append((name, said if said is not None else _of_python(info.annotation)))
    return Struct(tuple(fields))


def repeated(output: Type, loop: str, member: Type) -> Type:
    """The type of a step with `for_each`: `each`, a list of the outputs of one time and what it was for."""
    match output:
        case Struct(fields):
            one = Struct((*(field for field in fields if field[0] != loop), (loop, member)))
        case Unknown():
            return Unknown()
        case _:
            one = Struct((("record", output), (loop, member)))
    return Struct((("each", ListOf(one)),))


def _of_python(annotation: Any) -> Type:
    if isinstance(annotation, type) and annotation in BY_PYTHON:
        return BY_PYTHON[annotation]
    inner = [part for part in get_args(annotation) if part is not NoneType]
    if len(inner) == 1 and annotation is not None and NoneType in get_args(annotation):
        return _of_python(inner[0])
    return Unknown()
