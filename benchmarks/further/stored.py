"""Full stores: what a hundred thousand instances that wait for people cost the others.

A store is filled with clones of one case that waits for its booking. Then a few new intakes are brought to
their first waiting point, in interleaved pairs: once in the full store, once in an empty one.
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from statistics import median
from typing import Any, Final

from benchmarks.further.clones import clone
from benchmarks.further.department import Department, department
from benchmarks.house.processes import deploy, workers
from benchmarks.places import fresh_place
from benchmarks.prefect_server import prefect_server
from benchmarks.servers import Servers
from benchmarks.usage import memory_mb
from flows.dispatch import Dispatcher
from flows.timers import tick

SIZES: Final = (1_000, 10_000, 100_000)
PAIRS: Final = 5
NEW: Final = 40
"""New intakes of one measurement."""

TURNS: Final = 7
"""Measurements of each store in a pair, in turn. What a machine does now and then hits some of them, and the
median is none of those.
"""

LOOKS: Final = 20
"""Looks for work, when there is none, of one measurement."""

REST: Final = 6.0
"""Seconds that a worker has at rest before its memory is read."""

_numbers = count(1_000_001)


@dataclass(frozen=True, slots=True)
class Cost:
    """One measurement: seconds per new case, and per look when nothing is ready."""

    case: float
    look: float


def measure_stored(
    servers: Servers, folder: Path, database: str, sizes: Sequence[int], pairs: int
) -> Iterator[Mapping[str, Any]]:
    """One finding per size: medians and ratios of full to empty."""
    with ExitStack() as stack:
        empty, full = (
            stack.enter_context(
                department(stack.enter_context(fresh_place(servers, folder, database, prefect=False)).place)
            )
            for _ in range(2)
        )
        waiting = _one_that_waits(full)
        _cost(empty), _cost(full)  # what is prepared once is not measured
        held = 0
        for size in sizes:
            clone(full.engine.store, waiting, held, size - held)
            held = size
            found = [_pair(full, empty) for _ in range(pairs)]
            yield {
                "database": database,
                "stored": size,
                "case_ms": [round(median(each[at].case for each in found) * 1000, 2) for at in (0, 1)],
                "look_ms": [round(median(each[at].look for each in found) * 1000, 2) for at in (0, 1)],
                "case_ratios": [round(each[0].case / each[1].case, 3) for each in found],
                "look_ratios": [round(each[0].look / each[1].look, 3) for each in found],
            }
        yield {"database": database, "stored": held, "worker_mb": [_memory(full), _memory(empty)]}


def _one_that_waits(house: Department) -> str:
    (instance,) = house.start([next(_numbers)]).values()
    house.engine.run()
    return instance


def _pair(full: Department, empty: Department) -> tuple[Cost, Cost]:
    """Both stores in turn, the medians of each."""
    turns = [(_cost(full), _cost(empty)) for _ in range(TURNS)]
    return _median([each for each, _ in turns]), _median([each for _, each in turns])


def _median(costs: Sequence[Cost]) -> Cost:
    return Cost(median(each.case for each in costs), median(each.look for each in costs))


def _cost(house: Department) -> Cost:
    """Dispatch, claim and pass without Prefect, for new intakes; then looks that find nothing."""
    runtime, plans = house.engine.runtime, house.engine.plans
    house.start([next(_numbers) for _ in range(NEW)])
    began = time.perf_counter()
    house.engine.run()
    case = (time.perf_counter() - began) / NEW
    dispatcher = Dispatcher(runtime, plans)
    began = time.perf_counter()
    for _ in range(LOOKS):
        if dispatcher.take() is not None or tick(runtime, plans):
            raise RuntimeError("there was work where all waits")
    return Cost(case, (time.perf_counter() - began) / LOOKS)


def _memory(house: Department) -> float:
    """The memory of a worker at rest."""
    home = house.engine.settings.home
    with prefect_server(home / "prefect-server", None) as api:
        settings = {**house.settings, "CASEWRIGHT_PREFECT_API_URL": api, "CASEWRIGHT_POOL": "bench"}
        deploy(settings)
        with workers(settings, 1) as (pid,):
            time.sleep(REST)
            return round(memory_mb(pid), 1)
