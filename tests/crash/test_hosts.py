"""SIGKILL at every point of leadership, sealing, dispatch and critical lane: an installation that is started
again goes on, and nothing is lost, doubled or stuck (engine.md R3.3, R3.4, R4, R6).

Points behind which Prefect has just been told something are tried with real workers
(tests/ops/test_serving.py).
"""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import databases
import pytest
from crash_figures import Outcome
from crash_table import CrashTable
from crashes import POINTS, Kill, Stage, spread, stages
from forks import Pool
from hosts import HOST_POINTS, HOSTED, WITH_PREFECT, host_pairs
from places import homes_on

from ops import faults

PAIRS = 6
"""So many pairs; `make chaos` has them all, for every process, and the last time that a point is passed."""

WHICH = ("first", "middle")

INTAKE = "intake on a host"

Kills = tuple[Kill, ...]


@pytest.fixture(scope="module")
def stage(memory: Path) -> Stage:
    return stages(homes_on(databases.chosen(), memory / "hosts"), {INTAKE: HOSTED[INTAKE]})[INTAKE]


@pytest.fixture(scope="module")
def outcomes(stage: Stage, crash_table: CrashTable) -> Iterator[Pool[Kills, Outcome]]:
    alone = [(_kill(stage, point, which),) for point in HOST_POINTS for which in WHICH]
    cases: Mapping[Kills, Callable[[], Outcome]] = {
        kills: _crash(stage, kills) for kills in (*alone, *_pairs(stage))
    }
    pool = Pool(cases)
    yield pool
    pool.close()
    for kills, outcome in pool.ended().items():
        crash_table.killed(kills, outcome)


def _kill(stage: Stage, point: str, which: str) -> Kill:
    passed = stage.passed[point]
    assert passed, f"the intake never passes {point}: the point is dead"
    return Kill(point, 1 if which == "first" else (passed + 1) // 2)


def _pairs(stage: Stage) -> list[tuple[Kill, Kill]]:
    return spread(host_pairs(stage.passed), PAIRS)


def _crash(stage: Stage, kills: Kills) -> Callable[[], Outcome]:
    return lambda: stage.crash(kills)


@pytest.mark.parametrize("which", WHICH)
@pytest.mark.parametrize("point", HOST_POINTS)
def test_a_kill_of_a_host_loses_nothing_and_doubles_nothing(
    point: str, which: str, stage: Stage, outcomes: Pool[Kills, Outcome]
) -> None:
    assert outcomes.result((_kill(stage, point, which),)) == Outcome(1, (), resends=0)


def test_a_second_kill_of_a_host_loses_nothing_and_doubles_nothing(
    stage: Stage, outcomes: Pool[Kills, Outcome]
) -> None:
    found = {kills: outcomes.result(kills) for kills in _pairs(stage)}
    assert {kills: each.broken for kills, each in found.items() if each.broken} == {}
    assert sum(each.crashes for each in found.values()) > PAIRS


def test_every_point_is_crashed_somewhere(stage: Stage) -> None:
    assert set(faults.POINTS) == {*POINTS, *HOST_POINTS, *WITH_PREFECT}
    assert set(stage.passed) <= set(faults.POINTS)
