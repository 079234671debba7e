"""What goes together by type: which types compare, add up and fit."""

from __future__ import annotations

from typing import Final

from definitions.types import (
    Choice,
    Choices,
    Date,
    DateTime,
    Duration,
    ListOf,
    MaybeAbsent,
    Money,
    Number,
    Open,
    Record,
    Struct,
    Text,
    Type,
    Unknown,
    YesNo,
)

ORDERED: Final = (Number, Money, Date, DateTime, Duration)
"""The types with a size: they compare with `< <= == != >= >`."""

NAMED: Final = (Text, Choice, YesNo, Record)
"""The types that are compared with `is`."""


def alike(left: Type, right: Type) -> bool:  # noqa: PLR0911 - one return per rule
    """Whether values of both types can be equal."""
    match left, right:
        case (Unknown(), _) | (_, Unknown()):
            return True
        case Duration(unit), Duration(other_unit):
            return None in (unit, other_unit) or (unit == "months") == (other_unit == "months")
        case Choice(mine), Choice(other):
            return not mine or not other or not set(mine).isdisjoint(other)
        case (Choice(), Text()) | (Text(), Choice()) | (Record(), Text()) | (Text(), Record()):
            return True
        case (Choices(), Choices()) | (Struct(), Struct()):
            return left == right
        case ListOf(item), ListOf(other_item):
            return alike(item, other_item)
        case _:
            return left == right


def fits(kind: Type, expected: Type) -> bool:  # noqa: PLR0911 - one return per rule
    """Whether a value of `kind` can stand where `expected` is taken."""
    match kind, expected:
        case (Unknown(), _) | (_, Unknown()):
            return True
        case _, MaybeAbsent(of):
            return fits(kind.of if isinstance(kind, MaybeAbsent) else kind, of)
        case Duration(), Duration(family):
            return family is None or kind == expected
        case Choice(options), Choice(allowed):
            return not allowed or set(options) <= set(allowed)
        case Choices(options), Choices(allowed):
            return not allowed or set(options) <= set(allowed)
        case Choices(options), ListOf(item):
            return fits(Choice(options), item)
        case ListOf(own), ListOf(item):
            return fits(own, item)
        case (Choice(), Text()) | (Text(), Record()):
            return True
        case Struct(own_fields), Struct(fields):
            return all(name in dict(own_fields) and fits(dict(own_fields)[name], of) for name, of in fields)
        case _:
            return kind == expected


def arithmetic(sign: str, left: Type, right: Type) -> Type | None:  # noqa: PLR0911 - one return per rule
    """The type of `left sign right`, or None when it makes no sense."""
    match sign, left, right:
        case (_, Unknown(), _) | (_, _, Unknown()):
            return Open() if isinstance(left, Open) or isinstance(right, Open) else Unknown()
        case (_, Number(), Number()) | ("/", Money(), Money()):
            return Number()
        case (
            ("+" | "-", Money(), Money())
            | ("*", Money(), Number())
            | ("*", Number(), Money())
            | ("/", Money(), Number())
        ):
            return Money()
        case ("+" | "-", Date() | DateTime(), Duration()) if _suits(left, right):
            return left
        case ("+", Duration(), Date() | DateTime()) if _suits(right, left):
            return right
        case ("-", Date(), Date()):
            return Duration("days")
        case ("-", DateTime(), DateTime()):
            return Duration("clock")
        case ("+" | "-", Duration(mine), Duration(other)) if alike(left, right):
            return left if mine == other else Duration("clock" if "clock" in (mine, other) else None)
        case ("*" | "/", Duration(), Number()):
            return left
        case ("*", Number(), Duration()):
            return right
        case ("/", Duration(), Duration()) if alike(left, right):
            return Number()
        case _:
            return None


def _suits(day: Type, duration: Duration) -> bool:
    return isinstance(day, DateTime) or duration.family != "clock"
