"""Shared scorecards: files of their own with declared inputs, which a step fills."""

from collections.abc import Callable, Mapping

from pydantic import Field

from definitions.arguments import Value
from definitions.catalogue import Look
from definitions.checks.inputs import input_type
from definitions.checks.shape import read_shape
from definitions.expressions import Name, parse
from definitions.schema import InputSpec
from definitions.sharing import SharedKind
from definitions.source import Document
from definitions.types import MaybeAbsent, Struct, Type, Unknown
from definitions.vocabulary import Vocabulary
from tasks.scoring.card import Card
from tasks.scoring.card_checks import check_card


class SharedCard(Card):
    """`scorecard:` the name, `title:`, `purpose:` and `source:` for readers, `inputs:` what whoever uses it
    gives; then the keys of a scorecard, whose expressions read `inputs.NAME`.
    """

    scorecard: str
    title: str
    purpose: str | None = None
    source: str | None = None
    inputs: dict[str, InputSpec] = Field(min_length=1, max_length=200)


def shared_card(document: Document) -> SharedCard | None:
    """The scorecard of a file; None where it could not be read."""
    raw = document.value()
    shape = read_shape(SharedCard, raw) if isinstance(raw, dict) else None
    return None if shape is None or shape.harmed else shape.value


def input_types(card: SharedCard, vocabulary: Vocabulary) -> dict[str, Type]:
    """The types of a card's inputs."""
    return {name: input_type(spec, vocabulary) for name, spec in card.inputs.items()}


def check_shared_card(card: SharedCard, look: Look) -> Type:
    """Report every fault of a shared card; the type of what it gives."""
    inputs = {name: look.input_type(spec, ("inputs", name)) for name, spec in card.inputs.items()}
    return check_card(card, look, {"inputs": Struct(tuple(inputs.items()))})


SCORECARD = SharedKind("scorecard", SharedCard, check_shared_card)


def check_filling(given: Mapping[str, Value], answers: Value | None, card: SharedCard, look: Look) -> None:
    """Report inputs that the card does not have, that do not fit, and needed ones that are not given."""
    types = input_types(card, look.catalogue.vocabulary)
    for name, value in given.items():
        if look.choose(name, tuple(types), ("inputs", name), "input of the scorecard"):
            look.value(value, ("inputs", name), types[name])
    of = _fields(answers, look)
    for name, spec in card.inputs.items():
        if name in given:
            continue
        if answers is not None and of is None:
            continue  # what is wrong with it is reported already
        if of is not None and name in of:
            look.value(_member(answers, name), ("from",), types[name])
        elif spec.required:
            advice = f"add it under `inputs:`, such as `{name}: = form.{name}`"
            look.report(
                "CW713", f"the scorecard's input `{name}` is not given", ("scorecard",), advice=advice
            )


def filled(
    given: Mapping[str, Value],
    answers: Value | None,
    card: SharedCard,
    type_of: Callable[[tuple[str, ...]], Type | None],
) -> dict[str, Value]:
    """The value of each input that is given, those taken from `answers` included."""
    found = dict(given)
    root = answers.expression.root if answers is not None and answers.expression is not None else None
    for name in card.inputs:
        if name not in found and isinstance(root, Name) and type_of((*root.path, name)) is not None:
            found[name] = _member(answers, name)
    return found


def _fields(answers: Value | None, look: Look) -> frozenset[str] | None:
    """The names of the values that a step gives; None where it is no step, which is reported."""
    if answers is None:
        return frozenset()
    kind = look.value(answers, ("from",))
    kind = kind.of if isinstance(kind, MaybeAbsent) else kind
    if isinstance(kind, Struct):
        return frozenset(name for name, _ in kind.fields)
    if not isinstance(kind, Unknown):
        look.report("CW713", "`from` takes the answers of a step", ("from",), advice="write `from: = form`")
    return None


def _member(answers: Value | None, name: str) -> Value:
    """`= form.housing` for `= form` and `housing`."""
    assert answers is not None and answers.expression is not None  # noqa: S101, PT018  (a group is never a literal)
    return Value(expression=parse(f"{answers.expression.text}.{name}"), offset=answers.offset)
