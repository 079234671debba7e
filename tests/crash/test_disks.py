"""A full disk, and a write-ahead log that was damaged: nothing half written, no incident, nothing stuck."""

import os
import shutil
import signal
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path

import pytest
from crash_figures import Outcome
from crash_table import DISK_FULL, CrashTable
from crashes import Stage
from damage import damages
from forks import Pool

from models import open_store

ROOMS = (0, 3, 8, 15)
"""How much room there is left when the intakes begin: pages on SQLite, inserting statements on PostgreSQL."""


@pytest.fixture(scope="module")
def filled(prepared: Mapping[str, Stage], crash_table: CrashTable) -> Iterator[Pool[int, Outcome]]:
    stage = prepared["intake"]
    pool = Pool({room: (lambda room=room: stage.fill(room)) for room in ROOMS})
    yield pool
    pool.close()
    crash_table.add(DISK_FULL, *pool.ended().values())


@pytest.mark.parametrize("room", ROOMS)
def test_a_full_disk_stops_the_work_and_nothing_is_half_written(
    room: int, filled: Pool[int, Outcome]
) -> None:
    """It is no incident either, and all goes on when there is room."""
    outcome = filled.result(room)
    assert outcome.broken == ()
    assert outcome.crashes == 1, "there was room enough"


@pytest.fixture
def torn(tmp_path: Path, memory: Path) -> Iterator[tuple[Path, list[int]]]:
    """A database whose process was killed before a checkpoint, and the size that its log had when each of its
    rows was acknowledged.
    """
    home = memory / "torn"
    home.mkdir()
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        _write_rows(home / "casewright.db", writing)
    os.close(writing)
    with os.fdopen(reading) as told:
        sizes = [int(line) for line in told]
    os.waitpid(pid, 0)
    yield home / "casewright.db", sizes
    shutil.rmtree(home)


def _write_rows(database: Path, pipe: int) -> None:
    """Through the store, with all its settings; each row is acknowledged by the size of the log."""
    try:
        with open_store(f"sqlite:///{database}") as store:
            with store.write() as session:
                session.connection().exec_driver_sql("CREATE TABLE kept (row INTEGER, text TEXT)")
            with closing(sqlite3.connect(database, isolation_level=None)) as reader:
                reader.execute("BEGIN")  # a reader keeps the log from being emptied
                reader.execute("SELECT count(*) FROM kept").fetchall()
                for number in range(20):
                    with store.write() as session:
                        text = "synthetic " * 50 * number
                        session.connection().exec_driver_sql("INSERT INTO kept VALUES (?, ?)", (number, text))
                    size = database.with_name(database.name + "-wal").stat().st_size
                    os.write(pipe, f"{size}\n".encode())
                os.close(pipe)
                os.kill(os.getpid(), signal.SIGKILL)
    finally:
        os._exit(3)


@pytest.mark.sqlite("PostgreSQL guards its own log")
def test_of_a_damaged_log_all_is_there_that_was_acknowledged_before_the_damage(
    torn: tuple[Path, list[int]], memory: Path
) -> None:
    """What was acknowledged after it is gone, in its order: never a row without those before it."""
    database, sizes = torn
    assert len(sizes) == 20
    for number, damage in enumerate(damages(sizes[-1], count=40, seed=7)):
        home = memory / f"damaged-{number}"
        shutil.copytree(database.parent, home)
        copy = home / database.name
        damage.do(copy.with_name(copy.name + "-wal"))
        with closing(sqlite3.connect(copy)) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)], damage
            try:
                rows = [row for (row,) in connection.execute("SELECT row FROM kept ORDER BY row")]
            except sqlite3.OperationalError:  # the table itself was made behind the damage
                rows = []
        whole = sum(size <= damage.offset for size in sizes)
        assert rows == list(range(len(rows))), damage
        assert len(rows) >= whole, damage
        shutil.rmtree(home)
