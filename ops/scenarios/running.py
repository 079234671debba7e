"""Playing many scenarios: in this process, or in several at the same time where there are many."""

import gc
import multiprocessing
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from flows.scenarios import Bench, Outcome, SharedBeginnings
from ops.scenarios.loading import Loaded

FEW = 12
"""Scenarios that are played faster than another process is begun."""

CHUNK = 8
"""Scenarios that one process is given at a time: neighbours in a file often begin alike."""

Play = tuple[int, int]
"""Which scenario: the number of its file, and its number in there."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is played: the names that contain `only`, each `repeat` times, in at most `jobs` processes."""

    only: str | None = None
    repeat: int = 1
    jobs: int | None = None

    @property
    def measuring(self) -> bool:
        """Whether it is about how long scenarios take: then none is helped by what another one did."""
        return self.repeat > 1


def plays_of(loaded: Loaded, wanted: Wanted) -> list[Play]:
    """The scenarios to play, in the order of the files."""
    found = [
        (of_set, index)
        for of_set, scenarios in enumerate(loaded.sets)
        for index, each in enumerate(scenarios.all)
        if wanted.only is None or wanted.only.lower() in each.name.lower()
    ]
    return found * wanted.repeat


def play_all(
    loaded: Loaded, plays: Sequence[Play], wanted: Wanted, told: Callable[[int], None]
) -> list[Outcome]:
    """Play them and give what came of each, in their order. `told` hears how many are done."""
    jobs = min(wanted.jobs or os.cpu_count() or 1, max(1, len(plays) // FEW))
    if jobs == 1 or "fork" not in multiprocessing.get_all_start_methods():
        return list(_counting(_here(loaded, plays, wanted), told))
    chunk = max(1, min(CHUNK, len(plays) // jobs))
    with multiprocessing.get_context("fork").Pool(jobs, _begin, (loaded, plays, wanted)) as pool:
        return list(_counting(pool.imap(_play, plays, chunksize=chunk), told))


def _counting(outcomes: Iterator[Outcome], told: Callable[[int], None]) -> Iterator[Outcome]:
    for number, outcome in enumerate(outcomes, start=1):
        told(number)
        yield outcome


def _here(loaded: Loaded, plays: Sequence[Play], wanted: Wanted) -> Iterator[Outcome]:
    with _bench(loaded, plays, wanted) as bench:
        for of_set, index in plays:
            scenarios = loaded.sets[of_set]
            yield bench.play(scenarios, scenarios.all[index])


def _bench(loaded: Loaded, plays: Sequence[Play], wanted: Wanted) -> Bench:
    every = ((loaded.sets[of_set], loaded.sets[of_set].all[index]) for of_set, index in plays)
    shared = SharedBeginnings(() if wanted.measuring else every)
    installation = loaded.installation
    return Bench(installation.handlers, installation.catalogue, loaded.plans, shared)


# -- in a process of its own

_mine: list[tuple[Loaded, Bench]] = []


def _begin(loaded: Loaded, plays: Sequence[Play], wanted: Wanted) -> None:
    _mine.append((loaded, _bench(loaded, plays, wanted)))
    gc.freeze()  # what is loaded by now stays; looking through it again and again takes a tenth of the time


def _play(play: Play) -> Outcome:
    (loaded, bench), (of_set, index) = _mine[0], play
    scenarios = loaded.sets[of_set]
    return bench.play(scenarios, scenarios.all[index])
