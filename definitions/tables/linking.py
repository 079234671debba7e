"""A test with the type of its input: which values it lets through, or what is wrong with it."""

from __future__ import annotations

import re
from datetime import date
from typing import Final, cast

from definitions.diagnostics import suggest
from definitions.expressions.computation import compared
from definitions.problems import Problem
from definitions.runtime_values import DurationValue, MoneyValue, ValueConflictError
from definitions.tables.columns import Column
from definitions.tables.regions import (
    Among,
    Point,
    Presence,
    Ranges,
    Region,
    Stretch,
    outside,
    point,
    ranges,
)
from definitions.tables.unary import (
    KEYWORDS,
    AnyOf,
    Between,
    Bound,
    Equals,
    IsKnown,
    Kind,
    Listed,
    Test,
    Turned,
    UnaryTest,
    Written,
)
from definitions.types import Choice, Condition, Date, Duration, Money, Number, Text, Type, YesNo, describe

SIZED: Final[dict[type[Type], Kind]] = {
    Number: "number",
    Money: "amount",
    Date: "date",
    Duration: "length of time",
}
_DATED: Final = frozenset({"before", "after", "later", "earlier"})
_INSTEAD: Final = {
    "before": "under", "after": "over", "later": "over", "earlier": "under",
    "under": "before", "over": "after",
}  # fmt: skip
_TRUTHS: Final = {"yes": True, "no": False, "true": True, "false": False}
_PLAIN_TEXT: Final = re.compile(r'[^"(),\[\]<>=!]+')


