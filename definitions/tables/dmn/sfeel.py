"""S-FEEL, the simple expressions of DMN (1.5, 9.2): unary tests and entries of level 2, read.

What lies beyond it is refused with what to do; nothing is guessed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final, Literal, NoReturn, TypeAlias

from definitions.diagnostics import MessageError
from definitions.runtime_values import DurationValue
from definitions.tables.regions import Among, Point, Presence, Ranges, Region, Stretch, outside, point, ranges

LONGEST: Final = 2_000
Atom: TypeAlias = Decimal | str | bool | date | DurationValue | None
"""A literal of S-FEEL; None is null."""

Sign: TypeAlias = Literal["<", "<=", ">", ">=", "=", "!="]


class FeelError(MessageError):
    """A text is no S-FEEL, or has no place in a table of level 2."""


@dataclass(frozen=True, slots=True)
class Computed:
    """An expression of the language."""

    text: str


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str


_TOKENS: Final = re.compile(
    r"""(?P<space>\s+)
    |(?P<text>"(?:[^"\\]|\\.)*")
    |(?P<number>(?:\d+(?:\.(?!\.)\d+)?|\.\d+))
    |(?P<word>[^\W\d]\w*)
    |(?P<sign>\.\.|<=|>=|!=|\*\*|[-+*/<>=(),\[\].@?])
    |(?P<other>.)""",
    re.VERBOSE | re.DOTALL,
)
_ESCAPES: Final = {"n": "\n", "t": "\t", "r": "\r", '"': '"', "\\": "\\", "'": "'"}
_DURATION: Final = re.compile(
    r"(?P<sign>-?)P(?:(?P<years>\d+)Y)?(?:(?P<months>\d+)M)?(?:(?P<days>\d+)D)?"
    r"(?:T(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?(?:(?P<seconds>\d+)S)?)?"
)


def read_tests(text: str) -> Region | None:
    """What an input entry lets through; None for `-` and for nothing, which let everything through.

    Raises:
        FeelError: it is none of the unary tests of level 2.
    """
    if text.strip() in ("", "-"):
        return None
    reader = _Reader(text)
    negated = reader.word("not")
    if negated:
        reader.want("(")
    found = [reader.test()]
    while reader.take(","):
        found.append(reader.test())
    if negated:
        reader.want(")")
    reader.done()
    return _together(found, negated=negated)


def read_values(text: str) -> list[Atom]:
    """The values of a list such as `"High", "Low"`: what an input or output can be."""
    reader = _Reader(text)
    found = [reader.atom()]
    while reader.take(","):
        found.append(reader.atom())
    reader.done()
    return found


def read_bounds(text: str) -> Region | list[Atom] | None:
    """What an input can be: a list of values, or ranges; None for anything."""
    try:
        return read_values(text)
    except FeelError:
        return read_tests(text)


def read_entry(text: str, names: Mapping[str, str]) -> Atom | Computed:
    """An output entry: a literal, or arithmetic in the language's own words.

    `names` are the names of the file, with spaces or not, and what stands for them.

    Raises:
        FeelError: it is more than simple arithmetic, or names something else.
    """
    reader = _Reader(text, names)
    if reader.alone():
        found = reader.atom()
        reader.done()
        return found
    said = reader.sum()
    reader.done()
    return Computed(said)


def _together(found: list[Region], *, negated: bool) -> Region:
    """One region of several, of which a value has to meet one."""
    if len(found) == 1 and isinstance(found[0], Presence):
        return Presence(found[0].known != negated)
    if all(isinstance(each, Ranges) for each in found):
        joined = ranges([part for each in found if isinstance(each, Ranges) for part in each.stretches])
        return outside(joined) if negated else joined
    if all(isinstance(each, Among) and not each.negated for each in found) or len(found) == 1:
        values = frozenset(value for each in found if isinstance(each, Among) for value in each.values)
        turned = isinstance(found[0], Among) and found[0].negated
        return Among(values, negated != turned)
    raise FeelError("tests of different kinds stand in one entry; make a rule of each")


class _Reader:
    def __init__(self, text: str, names: Mapping[str, str] | None = None) -> None:
        if len(text) > LONGEST:
            raise FeelError(f"an entry has at most {LONGEST:,} characters")
        self.tokens = list(_read(text))
        self.at = 0
        self.names = _by_words(names or {})
        self.depth = 0

    # -- tests

    def test(self) -> Region:
        for sign in ("<=", ">=", "!=", "<", ">", "="):
            if self.take(sign):
                return self.compared(sign)
        for bracket in ("[", "]", "("):
            if self.take(bracket):
                return self.interval(low_open=bracket != "[")
        value = self.atom()
        return _equal(value)

    def compared(self, sign: Sign) -> Region:
        value = self.atom()
        if sign in ("=", "!="):
            equal = _equal(value)
            return equal if sign == "=" else _together([equal], negated=True)
        end = self.size(value)
        match sign:
            case "<" | "<=":
                return ranges([Stretch(None, end, high_open=sign == "<")])
            case _:
                return ranges([Stretch(end, None, low_open=sign == ">")])

    def interval(self, *, low_open: bool) -> Region:
        low = self.size(self.atom())
        self.want("..")
        high = self.size(self.atom())
        closed = self.take("]")
        if not closed and not self.take(")"):
            self.want("[")
        found = Stretch(low, high, low_open, not closed)
        if found.is_empty:
            raise FeelError("the range holds nothing: its ends stand the wrong way round, or are left out")
        return ranges([found])

    def size(self, value: Atom) -> Point:
        if isinstance(value, Decimal | date | DurationValue):
            return value
        raise FeelError("a range has ends with a size: numbers, dates, durations")

    # -- literals

    def alone(self) -> bool:
        """Whether what is left begins with a literal and has no arithmetic in it."""
        signs = {"+", "*", "/", "**"}
        if any(each.text in signs or (each.text == "-" and index) for index, each in enumerate(self.tokens)):
            return False
        first = 1 if self.tokens and self.tokens[0].text == "-" else 0
        return self.known_name(first) is None

    def atom(self) -> Atom:  # noqa: PLR0911  (one return per kind of literal)
        token = self.next()
        match token.kind, token.text:
            case "number", text:
                return Decimal(text)
            case "text", text:
                return _unescaped(text)
            case "sign", "-":
                value = self.atom()
                return -value if isinstance(value, Decimal) else self.refuse("-")
            case "sign", "@":
                return self.dated(_unescaped(self.kind("text")))
            case "word", ("true" | "false") as truth:
                return truth == "true"
            case "word", "null":
                return None
            case "word", ("date" | "duration") as made if self.take("("):
                text = _unescaped(self.kind("text"))
                self.want(")")
                return _date(text) if made == "date" else _duration(text)
            case "word", word:
                advice = "only literals and ranges of literals stand in a table of level 2"
                raise FeelError(f"`{self.phrase(word)}` is the name of something; {advice}")
            case _:
                return self.refuse(token.text)

    def dated(self, text: str) -> Atom:
        return _duration(text) if text.lstrip("-").startswith("P") else _date(text)

    # -- arithmetic

    def sum(self) -> str:
        said = self.product()
        while sign := self.one_of("+", "-"):
            said = f"{said} {sign} {self.product()}"
        return said

    def product(self) -> str:
        said = self.factor()
        while sign := self.one_of("*", "/"):
            said = f"{said} {sign} {self.factor()}"
        return said

    def factor(self) -> str:
        self.depth += 1
        if self.depth > 300:
            raise FeelError("the entry is too long")
        if self.take("("):
            inner = self.sum()
            self.want(")")
            return f"({inner})"
        if self.take("-"):
            return f"-{self.factor()}"
        if (name := self.known_name()) is not None:
            self.at += name[0]
            return name[1]
        return _expression_literal(self.atom())

    def known_name(self, ahead: int = 0) -> tuple[int, str] | None:
        """How many tokens the longest name here, or some tokens ahead, has, and what stands for it."""
        at = self.at + ahead
        for words, said in self.names:
            if tuple(each.text for each in self.tokens[at : at + len(words)]) == words:
                return len(words), said
        return None

    # -- tokens

    def take(self, text: str) -> bool:
        found = self.at < len(self.tokens) and self.tokens[self.at].text == text
        self.at += found
        return found

    def word(self, text: str) -> bool:
        """Whether a word stands here that is followed by a bracket."""
        behind = self.tokens[self.at + 1 : self.at + 2]
        return bool(behind) and behind[0].text == "(" and self.take(text)

    def one_of(self, *texts: str) -> str | None:
        return next((text for text in texts if self.take(text)), None)

    def want(self, text: str) -> None:
        if not self.take(text):
            self.refuse(self.tokens[self.at].text if self.at < len(self.tokens) else None)

    def kind(self, kind: str) -> str:
        token = self.next()
        if token.kind != kind:
            self.refuse(token.text)
        return token.text

    def next(self) -> _Token:
        if self.at >= len(self.tokens):
            raise FeelError("the entry ends too early")
        self.at += 1
        return self.tokens[self.at - 1]

    def done(self) -> None:
        if self.at < len(self.tokens):
            self.refuse(self.tokens[self.at].text)

    def phrase(self, word: str) -> str:
        words = [word]
        while self.at < len(self.tokens) and self.tokens[self.at].kind == "word":
            words.append(self.next().text)
        return " ".join(words)

    def refuse(self, text: str | None) -> NoReturn:
        shown = "something is missing" if text is None else f"`{text}` has no place here"
        raise FeelError(
            f"{shown}; a table of level 2 has literals, ranges, lists, not(...) and simple arithmetic"
        )


def _read(text: str) -> Iterator[_Token]:
    for found in _TOKENS.finditer(text):
        kind = found.lastgroup or "other"
        if kind == "other":
            raise FeelError(f"`{found[0]}` has no meaning in S-FEEL")
        if kind != "space":
            yield _Token(kind, found[0])


def _by_words(names: Mapping[str, str]) -> list[tuple[tuple[str, ...], str]]:
    """The names by their tokens, the longest first."""
    found = [(tuple(each.text for each in _read(name)), said) for name, said in names.items() if name.strip()]
    return sorted(found, key=lambda each: -len(each[0]))


def _equal(value: Atom) -> Region:
    match value:
        case None:
            return Presence(False)
        case bool() | str():
            return Among(frozenset({value}))
        case _:
            return ranges([point(value)])


def _unescaped(text: str) -> str:
    def one(found: re.Match[str]) -> str:
        mark = found[1]
        if mark[0] in "uU":
            return chr(int(mark[1:], 16))
        if mark not in _ESCAPES:
            raise FeelError(f"`\\{mark}` is no escape of FEEL")
        return _ESCAPES[mark]

    return re.sub(r"\\(u[0-9a-fA-F]{4}|U[0-9a-fA-F]{6}|.)", one, text[1:-1], flags=re.DOTALL)


def _date(text: str) -> date:
    try:
        if len(text) == 10:
            return date.fromisoformat(text)
    except ValueError:
        raise FeelError(f"there is no day `{text}`") from None
    raise FeelError(f"`{text}` is no date; times of day do not stand in tables here, take a date")


def _duration(text: str) -> DurationValue:
    found = _DURATION.fullmatch(text)
    given = {} if found is None else {key: int(value) for key, value in found.groupdict().items() if
                                      key != "sign" and value is not None}  # fmt: skip
    if found is None or not given or text.endswith("T"):
        raise FeelError(f"`{text}` is no duration, such as P3D, PT12H or P6M")
    sign = -1 if found["sign"] else 1
    months = given.get("years", 0) * 12 + given.get("months", 0)
    minutes = given.get("days", 0) * 1440 + given.get("hours", 0) * 60 + given.get("minutes", 0)
    seconds = given.get("seconds", 0)
    if months and (minutes or seconds):
        raise FeelError(f"`{text}` has months and days; a length of time has one or the other")
    if seconds % 60:
        raise FeelError(f"`{text}` has seconds; lengths of time are counted in minutes")
    if months or {"years", "months"} & given.keys():
        return DurationValue(Decimal(sign * months), "months")
    minutes += seconds // 60
    for unit, size in _UNITS.items():
        if minutes % size == 0:
            return DurationValue(Decimal(sign * (minutes // size)), unit)
    return DurationValue(Decimal(sign * minutes), "minutes")


_UNITS: Final[dict[Literal["days", "hours"], int]] = {"days": 1440, "hours": 60}


def _expression_literal(value: Atom) -> str:
    """A literal as the language's expressions write it."""
    from definitions.tables.wording import value_words

    match value:
        case None:
            raise FeelError("null is no value to compute with")
        case bool():
            raise FeelError("true and false are no values to compute with")
        case str():
            return quoted(value)
        case _:
            return value_words(value)


def quoted(value: str) -> str:
    """A text as an expression or a test writes it."""
    if '"' in value or "\\" in value or not value.isprintable():
        raise FeelError(
            "a text with quotes, backslashes or line breaks cannot stand in a test or an expression"
        )
    return f'"{value}"'
