"""Plain SQLAlchemy without an engine: a commit per step of a case, and a commit per step of a batch.

Nothing here survives a crash between two commits: it is the measure of what the SQL alone costs.
"""

import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import Engine

from benchmarks.bare import ANSWERS, ROUNDS, SEGMENTS, STEPS
from benchmarks.place import Deadline, Place, with_bare_tables

BATCH = 100
"""Cases per transaction of the batch variant."""


@dataclass(frozen=True, slots=True)
class Plain:
    """The steps over batches of `batch` cases, by so many threads."""

    engine: Engine
    batch: int
    threads: int

    def burst(self, numbers: Sequence[int], deadline: Deadline) -> None:
        """All cases, a batch at a time from its start to its end."""
        batches = [numbers[at : at + self.batch] for at in range(0, len(numbers), self.batch)]
        with ThreadPoolExecutor(self.threads) as pool:
            for done in [pool.submit(self._whole, batch, deadline) for batch in batches]:
                done.result()

    def lone(self, number: int) -> list[float]:
        """One case; its next step begins when the answer's commit returns."""
        self._steps((number,), SEGMENTS[0])
        waits = []
        for names, segment in zip(ROUNDS, SEGMENTS[1:], strict=True):
            self._answers((number,), names)
            answered = time.perf_counter()
            self._steps((number,), segment[:1])
            waits.append(time.perf_counter() - answered)
            self._steps((number,), segment[1:])
        return waits

    def _whole(self, batch: Sequence[int], deadline: Deadline) -> None:
        self._steps(batch, SEGMENTS[0])
        for names, segment in zip(ROUNDS, SEGMENTS[1:], strict=True):
            deadline.check()
            self._answers(batch, names)
            self._steps(batch, segment)

    def _steps(self, batch: Sequence[int], steps: Sequence[str]) -> None:
        for step in steps:
            with self.engine.begin() as connection:
                STEPS[step].run(connection, batch)

    def _answers(self, batch: Sequence[int], names: Sequence[str]) -> None:
        for number in batch:
            for name in names:
                with self.engine.begin() as connection:
                    ANSWERS[name].write(connection, number)


@contextmanager
def open_step(place: Place, numbers: Sequence[int]) -> Iterator[Plain]:
    """A commit per step of each case."""
    with _opened(place, numbers, 1) as running:
        yield running


@contextmanager
def open_batch(place: Place, numbers: Sequence[int]) -> Iterator[Plain]:
    """A commit per step of a hundred cases."""
    with _opened(place, numbers, BATCH) as running:
        yield running


@contextmanager
def _opened(place: Place, numbers: Sequence[int], batch: int) -> Iterator[Plain]:
    engine = with_bare_tables(place, numbers)
    try:
        yield Plain(engine, batch, place.setting("threads", 1 if place.is_sqlite else 4))
    finally:
        engine.dispose()
