"""The curve: cases per second over 10, 100, 1,000 and 10,000 cases, each point at most a minute."""

import time
from collections.abc import Callable, Iterator, Sequence
from math import inf
from typing import Final

from benchmarks.point import Measured
from benchmarks.points import Bench, Point, Result

SIZES: Final = (10, 100, 1_000, 10_000)

HOPELESS: Final = 1.25
"""A point that would take this many times its cap at the rate of the point before is not begun."""

Told = Callable[[Result], None]


def measure_curve(
    bench: Bench,
    engines: Sequence[str],
    databases: Sequence[str],
    sizes: Sequence[int],
    told: Told,
    seconds: float = inf,
) -> list[Result]:
    """All points, one after the other, smaller ones first; `told` hears of each. After so many seconds no
    point is begun any more.
    """
    results: list[Result] = []
    end = time.monotonic() + seconds
    for size in sizes:
        for database in databases:
            for engine in engines:
                point = Point(engine, database, size)
                late = time.monotonic() > end
                result = _late(point) if late else _skipped(point, results, bench.cap) or bench.measure(point)
                results.append(result)
                told(result)
    return results


def count(engines: Sequence[str], databases: Sequence[str], sizes: Sequence[int]) -> int:
    """How many points that is."""
    return len(engines) * len(databases) * len(sizes)


def _late(point: Point) -> Result:
    return Result(point, Measured(reason="not run: the time for the whole run was up"))


def _skipped(point: Point, results: Sequence[Result], cap: float) -> Result | None:
    """The point as not run, when the one before it says that it can't be done within the cap."""
    before = next(_smaller(point, results), None)
    if before is None:
        return None
    if before.cases_per_s is None:
        return Result(point, Measured(reason="not run: the smaller point was not measured either"))
    needed = point.cases / before.cases_per_s
    if needed <= cap * HOPELESS:
        return None
    rate = f"{before.cases_per_s:.3g} cases/s"
    reason = f"not run: at the {rate} of {before.point.cases:,} cases it takes more than {cap:.0f} s"
    return Result(point, Measured(reason=reason))


def _smaller(point: Point, results: Sequence[Result]) -> Iterator[Result]:
    same = [
        each
        for each in results
        if each.point.engine == point.engine and each.point.database == point.database
    ]
    yield from sorted(same, key=lambda each: -each.point.cases)
