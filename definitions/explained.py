"""What each code of a diagnostic means to people: paragraphs and an example, from the files of `code_texts`.

`docs/diagnostics.md` is made of the same files, and a test runs every example.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

TEXTS: Final = Path(__file__).parent / "code_texts"
PARTS: Final = ("What it means.", "Why it matters.", "What to do.")

_SECTION: Final = re.compile(r"^## (CW\d{3}): ([^\n]+)\n(.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)
_BLOCK: Final = re.compile(r"^```(\w+)(?: ([^\n]+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_LABELS: Final = {"wrong": "Wrong:", "right": "Right:", "text": "Casewright says:"}


@dataclass(frozen=True, slots=True)
class Example:
    """One block of an explanation. `role` is `wrong`, `right`, `beside` or `text`, which is what the program
    says to the wrong one. `file` is what the block stands in; a `whole` one needs no frame around it.
    """

    role: str
    file: str
    content: str
    whole: bool = False

    @property
    def label(self) -> str:
        """What stands above the block."""
        return _LABELS.get(self.role, f"Beside it, `{self.file}`:")


@dataclass(frozen=True, slots=True)
class Explained:
    """One code in words. `text` are the paragraphs in Markdown, without the examples."""

    code: str
    title: str
    text: str
    examples: tuple[Example, ...]

    def part(self, label: str) -> str:
        """The paragraph that begins with this label, without it; empty where there is none."""
        pattern = rf"^\*\*{re.escape(label)}\*\* (.*?)(?=^\*\*|\Z)"
        found = re.search(pattern, self.text, re.MULTILINE | re.DOTALL)
        return found[1].strip() if found else ""


@cache
def explained() -> Mapping[str, Explained]:
    """All codes that are explained, in their order."""
    return {each.code: each for file in sorted(TEXTS.glob("CW*.md")) for each in read_texts(file)}


def read_texts(file: Path) -> Iterator[Explained]:
    """The codes that one file explains."""
    for code, title, body in _SECTION.findall(file.read_text(encoding="utf-8")):
        examples = tuple(_example(*found) for found in _BLOCK.findall(body))
        yield Explained(code, title, _BLOCK.sub("", body).strip(), examples)


def explained_text(found: Explained) -> str:
    """An explanation for a terminal: plain paragraphs, examples indented under what they are."""
    head = f"{found.code}: {found.title}"
    paragraphs = [head, "=" * len(head), *(each.strip() for each in found.text.split("\n\n") if each.strip())]
    for each in found.examples:
        if each.content:
            lines = (f"    {line}".rstrip() for line in each.content.rstrip().split("\n"))
            paragraphs.append("\n".join([each.label, *lines]))
    heading, line, *rest = paragraphs
    return "\n\n".join([f"{heading}\n{line}", *(each.replace("**", "") for each in rest)]) + "\n"


def _example(language: str, words: str, content: str) -> Example:
    role, *rest = (words or language).split()
    file = next((word for word in rest if word != "whole"), "example.yaml")
    return Example(role, file, content, "whole" in rest)
