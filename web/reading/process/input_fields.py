"""The inputs of a process, and the outputs of a step, as fields that a person can fill in."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from definitions.plan import Input
from definitions.types import (
    YES_NO_CODES,
    Choice,
    Choices,
    Date,
    DateTime,
    MaybeAbsent,
    Money,
    Number,
    Text,
    Type,
    YesNo,
)

_KINDS: Final[Mapping[type, str]] = {
    Text: "text",
    Number: "number",
    Money: "money",
    Date: "date",
    DateTime: "datetime",
    YesNo: "choice",
    Choice: "choice",
    Choices: "choices",
}


@dataclass(frozen=True, slots=True)
class InputField:
    """One field. `kind` is `text, number, money, date, datetime, choice, choices`; `value` what stands in it,
    as a form has it.
    """

    name: str
    title: str
    kind: str
    required: bool
    options: tuple[str, ...] = ()
    value: Any = field(default="")


def field_of(name: str, title: str, type_: Type, value: Any = None, *, required: bool) -> InputField | None:
    """The field for a value of this type; None for one that nobody can type in, such as a record."""
    kind = type_.of if isinstance(type_, MaybeAbsent) else type_
    shown = _KINDS.get(type(kind))
    if shown is None:
        return None
    options: tuple[str, ...] = ()
    if isinstance(kind, YesNo):
        options = YES_NO_CODES
    elif isinstance(kind, Choice | Choices):
        options = kind.options
    return InputField(name, title, shown, required, options, _typed(value))


def fields_of_inputs(inputs: tuple[Input, ...], values: Mapping[str, Any] | None = None) -> list[InputField]:
    """The fields of those inputs that a person can type in."""
    known = values or {}
    found = (
        field_of(each.name, each.title, each.type, known.get(each.name), required=each.required)
        for each in inputs
    )
    return [each for each in found if each is not None]


def fillable(inputs: tuple[Input, ...]) -> bool:
    """Whether a person can give everything that is required."""
    return all(
        not each.required or field_of(each.name, each.title, each.type, required=True) is not None
        for each in inputs
    )


def _typed(value: Any) -> Any:
    """A kept value as a form has it."""
    match value:
        case None:
            return ""
        case {"amount": amount, "currency": currency}:
            return f"{amount} {currency}"
        case list():
            return [str(each) for each in value]
        case _:
            return str(value)
