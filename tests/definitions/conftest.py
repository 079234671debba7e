"""A small catalogue with step kinds of the tests' own, and texts of definitions made of steps."""

from __future__ import annotations

from collections.abc import Callable
from textwrap import dedent, indent
from typing import Annotated, Any

import pytest
from pydantic import Field

from definitions.arguments import (
    Assigned,
    CheckedByKind,
    Clock,
    Condition,
    Part,
    ProcessName,
    Recipient,
    RecordName,
    StepArguments,
    StepName,
    StepOutput,
    TemplateName,
    Text,
    Value,
    Wants,
)
from definitions.catalogue import Catalogue, Look, ProcessSignature, StepKind, Template
from definitions.checker import Checked, check
from definitions.source import parse
from definitions.types import (
    Choice,
    Choices,
    Date,
    DateTime,
    ListOf,
    Number,
    Record,
    Struct,
    Type,
    YesNo,
    type_from_words,
)
from definitions.types import Text as TextType
from definitions.vocabulary import Vocabulary
from definitions.vocabulary_file import load_vocabulary


class Item(Part):
    id: str
    type: str = "yes_no"
    options: list[str] = Field(default_factory=list)
    submit: str = "with_form"
    only_if: Annotated[Condition | None, CheckedByKind()] = None


class Ask(StepArguments):
    to: Recipient | None = None
    of: StepName | None = Field(default=None, alias="for")
    book_by: Clock | None = None
    items: list[Item] = Field(default_factory=list)


class Fetch(StepArguments):
    record: RecordName
    none: str = "stop"


class Change(StepArguments):
    record: Annotated[Value, CheckedByKind()]
    set: Annotated[dict[str, Assigned], CheckedByKind()]


class Tell(StepArguments):
    to: Recipient
    template: TemplateName


class Say(StepArguments):
    text: Text | None = None
    day: Annotated[Value, Wants(Date())] | None = None
    amount: Annotated[Assigned | None, Wants(Number())] = None
    anything: Value | None = None
    process: ProcessName | None = None


class Nothing(StepOutput):
    pass


class Said(StepOutput):
    words: str
    count: int | None = None


class Receipt(StepOutput):
    sent_at: Annotated[Any, DateTime()] = None


def ask_outputs(arguments: Ask, look: Look) -> Type:
    fields: list[tuple[str, Type]] = []
    for index, item in enumerate(arguments.items):
        kind = type_from_words(item.type, tuple(item.options))
        if kind is None:
            look.choose(item.type, ["yes_no", "choice"], ("items", index, "type"), "type of an item")
        else:
            fields.append((item.id, kind))
    for index, item in enumerate(arguments.items):
        if item.only_if is not None:
            look.condition(item.only_if, ("items", index, "only_if"), dict(fields))
    return Struct((*fields, ("completed_by", Record("Staff"))))


def fetch_outputs(arguments: Fetch, look: Look) -> Type:
    return Record(str(arguments.record))


def change_outputs(arguments: Change, look: Look) -> Type:
    kind = look.value(arguments.record, ("record",))
    if isinstance(kind, Record):
        for name, value in arguments.set.items():
            look.value(value, ("set", name), look.field_type(kind.name, name, ("set", name)))
    return Struct(())


ALL_KEYS = frozenset({"due", "remind", "escalate", "not_accepted", "otherwise", "priority"})

KINDS = (
    StepKind(
        "ask",
        1,
        "Ask people",
        Ask,
        Nothing,
        ("completed", "created", "booked"),
        ALL_KEYS,
        outputs=ask_outputs,
    ),
    StepKind(
        "fetch",
        1,
        "Fetch a record",
        Fetch,
        Nothing,
        outputs=fetch_outputs,
        may_skip=lambda arguments: arguments.none == "skip",
    ),
    StepKind("change", 1, "Change a record", Change, Nothing, outputs=change_outputs),
    StepKind(
        "tell",
        1,
        "Send a message",
        Tell,
        Receipt,
        ("sent", "delivered"),
        frozenset({"otherwise", "priority"}),
    ),
    StepKind("say", 1, "Say something", Say, Said, main="words"),
)

RECORDS: dict[str, dict[str, Type]] = {
    "Client": {
        "given_name": TextType(),
        "date_of_birth": Date(),
        "needs": Choices(("food-insecurity", "homelessness")),
        "household_members": ListOf(Record("Client")),
        "interpreter": YesNo(),
    },
    "Case": {
        "client": Record("Client"),
        "status": Choice(("pending", "active", "closed")),
        "priority": Choice(("low", "medium", "high")),
        "received_at": DateTime(),
        "note": TextType(),
    },
    "Staff": {"name": TextType()},
}

HEADER = """\
process: small
title: A small process
purpose: To be checked
owner: intake_team
inputs:
  client: {type: Client, title: Client}
  received_at: {type: date and time, title: Received}
"""


@pytest.fixture(scope="session")
def vocabulary() -> Vocabulary:
    return load_vocabulary()


@pytest.fixture(scope="session")
def catalogue(vocabulary: Vocabulary) -> Catalogue:
    english_only = {("body", "en"): "Hello"}
    both = {("body", "en"): "Please call {{ phone }}", ("body", "es"): "Llame al {{ phone }}"}
    templates = {
        "safety_alert": Template("safety_alert", "sms", both, frozenset({"phone"})),
        "half": Template("half", "sms", english_only, frozenset()),
    }
    return Catalogue(
        {kind.name: kind for kind in KINDS},
        RECORDS,
        vocabulary,
        templates,
        {"other": ProcessSignature("other", {}, frozenset())},
    )


@pytest.fixture(scope="session")
def definition() -> Callable[..., str]:
    """The text of a definition: a good header and the given steps, each a dedented group of keys."""

    def text(*steps: str, header: str = HEADER) -> str:
        blocks = ["  - " + indent(dedent(step).strip(), "    ").lstrip() for step in steps]
        return header + "steps:\n" + "\n".join(blocks) + "\n"

    return text


@pytest.fixture(scope="session")
def checked(catalogue: Catalogue, definition: Callable[..., str]) -> Callable[..., Checked]:
    """What the checker says to a definition of the given steps."""

    def run(*steps: str, header: str = HEADER) -> Checked:
        return check(parse(definition(*steps, header=header).encode(), "small.yaml"), catalogue)

    return run


@pytest.fixture(scope="session")
def real_catalogue(vocabulary: Vocabulary) -> Catalogue:
    """What definitions may name in an installed Casewright."""
    from definitions.shipped import process_files, signatures
    from definitions.source import read
    from notifications.segments import count_segments
    from notifications.templates import load_templates
    from tasks.records.record_catalogue import record_types
    from tasks.registry import load_kinds

    templates = {
        name: Template(
            name,
            each.channel,
            each.texts,
            each.variables,
            {lang: count_segments(text).segments for (_, lang), text in each.texts.items()}
            if each.channel == "sms"
            else {},
        )
        for name, each in load_templates().items()
    }
    return Catalogue(
        {name: handler.kind for name, handler in load_kinds().items()},
        record_types(),
        vocabulary,
        templates,
        signatures([read(path) for path in process_files()], vocabulary),
    )
