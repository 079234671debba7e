"""The tests of a row, as people write them: `homeless`, `in (a, b)`, `6 to 64`, `65 and over`, `is not no`.

A test is what a condition says of the input behind its name; a value alone means that the input is it. What
the words mean for a type is found later (`definitions.tables.linking`): here only their form is read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import ClassVar, Final, Literal, Self, TypeAlias, cast

from pydantic import GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from definitions.arguments import Notation, problem
from definitions.problems import Problem, TextError
from definitions.runtime_values import DurationUnit, DurationValue, MoneyValue

LONGEST: Final = 1_000
UNITS: Final = ("minutes", "hours", "days", "weeks", "months")
EXAMPLES: Final = "`homeless`, `in (a, b)`, `is not no`, `6 to 64`, `65 and over`, `under 6`, `is known`"
BELOW: Final = ("under", "before")
ABOVE: Final = ("over", "after")
AND_MORE: Final = ("over", "later")
AND_LESS: Final = ("under", "earlier")
KEYWORDS: Final = frozenset({"in", "not", "is", "or", "and", "to", *BELOW, *ABOVE})

Kind: TypeAlias = Literal["word", "text", "number", "date", "length of time", "amount", "truth"]


@dataclass(frozen=True, slots=True)
class Written:
    """A value in a test, with the offsets of its text."""

    kind: Kind
    value: object
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Bound:
    """One end of a range: the value, whether it is left out, and the word that said so."""

    value: Written
    is_open: bool
    word: str | None = None


@dataclass(frozen=True, slots=True)
class Between:
    """A range with at least one end."""

    low: Bound | None
    high: Bound | None


@dataclass(frozen=True, slots=True)
class Equals:
    """The input is a value; `said` is `is not` or `not` where it is not to be it."""

    value: Written
    said: Literal["", "is not", "not"] = ""


@dataclass(frozen=True, slots=True)
class Listed:
    """The input is one of some values, or none of them."""

    values: tuple[Written, ...]
    negated: bool
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Turned:
    """`not` before a range, or before several tests in brackets."""

    test: Test


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Tests of which one has to hold, joined by `or`."""

    tests: tuple[Test, ...]


@dataclass(frozen=True, slots=True)
class IsKnown:
    """`is known`, or `is not known`."""

    known: bool


Test: TypeAlias = Between | Equals | Listed | Turned | AnyOf | IsKnown


class TestError(TextError):
    """A test cannot be read."""

    __test__ = False  # not a test class of pytest


