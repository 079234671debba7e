"""The inputs of a decision table, with their types, and the pieces into which its tests cut each of them.

Within a piece every test gives the same answer, so that one value of each piece stands for all of them.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Final

from definitions.runtime_values import MISSING, DurationValue, MoneyValue
from definitions.tables.regions import Point, Presence, Region, Stretch, ends, holds, in_size
from definitions.types import YES_NO_CODES, Choice, Condition, Date, Duration, Money, Number, Type, YesNo

ANYTHING_ELSE: Final = "\x00"
"""Stands for every text that no test names; no text that a file can hold is equal to it."""


@dataclass(frozen=True, slots=True)
class Column:
    """One input: its name, what people call it, its type, and which values it can have.

    `values` are the only texts, `at_least` and `at_most` the bounds; `whole` says that there is nothing
    between two whole numbers.
    """

    name: str
    type: Type
    title: str = ""
    values: tuple[str, ...] = ()
    at_least: Point | None = None
    at_most: Point | None = None
    whole: bool = False

    @property
    def label(self) -> str:
        """What people call it."""
        return self.title or self.name.replace("_", " ")

    @property
    def stretch(self) -> Stretch:
        """Every value that it can have, as far as it has a size."""
        return Stretch(self.at_least, self.at_most)

    @property
    def codes(self) -> tuple[str, ...]:
        """The words that its value can be; none where it can be any text, or no word."""
        match self.type:
            case Choice(options):
                return options
            case YesNo():
                return YES_NO_CODES
            case _:
                return self.values


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a column: a value that stands for it, and the stretch in which it lies, if it has one."""

    sample: object
    stretch: Stretch | None = None


def pieces(column: Column, regions: Sequence[Region | None]) -> tuple[Piece, ...]:
    """The pieces of a column. Missing is one where a test asks whether the input is known."""
    found = tuple(_named(column, regions))
    return (*found, Piece(MISSING)) if asks_presence(regions) else found


def asks_presence(regions: Sequence[Region | None]) -> bool:
    """Whether a test of the column asks if the input is known: then a missing one is a value like others."""
    return any(isinstance(region, Presence) for region in regions)


def answer(region: Region | None, value: object, *, presence: bool) -> bool | None:
    """Whether a test lets a value through; None where that cannot be said because the value is missing.

    In a column that `asks_presence` a comparison does not hold for a missing value.
    """
    found = holds(region, value)
    if isinstance(found, bool):
        return found
    return False if presence else None


def _named(column: Column, regions: Sequence[Region | None]) -> Iterator[Piece]:
    if isinstance(column.type, Condition):
        yield from (Piece(True), Piece(False))
    elif column.codes:
        yield from (Piece(code) for code in column.codes)
    elif isinstance(column.type, Number | Money | Date | Duration):
        yield from _stretches(column, regions)
    else:
        texts = {text for region in regions for text in sorted(getattr(region, "values", ()))}
        yield from (Piece(text) for text in sorted(texts, key=str))
        yield Piece(ANYTHING_ELSE)


def _stretches(column: Column, regions: Sequence[Region | None]) -> Iterator[Piece]:
    bounds = [each for each in (column.at_least, column.at_most) if each is not None]
    points = in_size([*bounds, *(end for region in regions for end in ends(region))])
    between: list[Stretch] = [Stretch(None, points[0], high_open=True)] if points else [Stretch()]
    for low, high in pairwise(points):
        between += [Stretch(low, low), Stretch(low, high, low_open=True, high_open=True)]
    if points:
        between += [Stretch(points[-1], points[-1]), Stretch(points[-1], None, low_open=True)]
    for stretch in between:
        sample = _sample(stretch, whole=column.whole)
        if sample is not None and column.stretch.holds(sample):
            yield Piece(sample if points else _some(column), stretch)


def _some(column: Column) -> Point:
    """A value of a column that nothing bounds and no test cuts."""
    match column.type:
        case Money():
            return MoneyValue(Decimal(1), "EUR")
        case Date():
            return date(2026, 1, 1)
        case Duration(family):
            return DurationValue(1, "months" if family == "months" else "days")
        case _:
            return Decimal(0)


def _sample(stretch: Stretch, *, whole: bool) -> Point | None:
    """A plain value in a stretch between two of the points; None where there is none."""
    low, high = stretch.low, stretch.high
    if stretch.is_point:
        return low if not whole or _is_whole(low) else None
    if low is None:
        return Decimal(0) if high is None else _stepped(high, -1)
    if high is None:
        return _stepped(low, 1)
    near = _stepped(low, 1)
    if stretch.holds(near):
        return near
    return None if whole or isinstance(low, date) else _middle(low, high)


def _is_whole(value: Point | None) -> bool:
    return not isinstance(value, Decimal) or value == value.to_integral_value()


def _stepped(value: Point, step: int) -> Point:
    """A value beside another: the next whole one, the next day."""
    match value:
        case Decimal():
            return Decimal(math.floor(value) + 1 if step > 0 else math.ceil(value) - 1)
        case MoneyValue(amount, currency):
            return MoneyValue(amount + step, currency)
        case DurationValue(amount, unit):
            return DurationValue(amount + step, unit)
        case date():
            return value + timedelta(days=step) if date.min < value < date.max else value


def _middle(low: Point, high: Point) -> Point:
    match low, high:
        case Decimal(), Decimal():
            return (low + high) / 2
        case MoneyValue(), MoneyValue():
            return (low + high) / 2
        case DurationValue(), DurationValue() if low.in_months:
            return DurationValue((Decimal(low.amount) + Decimal(high.amount)) / 2, "months")
        case DurationValue(), DurationValue():
            middle = (low.minutes + high.minutes) / 2
            return DurationValue(Decimal(middle.numerator) / Decimal(middle.denominator), "minutes")
        case _:
            raise AssertionError("the ends of a stretch are of one kind")
