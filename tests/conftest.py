"""Fixtures for every test folder."""

from __future__ import annotations

import signal
from collections.abc import Callable
from pathlib import Path

import compiled_statements
import databases
import pytest
from crash_table import CrashTable
from hypothesis import HealthCheck, settings

# A busy machine is no fault of the code, so examples have no deadline. A failure prints what repeats it.
settings.register_profile(
    "casewright", deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow]
)

settings.load_profile("casewright")

# A shell starts background jobs with SIGINT ignored, and so would be the processes that tests end with it.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--rewrite-golden",
        action="store_true",
        help="write what the code answers into the .expected files instead of comparing",
    )
    parser.addoption(
        "--database",
        choices=databases.KINDS,
        default="sqlite",
        help="the database that tests run on; with postgresql, those that need none are left out",
    )


CRASHES = "casewright-crashes"


WITHOUT_DATABASE = ("benchmarks", "definitions", "docs")
"""Folders of tests that touch no database, or files of their own, and need not run on each."""


def pytest_configure(config: pytest.Config) -> None:
    for kind in databases.KINDS:
        config.addinivalue_line("markers", f"{kind}(reason): runs on {kind} only, and why")
    config.addinivalue_line(
        "markers", 'scale_out: starts a whole installation, a minute each; `-m "not scale_out"` leaves it out'
    )
    config.pluginmanager.register(CrashTable(), CRASHES)
    databases.choose(config.getoption("--database"))
    databases.turn_unordered_rows()
    compiled_statements.share()


def pytest_unconfigure() -> None:
    databases.stop()


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """On the second database only what touches one, unless it is asked for by its path."""
    if config.getoption("--database") == "sqlite":
        return None
    return True if collection_path in {Path(__file__).parent / name for name in WITHOUT_DATABASE} else None


LONGEST_FIRST = ("ops", "crash", "browser", "stateful", "security")
"""Folders whose files take longest: begun last, one of them kept one test process busy while the others had
nothing left to do.
"""


def _turn(item: pytest.Item) -> int:
    folder = item.path.relative_to(Path(__file__).parent).parts[0]
    return LONGEST_FIRST.index(folder) if folder in LONGEST_FIRST else len(LONGEST_FIRST)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=_turn)
    other = next(kind for kind in databases.KINDS if kind != databases.chosen())
    for item in items:
        for mark in item.iter_markers(other):
            item.add_marker(pytest.mark.skip(reason=f"{other}: {mark.args[0]}"))


@pytest.fixture(scope="session")
def crash_table(pytestconfig: pytest.Config) -> CrashTable:
    """Where tests say what their crashes came to."""
    table: CrashTable = pytestconfig.pluginmanager.getplugin(CRASHES)
    return table


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
