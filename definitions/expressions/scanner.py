"""Text -> a masked text of the same length that is safe for `ast.parse`, and what each mask stands for.

Texts, dates and words that Python would read otherwise are replaced by plain names of the same length, so
that all offsets stay right. What is left is ASCII names, numbers, operators and round brackets in an order
that makes sense: everything else has been reported, all of it in one run.
"""

from __future__ import annotations

import keyword
import re
from dataclasses import dataclass, field
from datetime import date
from typing import Final, Literal

from definitions.diagnostics import hidden
from definitions.expressions import mistakes
from definitions.problems import Problem

MAX_LENGTH: Final = 1000
MAX_DEPTH: Final = 20
MAX_PROBLEMS: Final = 10

_KEPT: Final = ("and", "or", "not", "in", "is")
_BINARY: Final = ("+", "-", "*", "/", "<", "<=", "==", "!=", ">=", ">")

_TOKEN: Final = re.compile(
    r"""
      (?P<space>[ \t\r\n]+)
    | (?P<text>"[^"]*"|'[^']*')
    | (?P<curly>[“”„‟«»‘’‚‹›][^“”„‟«»‘’‚‹›"']*[“”„‟«»‘’‚‹›"'])
    | (?P<moment>[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{1,2}:[0-9:.]*(?:Z|[+-][0-9][0-9]:?[0-9][0-9])?)
    | (?P<date>[0-9]{4}-[0-9]{2}-[0-9]{2})(?![\w.])
    | (?P<day>
          [0-9]{1,2}\.[0-9]{1,2}\.[0-9]{4} | [0-9]{1,2}/[0-9]{1,2}/[0-9]{4}
        | [0-9]{4}/[0-9]{1,2}/[0-9]{1,2} | [0-9]{4}-[0-9]{1,2}-[0-9]{1,2}
      )(?!\w)
    | (?P<time>[0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?)(?!\w)
    | (?P<percent>[0-9][0-9.]*[ ]?%)(?!\s*(?!(?:and|or|not|is|in)\b)[\w(.])
    | (?P<money>[$€£¥][ ]?[0-9][0-9.,]*|[0-9][0-9.]*[ ]?[$€£¥])
    | (?P<grouped>[0-9]+(?:,[0-9]+)+(?:\.[0-9]+)?)(?![\w,])
    | (?P<number>[0-9][\w.]*|\.[0-9][\w.]*)
    | (?P<hyphened>[^\W\d]\w*(?:-\w+)+)
    | (?P<word>[^\W\d]\w*)
    | (?P<sign>===|!==|\.\.\.|<>|=>|=<|&&|\|\||\*\*|//|:=|->|<<|>>|\{\{|\}\}|<=|>=|==|!=)
    | (?P<mark>[-+*/<>=!%&|^~@,.:;?()\[\]{}$`\\\#])
    | (?P<other>.)
    """,
    re.VERBOSE | re.DOTALL,
)
_NUMBER: Final = re.compile(r"[0-9]+(?:\.[0-9]+)?")
_WORD: Final = re.compile(r"[^\W\d]\w*")

Where = Literal["start", "operand", "operator", "unsure"]
"""What stands before the next token. `unsure` follows a reported token: anything may come."""


@dataclass(frozen=True, slots=True)
class Token:
    """One piece of the text."""

    kind: str
    text: str
    start: int

    @property
    def end(self) -> int:
        """Where it ends, exclusive."""
        return self.start + len(self.text)


@dataclass(frozen=True, slots=True)
class Scan:
    """The masked text and, by the offset where its mask starts, each text and date"""

    masked: str
    literals: dict[int, str | date]


