"""How a process may begin: by hand, on a date rule, on a signal, on a record. The notation of `starts:`.

A beginning is a phrase, or a group of keys with the phrase under `start:`. The phrase, as it is written,
names the beginning: it stays the same from one version to the next.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time
from enum import StrEnum
from typing import ClassVar, Final, Self

from pydantic import Field, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

from definitions.arguments import Condition, Notation, Part, RecordName, Value, problem, refuse
from definitions.problems import MappingError, Problem
from definitions.time.recurrence import Recurrence
from definitions.time.recurrence_keys import from_mapping

BY_HAND: Final = "by hand"
SHAPES: Final = (BY_HAND, "each month on day 1", "on signal NAME", "on record NAME created")
PATTERN: Final = r"^(by hand|each .+ on .+|on signal .+|on record .+ (created|changed))$"
ANCHOR: Final = date(2001, 1, 1)
"""A Monday in January, from which `each 2 weeks` and `each 3 months` are counted."""

UNNOTICED: Final = frozenset({"ChronologyEntry", "HumanTask", "Score", "Report", "VisitSchedule"})
"""Records that tell of the work itself: a change of theirs starts nothing."""

MOST: Final = 20
"""Beginnings of one process."""

TIME_OF_DAY: Final = r"^([01]?[0-9]|2[0-3]):[0-5][0-9]$"


class On(StrEnum):
    """What begins a process."""

    HAND = "hand"
    DATE = "date"
    SIGNAL = "signal"
    RECORD = "record"


class Event(StrEnum):
    """What happens to a record."""

    CREATED = "created"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class Phrase(Notation):
    """`by hand`, `each month on day 1`, `on signal NAME`, `on record NAME created`.

    `name` is that of the signal or the record, `at` where it stands in `text`; `text` is the phrase with
    single spaces.
    """

    schema_words: ClassVar[str] = (
        "`by hand`, `each month on day 1`, `on signal NAME`, `on record NAME created`"
    )
    text: str = BY_HAND
    on: On = On.HAND
    name: str = ""
    at: int = 0
    event: Event | None = None
    recurrence: Recurrence | None = None

    @classmethod
    def read(cls, raw: object) -> Self:
        """Parse a phrase; which signals and records there are is the checker's business."""
        if not isinstance(raw, str):
            raise problem("CW219", "a beginning belongs here, such as `by hand`", "", _ADVICE)
        text = " ".join(raw.split())
        if text == BY_HAND:
            return cls()
        if match := re.fullmatch(r"on signal (\S+)", text):
            return cls(text, On.SIGNAL, match[1], max(raw.find(match[1], 9), 0))
        if match := re.fullmatch(r"on record (\S+) (created|changed)", text):
            return cls(text, On.RECORD, match[1], max(raw.find(match[1], 9), 0), Event(match[2]))
        if match := re.fullmatch(r"each (.+) on (?:day )?(\S+)", text):
            return cls(text, On.DATE, recurrence=_recurrence(raw, match[1], match[2]))
        raise refuse((Problem("CW219", f"`{raw}` begins nothing", 0, len(raw), SHAPES, advice=_ADVICE),))


_ADVICE: Final = "write one of them; what it needs besides stands under `start:` as keys of its own"


def _recurrence(raw: str, every: str, day: str) -> Recurrence:
    """The date rule of a phrase; its problems are placed on the words that they are about."""
    keys: dict[str, object] = {"every": every, "day": int(day) if day.isdecimal() else day}
    try:
        return from_mapping(keys, ANCHOR)
    except MappingError as error:
        found = []
        for each in error.problems:
            word = every if each.path == ("every",) else day
            start = max(raw.rfind(word) if word == day else raw.find(word), 0)
            of = each.problem
            end = start + len(word)
            found.append(Problem(of.code, of.message, start, end, of.allowed, of.suggestion, of.advice))
        raise refuse(tuple(found)) from None


@dataclass(frozen=True, slots=True)
class TimeOfDay(Notation):
    """`8:30`: what the clocks of the process's calendar show."""

    schema_words: ClassVar[str] = "A time of day, such as `8:30`"
    wall: time

    @classmethod
    def read(cls, raw: object) -> Self:
        """Hours from 0 to 23 and minutes, with a colon."""
        if not isinstance(raw, str) or not re.fullmatch(TIME_OF_DAY, raw):
            advice = "write hours and minutes, such as `8:30` or `17:00`"
            raise problem("CW206", f"`{raw}` is not a time of day", str(raw), advice)
        hour, minute = raw.split(":")
        return cls(time(int(hour), int(minute)))


