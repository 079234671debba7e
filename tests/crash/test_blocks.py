"""SIGKILL in the middle of blocks, then run again: nothing lost, doubled or stuck, and in every table as many
rows as an undisturbed run leaves.

A block keeps nothing but its step runs (decision 0034), so what a kill leaves is what some commit left: here
every sixth commit of a step, and one moment of each other commit that moves an instance on, chosen by a
hash. The points between commits, and those of claims and leases, are tried with the shipped processes
(test_fault_points.py). `make chaos` tries each point first, in the middle and last, and every pair.
"""

from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path

import databases
import pytest
from block_scene import block_stage
from crash_figures import Outcome
from crash_table import KILLED, CrashTable
from crashes import Kill, Stage
from forks import Pool
from places import homes_on

from flows import FAULT_POINTS

COMMIT = "step.before_commit"
OTHERS = (
    "claim.after_commit",
    "wake.after_commit",
    "tick.before_commit",
    "tick.after_commit",
    "settle.before_commit",
    "settle.after_commit",
)


@pytest.fixture(scope="module")
def stage(memory: Path) -> Stage:
    return block_stage(homes_on(databases.chosen(), memory / "blocks"))


@pytest.fixture(scope="module")
def outcomes(stage: Stage, crash_table: CrashTable) -> Iterator[Pool[Kill, Outcome]]:
    pool = Pool({kill: _crash(stage, kill) for kill in _kills(stage)})
    yield pool
    pool.close()
    crash_table.add(KILLED, *pool.ended().values())


def _kills(stage: Stage) -> list[Kill]:
    others = [Kill(point, _moment(point, stage.passed[point])) for point in OTHERS]
    return [*others, *(Kill(COMMIT, times) for times in range(2, stage.passed[COMMIT] + 1, 6))]


def _moment(point: str, times: int) -> int:
    return 1 + sha256(point.encode()).digest()[0] % times


def _crash(stage: Stage, kill: Kill) -> Callable[[], Outcome]:
    return lambda: stage.crash([kill])


def test_a_kill_inside_of_blocks_loses_nothing_and_doubles_nothing(
    stage: Stage, outcomes: Pool[Kill, Outcome]
) -> None:
    found = {kill: outcomes.result(kill) for kill in _kills(stage)}
    assert {kill: each.broken for kill, each in found.items() if each.broken} == {}
    assert {each.crashes for each in found.values()} == {1}


def test_blocks_without_a_kill_are_sound_and_pass_the_points_of_the_engine(stage: Stage) -> None:
    assert stage.crash([]) == Outcome(0, (), 0)
    unseen = [point for point in FAULT_POINTS if not stage.passed[point]]
    assert unseen == ["failure.before_commit", "failure.after_commit"]
