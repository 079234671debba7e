"""The functions of expressions: what they take, give and compute, and their words for the documentation."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Final

from definitions.expressions import computation
from definitions.expressions.computation import EvaluationError, Moment
from definitions.expressions.nodes import Call, Expression, walk
from definitions.expressions.rules import ORDERED, alike
from definitions.runtime_values import DurationUnit, DurationValue
from definitions.time.clocks import Unit
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
    Text,
    Type,
    describe,
)


@dataclass(frozen=True, slots=True)
class Argument:
    """One value that a function is given: its type and, when it is written out, the value."""

    kind: Type
    literal: object = None


@dataclass(frozen=True, slots=True)
class Unsuitable:
    """The value at `index` does not suit; `wants` says in words what would."""

    index: int
    wants: str


Rule = Callable[[Sequence[Argument]], "Type | Unsuitable"]
Computation = Callable[[Sequence[Any], Moment], object]


@dataclass(frozen=True, slots=True)
class Function:
    """One function of the language.

    `signature` and `summary` are its words for the documentation. It takes `least` to `most` values (None:
    any number). `result` gives the type of the result; `compute` computes it when no value is missing.
    A `lenient` function takes missing and absent values too: it gives the first that is there. One that goes
    `by_calendar` needs a working calendar where it is evaluated.
    """

    name: str
    signature: str
    summary: str
    least: int
    most: int | None
    result: Rule
    compute: Computation
    lenient: bool = False
    by_calendar: bool = False


def _takes(*wanted: tuple[type, ...], gives: Type) -> Rule:
    """A rule: each value has one of the types of its place."""

    def rule(arguments: Sequence[Argument]) -> Type | Unsuitable:
        for index, argument in enumerate(arguments):
            if not isinstance(argument.kind, wanted[index]):
                return Unsuitable(index, _in_words(wanted[index]))
        return gives

    return rule


def _in_words(kinds: tuple[type, ...]) -> str:
    words = {Choices: "choices", ListOf: "a list"}
    return " or ".join(words[kind] if kind in words else describe(kind()) for kind in kinds)


def _several(arguments: Sequence[Argument]) -> Type | Unsuitable:
    """The rule of min and max: one list, or several values, of one type that has an order."""
    first = arguments[0].kind
    if len(arguments) == 1:
        if isinstance(first, ListOf) and isinstance(first.item, ORDERED):
            return first.item
        return Unsuitable(0, "a list of numbers, amounts, dates or lengths of time, or several values")
    if not isinstance(first, ORDERED):
        return Unsuitable(0, "a number, an amount, a date or a length of time")
    for index, argument in enumerate(arguments):
        if not alike(first, argument.kind):
            return Unsuitable(index, describe(first))
    return first


def _total(arguments: Sequence[Argument]) -> Type | Unsuitable:
    kind = arguments[0].kind
    if isinstance(kind, ListOf) and isinstance(kind.item, Number | Money):
        return kind.item
    return Unsuitable(0, "a list of numbers or of amounts of money")


def _rounded(arguments: Sequence[Argument]) -> Type | Unsuitable:
    kind = arguments[0].kind
    if not isinstance(kind, Number | Money):
        return Unsuitable(0, "a number or an amount of money")
    if len(arguments) == 2 and not isinstance(arguments[1].kind, Number):
        return Unsuitable(1, "a number of digits")
    return kind


def _first_known(arguments: Sequence[Argument]) -> Type | Unsuitable:
    """The rule of coalesce: values of one type. The result is absent only when all of them may be."""
    plain = [each.kind.of if isinstance(each.kind, MaybeAbsent) else each.kind for each in arguments]
    for index, kind in enumerate(plain):
        if not alike(plain[0], kind):
            return Unsuitable(index, describe(plain[0]))
    found = _widest(plain)
    last = arguments[-1].kind
    absent = all(isinstance(each.kind, MaybeAbsent) for each in arguments)
    return MaybeAbsent(found, last.step) if absent and isinstance(last, MaybeAbsent) else found


def _widest(kinds: Sequence[Type]) -> Type:
    options = [kind.options for kind in kinds if isinstance(kind, Choice)]
    if len(options) != len(kinds):
        return next((kind for kind in kinds if isinstance(kind, Text)), kinds[0])
    return Choice(tuple(dict.fromkeys(option for each in options for option in each)))


def _amount(arguments: Sequence[Argument]) -> Type | Unsuitable:
    if not isinstance(arguments[0].kind, Number):
        return Unsuitable(0, "a number")
    currency = arguments[1]
    wrong = isinstance(currency.literal, str) and not computation.is_currency(currency.literal)
    if wrong or not isinstance(currency.kind, Text):
        return Unsuitable(1, 'a currency as three letters in quotes ("EUR")')
    return Money()


def _flat(values: Sequence[Any]) -> Sequence[Any]:
    """The values of min and max: those of the one list, or all."""
    return values[0] if len(values) == 1 and isinstance(values[0], tuple) else values


def _length(unit: DurationUnit) -> Computation:
    def compute(values: Sequence[Any], _: Moment) -> object:
        return DurationValue(computation.whole(values[0], unit), unit)

    return compute


def _coalesced(_values: Sequence[Any], _: Moment) -> object:
    raise EvaluationError("coalesce is computed where its values are read")


_DAYS: Final = (Date, DateTime)

_ALL: Final = (
    Function(
        "age_on", "age_on(date_of_birth, day)", "Completed years of life on that day.",
        2, 2, _takes((Date,), _DAYS, gives=Number()),
        lambda values, moment: computation.age_on(values[0], moment.local_date(values[1])),
    ),
    Function(
        "days_between", "days_between(first, last)", "Days from the first date to the last.",
        2, 2, _takes(_DAYS, _DAYS, gives=Number()),
        lambda values, moment: Decimal((moment.local_date(values[1]) - moment.local_date(values[0])).days),
    ),
    Function(
        "count", "count(choices or list)", "How many there are; 0 when nothing was chosen.",
        1, 1, _takes((Choices, ListOf), gives=Number()), lambda values, _: Decimal(len(values[0])),
    ),
    Function(
        "sum", "sum(list)", "The sum; missing when one is missing or there are none. One currency only.",
        1, 1, _total, lambda values, _: computation.total(values[0]),
    ),
    Function(
        "min", "min(a, b, ...) or min(list)", "The smallest, or the earliest; missing when one is missing.",
        1, None, _several, lambda values, _: computation.extreme(_flat(values), -1),
    ),
    Function(
        "max", "max(a, b, ...) or max(list)", "The largest, or the latest; missing when one is missing.",
        1, None, _several, lambda values, _: computation.extreme(_flat(values), 1),
    ),
    Function(
        "round", "round(number or money, digits)", "Rounded to digits after the point, half away from zero.",
        1, 2, _rounded,
        lambda values, _: computation.rounded(values[0], values[1] if len(values) == 2 else Decimal(0)),
    ),
    Function(
        "coalesce", "coalesce(a, b, ...)", "The first value that is neither missing nor absent.",
        2, None, _first_known, _coalesced, lenient=True,
    ),
    Function("today", "today()", "The date, in the time zone of the process's calendar.",
             0, 0, _takes(gives=Date()), lambda _, moment: moment.today),
    Function("now", "now()", "The date and time.",
             0, 0, _takes(gives=DateTime()), lambda _, moment: moment.now),
    Function(
        "date_of", "date_of(date and time)", "Its date, in the time zone of the process's calendar.",
        1, 1, _takes((DateTime,), gives=Date()), lambda values, moment: moment.local_date(values[0]),
    ),
    Function(
        "in_working_hours", "in_working_hours(date and time)",
        "Whether people work at that moment, by the process's calendar.",
        1, 1, _takes((DateTime,), gives=Condition()), lambda values, moment: moment.is_open(values[0]),
        by_calendar=True,
    ),
    Function(
        "working_hours_after", "working_hours_after(n, moment)",
        "The moment so many working hours later, by the process's calendar.",
        2, 2, _takes((Number,), (DateTime,), gives=DateTime()),
        lambda values, moment: moment.worked(values[0], Unit.WORKING_HOURS, values[1]), by_calendar=True,
    ),
    Function(
        "working_days_after", "working_days_after(n, day)",
        "The end of work so many working days later, by the process's calendar.",
        2, 2, _takes((Number,), _DAYS, gives=DateTime()),
        lambda values, moment: moment.worked(values[0], Unit.WORKING_DAYS, values[1]), by_calendar=True,
    ),
    Function("minutes", "minutes(n)", "A length of time.", 1, 1,
             _takes((Number,), gives=Duration("clock")), _length("minutes")),
    Function("hours", "hours(n)", "A length of time.", 1, 1,
             _takes((Number,), gives=Duration("clock")), _length("hours")),
    Function("days", "days(n)", "A length of time. For working days there is `working_days_after`.", 1, 1,
             _takes((Number,), gives=Duration("days")), _length("days")),
    Function("weeks", "weeks(n)", "A length of time of 7 days each.", 1, 1,
             _takes((Number,), gives=Duration("days")), _length("weeks")),
    Function("months", "months(n)", "Calendar months; a day that a month lacks becomes its last.", 1, 1,
             _takes((Number,), gives=Duration("months")), _length("months")),
    Function("money", 'money(n, "EUR")', "An amount in a currency.", 2, 2, _amount,
             lambda values, _: computation.money(values[0], values[1])),
)  # fmt: skip

FUNCTIONS: Final[Mapping[str, Function]] = MappingProxyType({each.name: each for each in _ALL})
"""Every function by its name. The names are reserved: no step or input may have one."""


CLOCK: Final = frozenset({"today", "now"})
"""Functions that give something else at another moment."""


def by_calendar(expression: Expression) -> bool:
    """Whether an expression asks the working calendar."""
    called = (node.function for node in walk(expression.root) if isinstance(node, Call))
    return any(name in FUNCTIONS and FUNCTIONS[name].by_calendar for name in called)
