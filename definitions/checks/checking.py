"""What one check of one definition knows and collects: steps, order, types, problems, what is used."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from definitions.catalogue import Catalogue, StepFacts
from definitions.checks.definition import Definition, DraftStep
from definitions.checks.graph import Graph
from definitions.checks.presence import Presence
from definitions.diagnostics import Diagnostic
from definitions.plan import Read
from definitions.source import Document
from definitions.types import Type
from definitions.vocabulary import Entry

MOST: Final = 200
"""Problems of one file that are told. Behind them nothing more is looked for."""


@dataclass(slots=True)
class Uses:
    """What a definition uses of the catalogue: it is part of the version's hash."""

    entries: set[Entry] = field(default_factory=set)
    templates: set[str] = field(default_factory=set)


@dataclass(slots=True)
class Checking:
    """The state of one check. `steps` is in document order; a step of unknown type is not in `types`. `loops`
    has the names that each loop gives to the steps in it. `outputs` are
    the types of what the process gives. A `trial` finds out types, and what it reports is not
    told. A `published` definition is looked at as it was published.
    """

    document: Document
    catalogue: Catalogue
    definition: Definition
    steps: Mapping[str, DraftStep]
    graph: Graph
    presence: Presence
    inputs: Type
    types: dict[str, Type] = field(default_factory=dict)
    facts: dict[str, StepFacts] = field(default_factory=dict)
    found: list[Diagnostic] = field(default_factory=list)
    uses: Uses = field(default_factory=Uses)
    reads: dict[str, set[Read]] = field(default_factory=dict)
    loops: dict[str, Mapping[str, Type]] = field(default_factory=dict)
    outputs: dict[str, Type] = field(default_factory=dict)
    trial: bool = False
    published: bool = False
    plain_ids: bool = field(init=False)

    def __post_init__(self) -> None:
        """`plain_ids`: every step has an id of its own that expressions can write."""
        self.plain_ids = all(map(str.isidentifier, self.steps))

    @property
    def full(self) -> bool:
        """Whether so much was found that looking further only takes time."""
        return len(self.found) + len(self.definition.diagnostics) > MOST
