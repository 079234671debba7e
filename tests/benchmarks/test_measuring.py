"""Measuring: every engine really does the work, in a process of its own, and says what it cost."""

import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from benchmarks.curve import measure_curve
from benchmarks.place import Deadline, OutOfTimeError
from benchmarks.point import Measured
from benchmarks.points import Bench, Point, Result
from benchmarks.progress import line
from benchmarks.ratios import measure_ratios
from benchmarks.registry import ENGINES
from benchmarks.results import (
    read_latest,
    read_measures,
    write_findings,
    write_latest,
    write_machine,
    write_measure,
)

ROOT = Path(__file__).parents[2]
KEYS = {"engine", "database", "cases", "cases_per_s", "p50_ms", "p95_ms", "cpu_ms_per_case", "rss_mb"}
PEERS = {"dbos": "dbos", "spiffworkflow": "SpiffWorkflow"}
HERE = [
    engine
    for engine in ENGINES
    if engine != "prefect" and find_spec(PEERS.get(engine, "prefect")) is not None
]
"""The peers of the extra `bench` are measured where they are installed; `prefect` is `prefect_batch` with
batches of one, and one more server would take ten seconds.
"""


def quick(engines: str, database: str) -> list[dict[str, Any]]:
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "benchmarks",
            "curve",
            "--quick",
            "--engines",
            engines,
            "--databases",
            database,
        ],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    points: list[dict[str, Any]] = json.loads(done.stdout)["points"]
    return points


def test_every_engine_writes_all_rows_and_is_measured() -> None:
    points = quick(",".join(HERE), "sqlite")
    assert [point["engine"] for point in points] == HERE
    for point in points:  # a point whose rows are not those of its cases has failed, and has a reason
        assert set(point) == KEYS
        assert all(point[name] > 0 for name in KEYS - {"engine", "database"}), point


def test_an_engine_is_measured_on_postgresql_too() -> None:
    (point,) = quick("sqlalchemy_step", "postgresql")
    assert point["cases_per_s"] > 0


class Rates(Bench):
    """A bench that knows the rates instead of measuring them."""

    def __init__(self, rates: dict[str, float]) -> None:
        object.__setattr__(self, "rates", rates)
        object.__setattr__(self, "cap", 60.0)
        object.__setattr__(self, "seen", [])

    def measure(self, point: Point) -> Result:
        self.seen.append(point)  # type: ignore[attr-defined]
        rate = self.rates[point.engine]  # type: ignore[attr-defined]
        if not rate:
            return Result(point, Measured(reason="failed: on purpose"))
        return Result(point, Measured(point.cases / rate, 1.0, [1.0]), 10.0)


def test_what_would_take_longer_than_the_cap_is_not_run_and_says_why() -> None:
    bench = Rates({"dbos": 10.0, "prefect": 0.0})
    results = measure_curve(bench, ["dbos", "prefect"], ["sqlite"], [10, 100, 1_000, 10_000], lambda _: None)
    entries = {(each["engine"], each["cases"]): each for each in (result.entry() for result in results)}
    assert entries["dbos", 100]["cases_per_s"] == 10.0
    assert entries["dbos", 1_000]["cases_per_s"] is None
    assert entries["dbos", 1_000]["reason"].startswith("not run: at the 10 cases/s of 100 cases")
    assert entries["dbos", 10_000]["reason"].startswith("not run")
    assert entries["prefect", 10]["reason"] == "failed: on purpose"
    assert entries["prefect", 100]["reason"].startswith("not run")
    assert Point("prefect", "sqlite", 100) not in bench.seen  # type: ignore[attr-defined]


def test_when_the_time_is_up_no_point_is_begun() -> None:
    bench = Rates({"dbos": 10.0})
    (result,) = measure_curve(bench, ["dbos"], ["sqlite"], [10], lambda _: None, -1.0)
    assert result.entry()["reason"] == "not run: the time for the whole run was up"
    assert bench.seen == []  # type: ignore[attr-defined]