@dataclass(frozen=True, slots=True)
class UnaryTest(Notation):
    """A test as it was written. `root` is None where it has no form; a text may still be meant by it."""

    schema_words: ClassVar[str] = f"A test of the input, such as {EXAMPLES}"
    text: str
    root: Test | None = None
    problems: tuple[Problem, ...] = ()

    @classmethod
    def read(cls, raw: object) -> Self:
        """Read a test; only a list, a group of keys or nothing at all is refused here."""
        if isinstance(raw, bool):
            return cls("true" if raw else "false", Equals(Written("truth", raw, 0, 0)))
        if isinstance(raw, int | Decimal):
            return cls(str(raw), Equals(Written("number", Decimal(raw), 0, 0)))
        if not isinstance(raw, str):
            raise problem(
                "CW212", "one test belongs here, not a list or a group of keys", "", "write `in (a, b)`"
            )
        try:
            return cls(raw, parse_test(raw))
        except TestError as error:
            return cls(raw, None, error.problems)

    @classmethod
    def __get_pydantic_json_schema__(
        cls, _schema: CoreSchema, _handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return {"type": ["string", "number", "boolean"], "description": cls.schema_words}


def parse_test(text: str) -> Test:
    """The form of a test. Takes time in proportion to the text, which has at most 1,000 characters.

    Raises:
        TestError: with the place and what to write instead.
    """
    if len(text) > LONGEST:
        raise _refused(f"a test has at most {LONGEST:,} characters", 0, len(text))
    if text.strip() in ("-", "", "any"):
        message = "a row that takes every value leaves the input out"
        raise _refused(message, 0, len(text), "take this line out")
    return _Parser(text).whole()


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    start: int
    end: int


_TOKENS: Final = re.compile(
    r"""(?P<space>\s+)
    |(?P<text>"[^"\\]*")
    |(?P<date>\d{4}-\d{2}-\d{2}(?![\w.]))
    |(?P<number>-?\d{1,40}(?:\.\d{1,40})?(?!\w|\.(?!\.)))
    |(?P<word>[^\W\d]\w*(?:-\w+)*)
    |(?P<sign><=|>=|==|!=|<>|\.\.|[<>=(),\[\]])
    |(?P<other>.)""",
    re.VERBOSE | re.DOTALL,
)
_ADVICE: Final = {
    "<": "write `under 6`, or `before 2026-01-01`",
    "<=": "write `6 and under`, or `2026-01-01 and earlier`",
    ">": "write `over 6`, or `after 2026-01-01`",
    ">=": "write `65 and over`, or `2026-01-01 and later`",
    "==": "write the value alone",
    "=": "write the value alone",
    "!=": "write `not 5`, or `is not homeless`",
    "<>": "write `not 5`, or `is not homeless`",
    "[": "write `6 to 64`; an end that is left out: `6 to under 65`",
    "]": "write `6 to 64`; an end that is left out: `over 6 to 64`",
    "..": "write `6 to 64`",
}


class _Parser:
    """Reads the tokens from left to right; the first thing that has no place ends it."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = list(_tokens(text))
        self.at = 0
        self.depth = 0

    def whole(self) -> Test:
        found = self.alternatives()
        if self.at < len(self.tokens):
            raise self.unexpected()
        return found

    def alternatives(self) -> Test:
        tests = [self.one()]
        while self.take("or"):
            tests.append(self.one())
        return tests[0] if len(tests) == 1 else AnyOf(tuple(tests))

    def one(self) -> Test:
        if self.take("is"):
            return self.after_is()
        if self.take("not"):
            return self.after_not()
        start = self.start
        if self.take("in"):
            return self.listed(start, negated=False)
        return self.range_or_value()

    def after_is(self) -> Test:
        start = self.tokens[self.at - 1].start
        negated = self.take("not")
        if self.take("known"):
            return IsKnown(not negated)
        value = self.value()
        if not negated:
            written = self.text[value.start : value.end]
            raise _refused("a value stands alone here", start, value.end, None, written)
        return Equals(value, "is not")

    def after_not(self) -> Test:
        start = self.tokens[self.at - 1].start
        if self.take("in"):
            return self.listed(start, negated=True)
        if self.take("("):
            self.deeper()
            inner = self.alternatives()
            self.want(")")
            return Turned(inner)
        test = self.range_or_value()
        return Equals(test.value, "not") if isinstance(test, Equals) else Turned(test)

    def listed(self, start: int, *, negated: bool) -> Listed:
        self.want("(")
        values = [self.value()]
        while self.take(","):
            values.append(self.value())
        self.want(")")
        return Listed(tuple(values), negated, start, self.tokens[self.at - 1].end)

    def range_or_value(self) -> Test:
        for word in BELOW:
            if self.take(word):
                return Between(None, Bound(self.value(), is_open=True, word=word))
        for word in ABOVE:
            if self.take(word):
                low = Bound(self.value(), is_open=True, word=word)
                return Between(low, self.high()) if self.take("to") else Between(low, None)
        value = self.value()
        if self.take("to"):
            return Between(Bound(value, is_open=False), self.high())
        if self.take("and"):
            for word in AND_MORE:
                if self.take(word):
                    return Between(Bound(value, is_open=False, word=word), None)
            for word in AND_LESS:
                if self.take(word):
                    return Between(None, Bound(value, is_open=False, word=word))
            raise self.unexpected()
        return Equals(value)

    def high(self) -> Bound:
        for word in BELOW:
            if self.take(word):
                return Bound(self.value(), is_open=True, word=word)
        return Bound(self.value(), is_open=False)

    def value(self) -> Written:
        token = self.next()
        match token.kind:
            case "number":
                return Written("number", Decimal(token.text), token.start, token.end)
            case "date":
                return Written("date", _date(token), token.start, token.end)
            case "text":
                return Written("text", token.text[1:-1], token.start, token.end)
            case "word" if self.take("("):
                return self.made(token)
            case "word" if token.text not in KEYWORDS:
                return Written("word", token.text, token.start, token.end)
            case _:
                self.at -= 1
                raise self.unexpected()

    def made(self, name: _Token) -> Written:
        """A length of time or an amount: `days(3)`, `money(120, "EUR")`."""
        number = self.value()
        if number.kind != "number" or name.text not in (*UNITS, "money"):
            message = f"`{name.text}(...)` is no value that a test can have"
            raise _refused(message, name.start, number.end, 'write `days(3)` or `money(120, "EUR")`')
        amount = cast("Decimal", number.value)
        if name.text in UNITS:
            self.want(")")
            length = DurationValue(amount, cast("DurationUnit", name.text))
            return Written("length of time", length, name.start, self.tokens[self.at - 1].end)
        self.want(",")
        currency = self.next()
        if currency.kind != "text" or not re.fullmatch(r'"[A-Z]{3}"', currency.text):
            raise _refused("a currency is a code of three capital letters", currency.start, currency.end)
        self.want(")")
        end = self.tokens[self.at - 1].end
        return Written("amount", MoneyValue(amount, currency.text[1:-1]), name.start, end)

    # -- tokens

    @property
    def start(self) -> int:
        return self.tokens[self.at].start if self.at < len(self.tokens) else len(self.text)

    def take(self, text: str) -> bool:
        found = self.at < len(self.tokens) and self.tokens[self.at].text == text
        self.at += found
        return found

    def want(self, text: str) -> None:
        if not self.take(text):
            raise self.unexpected(f"`{text}` is missing here")

    def next(self) -> _Token:
        if self.at >= len(self.tokens):
            raise _refused("the test ends too early", 0, len(self.text), f"write a test such as {EXAMPLES}")
        self.at += 1
        return self.tokens[self.at - 1]

    def deeper(self) -> None:
        self.depth += 1
        if self.depth > 5:
            raise _refused("the test is nested too deep", 0, len(self.text))

    def unexpected(self, message: str | None = None) -> TestError:
        token = self.next()
        if token.text in _ADVICE:
            message = f"`{token.text}` is not written in a test"
            return _refused(message, token.start, token.end, _ADVICE[token.text])
        advice = f"write a test such as {EXAMPLES}"
        return _refused(message or f"`{token.text}` has no place here", token.start, token.end, advice)


def _tokens(text: str) -> Iterator[_Token]:
    for found in _TOKENS.finditer(text):
        kind = found.lastgroup or "other"
        if kind == "space":
            continue
        if kind == "other":
            advice = "texts stand in double quotes: '\"North West\"'"
            raise _refused(f"`{found[0]}` has no meaning in a test", found.start(), found.end(), advice)
        yield _Token(kind, found[0], found.start(), found.end())


def _date(token: _Token) -> date:
    try:
        return date.fromisoformat(token.text)
    except ValueError:
        raise _refused(f"there is no day {token.text}", token.start, token.end) from None


def _refused(
    message: str, start: int, end: int, advice: str | None = None, suggestion: str | None = None
) -> TestError:
    return TestError([Problem("CW801", message, start, end, (), suggestion, advice)])
