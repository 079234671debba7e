"""A test of a decision table in the words in which people write it, and values beside their inputs."""

from datetime import date
from decimal import Decimal
from typing import Final

from definitions.runtime_values import DurationValue, MoneyValue, Singleton
from definitions.tables.columns import ANYTHING_ELSE, Column
from definitions.tables.regions import Among, Point, Presence, Ranges, Region, Stretch, outside
from definitions.tables.unary import KEYWORDS
from definitions.types import Condition

_SHORTER: Final = 1


def words(region: Region, column: Column) -> str:
    """The test as it would be written for this input."""
    match region:
        case Presence(known):
            return "is known" if known else "is not known"
        case Among(values, negated):
            named = [_code(value, column) for value in in_order(values, column)]
            if len(named) == 1:
                return f"is not {named[0]}" if negated else named[0]
            return f"{'not in' if negated else 'in'} ({', '.join(named)})"
        case Ranges(stretches):
            return _stretches(stretches, outside(region).stretches)


def value_words(value: object) -> str:  # noqa: PLR0911  (one return per kind of value)
    """A value as it stands in a test or an example."""
    match value:
        case Singleton():
            return "not recorded"
        case bool():
            return "true" if value else "false"
        case Decimal():
            return plain_number(value)
        case MoneyValue(amount, currency):
            return f'money({plain_number(amount)}, "{currency}")'
        case DurationValue(amount, unit):
            return f"{unit}({plain_number(Decimal(amount))})"
        case date():
            return value.isoformat()
        case _:
            return "another text" if value == ANYTHING_ELSE else str(value)


def plain_number(value: Decimal) -> str:
    """A number as digits and a point, without an exponent or zeros that say nothing."""
    text = format(value, "f")
    return (text.rstrip("0").rstrip(".") if "." in text else text) or "0"


def in_order(values: frozenset[str | bool], column: Column) -> list[str | bool]:
    """The values in the order of the input's own list; those without one by the alphabet."""
    known = column.codes
    return sorted(values, key=lambda each: (known.index(each) if each in known else len(known), str(each)))


def _code(value: str | bool, column: Column) -> str:
    if isinstance(value, bool) or isinstance(column.type, Condition):
        return value_words(value)
    is_word = value.isidentifier() and value.isascii() and value not in KEYWORDS
    return value if value in column.codes and (is_word or _is_hyphened(value)) else f'"{value}"'


def _is_hyphened(value: str) -> bool:
    return all(part.isidentifier() and part.isascii() for part in value.split("-"))


def _stretches(stretches: tuple[Stretch, ...], others: tuple[Stretch, ...]) -> str:
    """One after the other, or what they leave out where that is shorter."""
    if not stretches:
        return "no value"
    if len(others) + _SHORTER <= len(stretches) and all(each.is_point for each in others):
        return f"not {_joined(others)}"
    return _joined(stretches)


def _joined(stretches: tuple[Stretch, ...]) -> str:
    if len(stretches) > 1 and all(each.is_point for each in stretches):
        return f"in ({', '.join(value_words(each.low) for each in stretches)})"
    return " or ".join(_stretch(each) for each in stretches)


def _stretch(each: Stretch) -> str:
    low, high = each.low, each.high
    if each.is_point:
        return value_words(low)
    if low is None:
        return "any value" if high is None else _below(high, is_open=each.high_open)
    if high is None:
        return _above(low, is_open=each.low_open)
    first = _above(low, is_open=True) if each.low_open else value_words(low)
    return f"{first} to {_below(high, is_open=True) if each.high_open else value_words(high)}"


def _below(high: Point, *, is_open: bool) -> str:
    if is_open:
        return f"{'before' if isinstance(high, date) else 'under'} {value_words(high)}"
    return f"{value_words(high)} and {'earlier' if isinstance(high, date) else 'under'}"


def _above(low: Point, *, is_open: bool) -> str:
    if is_open:
        return f"{'after' if isinstance(low, date) else 'over'} {value_words(low)}"
    return f"{value_words(low)} and {'later' if isinstance(low, date) else 'over'}"
