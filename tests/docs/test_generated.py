"""Pages whose parts come from the code: `pytest tests/docs --rewrite-golden` writes them anew."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from written_docs import DOCS, KINDS, installation, rewritten

from definitions.schema import FRAME_KEYS, NOT_YET, Header

LANGUAGE = DOCS / "language.md"
PAGES = sorted(path for path in DOCS.glob("*.md") if "<!-- generated:" in path.read_text(encoding="utf-8"))


def section(page: Path, heading: str) -> str:
    """The text of a page between this heading of the second level and the next."""
    found = re.search(
        rf"^## {heading}\n(.*?)(?=^## |\Z)", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE
    )
    assert found, f"{page.name} has no section {heading}"
    return found[1]


def first_column(text: str) -> set[str]:
    """What stands as code in the first column of the tables of a text."""
    rows = [line.split("|")[1] for line in text.splitlines() if line.startswith("| `")]
    return {word for row in rows for word in re.findall(r"`([^`]+)`", row)}


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_generated_parts_are_those_of_the_code(page: Path, golden: Callable[[Path, str], None]) -> None:
    golden(page, rewritten(page.read_text(encoding="utf-8")))


def test_every_step_kind_of_an_installation_is_documented() -> None:
    assert set(KINDS) == set(installation().catalogue.kinds)


def test_every_key_of_the_header_is_documented() -> None:
    assert first_column(section(LANGUAGE, "Header")) == set(Header.model_fields)


def test_every_key_of_a_step_is_documented() -> None:
    assert first_column(section(LANGUAGE, "Steps")) == set(FRAME_KEYS)


def test_every_key_that_is_not_available_yet_is_listed() -> None:
    listed = set(re.findall(r"`([a-z_]+)`", section(LANGUAGE, "Not available yet")))
    assert listed >= NOT_YET
