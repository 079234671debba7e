"""The types of the language: what an input, an answer, a field or an expression can be.

Types are frozen values and compare by content. `describe` says one in plain words; `type_from_words` reads
the words that stand behind `type:` in a process definition.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from definitions.diagnostics import suggest

NO_ANSWER: Final = ("doesnt_know", "prefers_not_to_answer", "not_collected")
"""Codes that are answers and still tell nothing: such a value is not known (HUD 1.8: 8, 9, 99)."""

YES_NO_CODES: Final = ("yes", "no", *NO_ANSWER)
"""The five codes of a yes/no answer (HUD 1.8). Only the first two say yes or no."""

DurationFamily = Literal["clock", "days", "months"]


@dataclass(frozen=True, slots=True)
class Text:
    """Any text."""


@dataclass(frozen=True, slots=True)
class Number:
    """A decimal number."""


@dataclass(frozen=True, slots=True)
class Money:
    """An amount with its currency; see `MoneyValue`."""


@dataclass(frozen=True, slots=True)
class Date:
    """A day of the calendar."""


@dataclass(frozen=True, slots=True)
class DateTime:
    """A moment: a date and time with its zone."""


@dataclass(frozen=True, slots=True)
class Duration:
    """A length of time. The family says what it is counted in, where that is known.

    `clock` (minutes, hours) and `days` (days, weeks) compare with each other; `months` only with months,
    because a month has no fixed number of days.
    """

    family: DurationFamily | None = None


@dataclass(frozen=True, slots=True)
class Condition:
    """True, false or undecided. The only type that `and`, `or`, `not` and the condition keys take."""


@dataclass(frozen=True, slots=True)
class YesNo:
    """A yes/no answer: one of `YES_NO_CODES`. Never a condition by itself."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One of some options."""

    options: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Choices:
    """Any number of some options."""

    options: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Record:
    """A record of the catalogue, by its name (`Client`)."""

    name: str


@dataclass(frozen=True, slots=True)
class ListOf:
    """Any number of values of one type."""

    item: "Type"


@dataclass(frozen=True, slots=True)
class Struct:
    """Named values that belong together, such as the outputs of a step."""

    fields: tuple[tuple[str, "Type"], ...]

    def field(self, name: str) -> "Type | None":
        """The type of the field of this name, or None."""
        return next((kind for field, kind in self.fields if field == name), None)


@dataclass(frozen=True, slots=True)
class Unknown:
    """What an expression has after an error. It fits everywhere, so that one error gives one message."""


@dataclass(frozen=True, slots=True)
class Open(Unknown):
    """What the round before gives while the types of a round are being found out: what stands beside it
    says.
    """


@dataclass(frozen=True, slots=True)
class MaybeAbsent:
    """An output of a step that may be skipped: it cannot be read without saying what happens then."""

    of: "Type"
    step: str


Type: TypeAlias = (
    Text
    | Number
    | Money
    | Date
    | DateTime
    | Duration
    | Condition
    | YesNo
    | Choice
    | Choices
    | Record
    | ListOf
    | Struct
    | Unknown
    | MaybeAbsent
)

PREVIOUS_ROUND: Final = "previous_round"
"""The name under which a step of a `repeat` reads the round before: absent in the first one."""

TYPE_WORDS: Final[dict[str, Type]] = {
    "text": Text(),
    "number": Number(),
    "money": Money(),
    "date": Date(),
    "date and time": DateTime(),
    "duration": Duration(),
    "yes_no": YesNo(),
    "consent": Record("Consent"),
}
"""What `type:` can say by one word. `choice` and `choices` also need options; a record is named as it is."""

_ELSEWHERE: Final[Mapping[str, str]] = {
    **dict.fromkeys(("bool", "boolean", "yes/no", "yes or no", "checkbox"), "yes_no"),
    **dict.fromkeys(("str", "string", "textarea", "paragraph"), "text"),
    **dict.fromkeys(("int", "integer", "float", "decimal", "numeric"), "number"),
    **dict.fromkeys(("datetime", "timestamp", "moment"), "date and time"),
    **dict.fromkeys(("select", "dropdown", "radio", "enum"), "choice"),
    **dict.fromkeys(("multiselect", "checkboxes", "tags"), "choices"),
    **dict.fromkeys(("upload", "attachment", "document", "photo"), "file"),
    **dict.fromkeys(("uploads", "attachments", "documents", "photos"), "files"),
    "currency": "money",
    "amount": "money",
}
"""What types are called elsewhere."""


def meant(word: str, allowed: Iterable[str]) -> str | None:
    """The type that a word was probably meant to be: one that is spelt alike, or is called so elsewhere."""
    options = tuple(allowed)
    same = _ELSEWHERE.get(word.lower())
    return same if same in options else suggest(word, options)


_PLAIN: Final[dict[type[object], str]] = {
    Text: "a text",
    Number: "a number",
    Money: "an amount of money",
    Date: "a date",
    DateTime: "a date and time",
    Duration: "a length of time",
    Condition: "a condition",
    YesNo: "a yes/no answer",
    Struct: "a group of values",
    Unknown: "an unknown value",
    Open: "an unknown value",
}

_MANY: Final[dict[type[object], str]] = {
    Text: "texts",
    Number: "numbers",
    Money: "amounts of money",
    Date: "dates",
    DateTime: "dates and times",
    Duration: "lengths of time",
    Condition: "conditions",
    YesNo: "yes/no answers",
    Struct: "groups of values",
    Unknown: "unknown values",
    Open: "unknown values",
}


def describe(kind: Type) -> str:  # noqa: PLR0911 - one return per kind
    """The type in plain words with an article: "a yes/no answer", "a date", "a list of Client records"."""
    match kind:
        case Choice(options):
            return f"a choice ({_shortened(options)})"
        case Choices(options):
            return f"any number of choices ({_shortened(options)})"
        case Record(name):
            return f"{_article(name)} {name} record"
        case Duration(family) if family is not None:
            return f"a length of time in {'hours or minutes' if family == 'clock' else family}"
        case ListOf(item):
            return f"a list of {_in_plural(item)}"
        case MaybeAbsent(of, step) if step == PREVIOUS_ROUND:
            return f"{describe(of)} that is absent in the first round"
        case MaybeAbsent(of, step):
            return f"{describe(of)} that is absent when `{step}` is skipped"
        case _:
            return _PLAIN[type(kind)]


def type_from_words(words: str, options: tuple[str, ...] = ()) -> Type | None:
    """The type that `type: words` names, or None when the words name none.

    `choice` and `choices` take the options given. A word with a capital letter is the name of a record;
    whether the catalogue has it is the checker's business.
    """
    words = " ".join(words.split())
    if words == "choice":
        return Choice(options)
    if words == "choices":
        return Choices(options)
    if words in TYPE_WORDS:
        return TYPE_WORDS[words]
    return Record(words) if re.fullmatch(r"[A-Z][A-Za-z0-9]*", words) else None


def _in_plural(kind: Type) -> str:
    match kind:
        case Choice(options) | Choices(options):
            return f"choices ({_shortened(options)})"
        case Record(name):
            return f"{name} records"
        case ListOf():
            return "lists"
        case MaybeAbsent(of):
            return _in_plural(of)
        case _:
            return _MANY[type(kind)]


def _shortened(options: tuple[str, ...]) -> str:
    return ", ".join(options[:4]) + (", ..." if len(options) > 4 else "")


def _article(noun: str) -> str:
    return "an" if noun[:1] in "AEIO" else "a"
