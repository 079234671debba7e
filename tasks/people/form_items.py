"""The items of a form as a definition writes them, and what the checker has to say about them."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Annotated, Final, Literal

from pydantic import Field

from definitions.arguments import CheckedByKind, Clock, Condition, Part
from definitions.catalogue import Look, Path
from definitions.checks.ids import id_problem
from definitions.expressions import FUNCTIONS
from definitions.time.clocks import Unit
from definitions.types import (
    NO_ANSWER,
    TYPE_WORDS,
    Choice,
    Choices,
    ListOf,
    Record,
    Text,
    Type,
    Unknown,
    type_from_words,
)
from models import ConsentBasis

CONSENT: Final = "consent"
FILE: Final = "file"
FILES: Final = "files"
FILED: Final = (FILE, FILES)
"""What is answered with a file, or with several."""

LISTABLE: Final = ("Service", "Client", "Staff")
"""Records that a form can offer to choose from: the directory, the people of the client's household, the
staff.
"""

LASTING: Final = (Unit.DAYS, Unit.WEEKS, Unit.MONTHS)


class FormItem(Part):
    """One question of a form.

    `type` is a word of the language (`yes_no, choice, choices, text, number, date, date and time, money,
    consent, file, files`) or the name of a record: `Service`, `Client`, `Staff`. `options` are codes with
    their titles, or the name of a value set. `only_if` is asked of the answers given so far, in which items
    stand by their own ids. `at_least` and `at_most` bound numbers, `unit` says what a number counts and is
    shown beside it. `submit: on_answer` counts as soon as it is answered, before the form is sent. `signal`
    is sent about the case as soon as such a yes/no question is answered with yes.

    A record is chosen from those for which `filter` holds (its fields stand bare beside the step's names), or
    `none_suitable` with a reason, which later steps read as `<id>_reason`. Offered are the active services;
    of `Client` the client and who lives with them; of `Staff` those who work here: each as it is when the
    question is put into the form. A `file` is a PDF, a photograph, a text or an office document of 10 MB at
    most; it is kept, and handed out again as a download. `files` are several of them, 20 at most, in the
    order in which they were given; later steps read them as a list (`count(talk.papers)`). A consent makes a
    Consent record for `purpose`, `recipients` and `data` on that `basis`, for as long as `valid_for`;
    refusing is an answer and makes none.
    """

    id: str
    ask: Annotated[str, Field(min_length=1, max_length=500)]
    type: str
    hint: str | None = None
    required: bool = False
    only_if: Annotated[Condition | None, CheckedByKind()] = None
    options: dict[str, str] | str | None = None
    filter: Annotated[Condition | None, CheckedByKind()] = None
    at_least: int | Decimal | None = None
    at_most: int | Decimal | None = None
    unit: Annotated[str, Field(min_length=1, max_length=30)] | None = None
    submit: Literal["on_answer", "with_form"] = "with_form"
    signal: str | None = None
    purpose: str | None = None
    recipients: list[str] | None = None
    data: list[str] | None = None
    basis: Literal["consent", "contract", "vital_interests", "legal_obligation", "legitimate_interests"] = (
        "consent"
    )
    valid_for: Annotated[Clock | None, CheckedByKind()] = None


def check_items(
    items: Sequence[FormItem], look: Look, path: Path = ("items",)
) -> tuple[tuple[str, Type], ...]:
    """The fields under which later steps read the answers; reports every fault of every item."""
    types: dict[str, Type] = {}
    for index, item in enumerate(items):
        here = (*path, index)
        fault = id_problem(item.id, FUNCTIONS, "item id")
        if fault is not None:
            look.report(fault.code, fault.message, (*here, "id"), advice=fault.advice)
        if item.id in types:
            look.report(
                "CW226", f"two items are called `{item.id}`", (*here, "id"), advice="give one another id"
            )
        types[item.id] = item_type(item, look, here)
    for index, item in enumerate(items):
        _check_conditions(item, types, look, (*path, index))
        _check_signal(item, look, (*path, index))
    return (*types.items(), *((f"{item.id}_reason", Text()) for item in items if item.type in LISTABLE))


def item_type(item: FormItem, look: Look, path: Path) -> Type:
    """The type of an item's answer; reports an unknown type and options that do not belong."""
    if item.type == CONSENT:
        return Record("Consent")
    _only_for_consent(item, look, path)
    _only_for_numbers(item, look, path)
    if item.type in FILED:
        for key in ("options", "filter"):
            if getattr(item, key) is not None:
                look.report("CW209", f"a file has no `{key}`", (*path, key), advice="leave it out")
        return Record("StoredFile") if item.type == FILE else ListOf(Record("StoredFile"))
    options = _options(item, look, path)
    kind = type_from_words(item.type, options)
    known = (*TYPE_WORDS, "choice", "choices", *FILED, *LISTABLE)
    if kind is None or item.type == "duration" or (isinstance(kind, Record) and kind.name not in LISTABLE):
        look.choose(
            item.type, [word for word in known if word != "duration"], (*path, "type"), "type of an item"
        )
        return Unknown()
    if not isinstance(kind, Choice | Choices) and item.options is not None:
        look.report(
            "CW402",
            f"an item of type `{item.type}` has no options",
            (*path, "options"),
            advice="leave them out",
        )
    if not isinstance(kind, Record) and item.filter is not None:
        look.report(
            "CW209", "only a record is chosen by a `filter`", (*path, "filter"), advice="leave it out"
        )
    return kind


def _options(item: FormItem, look: Look, path: Path) -> tuple[str, ...]:
    wanted = item.type in {"choice", "choices"}
    if isinstance(item.options, str):
        sets = look.catalogue.vocabulary.value_sets
        if not look.choose(item.options, sorted(sets), (*path, "options"), "value set"):
            return ()
        return tuple(sets[item.options])
    unreadable = item.options is None and look.stands((*path, "options"))  # which is told already
    if wanted and not item.options and not unreadable:
        advice = "list codes with their titles under `options:`, or name a value set"
        look.report("CW402", f"`{item.type}` needs options", (*path, "type"), advice=advice)
    for code in item.options or {}:
        if code in NO_ANSWER:
            advice = "leave it out: every item can be answered so"
            look.report(
                "CW206",
                f"`{code}` is a way not to answer, not an option",
                (*path, "options", code),
                advice=advice,
            )
    return tuple(item.options or {})


def _only_for_numbers(item: FormItem, look: Look, path: Path) -> None:
    if item.type == "number":
        return
    for key in ("at_least", "at_most"):
        if getattr(item, key) is not None:
            look.report("CW209", f"`{key}` bounds numbers only", (*path, key), advice="leave it out")
    if item.unit is not None:
        message = "`unit` belongs to an item of type number"
        look.report("CW209", message, (*path, "unit"), advice="leave it out")


def _only_for_consent(item: FormItem, look: Look, path: Path) -> None:
    for key in ("purpose", "recipients", "data", "valid_for"):
        if getattr(item, key) is not None:
            look.report(
                "CW209", f"`{key}` belongs to an item of type consent", (*path, key), advice="leave it out"
            )
    if item.basis != ConsentBasis.CONSENT.value:
        look.report(
            "CW209", "`basis` belongs to an item of type consent", (*path, "basis"), advice="leave it out"
        )


def _check_signal(item: FormItem, look: Look, path: Path) -> None:
    if item.signal is None:
        return
    look.signal(item.signal, (*path, "signal"))
    if item.type != "yes_no" or item.submit != "on_answer":
        message = "a signal is sent by a yes/no question that counts when it is answered"
        advice = "give it `type: yes_no` and `submit: on_answer`, or send it with a step `do: send_signal`"
        look.report("CW209", message, (*path, "signal"), advice=advice)


def _check_conditions(item: FormItem, types: Mapping[str, Type], look: Look, path: Path) -> None:
    if item.only_if is not None:
        others = {name: kind for name, kind in types.items() if name != item.id}
        look.condition(item.only_if, (*path, "only_if"), others)
    if item.filter is not None and item.type in LISTABLE:
        look.condition(item.filter, (*path, "filter"), look.record(item.type, (*path, "type")))
    if item.valid_for is not None:
        clock = item.valid_for.parsed
        if clock.unit not in LASTING or clock.origin.kind != "step_start" or clock.amount < 1:
            advice = "write a length in days, weeks or months, such as `12 months`"
            look.report(
                "CW539", "a consent lasts from the day it is given", (*path, "valid_for"), advice=advice
            )
