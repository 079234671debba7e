"""SIGKILL at every point of leadership, sealing, dispatch and critical lane: an installation that is started
again goes on, and nothing is lost, doubled or stuck (engine.md R3.3, R3.4, R4, R6).

Points behind which Prefect has just been told something are tried with real workers
(tests/ops/test_serving.py).
"""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import databases
import pytest
from crashes import POINTS, Kill, Outcome, Stage, singles, spread, stages
from forks import Pool
from hosts import HOST_POINTS, HOSTED, WITH_PREFECT, host_pairs
from places import homes_on

from ops import faults

PAIRS = 8
"""So many pairs; `make chaos` has them all, for every process."""

INTAKE = "intake on a host"

Kills = tuple[Kill, ...]


@pytest.fixture(scope="module")
def stage(memory: Path) -> Stage:
    return stages(homes_on(databases.chosen(), memory), {INTAKE: HOSTED[INTAKE]})[INTAKE]


@pytest.fixture(scope="module")
def outcomes(stage: Stage) -> Iterator[Pool[Kills, Outcome]]:
    alone = [(kill,) for kill in singles(stage.passed) if kill.point in HOST_POINTS]
    cases: Mapping[Kills, Callable[[], Outcome]] = {
        kills: _crash(stage, kills) for kills in (*alone, *_pairs(stage))
    }
    pool = Pool(cases)
    yield pool
    pool.close()


def _pairs(stage: Stage) -> list[tuple[Kill, Kill]]:
    return spread(host_pairs(stage.passed), PAIRS)


def _crash(stage: Stage, kills: Kills) -> Callable[[], Outcome]:
    return lambda: stage.crash(kills)


@pytest.mark.parametrize("which", ["first", "middle", "last"])
@pytest.mark.parametrize("point", HOST_POINTS)
def test_a_kill_of_a_host_loses_nothing_and_doubles_nothing(
    point: str, which: str, stage: Stage, outcomes: Pool[Kills, Outcome]
) -> None:
    passed = stage.passed[point]
    assert passed, f"the intake never passes {point}: the point is dead"
    times = {"first": 1, "middle": (passed + 1) // 2, "last": passed}[which]
    assert outcomes.result((Kill(point, times),)) == Outcome(1, (), resends=0)


def test_a_second_kill_of_a_host_loses_nothing_and_doubles_nothing(
    stage: Stage, outcomes: Pool[Kills, Outcome]
) -> None:
    found = {kills: outcomes.result(kills) for kills in _pairs(stage)}
    assert {kills: each.broken for kills, each in found.items() if each.broken} == {}
    assert sum(each.crashes for each in found.values()) > PAIRS


def test_every_point_is_crashed_somewhere(stage: Stage) -> None:
    assert set(faults.POINTS) == {*POINTS, *HOST_POINTS, *WITH_PREFECT}
    assert set(stage.passed) <= set(faults.POINTS)
