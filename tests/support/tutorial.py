"""The parts of `docs/tutorial.md`: each example as its file has it, and what the checker says to one slip."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from definitions import Diagnostic, check, parse, render
from definitions.catalogue import Catalogue


@dataclass(frozen=True, slots=True)
class Slip:
    """One thing to get wrong in an example: `old` becomes `new`, which is empty where it is left out."""

    old: str
    new: str

    def words(self) -> str:
        """What to do to get it wrong."""
        old, new = (" ".join(each.split()) for each in (self.old, self.new))
        if not new:
            return f"Leave out `{old}`"
        return f"Write `{new}` instead of `{old}`"


SLIPS: Final[Mapping[str, Slip]] = {
    "food-bank": Slip("consent: = talk.consent", "consent: = talk.consnt"),
    "travel-help": Slip("when: ask.pays is not yes", "when: ask.pays"),
    "missing-document": Slip("due: 5 working days", "due: 5 business days"),
    "heating-help": Slip("medium: 3 to 5", "medium: 4 to 5"),
    "referral-routing": Slip("age: 18 and over", "age: 19 and over"),
    "children-at-school": Slip("member: = household.members", "member: = household"),
    "home-adaptation": Slip("needs: [answers]", "needs: [landlord]"),
    "landlord-reply": Slip("came_first: = reply.branch", "came_first: = answer.agrees"),
    "cold-weather-calls": Slip("      at_most: 4\n", ""),
    "annual-review": Slip("back_to: review", "back_to: copy"),
}
"""The examples in the order in which they teach, each with its slip."""


def said(folder: Path, name: str, catalogue: Catalogue) -> tuple[Diagnostic, ...]:
    """What the checker says to the example with its slip."""
    text, slip = (folder / f"{name}.yaml").read_text(encoding="utf-8"), SLIPS[name]
    assert text.count(slip.old) == 1, f"{name} has `{slip.old}` {text.count(slip.old)} times"
    wrong = text.replace(slip.old, slip.new)
    return check(parse(wrong.encode(), f"{name}.yaml"), catalogue).diagnostics


def parts(folder: Path, catalogue: Callable[[], Catalogue]) -> Mapping[str, Callable[[], str]]:
    """The generated parts of the page, by name."""

    def example(name: str) -> str:
        text = (folder / f"{name}.yaml").read_text(encoding="utf-8")
        return f"```yaml\n{text}```\n"

    def slip(name: str) -> str:
        told = "\n\n".join(render(each) for each in said(folder, name, catalogue()))
        return f"{SLIPS[name].words()}:\n\n```text\n{told}\n```\n"

    made: dict[str, Callable[[], str]] = {}
    for name in SLIPS:
        made[f"example-{name}"] = partial(example, name)
        made[f"slip-{name}"] = partial(slip, name)
    return made
