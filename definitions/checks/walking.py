"""The notations inside the typed arguments of a step, with the places where they stand."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Any, Final, TypeAlias, get_args

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from definitions.arguments import CheckedByKind, Notation, Reference, Wants
from definitions.types import Type

Path: TypeAlias = tuple[str | int, ...]

PLAIN: Final = frozenset({str, int, bool, Decimal})
"""Values without a notation inside; asked first, because most are."""


@dataclass(frozen=True, slots=True)
class Found:
    """A notation or a name at its path inside the step's keys, with the type that its place takes, if any."""

    path: Path
    value: Notation | Reference
    wants: Type | None = None


def notations(model: BaseModel, path: Path = ()) -> Iterator[Found]:
    """Every notation in a model that the step kind does not check itself."""
    for name, key, wants in _fields(type(model)):
        yield from _inside(getattr(model, name), (*path, key), wants)


@cache
def _fields(model: type[BaseModel]) -> tuple[tuple[str, str, Type | None], ...]:
    """The fields that the checker walks into: name, key in the file, and the type that they take."""
    fields = []
    for name, info in model.model_fields.items():
        marks = tuple(_marks(info))
        if not any(isinstance(mark, CheckedByKind) or mark is CheckedByKind for mark in marks):
            wants = next((mark.type for mark in marks if isinstance(mark, Wants)), None)
            fields.append((name, info.alias or name, wants))
    return tuple(fields)


def _inside(value: Any, path: Path, wants: Type | None) -> Iterator[Found]:
    if value is None or type(value) in PLAIN:
        return
    if isinstance(value, Notation | Reference):
        yield Found(path, value, wants)
    elif isinstance(value, BaseModel):
        yield from notations(value, path)
    elif isinstance(value, Mapping):
        for key, each in value.items():
            yield from _inside(each, (*path, key), wants)
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for index, each in enumerate(value):
            yield from _inside(each, (*path, index), wants)


def _marks(info: FieldInfo) -> Iterator[object]:
    """The marks of a field, those inside `list[Annotated[...]]` and `... | None` included."""
    yield from info.metadata
    yield from _marks_in(info.annotation)


def _marks_in(annotation: Any) -> Iterator[object]:
    yield from getattr(annotation, "__metadata__", ())
    for part in get_args(annotation):
        if not isinstance(part, type) or get_args(part):
            yield from _marks_in(part)