class BeginningKeys(Part):
    """A beginning with what it needs: `start:` the phrase, `with:` the inputs of the process.

    `when:` is asked of what has happened, which stands there as `record` or `signal`. A date rule is for
    each record of the kind `for:` for which `where:` holds, whose fields stand bare; `at:` is its time of
    day. `unless_open:` names a step: while one of this process for the same case has not ended it, none is
    begun.
    """

    start: Phrase
    at: TimeOfDay | None = None
    of: RecordName | None = Field(default=None, alias="for")
    where: Condition | None = None
    when: Condition | None = None
    unless_open: str | None = None
    inputs: dict[str, Value] = Field(default_factory=dict, alias="with")


@dataclass(frozen=True, slots=True)
class Beginning(Notation):
    """One entry of `starts:`: a phrase alone, or with its keys."""

    keys: BeginningKeys
    bare: bool = False

    @classmethod
    def read(cls, raw: object) -> Self:
        """A phrase alone. Keys are a group, which Pydantic reads."""
        return cls(BeginningKeys(start=Phrase.read(raw)), bare=True)

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: type, handler: GetCoreSchemaHandler) -> CoreSchema:
        group = handler.generate_schema(BeginningKeys)
        phrase = handler.generate_schema(Phrase)
        return core_schema.tagged_union_schema(
            {
                "keys": core_schema.no_info_after_validator_function(cls, group),
                "phrase": core_schema.no_info_after_validator_function(cls._of_phrase, phrase),
            },
            discriminator=lambda raw: "keys" if isinstance(raw, Mapping) else "phrase",
        )

    @classmethod
    def _of_phrase(cls, phrase: Phrase) -> Self:
        return cls(BeginningKeys(start=phrase), bare=True)

    @classmethod
    def __get_pydantic_json_schema__(
        cls, _schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        text = {"type": "string", "pattern": PATTERN, "description": Phrase.schema_words}
        value = {"type": ["string", "number", "boolean", "null"]}
        keys = {
            "start": text,
            "at": {"type": "string", "pattern": TIME_OF_DAY},
            "for": {"type": "string", "x-names": "record"},
            "where": {"type": "string"},
            "when": {"type": "string"},
            "unless_open": {"type": "string"},
            "with": {"type": "object", "additionalProperties": value},
        }
        group = {"type": "object", "required": ["start"], "additionalProperties": False, "properties": keys}
        return {"anyOf": [text, group], "description": "How the process begins"}


@dataclass(frozen=True, slots=True)
class Starts(Notation):
    """`starts:` as a whole: one phrase, or a list of beginnings."""

    each: tuple[Beginning, ...] = (Beginning(BeginningKeys(start=Phrase()), bare=True),)
    listed: bool = False

    @classmethod
    def read(cls, raw: object) -> Self:
        """One phrase. A list is read by Pydantic."""
        return cls((Beginning.read(raw),))

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: type, handler: GetCoreSchemaHandler) -> CoreSchema:
        entry = handler.generate_schema(Beginning)
        several = core_schema.list_schema(entry, min_length=1, max_length=MOST, strict=True)
        return core_schema.tagged_union_schema(
            {
                "list": core_schema.no_info_after_validator_function(cls._of_list, several),
                "one": core_schema.no_info_plain_validator_function(cls._of_one),
            },
            discriminator=lambda raw: "list" if isinstance(raw, list) else "one",
        )

    @classmethod
    def _of_list(cls, entries: list[Beginning]) -> Self:
        return cls(tuple(entries), listed=True)

    @classmethod
    def _of_one(cls, raw: object) -> Self:
        if isinstance(raw, cls):
            return raw
        if isinstance(raw, Mapping):
            advice = "begin with `- start:`, also where there is one beginning only"
            raise problem("CW203", "a phrase or a list of beginnings belongs here", "", advice)
        return cls.read(raw)

    @classmethod
    def __get_pydantic_json_schema__(
        cls, _schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        entry = Beginning.__get_pydantic_json_schema__(core_schema.any_schema(), handler)
        text = {"type": "string", "pattern": PATTERN, "description": Phrase.schema_words}
        return {"anyOf": [text, {"type": "array", "minItems": 1, "items": entry}]}

    @property
    def words(self) -> str:
        """All beginnings as they are written, for people."""
        return "; ".join(each.keys.start.text for each in self.each)
