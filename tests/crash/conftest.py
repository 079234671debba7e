"""Fixtures of the crash tests: a folder in memory, places to crash in."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

import databases
import pytest
from crashes import Stage, stages
from places import homes_on
from scenes import SCENES


@pytest.fixture(scope="session")
def memory(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder in memory where the system has one: a kill takes nothing from a file, wherever it lies."""
    shared = Path("/dev/shm")
    where = shared if os.access(shared, os.W_OK) else tmp_path_factory.mktemp("crash")
    with TemporaryDirectory(dir=where, prefix="casewright-") as made:
        yield Path(made)


@pytest.fixture(scope="session")
def prepared(memory: Path) -> Mapping[str, Stage]:
    """Every shipped process with its undisturbed run, on the database of this test run."""
    return stages(homes_on(databases.chosen(), memory), SCENES)
