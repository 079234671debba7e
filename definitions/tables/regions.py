"""What one test of a decision table lets through: stretches of ordered values, some values, or presence."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from functools import cmp_to_key
from typing import TypeAlias

from definitions.expressions.computation import compared
from definitions.runtime_values import UNDECIDED, DurationValue, MoneyValue, Singleton, UndecidedType
from definitions.types import NO_ANSWER

Point: TypeAlias = Decimal | date | MoneyValue | DurationValue
"""A value with a size. Points of one column compare with each other: one currency, days or months."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """The points between two ends. An end that is None is without end; an open end is not part of it."""

    low: Point | None = None
    high: Point | None = None
    low_open: bool = False
    high_open: bool = False

    def holds(self, value: object) -> bool:
        """Whether a value lies in it. ValueConflictError for another currency, or months beside days."""
        if self.low is not None and not _beyond(compared(value, self.low), self.low_open):
            return False
        return self.high is None or _beyond(compared(self.high, value), self.high_open)

    @property
    def is_point(self) -> bool:
        """Whether it is one value."""
        return self.low is not None and self.high is not None and compared(self.low, self.high) == 0

    @property
    def is_empty(self) -> bool:
        """Whether no value can lie in it: its ends stand the wrong way round, or are one point left out."""
        if self.low is None or self.high is None:
            return False
        order = compared(self.low, self.high)
        return order > 0 or (order == 0 and (self.low_open or self.high_open))


@dataclass(frozen=True, slots=True)
class Ranges:
    """Stretches in their order, none of which touches the next (`ranges` sees to it)."""

    stretches: tuple[Stretch, ...]


@dataclass(frozen=True, slots=True)
class Among:
    """Some codes, texts or truths; negated: all but these."""

    values: frozenset[str | bool]
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Presence:
    """Whether the value is known. The three answers that tell nothing are not (`x is known`)."""

    known: bool


Region: TypeAlias = Ranges | Among | Presence


def holds(region: Region | None, value: object) -> bool | UndecidedType:
    """Whether a region lets a value through; None lets everything through. Missing is undecided."""
    match region:
        case None:
            return True
        case Presence(known):
            return is_known(value) == known
        case _ if isinstance(value, Singleton):
            return UNDECIDED
        case Among(values, negated):
            return (value in values) != negated
        case Ranges(stretches):
            return any(stretch.holds(value) for stretch in stretches)


def is_known(value: object) -> bool:
    """Whether a value tells something: it is there, and no refusal."""
    return not isinstance(value, Singleton) and not (isinstance(value, str) and value in NO_ANSWER)


def point(value: Point) -> Stretch:
    """The stretch of one value."""
    return Stretch(value, value)


def ranges(stretches: Iterable[Stretch]) -> Ranges:
    """The stretches in order; those that touch become one, empty ones are left out."""
    closed = (_without_end(each) for each in stretches if not each.is_empty)
    ordered = sorted(closed, key=cmp_to_key(_by_low))
    joined: list[Stretch] = []
    for each in ordered:
        if joined and _touch(joined[-1], each):
            joined[-1] = _together(joined[-1], each)
        else:
            joined.append(each)
    return Ranges(tuple(joined))


def outside(region: Ranges) -> Ranges:
    """Every value that is in none of the stretches."""
    left: list[Stretch] = []
    low, low_open = None, False
    for each in region.stretches:
        if each.low is not None:
            left.append(Stretch(low, each.low, low_open, not each.low_open))
        if each.high is None:
            return ranges(left)
        low, low_open = each.high, not each.high_open
    return ranges([*left, Stretch(low, None, low_open, False)])


def ends(region: Region | None) -> tuple[Point, ...]:
    """Every end of its stretches."""
    if not isinstance(region, Ranges):
        return ()
    both = [(each.low, each.high) for each in region.stretches]
    return tuple(end for pair in both for end in pair if end is not None)


def in_size(points: Sequence[Point]) -> list[Point]:
    """The points in their order, each once. ValueConflictError where two do not compare."""
    found: list[Point] = []
    for each in sorted(points, key=cmp_to_key(compared)):
        if not found or compared(found[-1], each) != 0:
            found.append(each)
    return found


def _without_end(each: Stretch) -> Stretch:
    """The same stretch; where it has no end, none is left out."""
    return replace(
        each,
        low_open=each.low_open and each.low is not None,
        high_open=each.high_open and each.high is not None,
    )


def _beyond(order: int, is_open: bool) -> bool:
    return order > 0 or (order == 0 and not is_open)


def _by_low(one: Stretch, other: Stretch) -> int:
    if one.low is None or other.low is None:
        return (one.low is not None) - (other.low is not None)
    return compared(one.low, other.low) or one.low_open - other.low_open


def _touch(before: Stretch, after: Stretch) -> bool:
    if before.high is None or after.low is None:
        return True
    order = compared(before.high, after.low)
    return order > 0 or (order == 0 and not (before.high_open and after.low_open))


def _together(before: Stretch, after: Stretch) -> Stretch:
    if before.high is None:
        return before
    if after.high is None:
        return replace(before, high=None, high_open=False)
    order = compared(after.high, before.high)
    if order > 0:
        return replace(before, high=after.high, high_open=after.high_open)
    return before if order < 0 else replace(before, high_open=before.high_open and after.high_open)