class _UnlinkedError(Exception):
    """A test that does not suit its input; the first problem ends the reading of it."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem


def link(test: UnaryTest, column: Column) -> Region | tuple[Problem, ...]:
    """What the test lets through, or its problems, with offsets into its text."""
    if test.root is None:
        phrase = _phrase(test.text.strip(), column)
        return phrase if phrase is not None else test.problems
    try:
        return _Linker(column).region(test.root)
    except _UnlinkedError as error:
        return (error.problem,)
    except ValueConflictError as error:
        return (Problem("CW804", error.message, 0, len(test.text)),)


def _phrase(text: str, column: Column) -> Region | None:
    """A text of several words that stands alone: it cannot be anything but itself."""
    if text in column.codes:
        return Among(frozenset({text}))
    free = isinstance(column.type, Text) and not column.values and _PLAIN_TEXT.fullmatch(text)
    if not free or KEYWORDS & set(text.split()) or text in ("-", "any"):
        return None
    return Among(frozenset({text}))


class _Linker:
    def __init__(self, column: Column) -> None:
        self.column = column
        self.sized = SIZED.get(type(column.type))

    def region(self, test: Test) -> Region:
        match test:
            case IsKnown(known):
                return Presence(known)
            case _ if self.sized is not None:
                return self.sizes(test)
            case _:
                return self.names(test)

    # -- values with a size

    def sizes(self, test: Test) -> Ranges:
        match test:
            case Equals(value, said):
                if said == "is not":
                    written = f"not {_shown(value)}"
                    raise self.refusal(
                        "values with a size are not compared with `is`", value, suggestion=written
                    )
                one = ranges([point(self.size(value))])
                return outside(one) if said else one
            case Listed(values, negated):
                several = ranges([point(self.size(value)) for value in values])
                return outside(several) if negated else several
            case Between(low, high):
                return ranges([self.stretch(low, high)])
            case Turned(inner):
                return outside(self.sizes(inner))
            case AnyOf(tests):
                self.one_list(tests)
                return ranges([each for inner in tests for each in self.sizes(inner).stretches])
            case IsKnown():
                raise _UnlinkedError(
                    Problem("CW801", "`is known` stands alone", 0, 0, advice="write a row of its own for it")
                )

    def stretch(self, low: Bound | None, high: Bound | None) -> Stretch:
        found = Stretch(
            None if low is None else self.end(low),
            None if high is None else self.end(high),
            low is not None and low.is_open,
            high is not None and high.is_open,
        )
        if low is not None and high is not None and found.is_empty:
            backwards = compared(found.low, found.high) > 0
            message = "the range runs backwards" if backwards else "the range holds nothing"
            place = Written("word", None, low.value.start, high.value.end)
            raise self.refusal(message, place, advice="write the smaller end first")
        return found

    def end(self, bound: Bound) -> Point:
        size = self.size(bound.value)
        if bound.word is not None and (bound.word in _DATED) != isinstance(size, date):
            better = _INSTEAD[bound.word] if bound.word in _DATED else self.dated(bound)
            what = "dates" if isinstance(size, date) else "numbers"
            raise self.refusal(
                f"`{bound.word}` is not said of {what}", bound.value, advice=f"write `{better}`"
            )
        return size

    def dated(self, bound: Bound) -> str:
        return (
            _INSTEAD[str(bound.word)]
            if bound.is_open
            else {"over": "later", "under": "earlier"}[str(bound.word)]
        )

    def size(self, value: Written) -> Point:
        if value.kind != self.sized:
            advice = _HOW.get(str(self.sized))
            raise self.refusal(
                f"{_shown(value)} is not {describe(self.column.type)}", value, "CW802", advice=advice
            )
        size = cast("Point", value.value)
        family = self.column.type.family if isinstance(self.column.type, Duration) else None
        if isinstance(size, DurationValue) and family is not None:
            self.check_family(size, family, value)
        return size

    def check_family(self, size: DurationValue, family: str, value: Written) -> None:
        if size.in_months != (family == "months"):
            raise self.refusal(
                f"{_shown(value)} does not compare with {describe(self.column.type)}", value, "CW804"
            )

    def one_list(self, tests: tuple[Test, ...]) -> None:
        """Refuse `1 or 2`, which is a list."""
        if all(isinstance(each, Equals) and not each.said for each in tests):
            values = [each.value for each in tests if isinstance(each, Equals)]
            place = Written("word", None, values[0].start, values[-1].end)
            listed = f"in ({', '.join(_written(each) for each in values)})"
            raise self.refusal("several values stand in brackets", place, suggestion=listed)

    # -- values that are named

    def names(self, test: Test) -> Among:
        match test:
            case Equals(value, said):
                if said == "not":
                    written = f"is not {_written(value)}"
                    raise self.refusal(
                        "`not` alone stands before ranges and lists", value, suggestion=written
                    )
                return Among(frozenset({self.name(value)}), bool(said))
            case Listed(values, negated):
                return Among(frozenset(self.name(value) for value in values), negated)
            case AnyOf(tests):
                self.one_list(tests)
                return self.no_range()
            case _:
                return self.no_range()

    def no_range(self) -> Among:
        message = f"{describe(self.column.type)} has no size, so it has no ranges"
        raise _UnlinkedError(
            Problem("CW802", message, 0, 0, advice="write one value, or several: `in (a, b)`")
        )

    def name(self, value: Written) -> str | bool:
        match self.column.type:
            case Condition():
                return self.truth(value)
            case YesNo():
                return self.code(value)
            case Choice(options) if options:
                return self.code(value)
            case _:
                return self.text(value)

    def truth(self, value: Written) -> bool:
        if value.kind == "truth":
            return bool(value.value)
        near = str(_TRUTHS.get(str(value.value))).lower() if str(value.value) in _TRUTHS else None
        if near == value.value:
            return near == "true"
        raise self.refusal("a condition is true or false", value, "CW802", suggestion=near)

    def code(self, value: Written) -> str:
        text = str(value.value) if value.kind in ("word", "text") else _shown(value)
        if value.kind in ("word", "text", "number", "date") and text in self.column.codes:
            return text
        near = suggest(text, self.column.codes)
        if value.kind == "truth" and isinstance(self.column.type, YesNo):
            near = "yes" if value.value else "no"
        message = f"`{text}` is not one of the options of `{self.column.name}`"
        raise self.refusal(message, value, "CW803", allowed=self.column.codes, suggestion=near)

    def text(self, value: Written) -> str:
        if self.column.values:
            return self.code(value)
        if value.kind not in ("text", "word"):
            raise self.refusal(
                f"{_shown(value)} is not a text", value, "CW802", advice="put texts in double quotes"
            )
        return str(value.value)

    def refusal(
        self,
        message: str,
        at: Written,
        code: str = "CW801",
        *,
        allowed: tuple[str, ...] = (),
        suggestion: str | None = None,
        advice: str | None = None,
    ) -> _UnlinkedError:
        return _UnlinkedError(Problem(code, message, at.start, at.end, allowed, suggestion, advice))


_HOW: Final = {
    "number": "write digits, such as `12` or `0.5`",
    "amount": 'write `money(120, "EUR")`',
    "date": "write `2026-02-01`",
    "length of time": "write `days(3)`, `hours(12)`",
}


def _shown(value: Written) -> str:
    match value.value:
        case bool():
            return "true" if value.value else "false"
        case MoneyValue(amount, currency):
            return f'money({amount}, "{currency}")'
        case DurationValue(amount, unit):
            return f"{unit}({amount})"
        case date():
            return value.value.isoformat()
        case _:
            return str(value.value)


def _written(value: Written) -> str:
    return f'"{value.value}"' if value.kind == "text" else _shown(value)
