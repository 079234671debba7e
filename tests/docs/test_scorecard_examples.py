"""The scorecards in docs/language.md: each is checked and scored, and says what the page says."""

import re
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any, Final

import pytest
from score_bench import ScoreBench
from step_bench import HEADER, catalogue
from written_docs import DOCS

from definitions import check, check_shared, parse, render, shared_of
from tasks.scoring.shared_card import input_types, shared_card

SECTION: Final = re.search(
    r"^## Scorecards\n(.*?)^## ", (DOCS / "language.md").read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
)
BLOCKS: Final = re.findall(
    r"```yaml\n(.*?)```(?:\n\n```text\n(.*?)\n```)?", SECTION[1] if SECTION else "", re.DOTALL
)
FILES: Final = {
    text.split("\n")[0].split(": ")[1]: text
    for text, _ in BLOCKS
    if text.startswith(("scorecard:", "checklist:"))
}
SAID: Final = {text.split("\n")[0].split(": ")[1]: said for text, said in BLOCKS if said}

GIVEN: Final[dict[str, dict[str, Any]]] = {
    "hardship": {
        "housing": "at_risk",
        "age": Decimal(70),
        "arrived": date(2020, 5, 1),
        "alone": "doesnt_know",
    },
    "confidence": {"able": "fully"},
    "alcohol": {"drinks": "no"},
    "domains": {"hit": "yes", "ambulance": "yes", "hospital": "no", "police": "yes"},
    "costs": {"rent": Decimal(600), "heating": Decimal(150), "food": Decimal(300)},
    "family": {"likelihood": "often", "bruises": "no", "school": "no"},
    "help-with-rent": {
        "told_at": date(2026, 3, 2),
        "county": "north",
        "people": Decimal(3),
        "income": Decimal(1500),
    },
    "safety": {
        "threats": "yes",
        "followed": "no",
        "weapon": "no",
        "judged": "high",
        "judged_because": "Was seen trembling",
    },
}


def test_every_scorecard_of_the_page_is_scored() -> None:
    assert set(SAID) == set(GIVEN)


@pytest.mark.parametrize("name", FILES)
def test_a_shared_file_of_the_page_has_no_problem(name: str) -> None:
    found = check_shared(parse(FILES[name].encode(), f"{name}.yaml"), catalogue())
    assert not found, "\n".join(map(render, found))


@pytest.mark.parametrize("name", GIVEN)
def test_a_scorecard_of_the_page_says_what_the_page_says(name: str) -> None:
    card = shared_card(parse(FILES[name].encode(), f"{name}.yaml"))
    assert card is not None
    output = ScoreBench(card, input_types(card, catalogue().vocabulary)).score(**GIVEN[name])
    assert output.explanation == SAID[name]


def test_the_steps_of_the_page_use_its_files() -> None:
    steps = next(text for text, _ in BLOCKS if text.startswith("- id:"))
    files = shared_of(parse(text.encode(), f"{name}.yaml") for name, text in FILES.items())
    text = HEADER + "".join(f"  {line}\n" for line in steps.splitlines())
    found = check(parse(text.encode(), "try-it.yaml"), replace(catalogue(), shared=files))
    assert not found.diagnostics, "\n".join(map(render, found.diagnostics))
