"""One point: one engine, one database, so many cases, in a process of its own.

`python -m benchmarks.point ORDER RESULT` reads an `Order` and writes a `Measured`, both JSON files.
"""

import json
import os
import sys
import time
import traceback
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

from benchmarks.bare import PER_CASE, rows_of
from benchmarks.machine import percentile
from benchmarks.place import Deadline, OutOfTimeError, Place, open_database
from benchmarks.registry import opener
from benchmarks.usage import cpu_seconds

LONE: Final = 7
"""Cases that are run alone after the burst: three waits each, so 21 measurements."""


@dataclass(frozen=True, slots=True)
class Order:
    """What to measure. `watched` are servers outside this process whose CPU counts too; `cap` in seconds."""

    engine: str
    cases: int
    cap: float
    url: str
    home: str
    prefect_database: str | None = None
    watched: Sequence[int] = ()
    lone: int = LONE
    options: dict[str, Any] = field(default_factory=dict)

    @property
    def place(self) -> Place:
        """Where it happens."""
        return Place(self.url, Path(self.home), self.prefect_database, self.options)


@dataclass(frozen=True, slots=True)
class Measured:
    """What was found. Where `reason` says that nothing was, the figures are None."""

    seconds: float | None = None
    cpu_seconds: float | None = None
    waits_ms: Sequence[float] = ()
    rows: dict[str, int] = field(default_factory=dict)
    reason: str | None = None

    def wait_ms(self, share: float) -> float | None:
        """The wait of a lone case below which this share lies, in milliseconds."""
        return round(percentile(list(self.waits_ms), share), 1) if self.waits_ms else None


def measure(order: Order) -> Measured:
    """Set the engine up, let it do its burst, then the lone cases, and count what it wrote."""
    numbers = list(range(1, order.cases + 1))
    alone = list(range(order.cases + 1, order.cases + order.lone + 1))
    roots = [os.getpid(), *order.watched]
    with opener(order.engine)(order.place, [*numbers, *alone]) as running:
        used, started = cpu_seconds(roots), time.perf_counter()
        try:
            running.burst(numbers, Deadline.after(order.cap))
        except OutOfTimeError:
            return Measured(reason=f"not done within {order.cap:.0f} s")
        took = time.perf_counter() - started
        used = cpu_seconds(roots) - used
        waits = [seconds * 1000 for number in alone for seconds in running.lone(number)]
    return Measured(took, used, waits, _counted(order))


def _counted(order: Order) -> dict[str, int]:
    """The rows of the cases; an engine that did not write them all has not done the work."""
    engine = open_database(order.place)
    with engine.connect() as connection:
        rows = rows_of(connection)
    engine.dispose()
    done = order.cases + order.lone
    wrong = {name: rows[name] for name, each in PER_CASE.items() if rows[name] != each * done}
    if wrong:
        raise RuntimeError(f"{order.engine} wrote other rows than {done} cases leave behind: {wrong}")
    return rows


def main(order: Path, result: Path) -> None:
    """Measure and write; what went wrong is the reason."""
    try:
        found = measure(Order(**json.loads(order.read_text())))
    except Exception as error:
        traceback.print_exc()
        found = Measured(reason=f"failed: {type(error).__name__}: {error}")
    result.write_text(json.dumps(asdict(found)))
    sys.stdout.flush()
    os._exit(0)  # threads of a library that don't end must not hold the benchmark up


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
