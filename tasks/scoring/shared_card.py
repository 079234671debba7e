"""Shared scorecards: files of their own with declared inputs, which a step fills."""

from pydantic import Field

from definitions.catalogue import Look
from definitions.checks.inputs import input_type
from definitions.checks.shape import read_shape
from definitions.schema import InputSpec
from definitions.sharing import SharedKind
from definitions.source import Document
from definitions.types import Struct, Type
from definitions.vocabulary import Vocabulary
from tasks.scoring.card import Card
from tasks.scoring.card_checks import check_card
from tasks.shared_inputs import Declared


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


def declared(card: SharedCard, vocabulary: Vocabulary) -> Declared:
    """The inputs of a card, for those who fill them."""
    needed = frozenset(name for name, spec in card.inputs.items() if spec.required)
    return Declared(input_types(card, vocabulary), needed, "scorecard", "scorecard", "CW713")
