"""Every file of the corpus is refused, with the wording that stands beside it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from definitions.diagnostics import render
from definitions.source import parse

CORPUS = Path(__file__).parent.parent / "corpus" / "bad" / "yaml"
FILES = sorted(CORPUS.glob("*.yaml"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_bad_yaml_is_refused_in_the_agreed_words(file: Path, golden: Callable[[Path, str], None]) -> None:
    document = parse(file.read_bytes(), file.name)
    assert document.diagnostics
    text = "\n\n".join(render(diagnostic) for diagnostic in document.diagnostics)
    golden(file.with_suffix(".expected"), text + "\n")


def test_every_expected_file_belongs_to_a_case() -> None:
    assert FILES
    assert {file.stem for file in CORPUS.glob("*.expected")} == {file.stem for file in FILES}
