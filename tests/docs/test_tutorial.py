"""The ten examples to learn from: short, each with scenarios, shown as they are, each slip really told."""

import re

import pytest
from tutorial import SLIPS, said
from written_docs import DOCS, EXAMPLES, installation

from definitions import process_files

PAGE = (DOCS / "tutorial.md").read_text(encoding="utf-8")


def test_every_example_is_on_the_page_once_in_the_order_of_learning() -> None:
    assert re.findall(r"generated: example-([a-z-]+) ", PAGE) == list(SLIPS)
    assert re.findall(r"generated: slip-([a-z-]+) ", PAGE) == list(SLIPS)
    others = {path.stem for path in process_files(EXAMPLES)} - set(SLIPS)
    language = (DOCS / "language.md").read_text(encoding="utf-8")
    assert all(f"examples/{name}.yaml" in language for name in others)  # those of the reference


@pytest.mark.parametrize("name", SLIPS)
def test_an_example_is_short_and_has_scenarios(name: str) -> None:
    lines = (EXAMPLES / f"{name}.yaml").read_text(encoding="utf-8").splitlines()
    assert 15 <= len(lines) <= 50
    assert (EXAMPLES / f"{name}.scenario.yaml").is_file()


@pytest.mark.parametrize("name", SLIPS)
def test_a_slip_is_an_error_that_says_what_to_do(name: str) -> None:
    (told,) = said(EXAMPLES, name, installation().catalogue)
    assert told.severity == "error"
    assert told.suggestion or told.advice or told.allowed
