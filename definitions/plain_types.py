"""Types as plain JSON values, as a published version keeps them. The words never change their meaning."""

from collections.abc import Mapping
from typing import Any, Final

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
    Record,
    Struct,
    Text,
    Type,
    Unknown,
    YesNo,
)

WORDS: Final[Mapping[str, Type]] = {
    "text": Text(),
    "number": Number(),
    "money": Money(),
    "date": Date(),
    "date and time": DateTime(),
    "condition": Condition(),
    "yes_no": YesNo(),
    "unknown": Unknown(),
}


def type_plain(kind: Type) -> Any:  # noqa: PLR0911 - one return per kind
    """The type as `type_of` reads it again."""
    match kind:
        case Choice(options):
            return ["choice", *options]
        case Choices(options):
            return ["choices", *options]
        case Record(name):
            return ["record", name]
        case Duration(family):
            return ["duration", family]
        case ListOf(item):
            return ["list", type_plain(item)]
        case Struct(fields):
            return ["group", *([name, type_plain(each)] for name, each in fields)]
        case MaybeAbsent(of, step):
            return ["absent", type_plain(of), step]
        case Unknown():
            return "unknown"
        case _:
            return next(word for word, known in WORDS.items() if known == kind)


def type_of(plain: Any) -> Type:  # noqa: PLR0911 - one return per kind
    """The type that `type_plain` has written; a later program's word is a value of which nothing is known."""
    match plain:
        case str():
            return WORDS.get(plain, Unknown())
        case ["choice", *options]:
            return Choice(tuple(options))
        case ["choices", *options]:
            return Choices(tuple(options))
        case ["record", str(name)]:
            return Record(name)
        case ["duration", family]:
            return Duration(family)
        case ["list", item]:
            return ListOf(type_of(item))
        case ["group", *fields]:
            return Struct(tuple((name, type_of(each)) for name, each in fields))
        case ["absent", of, str(step)]:
            return MaybeAbsent(type_of(of), step)
        case _:
            return Unknown()
