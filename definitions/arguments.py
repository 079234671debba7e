"""The notations that stand in a step's keys: values, rules, conditions, running text, people and names.

Each is a frozen value that Pydantic reads from plain YAML. A text that breaks its notation raises a
Pydantic error whose context carries `problems` (`definitions.problems.Problem`, with offsets into that
text); the checker turns the offsets into positions. Nothing here knows positions, types or the database.
"""

import re
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, ClassVar, Final, Self

from pydantic import BaseModel, ConfigDict, Field, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from definitions.diagnostics import suggest
from definitions.expressions import Expression, ExpressionError, RunningText, parse, parse_running_text
from definitions.problems import Problem
from definitions.sharing import Shared, SharedName
from definitions.time.clocks import Clock as ParsedClock
from definitions.time.clocks import ClockError, parse_clock
from definitions.types import Type

Scalar = str | int | Decimal | bool | None

ROLES: Final = ("client", "guardian", "caseworker", "supervisor", "manager", "duty_manager")
"""The roles of a case: whoever holds them at that moment. They are reserved as ids."""


def refuse(problems: tuple[Problem, ...]) -> PydanticCustomError:
    """A Pydantic error that carries problems with offsets into the refused text."""
    return PydanticCustomError(
        "notation", "{summary}", {"summary": problems[0].message, "problems": problems}
    )


def problem(code: str, message: str, text: str, advice: str | None = None) -> PydanticCustomError:
    """A Pydantic error with one problem that covers the whole text."""
    return refuse((Problem(code, message, 0, len(text), advice=advice),))


