"""Stories that nobody thought of: see tests/support/explorer.py."""

import os
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import databases
import pytest
from crash_figures import Outcome
from crash_table import STORIES, CrashTable
from explorer import explore
from places import homes_on
from scenes import prepare

EXAMPLES = {"sqlite": 10, "postgresql": 5}
"""So many stories; `make chaos` tells more."""


@pytest.fixture
def root(tmp_path: Path) -> Iterator[Path]:
    """A folder in memory where the system has one."""
    shared = Path("/dev/shm")
    with TemporaryDirectory(dir=shared if os.access(shared, os.W_OK) else tmp_path) as made:
        yield Path(made)


def test_whatever_people_time_and_crashes_do_nothing_is_lost_doubled_or_stuck(
    root: Path, crash_table: CrashTable
) -> None:
    kind = databases.chosen()
    homes = homes_on(kind, root)
    explored = explore(homes, prepare(homes)["intake"], EXAMPLES[kind])
    crash_table.add(STORIES, Outcome(explored.crashes, (), 0, explored.stories))
