"""Hand-written Prefect: one case per flow run, and a batch per flow run.

A flow run goes from one waiting point to the next, as Casewright's do: Prefect's own pause takes some ten
seconds to resume. One Prefect task per step, each its own transaction; no cache, no persisted results, no
logs in the API. A person's answer is one commit; what it makes possible is the next flow run.
"""

import asyncio
import time
from collections.abc import Callable, Coroutine, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Engine

from benchmarks.bare import ANSWERS, ROUNDS, SEGMENTS, STEPS
from benchmarks.place import Deadline, Place, with_bare_tables
from benchmarks.prefect_server import prefect_server

BATCH: Final = 500
"""Cases per flow run of the batch variant, the most that Casewright takes into a pass."""

Segment = Callable[[Sequence[int], int], Coroutine[Any, Any, None]]
"""Runs the steps of one segment over these cases in one flow run."""


@dataclass
class HandWritten:
    """Flow runs in this process against a server in its own, so many at a time."""

    engine: Engine
    run: Segment
    batch: int
    at_once: int
    loop: asyncio.Runner

    def burst(self, numbers: Sequence[int], deadline: Deadline) -> None:
        """All cases; those of one batch move together."""
        self.loop.run(self._burst(numbers, deadline))

    async def _burst(self, numbers: Sequence[int], deadline: Deadline) -> None:
        batches = [numbers[at : at + self.batch] for at in range(0, len(numbers), self.batch)]
        free = asyncio.Semaphore(self.at_once)

        async def whole(batch: Sequence[int]) -> None:
            async with free:
                await self.run(batch, 0)
                for at, names in enumerate(ROUNDS, start=1):
                    deadline.check()
                    self._answer(batch, names)
                    await self.run(batch, at)

        await asyncio.gather(*(whole(batch) for batch in batches))

    def lone(self, number: int) -> list[float]:
        """One case; the next flow run begins when the answer's commit returns."""
        return self.loop.run(self._lone(number))

    async def _lone(self, number: int) -> list[float]:
        waits: list[float] = []
        await self.run((number,), 0)
        for at, names in enumerate(ROUNDS, start=1):
            self._answer((number,), names)
            answered, done = time.perf_counter(), len(_marks)
            await self.run((number,), at)
            waits.append(_marks[done] - answered)
        return waits

    def _answer(self, batch: Sequence[int], names: Sequence[str]) -> None:
        for number in batch:
            for name in names:
                with self.engine.begin() as connection:
                    ANSWERS[name].write(connection, number)


_marks: list[float] = []
"""When each step's commit had returned."""


def _segment(engine: Engine, *, sync: bool) -> Segment:
    """The flow with a Prefect task per step. Prefect's settings are in the environment by now."""
    from prefect import flow, task
    from prefect.cache_policies import NO_CACHE

    def commit(step: str, numbers: Sequence[int]) -> None:
        with engine.begin() as connection:
            STEPS[step].run(connection, numbers)
        _marks.append(time.perf_counter())

    options: dict[str, Any] = {"cache_policy": NO_CACHE, "persist_result": False, "log_prints": False}
    if sync:

        def sync_task(step: str) -> Callable[[Sequence[int]], None]:
            return task(name=step, **options)(lambda numbers: commit(step, numbers))

        tasks = {step: sync_task(step) for step in STEPS}

        @flow(name="intake", validate_parameters=False, persist_result=False)
        def sync_intake(numbers: Sequence[int], segment: int) -> None:
            for step in SEGMENTS[segment]:
                tasks[step](numbers)

        pool = ThreadPoolExecutor(32)

        async def in_thread(numbers: Sequence[int], segment: int) -> None:
            await asyncio.get_running_loop().run_in_executor(pool, sync_intake, numbers, segment)

        return in_thread

    def async_task(step: str) -> Callable[[Sequence[int]], Coroutine[Any, Any, None]]:
        async def work(numbers: Sequence[int]) -> None:
            commit(step, numbers)

        return task(name=step, **options)(work)

    async_tasks = {step: async_task(step) for step in STEPS}

    @flow(name="intake", validate_parameters=False, persist_result=False)
    async def intake(numbers: Sequence[int], segment: int) -> None:
        for step in SEGMENTS[segment]:
            await async_tasks[step](numbers)

    return intake


@contextmanager
def open_one(place: Place, numbers: Sequence[int]) -> Iterator[HandWritten]:
    """One case per flow run, the best number of them at a time."""
    with _opened(place, numbers, 1, place.setting("at_once", 4)) as running:
        yield running


@contextmanager
def open_batch(place: Place, numbers: Sequence[int]) -> Iterator[HandWritten]:
    """Up to five hundred cases per flow run, one flow run at a time."""
    with _opened(place, numbers, place.setting("batch", BATCH), place.setting("at_once", 1)) as running:
        yield running


@contextmanager
def _opened(place: Place, numbers: Sequence[int], batch: int, at_once: int) -> Iterator[HandWritten]:
    engine = with_bare_tables(place, numbers)
    sync = bool(place.setting("sync", 0))
    with prefect_server(place.home / "prefect", place.prefect_database), asyncio.Runner() as loop:
        yield HandWritten(engine, _segment(engine, sync=sync), batch, at_once, loop)
    engine.dispose()
