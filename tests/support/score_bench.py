"""A bench for scorecards: one that is checked like any other, scored without a database."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from textwrap import dedent, indent
from typing import Any, Final
from zoneinfo import ZoneInfo

from step_bench import catalogue

from definitions import check, parse, render
from definitions.diagnostics import Diagnostic
from definitions.runtime_values import MISSING
from definitions.types import Struct, Type
from tasks.scoring.card import Card
from tasks.scoring.edition import editions
from tasks.scoring.score import ScoreOutput
from tasks.scoring.trying import Given, score_of

NOW: Final = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
ZONE: Final = ZoneInfo("America/New_York")

HEADER = """\
process: try-it
title: A process for tests
purpose: Try a scorecard
owner: intake_team
inputs:
{inputs}
steps:
  - id: rating
    title: Rating
    do: score
{card}
"""


@dataclass(frozen=True)
class ScoreBench:
    """One checked card. `score` gives what `do: score` would; inputs that are not given are missing."""

    card: Card
    types: Mapping[str, Type]

    def score(self, refused: Mapping[str, str] | None = None, **given: Any) -> ScoreOutput:
        values = {name: given.get(name, MISSING) for name in self.types}
        return score_of(self.card, Given(values, refused or {}, self.types, NOW, ZONE))

    def card_bands(self) -> list[str]:
        """The names of the bands, the least worrying first."""
        found = editions(self.card, lambda _by, keys: keys)
        return found[0].total.order


def inputs_of(**types: str) -> str:
    """Declarations of inputs: `choice a b` has the options a and b."""
    lines = []
    for name, words in types.items():
        kind, *options = words.split() if words.startswith("choice") else [words]
        lines += [f"{name}:", f"  type: {kind}", f"  title: {name}", "  required: false"]
        if options:
            lines += ["  options:", *(f"    {each}: {each}" for each in options)]
    return "\n".join(lines)


def checked(card: str, **types: str) -> tuple[Diagnostic, ...]:
    """What the checker says about a step with these keys."""
    return check(_document(card, types), catalogue()).diagnostics


def card_faults(card: str, **types: str) -> str:
    """The same as text."""
    return "\n".join(render(each) for each in checked(card, **types))


def score_bench(card: str, **types: str) -> ScoreBench:
    """The bench of a card, which must be right."""
    found = check(_document(card, types), catalogue())
    assert found.plan is not None, "\n".join(render(each) for each in found.diagnostics)
    arguments = found.plan.step("rating").arguments
    assert isinstance(arguments, Card)
    kinds = Struct(tuple((each.name, each.type) for each in found.plan.inputs))
    return ScoreBench(arguments, dict(kinds.fields))


def _document(card: str, types: Mapping[str, str]) -> Any:
    inputs = indent(inputs_of(**types), "  ")
    keys = indent(dedent(card).strip("\n"), "    ")
    return parse(HEADER.format(inputs=inputs, card=keys).encode(), "try-it.yaml")
