"""Values of the language as JSON and back: how inputs and outputs of steps lie in the journal.

Numbers are text, so that no decimal is lost; dates and moments are ISO 8601, moments in UTC; money is
`{"amount", "currency"}`, a length of time `{"amount", "unit"}`, a record `{"record", "id"}`. What is
missing, absent or undecided is null.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any

from pydantic import BaseModel
from sqlmodel import Session

from definitions.runtime_values import MISSING, DurationValue, MoneyValue, RecordView, Singleton
from definitions.types import (
    YES_NO_CODES,
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
    describe,
)
from tasks.records.record_view import LiveRecord
from tasks.result import TaskError

Json = Any
"""What the `json` module reads and writes."""

NO_ANSWER = "no_answer"
"""The key of an answer that says why there is none (`tasks.people.answer_values`): missing, not a value."""


class EncodingError(TaskError):
    """A value and its JSON do not fit together. Names types, never values."""


def encode(value: object) -> Json:  # noqa: PLR0911  (one return per kind of value)
    """The JSON of a value of the language, of a step's output model, or of any mapping or sequence of values.

    Raises EncodingError for anything else: what can't be read back is not written.
    """
    match value:
        case None | Singleton():
            return None
        case Enum():
            return value.value
        case bool() | str() | int():
            return value
        case Decimal():
            return str(value)
        case datetime():
            return value.astimezone(UTC).isoformat()
        case date():
            return value.isoformat()
        case MoneyValue(amount, currency):
            return {"amount": str(amount), "currency": currency}
        case DurationValue(amount, unit):
            return {"amount": str(amount), "unit": unit}
        case _:
            return _encode_group(value)


def decode(kind: Type, json: Json, session: Session) -> object:
    """The value of type `kind` that `json` writes; null is MISSING. Records are live views in `session`.

    A record may also be written as its bare id. Raises EncodingError where the shape does not fit.
    """
    if json is None or (isinstance(json, Mapping) and NO_ANSWER in json):
        return MISSING
    if isinstance(kind, MaybeAbsent):
        return decode(kind.of, json, session)
    read = _READ.get(type(kind))
    try:
        return json if read is None else read(kind, json, session)
    except (KeyError, TypeError, ValueError, ArithmeticError, AttributeError) as error:
        raise EncodingError(
            f"a stored value is not {type(kind).__name__}; the journal was changed"
        ) from error


def fits_type(kind: Type, json: Json, session: Session) -> bool:  # noqa: PLR0911  (one return per kind)
    """Whether this JSON, which another version of a definition may have written, is a value of the type."""
    match kind:
        case MaybeAbsent(of):
            return fits_type(of, json, session)
        case Unknown():
            return True
        case Text():
            return isinstance(json, str)
        case Condition():
            return isinstance(json, bool)
        case Choice() | YesNo():
            return isinstance(json, str) and _chosen(kind, json)
        case Choices():
            return isinstance(json, list) and _chosen(kind, tuple(json))
        case Record(name):
            return isinstance(json, Mapping) and json.get("record") == name
        case ListOf(item):
            return isinstance(json, list) and all(fits_type(item, each, session) for each in json)
        case Struct(fields):
            parts = [] if not isinstance(json, Mapping) else [(part, json.get(name)) for name, part in fields]
            return isinstance(json, Mapping) and all(
                value is None or fits_type(part, value, session) for part, value in parts
            )
        case _:
            return not isinstance(json, bool) and _decodes(kind, json, session)


def _decodes(kind: Type, json: Json, session: Session) -> bool:
    try:
        decode(kind, json, session)
    except EncodingError:
        return False
    return True


def encode_input(kind: Type, value: object, session: Session, name: str, *, what: str = "input") -> Json:
    """The JSON of an input that a person or another process gives; `what` else it is, an output for instance.

    A record is given as its id or as a view, anything else as its value or in words (`2026-03-02`,
    `2026-03-02T09:00+01:00`, `12.50 EUR`, `yes`, `food, housing`). An empty text is no value.

    Raises EncodingError, which names the input, for a record that does not exist and for words that are
    no value of the type.
    """
    if value is None or value == "":
        return None
    try:
        written = encode(
            _WORDS[type(kind)](kind, value) if isinstance(value, str) and type(kind) in _WORDS else value
        )
        decoded = decode(kind, written, session)
    except (EncodingError, ValueError, ArithmeticError) as error:
        raise EncodingError(
            f"the {what} `{name}` is not {describe(kind)}; {_EXAMPLES.get(type(kind), '')}"
        ) from error
    if isinstance(kind, Record) and isinstance(decoded, LiveRecord):
        if decoded.row is None:
            raise EncodingError(
                f"the {what} `{name}` names no {kind.name} record; give the id of one that exists"
            )
        return {"record": kind.name, "id": written if isinstance(written, str) else written["id"]}
    if isinstance(kind, Choice | YesNo | Choices) and not _chosen(kind, decoded):
        raise EncodingError(f"the {what} `{name}` is none of {', '.join(_options(kind))}")
    return written


def output_values(output: BaseModel) -> dict[str, object]:
    """The outputs of a step by name, as values of the language; None where the step gives nothing."""
    return {name: getattr(output, name) for name in (*type(output).model_fields, *(output.model_extra or {}))}


def _encode_group(value: object) -> Json:
    if isinstance(value, BaseModel):
        return {name: encode(part) for name, part in output_values(value).items()}
    if isinstance(value, Mapping):
        return {str(name): encode(part) for name, part in value.items()}
    if isinstance(value, tuple | list | set | frozenset):
        parts = sorted(value) if isinstance(value, set | frozenset) else value
        return [encode(part) for part in parts]
    if isinstance(value, RecordView):
        return {"record": value.record, "id": value.id}
    name = type(value).__name__
    raise EncodingError(f"a value of type {name} can't be stored; give the step an output of the language")


def _money(_kind: Type, json: Json, _session: Session) -> object:
    return MoneyValue(Decimal(json["amount"]), json["currency"])


def _duration(_kind: Type, json: Json, _session: Session) -> object:
    return DurationValue(Decimal(json["amount"]), json["unit"])


def _moment(_kind: Type, json: Json, _session: Session) -> object:
    moment = datetime.fromisoformat(json)
    if moment.tzinfo is None:
        raise ValueError("a moment without a zone")
    return moment.astimezone(UTC)


def _record(kind: Record, json: Json, session: Session) -> object:
    return LiveRecord(kind.name, json if isinstance(json, str) else json["id"], session)


def _struct(kind: Struct, json: Json, session: Session) -> object:
    return {name: decode(part, json.get(name), session) for name, part in kind.fields}


def _list(kind: ListOf, json: Json, session: Session) -> object:
    return tuple(decode(kind.item, part, session) for part in json)


_READ: Mapping[type, Callable[[Any, Json, Session], object]] = {
    Number: lambda _kind, json, _session: Decimal(json),
    Money: _money,
    Date: lambda _kind, json, _session: date.fromisoformat(json),
    DateTime: _moment,
    Duration: _duration,
    Choices: lambda _kind, json, _session: tuple(json),
    Record: _record,
    ListOf: _list,
    Struct: _struct,
}


def _options(kind: Choice | Choices | YesNo) -> tuple[str, ...]:
    return YES_NO_CODES if isinstance(kind, YesNo) else kind.options


def _chosen(kind: Choice | Choices | YesNo, value: object) -> bool:
    chosen = value if isinstance(value, tuple) else (value,)
    return all(one in _options(kind) for one in chosen)


def _money_of(_kind: Type, words: str) -> object:
    amount, currency = words.split()
    return MoneyValue(Decimal(amount), currency.upper())


def _moment_of(_kind: Type, words: str) -> object:
    moment = datetime.fromisoformat(words)
    if moment.tzinfo is None:
        raise ValueError("a moment without a zone")
    return moment


def _truth_of(_kind: Type, words: str) -> object:
    if words.lower() not in ("yes", "no", "true", "false"):
        raise ValueError("neither yes nor no")
    return words.lower() in ("yes", "true")


_WORDS: Mapping[type, Callable[[Any, str], object]] = {
    Condition: _truth_of,
    Number: lambda _kind, words: Decimal(words),
    Money: _money_of,
    Date: lambda _kind, words: date.fromisoformat(words),
    DateTime: _moment_of,
    Choices: lambda _kind, words: tuple(word.strip() for word in words.split(",")),
}
"""How a value of a type is written in words, where the words are not the value."""

_EXAMPLES: Mapping[type, str] = {
    Condition: "write `yes` or `no`",
    Number: "write `12` or `12.5`",
    Money: "write `12.50 EUR`",
    Date: "write `2026-03-02`",
    DateTime: "write it with its zone: `2026-03-02T09:00+01:00`",
    Duration: "it can't be given in words",
}
