"""The types that a DMN file names, and those that only its values tell."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Final

from definitions.runtime_values import DurationValue
from definitions.tables.dmn.sfeel import Atom, Computed
from definitions.tables.regions import Among, Presence, Region, ends
from definitions.types import Choice, Condition, Date, Duration, Number, Text, Type, YesNo

TYPES: Final[Mapping[str, Type]] = {
    "number": Number(), "integer": Number(), "long": Number(), "double": Number(), "string": Text(),
    "boolean": Condition(), "date": Date(), "daytimeduration": Duration("days"),
    "days and time duration": Duration("days"), "yearmonthduration": Duration("months"),
    "years and months duration": Duration("months"),
}  # fmt: skip
NOT_HERE: Final = frozenset({"time", "datetime", "date and time", "context", "list", "any"})


def kind_of(regions: Iterable[Region | None]) -> Type:
    """The type that tests are made for."""
    return kind_of_values([value for region in regions for value in _values_in(region)])


def _values_in(region: Region | None) -> Iterator[Atom]:
    if isinstance(region, Among):
        yield from region.values
    for end in ends(region):
        assert isinstance(end, Decimal | date | DurationValue)  # noqa: S101  (S-FEEL has no money)
        yield end


def kind_of_values(values: Iterable[Atom | Computed]) -> Type:  # noqa: PLR0911  (one return per kind)
    """The type of the first value; arithmetic gives a number, nothing at all a text."""
    for value in values:
        match value:
            case bool():
                return Condition()
            case Decimal():
                return Number()
            case date():
                return Date()
            case DurationValue():
                return Duration("months" if value.in_months else "days")
            case str():
                return Text()
            case Computed():
                return Number()
            case None:
                continue
    return Text()


def suits(region: Region, kind: Type) -> bool:
    """Whether a test can be made of an input of this type."""
    if isinstance(region, Presence):
        return True
    found = kind_of([region])
    if isinstance(kind, Choice | YesNo):
        return isinstance(found, Text)
    return isinstance(found, type(kind))


def are_codes(values: Sequence[str]) -> bool:
    """Whether texts look like the codes of a choice."""
    plain = (each.replace("-", "_").replace("_", "").isalnum() and each[:1].isalpha() for each in values)
    return bool(values) and all(each == each.lower() and each.isascii() for each in values) and all(plain)