class Notation(ABC):
    """Base of the notations: reads itself from a plain YAML value through `read`."""

    schema_words: ClassVar[str] = ""

    @classmethod
    @abstractmethod
    def read(cls, raw: object) -> Self:
        """The notation that `raw` writes; raises a Pydantic error with problems."""

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: type, _handler: GetCoreSchemaHandler) -> CoreSchema:
        def validate(raw: object) -> Notation:
            return raw if isinstance(raw, cls) else cls.read(raw)

        return core_schema.no_info_plain_validator_function(validate)

    @classmethod
    def __get_pydantic_json_schema__(
        cls, _schema: CoreSchema, _handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return {"type": "string", "description": cls.schema_words}


def _expression(text: str, *, skip: int) -> Expression:
    """Parse `text[skip:]`; offsets of problems count from the start of `text`."""
    try:
        return parse(text[skip:])
    except ExpressionError as error:
        raise refuse(tuple(p.shifted(skip) for p in error.problems)) from None


@dataclass(frozen=True, slots=True)
class Value(Notation):
    """A literal, or `= expression` as in a spreadsheet. `offset` is where the expression starts in the
    text.
    """

    schema_words: ClassVar[str] = "A literal value, or `= expression`"
    literal: Scalar = None
    expression: Expression | None = None
    offset: int = 0

    @classmethod
    def read(cls, raw: object) -> Self:
        """A text that starts with `=` is an expression; every other scalar is itself."""
        if isinstance(raw, str) and raw.startswith("="):
            skip = len(raw) - len(raw[1:].lstrip())
            return cls(expression=_expression(raw, skip=skip), offset=skip)
        if isinstance(raw, str) and "{{" in raw:
            raise problem(
                "CW211", "`{{ }}` stands only inside running text", raw, "write `= expression` for a value"
            )
        if raw is None or isinstance(raw, str | int | Decimal | bool):
            return cls(literal=raw)
        raise problem("CW212", "one value belongs here, not a list or a group of keys", "")

    @classmethod
    def __get_pydantic_json_schema__(
        cls, _schema: CoreSchema, _handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return {"type": ["string", "number", "boolean", "null"], "description": cls.schema_words}


@dataclass(frozen=True, slots=True)
class Condition(Notation):
    """A bare expression that holds or does not. `offset` is always 0."""

    schema_words: ClassVar[str] = "A condition, such as `findings.housing is homeless`"
    expression: Expression
    offset: int = 0

    @classmethod
    def read(cls, raw: object) -> Self:
        """Parse a condition; a leading `=` is refused, since conditions are bare."""
        if not isinstance(raw, str):
            raise problem(
                "CW213", "a condition belongs here, such as `findings.housing is homeless`", str(raw)
            )
        if re.match(r"=\s*if\s*\(", raw, re.IGNORECASE):
            advice = "write only what is asked, such as `findings.housing is homeless`, without `=` and `IF`"
            raise problem("CW214", "there is no IF: a condition is written by itself", raw, advice)
        if raw.startswith("="):
            raise problem(
                "CW214", "a condition is written bare, without `=`", raw, f"write `{raw[1:].strip()}`"
            )
        return cls(_expression(raw, skip=0))


@dataclass(frozen=True, slots=True)
class Text(Notation):
    """Running text for people, in which `{{ expression }}` stands for a value."""

    schema_words: ClassVar[str] = "Text; `{{ expression }}` puts a value in it"
    running: RunningText

    @classmethod
    def read(cls, raw: object) -> Self:
        """Parse running text; a text that is only `= expression` is refused with advice."""
        if not isinstance(raw, str):
            raise problem(
                "CW215", "text belongs here", str(raw), "put it in quotes if it looks like a number"
            )
        if raw.startswith("="):
            raise problem("CW216", "this key takes running text", raw, f"write `{{{{ {raw[1:].strip()} }}}}`")
        try:
            return cls(parse_running_text(raw))
        except ExpressionError as error:
            raise refuse(error.problems) from None


@dataclass(frozen=True, slots=True)
class Clock(Notation):
    """A clock that names its origin. `origin` is its expression, parsed, when it has one."""

    schema_words: ClassVar[str] = "A clock, such as `10 working days from inputs.received_at`"
    parsed: ParsedClock
    origin: Expression | None = None
    offset: int = 0

    @classmethod
    def read(cls, raw: object) -> Self:
        """Parse a clock and the expression of its origin."""
        if not isinstance(raw, str):
            raise problem(
                "CW217", "a clock needs a unit", str(raw), "write `2 working days`, `10 minutes`, ..."
            )
        try:
            parsed = parse_clock(raw)
        except ClockError as error:
            raise refuse(error.problems) from None
        if parsed.origin.kind != "expression":
            return cls(parsed)
        skip = parsed.origin.offset
        return cls(parsed, _expression(raw[: skip + len(parsed.origin.text)], skip=skip), skip)


@dataclass(frozen=True, slots=True)
class Recipient(Notation):
    """Who: roles (`client or guardian`, `client and guardian`), a group (`group referral_team`) or `=
    person`.
    """

    schema_words: ClassVar[str] = "A role, `group NAME`, `client or guardian`, or `= person`"
    roles: tuple[str, ...] = ()
    every: bool = False
    group: str | None = None
    expression: Expression | None = None
    offset: int = 0

    @classmethod
    def read(cls, raw: object) -> Self:
        """Parse a recipient; which roles and groups exist is the checker's business."""
        if not isinstance(raw, str) or not raw.strip():
            raise problem(
                "CW218", "a person belongs here: a role, `group NAME` or `= person`", str(raw or "")
            )
        if raw.startswith("="):
            value = Value.read(raw)
            return cls(expression=value.expression, offset=value.offset)
        words = raw.split()
        if words[0] == "group" and len(words) == 2:
            return cls(group=words[1], offset=raw.index(words[1], 5))
        joins = set(words[1::2])
        if len(words) % 2 == 0 or len(joins) > 1 or not joins <= {"or", "and"}:
            raise refuse((_nobody(raw, words),))
        return cls(roles=tuple(words[0::2]), every=joins == {"and"})


def _nobody(raw: str, words: Sequence[str]) -> Problem:
    """Several words that are no recipient: a role or a group with blanks in its name, or a person's name."""
    allowed = (*ROLES, "group NAME", "client or guardian", "= a person")
    near = suggest(raw, ROLES)
    if words[0] == "group" and len(words) > 1:
        near = f"group {'_'.join(words[1:])}"
    advice = "write a role or a group; a person by name stands in no process, since people change"
    return Problem("CW218", f"`{raw}` names nobody", 0, len(raw), allowed, near, None if near else advice)


class Reference(str):
    """A name of something in the catalogue; subclasses say of what. The checker looks it up."""

    __slots__ = ()
    of: ClassVar[str] = ""

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: type, _handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(cls, core_schema.str_schema(strict=True))

    @classmethod
    def __get_pydantic_json_schema__(
        cls, _schema: CoreSchema, _handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return {"type": "string", "x-names": cls.of}


class RecordName(Reference):
    """The name of a kind of record, such as `Client`."""

    __slots__ = ()
    of = "record"


class TemplateName(Reference):
    """The name of a message template."""

    __slots__ = ()
    of = "template"


class ProcessName(Reference):
    """The name of a process."""

    __slots__ = ()
    of = "process"


class StepName(Reference):
    """The id of an earlier step whose open human task this step works on and completes."""

    __slots__ = ()
    of = "step"


@dataclass(frozen=True, slots=True)
class Wants:
    """Annotates a `Value` field with the type that its expression must have."""

    type: Type


@dataclass(frozen=True, slots=True)
class CheckedByKind:
    """Annotates a field whose expressions see more names than the step does, such as the fields of a
    record.

    The step kind checks it itself, in its `outputs`.
    """


class StepArguments(BaseModel):
    """Base of the typed arguments of a step kind: closed, strict, frozen."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, arbitrary_types_allowed=True)

    def shares(self) -> tuple[SharedName, ...]:
        """The shared files that the step uses by name."""
        return ()

    def with_shared(self, shared: Shared) -> Self:  # noqa: ARG002  (for the kinds that use shared files)
        """The arguments with what they take from shared files, as far as that can be read."""
        return self


class Part(StepArguments):
    """Base of a nested group of keys inside arguments."""


class Rule(Part):
    """One line of a value by rule."""

    when: Condition
    use: Value


@dataclass(frozen=True, slots=True)
class Assigned(Notation):
    """A value, or a value by rule: `first: [{when, use}, ...]` with a mandatory `otherwise`."""

    schema_words: ClassVar[str] = "A value, `= expression`, or `first:` rules with `otherwise:`"
    value: Value | None = None
    rules: tuple[Rule, ...] = ()
    otherwise: Value | None = None

    @classmethod
    def read(cls, raw: object) -> Self:
        """A plain value. Rules are a group of keys, which Pydantic reads."""
        return cls(value=Value.read(raw))

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: type, handler: GetCoreSchemaHandler) -> CoreSchema:
        rules = handler.generate_schema(_RuleSet)
        plain = handler.generate_schema(Value)

        return core_schema.tagged_union_schema(
            {
                "rules": core_schema.no_info_after_validator_function(cls._from_rules, rules),
                "value": core_schema.no_info_after_validator_function(lambda v: cls(value=v), plain),
            },
            discriminator=lambda raw: "rules" if isinstance(raw, Mapping) else "value",
        )

    @classmethod
    def _from_rules(cls, rules: "_RuleSet") -> Self:
        return cls(rules=tuple(rules.first), otherwise=rules.otherwise)

    @classmethod
    def __get_pydantic_json_schema__(
        cls, _schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        plain = Value.__get_pydantic_json_schema__(core_schema.any_schema(), handler)
        rules = {
            "type": "object",
            "required": ["first", "otherwise"],
            "additionalProperties": False,
            "properties": {
                "first": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "required": ["when", "use"],
                        "additionalProperties": False,
                        "properties": {"when": {"type": "string"}, "use": plain},
                    },
                },
                "otherwise": plain,
            },
        }
        return {"anyOf": [plain, rules], "description": cls.schema_words}


class _RuleSet(Part):
    first: Annotated[list[Rule], Field(min_length=1)]
    otherwise: Value


class StepOutput(BaseModel):
    """Base of a step kind's typed output.

    A field's language type is its `Annotated` type of `definitions.types`, or follows from its Python type
    (str, Decimal, date, datetime, bool).
    """

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)
