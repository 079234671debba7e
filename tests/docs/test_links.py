"""Everything that the documentation names is there: pages, headings, files, tests."""

import re
from pathlib import Path

import pytest
from written_docs import DOCS, ROOT

PAGES = sorted([*DOCS.rglob("*.md"), *ROOT.glob("*.md")])
FENCED = re.compile(r"```.*?```", re.DOTALL)
OURS = (
    "definitions",
    "docs",
    "flows",
    "migrations",
    "models",
    "notifications",
    "ops",
    "tasks",
    "tests",
    "web",
)


def prose(page: Path) -> str:
    return FENCED.sub("", page.read_text(encoding="utf-8"))


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", prose(page), re.MULTILINE)
    plain = (re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings)
    return set(plain)


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", prose(page)):
        if target.startswith(("http://", "https://")):
            continue
        path, _, anchor = target.partition("#")
        file = (page.parent / path).resolve() if path else page
        assert file.exists(), f"{page.name}: {target}"
        if anchor:
            assert anchor in anchors(file), f"{page.name}: {target}"


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_files_that_are_named_are_there(page: Path) -> None:
    for name in re.findall(r"`([a-z]+/[\w./*-]+\.(?:py|yaml|md|csv))(?:::\w+)?`", prose(page)):
        if name.startswith(OURS) and "*" not in name:
            assert (ROOT / name).exists(), f"{page.name}: {name}"


def test_every_guarantee_is_held_by_tests_that_are_there() -> None:
    page = (DOCS / "guarantees.md").read_text(encoding="utf-8")
    parts = re.split(r"^## (G\d) ", page, flags=re.MULTILINE)[1:]
    sections = dict(zip(parts[::2], parts[1::2], strict=True))
    assert list(sections) == [f"G{number}" for number in range(1, 9)]
    for name, text in sections.items():
        tests = re.findall(r"^- `(tests/[\w/]+\.py)::(\w+)`$", text, re.MULTILINE)
        assert tests, f"{name} has no test"
        for file, test in tests:
            assert f"def {test}(" in (ROOT / file).read_text(encoding="utf-8"), f"{name}: {file}::{test}"


def test_decisions_are_numbered_without_gaps_and_short() -> None:
    pages = sorted((DOCS / "decisions").glob("*.md"))
    numbers = [int(page.name[:4]) for page in pages if page.name != "README.md"]
    assert numbers == list(range(1, len(numbers) + 1))
    for page in pages:
        assert len(page.read_text(encoding="utf-8").splitlines()) < 60, page.name