def test_a_ratio_compares_the_two_of_one_round() -> None:
    bench = Rates({"casewright": 100.0, "dbos": 20.0, "prefect": 0.0})
    peers = {"dbos": 50, "prefect": 5}
    (ratio,) = measure_ratios(bench, "sqlite", peers, 1_000, 3, lambda _: None)
    assert ratio.as_data() == {
        "peer": "dbos",
        "database": "sqlite",
        "cases": 1_000,
        "peer_cases": 50,
        "pairs": [5.0, 5.0, 5.0],
        "median": 5.0,
        "lowest": 5.0,
        "highest": 5.0,
    }
    order = [point.engine for point in bench.seen]  # type: ignore[attr-defined]
    assert order == ["casewright", "dbos", "prefect"] * 3


def test_a_result_is_told_with_and_without_lone_cases() -> None:
    point = Point("dbos", "sqlite", 10)
    assert line(Result(point, Measured(2.0, 1.0), 10.0)).endswith("5 cases/s, CPU 100 ms a case, 10 MB")
    assert line(Result(point, Measured(2.0, 1.0, [7.0]), 10.0)).endswith("a lone case 7 ms (7)")
    assert line(Result(point, Measured(reason="not run: why"))).endswith("10 cases: not run: why")


def test_a_deadline_that_has_passed_ends_a_burst() -> None:
    Deadline.after(60).check()
    with pytest.raises(OutOfTimeError):
        Deadline.after(-1).check()


def test_points_that_are_measured_again_replace_the_old_ones(tmp_path: Path) -> None:
    file = tmp_path / "latest.json"
    point = {"engine": "dbos", "database": "sqlite", "cases": 10, "cases_per_s": 1.0}
    write_latest([point, {**point, "cases": 100}], file)
    write_latest([{**point, "cases_per_s": 2.0}, {**point, "engine": "casewright"}], file)
    found = [(each["engine"], each["cases"], each["cases_per_s"]) for each in read_latest(file)]
    assert found == [("casewright", 10, 1.0), ("dbos", 10, 2.0), ("dbos", 100, 1.0)]


def test_a_point_that_failed_leaves_what_was_measured_before(tmp_path: Path) -> None:
    file = tmp_path / "latest.json"
    point = {"engine": "prefect", "database": "sqlite", "cases": 10, "cases_per_s": 1.0}
    slow = {**point, "cases": 100, "cases_per_s": None, "reason": "not run: it takes more than 60 s"}
    write_latest([point, slow], file)
    broken = {**point, "cases_per_s": None, "reason": "failed: the server answered 503"}
    write_latest([broken, {**broken, "cases": 1_000}], file)
    assert read_latest(file) == [point, slow]


def test_a_measure_is_kept_beside_the_others(tmp_path: Path) -> None:
    file = tmp_path / "measures.json"
    write_measure("one", {"found": 1}, file)
    write_measure("two", [2], file)
    assert read_measures(file) == {"one": {"found": 1}, "two": [2]}


def test_a_run_without_postgresql_leaves_which_one_the_other_points_were_measured_on(tmp_path: Path) -> None:
    file = tmp_path / "measures.json"
    write_machine({"cores": 2, "postgresql": "18.4", "fsync_ms": {"p50": 0.2}}, file)
    write_machine({"cores": 2, "fsync_ms": {"p50": 0.1}}, file)
    assert read_measures(file)["machine"] == {"cores": 2, "postgresql": "18.4", "fsync_ms": {"p50": 0.1}}


def test_a_measure_of_one_database_leaves_what_the_other_one_gave(tmp_path: Path) -> None:
    file = tmp_path / "measures.json"

    def finding(what: str, database: str) -> dict[str, Any]:
        return {"what": what, "figures": {"database": database}}

    write_findings("alert", [finding("slow", "sqlite"), finding("slow", "postgresql")], file)
    write_findings("alert", [finding("fast", "sqlite")], file)

    assert read_measures(file)["alert"] == [finding("fast", "sqlite"), finding("slow", "postgresql")]


def test_ratios_of_one_database_leave_those_of_the_other(tmp_path: Path) -> None:
    file = tmp_path / "measures.json"

    def ratio(database: str, median: float) -> dict[str, Any]:
        return {"peer": "dbos", "database": database, "median": median}

    write_findings("ratios", [ratio("sqlite", 2.0), ratio("postgresql", 1.0)], file)
    write_findings("ratios", [ratio("postgresql", 1.5)], file)

    assert read_measures(file)["ratios"] == [ratio("sqlite", 2.0), ratio("postgresql", 1.5)]
