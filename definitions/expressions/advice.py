"""What to write instead, for types that do not go together. One sentence each, or None."""

from __future__ import annotations

from typing import Final

from definitions.types import (
    Choice,
    Choices,
    Condition,
    Date,
    DateTime,
    Duration,
    ListOf,
    Money,
    Number,
    Record,
    Text,
    Type,
    YesNo,
    describe,
)

_CURRENCY: Final = 'an amount names its currency: money(..., "EUR")'
_UNIT: Final = "say what the number counts: days(...), weeks(...), months(...), hours(...)"
_DAY: Final = "take the date of the moment: date_of(...)"
_QUOTES: Final = "a text in quotes is neither a number nor a date; leave the quotes out"

_PAIRS: Final[dict[frozenset[type], str]] = {
    frozenset({Date, DateTime}): _DAY,
    frozenset({Money, Number}): _CURRENCY,
    frozenset({Duration, Number}): _UNIT,
    frozenset({Duration}): "months have no fixed number of days; use the same unit on both sides",
    frozenset({Choice}): "the two choices have no option in common",
    frozenset({Text, Number}): _QUOTES,
    frozenset({Text, Date}): _QUOTES,
    frozenset({Text, DateTime}): _QUOTES,
    frozenset({Date, Number}): "a date is written as 2020-02-01; count the days with days_between(a, b)",
}
_SUMS: Final[dict[frozenset[type], str]] = {
    frozenset({Date, Number}): _UNIT,
    frozenset({DateTime, Number}): _UNIT,
    frozenset({Date}): "take one from the other, or count with days_between(a, b)",
    frozenset({DateTime}): "take one from the other, or count with days_between(a, b)",
    frozenset({Date, Duration}): (
        "write the date first; a date has no time of day, so add days, weeks or months to it"
    ),
}


def on_arithmetic(left: Type, right: Type) -> str | None:
    """About arithmetic that makes no sense."""
    kinds = frozenset({type(left), type(right)})
    if Text in kinds:
        return "texts are put together in running text: `{{ a }} {{ b }}`"
    if Condition in kinds or YesNo in kinds:
        return "give a number by rule: `first:`, `when`, `use` and `otherwise:`"
    if kinds & {Choices, ListOf}:
        return "count them with count(...), or add them up with sum(...)"
    return _SUMS.get(kinds) or _PAIRS.get(kinds)


def on_comparison(left: Type, right: Type) -> str | None:
    """About a comparison of different types."""
    kinds = frozenset({type(left), type(right)})
    if YesNo in kinds:
        return "compare an answer with yes, no, doesnt_know, prefers_not_to_answer or not_collected"
    return _PAIRS.get(kinds)


def on_order(kind: Type) -> str:
    """About a type that has no order."""
    match kind:
        case Choices() | ListOf():
            return "compare how many there are: count(...)"
        case Choice():
            return "name the options: `in (a, b)`"
        case YesNo():
            return "ask whether the answer `is yes`"
        case _:
            return "only numbers, money, dates and lengths of time have an order"


def on_condition(text: str, kind: Type) -> tuple[str | None, str]:
    """About something used as a condition: a suggestion and advice."""
    match kind:
        case Choices() | ListOf():
            return f"count({text}) > 0", "say how many there must be"
        case Choice(options) if options:
            return f"{text} is {options[0]}", "say which option it must be"
        case Number() | Money() | Date() | DateTime() | Duration():
            return None, "compare it with `<`, `<=`, `==`, `!=`, `>=` or `>`, or ask whether it `is known`"
        case _:
            return (
                None,
                f"{describe(kind)} is neither true nor false; compare it with `is`, or write `is known`",
            )


def on_fit(kind: Type, expected: Type) -> str | None:  # noqa: PLR0911 - one return per rule
    """About a value of the wrong type for its place."""
    match kind, expected:
        case YesNo(), _:
            return "an answer becomes a value by rule: `first:` with `when: ... is yes`"
        case Condition(), _:
            return "a condition becomes a value by rule: `first:`, `when`, `use` and `otherwise:`"
        case ((Number() | Money() | Date() | DateTime() | Duration()), Text()):
            return "put it into running text: `{{ ... }}`"
        case Record(), Text():
            return "take a field of the record, such as its id"
        case (Choice(options), Choice(allowed)) | (Choices(options), Choices(allowed)):
            return "not taken here: " + ", ".join(each for each in options if each not in allowed)
        case ((ListOf() | Choices()), _):
            return "take one of them with `for_each:`, or count them with count(...)"
        case _:
            return _PAIRS.get(frozenset({type(kind), type(expected)}))