@dataclass(slots=True)
class Scanner:
    """Reads one text from left to right. `scan` is its only entry."""

    text: str
    problems: list[Problem] = field(default_factory=list)
    masked: list[str] = field(default_factory=list)
    literals: dict[int, str | date] = field(default_factory=dict)
    where: Where = "start"
    last: Token | None = None
    brackets: list[tuple[Token, str]] = field(default_factory=list)
    stopped: bool = False

    def scan(self) -> Scan:
        """The masked text. It is only to be parsed when `problems` is empty."""
        place = 0
        while place < len(self.text) and len(self.problems) < MAX_PROBLEMS and not self.stopped:
            token = self._next(place)
            place = token.end
            if token.kind == "space":
                self.masked.append(" " * len(token.text))
                continue
            self.masked.append(token.text)
            if token.kind in mistakes.NEVER:
                self.problems.append(mistakes.NEVER[token.kind](token.text, token.start))
                self.where = "unsure"
            else:
                getattr(self, f"_{token.kind}")(token)
            self.last = token
        self._finish()
        return Scan("".join(self.masked), self.literals)

    def _next(self, place: int) -> Token:
        found = _TOKEN.match(self.text, place)
        assert found is not None  # noqa: S101 - the last alternative takes any character
        kind, text = str(found.lastgroup), found[str(found.lastgroup)]
        if kind == "grouped" and self._separates():
            kind, text = "number", _match(_NUMBER, self.text, place)
        if kind == "hyphened" and not _needs_mask(text):
            kind, text = "word", _match(_WORD, self.text, place)
        return Token(kind, text, place)

    def _separates(self) -> bool:
        """Whether a comma separates values here: among a function's values or after `in`."""
        return bool(self.brackets) and self.brackets[-1][1] != "group"

    # -- operands

    def _text(self, token: Token) -> None:
        before = self.last
        if (
            before is not None
            and before.kind == "word"
            and before.end == token.start
            and before.text not in _KEPT
        ):
            both = Token("", before.text + token.text, before.start)
            way = "write the text in quotes alone; `{{ }}` fills running text"
            self._report(
                "CW310", f"letters before a quote (`{before.text}`) mean nothing here", both, advice=way
            )
            self.where = "unsure"
            return
        self._operand(token)
        if unseen := next((letter for letter in token.text if hidden(letter)), None):
            self._report("CW305", f"an invisible character (U+{ord(unseen):04X}) in a text", token)
        if "\\" in token.text:
            self._report("CW304", "a backslash has no meaning in a text", token, advice="leave it out")
        self._mask(token)
        self.literals[token.start] = token.text[1:-1]

    def _date(self, token: Token) -> None:
        self._operand(token)
        try:
            self.literals[token.start] = date.fromisoformat(token.text)
        except ValueError:
            self._report("CW308", f"the date `{token.text}` does not exist", token, advice="correct the day")
        self._mask(token)

    def _number(self, token: Token) -> None:
        if token.text.startswith(".") and self.where == "operand":
            self._report("CW311", "the name of a field is missing after the dot", token)
            return
        self._operand(token)
        text = f"0{token.text}" if token.text.startswith(".") else token.text
        if token.text.startswith("."):
            self._report("CW307", "a number starts with a digit", token, suggestion=text)
        elif wrong := mistakes.number(token.text):
            self._report("CW307", wrong[0], token, suggestion=wrong[1], advice=wrong[2])

    def _hyphened(self, token: Token) -> None:
        self._operand(token)
        self._mask(token)

    def _word(self, token: Token) -> None:
        text = token.text
        if self.last is not None and self.last.text == "." and self.where != "unsure":
            self._field(token)
        elif text in ("and", "or", "is", "in", "not"):
            self._operator(token)
        elif text.lower() in _KEPT and self._operates(text.lower()):
            self._report("CW306", f"`{text}` is written in small letters", token, suggestion=text.lower())
            self._operator(token, text.lower())
        elif text.lower() == "if" and self.text[token.end :].lstrip().startswith("("):
            self._report("CW310", f"there is no `{text}(...)` here", token, advice=mistakes.IF)
            self.stopped = True
        elif text in mistakes.NO_WORDS:
            self._report("CW310", f"expressions have no `{text}`", token, advice=mistakes.NO_WORDS[text])
            self.where = "unsure"
        elif self._plain(token):
            self._operand(token)
            self._mask_keyword(token)

    def _operates(self, word: str) -> bool:
        """Whether an operator could stand here; otherwise it may be an option, such as a state's code."""
        return (self.where == "operand") != (word == "not")

    def _field(self, token: Token) -> None:
        if self._plain(token):
            self._mask_keyword(token)
        self.where = "operand"

    def _plain(self, token: Token) -> bool:
        """Whether a word may be a name: ASCII, and not one of Python's inner names."""
        foreign = next((letter for letter in token.text if not letter.isascii()), None)
        if foreign is not None:
            message = f"`{foreign}` (U+{ord(foreign):04X}) cannot stand in a name"
            self._report(
                "CW305", message, token, advice="names are written in a-z, 0-9 and _; put a text in quotes"
            )
        elif token.text.startswith("_"):
            self._report("CW312", f"`{token.text}` starts with an underscore; no name does", token)
        else:
            return True
        self.where = "unsure"
        return False

    # -- operators and brackets

    def _mark(self, token: Token) -> None:
        self._sign(token)

    def _sign(self, token: Token) -> None:
        text = token.text
        if text in _BINARY:
            self._operator(token)
        elif text in ("(", ")", ",", "."):
            {"(": self._open, ")": self._close, ",": self._comma, ".": self._dot}[text](token)
        elif text in mistakes.JOINS or text in mistakes.SIGNS:
            right = mistakes.JOINS.get(text) or mistakes.SIGNS[text]
            self._report("CW306", f"`{text}` is not an operator here", token, suggestion=right)
            self._operator(token, right)
        elif text == "=" and self.brackets and self.brackets[-1][1] == "call":
            way = "leave the name and `=` out"
            self._report("CW310", "the values of a function have no names", token, advice=way)
            self.where = "unsure"
        elif text == "=":
            meant = mistakes.equals(self.text[token.end :])
            self._report("CW306", "`=` does not compare", token, suggestion=meant, advice=mistakes.COMPARE)
            self._operator(token)
        elif text in mistakes.NO_SIGNS:
            self._report("CW309", f"expressions have no `{text}`", token, advice=mistakes.NO_SIGNS[text])
            self.where = "unsure"
        elif text in ("]", "}", "}}"):
            self.where = "unsure"  # its opening partner has been reported
            if not any(each.code == "CW310" for each in self.problems):
                self._report("CW303", f"`{text}` closes nothing", token, advice="remove it")
        else:
            what, advice = mistakes.CONSTRUCTS[text]
            self._report("CW310", f"{what} (`{text}`) cannot stand in an expression", token, advice=advice)
            self.where = "unsure"

    def _operand(self, token: Token) -> None:
        if self.where != "operand" or self.last is None:
            self.where = "operand"
            return
        left, right = self.last.text, token.text
        message = f"an operator is missing between `{left}` and `{right}`"
        span = Token("", self.text[self.last.start : token.end], self.last.start)
        self._report("CW311", message, span, advice=mistakes.between(left, right))
        self.where = "unsure"

    def _operator(self, token: Token, meant: str | None = None) -> None:
        """An operator; `meant` is the one of this language where another was written, and reported."""
        text = meant or token.text
        after_operand = self.where in ("operand", "unsure")
        if text in ("not", "-") and not after_operand:
            self.where = "operator"
        elif text == "not":
            if self.where == "operand" and not re.match(r"\s+in\b", self.text[token.end :]):
                self._report(
                    "CW311",
                    "`not` cannot stand after a value",
                    token,
                    advice="write `is not`, `not in` or `and not`",
                )
            self.where = "unsure"
        elif after_operand:
            self.where = "operator"
        else:
            self._missing_before(token)
            self.where = "operator"

    def _open(self, token: Token) -> None:
        role = "group"
        if self.last is not None and self.last.kind == "word" and self.where == "operand":
            role = "call"
        elif self.last is not None and self.last.text == "in":
            role = "list"
        elif self.where == "operand":
            self._operand(token)
        self.brackets.append((token, role))
        self.where = "start"
        if len(self.brackets) > MAX_DEPTH:
            self._report(
                "CW302",
                f"more than {MAX_DEPTH} brackets inside each other",
                token,
                advice="use several steps",
            )
            self.stopped = True

    def _close(self, token: Token) -> None:
        if not self.brackets:
            self._report(
                "CW303", "this bracket closes nothing", token, advice="remove it, or open one before it"
            )
            self.where = "unsure"
            return
        opening, role = self.brackets.pop()
        empty_call = role == "call" and self.last == opening
        if self.where in ("start", "operator") and not empty_call:
            self._missing_before(token)
        self.where = "operand"

    def _comma(self, token: Token) -> None:
        if self.where in ("start", "operator"):
            self._missing_before(token)
        elif not self._separates():
            way = mistakes.comma(self.text[token.end :])
            self._report("CW313", "a comma makes several values; one is meant here", token, advice=way)
        self.where = "operator"

    def _dot(self, token: Token) -> None:
        rest = self.text[token.end :].lstrip()
        if self.where == "unsure":
            return
        if self.last is None or self.last.kind not in ("word", "text"):
            self._report("CW310", "only a name has fields", token, advice="write a name before the dot")
            self.where = "unsure"
        elif not _WORD.match(rest):
            self._report("CW311", "the name of a field is missing after the dot", token)
            self.where = "unsure"

    # -- what never belongs in an expression

    def _other(self, token: Token) -> None:
        code = f"U+{ord(token.text):04X}"
        if token.text in "\"'":
            self._report("CW304", "a quote that is not closed", token, advice="close it with the same quote")
        elif token.text in mistakes.SIGNS:
            self._sign(token)
            return
        elif token.text == "…":
            self._sign(token)
        elif hidden(token.text) or token.text.isspace():
            self._report(
                "CW305", f"an invisible character ({code})", token, advice="remove it, or write a space"
            )
        else:
            advice = "write digits as 0 to 9" if token.text.isdigit() else "put a text in quotes"
            self._report("CW305", f"`{token.text}` ({code}) has no meaning here", token, advice=advice)
        self.where = "unsure"

    # -- reporting

    def _finish(self) -> None:
        if self.problems:
            return
        for opening, _ in self.brackets:
            self._report("CW303", "this bracket is not closed", opening, advice="add `)` where it ends")
        if self.last is not None and self.where in ("start", "operator"):
            advice = "write a value or a condition behind it, or remove it"
            self._report("CW311", f"something is missing after `{self.last.text}`", self.last, advice=advice)

    def _missing_before(self, token: Token) -> None:
        if self.last is None:
            self._report("CW311", f"something is missing before `{token.text}`", token)
            return
        span = Token("", self.text[self.last.start : token.end], self.last.start)
        message = f"something is missing between `{self.last.text}` and `{token.text}`"
        advice = "write `in` or `not in` without `is`" if token.text == "in" else None
        self._report("CW311", message, span, advice=advice)

    def _report(
        self,
        code: str,
        message: str,
        token: Token,
        *,
        suggestion: str | None = None,
        advice: str | None = None,
    ) -> None:
        self.problems.append(Problem(code, message, token.start, token.end, (), suggestion, advice))

    def _mask(self, token: Token) -> None:
        self.masked[-1] = "x" * len(token.text)

    def _mask_keyword(self, token: Token) -> None:
        if keyword.iskeyword(token.text):
            self._mask(token)


def _needs_mask(text: str) -> bool:
    """Whether a hyphenated word has a part that Python would take for a word of its own."""
    return text.isascii() and any(keyword.iskeyword(part) for part in text.split("-"))


def _match(pattern: re.Pattern[str], text: str, place: int) -> str:
    found = pattern.match(text, place)
    return found[0] if found is not None else text[place : place + 1]
