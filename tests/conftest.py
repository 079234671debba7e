"""Fixtures for every test folder."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# A busy machine is no fault of the code, so examples have no deadline. A failure prints what repeats it.
settings.register_profile(
    "casewright", deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("casewright")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--rewrite-golden",
        action="store_true",
        help="write what the code answers into the .expected files instead of comparing",
    )


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[Path, str], None]:
    """Compare a text with a file of the corpus: `golden(path_of_expected, text)`."""
    rewrite = bool(request.config.getoption("--rewrite-golden"))

    def compare(expected: Path, text: str) -> None:
        if rewrite:
            expected.write_text(text, encoding="utf-8", newline="\n")
            return
        assert expected.exists(), f"{expected.name} is missing; run pytest with --rewrite-golden and read it"
        assert text == expected.read_text(encoding="utf-8")

    return compare
