"""SIGKILL at every fault point of engine and outbox, at one and then at another, then run again: nothing
lost, doubled or stuck.

Each crash is a process of its own (a fork), killed by the kernel at the point, on a real database. `make
chaos` tries every pair for every process; here are as many as fit.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import pytest
from crash_figures import Outcome
from crash_table import CrashTable
from crashes import MESSAGE_WINDOW, POINTS, Kill, Stage, pairs, singles, spread
from forks import Pool
from scenes import SCENES

PAIRS = 16
"""So many pairs of each process; `make chaos` has them all."""

Case = tuple[str, tuple[Kill, ...]]


@dataclass(frozen=True)
class Crashes:
    """Every crash of this module, run in forks two at a time."""

    stages: Mapping[str, Stage]
    pool: Pool[Case, Outcome]

    def at(self, process: str, *kills: Kill) -> Outcome:
        return self.pool.result((process, kills))


@pytest.fixture(scope="module")
def crashes(prepared: Mapping[str, Stage], crash_table: CrashTable) -> Iterator[Crashes]:
    cases: dict[Case, Callable[[], Outcome]] = {}
    for process, stage in prepared.items():
        alone = singles(stage.passed) if process == "intake" else _middles(stage)
        for kills in (*((kill,) for kill in alone), *spread(list(pairs(stage.passed)), PAIRS)):
            cases[process, kills] = _crash(stage, kills)
    pool = Pool(cases)
    yield Crashes(prepared, pool)
    pool.close()
    for (_, kills), outcome in pool.ended().items():
        crash_table.killed(kills, outcome)


def _middles(stage: Stage) -> list[Kill]:
    return [Kill(point, (times + 1) // 2) for point, times in stage.passed.items()]


def _crash(stage: Stage, kills: tuple[Kill, ...]) -> Callable[[], Outcome]:
    return lambda: stage.crash(kills)


@pytest.mark.parametrize("which", ["first", "middle", "last"])
@pytest.mark.parametrize("point", POINTS)
def test_a_kill_loses_nothing_and_doubles_nothing(point: str, which: str, crashes: Crashes) -> None:
    passed = crashes.stages["intake"].passed[point]
    assert passed, f"the intake never passes {point}: the point is dead"
    times = {"first": 1, "middle": (passed + 1) // 2, "last": passed}[which]
    _sound(crashes.at("intake", Kill(point, times)), Kill(point, times))


@pytest.mark.parametrize("process", ["welfare-check", "monthly-summary"])
def test_a_kill_in_what_an_intake_leads_to_loses_nothing_and_doubles_nothing(
    process: str, crashes: Crashes
) -> None:
    for kill in _middles(crashes.stages[process]):
        _sound(crashes.at(process, kill), kill)


@pytest.mark.parametrize("process", SCENES)
def test_a_second_kill_after_the_restart_loses_nothing_and_doubles_nothing(
    process: str, crashes: Crashes
) -> None:
    chosen = spread(list(pairs(crashes.stages[process].passed)), PAIRS)
    outcomes = {kills: crashes.at(process, *kills) for kills in chosen}
    assert {kills: each.broken for kills, each in outcomes.items() if each.broken} == {}
    twice = sum(each.crashes == 2 for each in outcomes.values())
    assert twice > PAIRS * 3 // 4, "too few second points were passed after the first kill"


def test_without_a_kill_an_undisturbed_run_is_sound(crashes: Crashes) -> None:
    assert {process: stage.crash([]) for process, stage in crashes.stages.items()} == dict.fromkeys(
        SCENES, Outcome(0, (), 0)
    )


def _sound(outcome: Outcome, kill: Kill) -> None:
    """Before the send the provider has nothing, so the message is sent by the second process: that counts. So
    it does for those that were claimed with it.
    """
    assert (outcome.crashes, outcome.broken) == (1, ()), kill
    assert outcome.resends >= (kill.point in ("outbox.claimed", "outbox.before_send")), kill
    assert outcome.resends == 0 or kill.point in MESSAGE_WINDOW, kill
