"""The run on several hosts' processes: a handful of cases, a worker and the leader killed, nothing lost."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from benchmarks.scale_out import postgres
from benchmarks.scale_out.hosts import read_variables

ROOT = Path(__file__).parents[2]
COMMAND = [sys.executable, "-m", "benchmarks.scale_out"]

needs_postgresql = pytest.mark.skipif(
    postgres.programs() is None, reason=f"Prefect's server needs pg_trgm: {postgres.MISSING}"
)


def environment(place: Path, **more: str) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT), "TMPDIR": str(place), **more}


@pytest.fixture
def place() -> Iterator[Path]:
    """Where the run makes its folder. Not below pytest's, which lets no other user through to PostgreSQL."""
    with TemporaryDirectory(prefix="casewright-test-") as folder:
        Path(folder).chmod(0o711)
        yield Path(folder)


@pytest.mark.scale_out
@needs_postgresql
def test_a_worker_and_the_leader_are_killed_and_nothing_is_lost_stuck_or_doubled(place: Path) -> None:
    done = subprocess.run(
        [*COMMAND, "--cases", "6", "--lease", "4", "--json"],
        env=environment(place),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    told = json.loads(done.stdout)
    assert (told["finished"], told["broken"], told["held"]["left"]) == (6, [], 0)
    assert told["held"]["leases"] >= 1  # the worker died with a pass under way
    assert told["next_leader"] not in (None, told["killed"]["leader"])
    assert told["alerts"] == {"due": 1, "sent": 1}
    assert list(place.iterdir()) == []


@pytest.mark.scale_out
@needs_postgresql
def test_a_run_that_is_interrupted_ends_what_it_started_and_removes_its_folder(place: Path) -> None:
    with subprocess.Popen(
        [*COMMAND, "--cases", "6"], env=environment(place), stderr=subprocess.PIPE, text=True
    ) as run:
        assert run.stderr is not None
        while "publishing" not in run.stderr.readline():  # PostgreSQL and Prefect's server are up by then
            assert run.poll() is None
        run.send_signal(signal.SIGINT)
        run.communicate()
    assert run.returncode != 0
    assert list(place.iterdir()) == []
    mine = [each for each in Path("/proc").glob("[0-9]*/cmdline") if str(place) in words_of(each)]
    assert mine == []


def words_of(command_line: Path) -> str:
    try:
        return command_line.read_bytes().decode(errors="replace")
    except OSError:  # it has ended meanwhile
        return ""


def test_without_postgresql_it_says_what_to_install(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres, "_candidates", lambda: iter(()))
    with (
        pytest.raises(postgres.ScaleOutError, match="apt-get install postgresql"),
        postgres.postgresql(place),
    ):
        pass


def test_files_of_variables_are_read_as_systemd_reads_them(tmp_path: Path) -> None:
    file = tmp_path / "some.env"
    file.write_text("# a remark\n\nA=b=c\n#B=no\n", encoding="utf-8")
    assert read_variables(file) == {"A": "b=c"}
