"""Running flow runs in this process: a few threads, each with an event loop and a client of its own.

On one shared loop a flow run would block the others, and Prefect's observers would block them all
(engine.md R3.6). The loop of a thread outlives its flow runs, since making a client costs more than a step.
"""

import asyncio
import logging
import queue
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, cast
from uuid import UUID

from prefect import Flow
from prefect.client.orchestration import PrefectClient
from prefect.client.schemas.objects import FlowRun, State
from prefect.context import AsyncClientContext
from prefect.flow_engine import run_flow_async

from flows.carrier.calling import client_of
from flows.compiler import Stopping, stopping

log = logging.getLogger(__name__)

FlowOf = Callable[[FlowRun], Flow[[list[str]], Any]]
"""The compiled flow of a run."""


@dataclass(slots=True, eq=False)
class Job:
    """A flow run that is to be run here. `outcome` is its final state, or the error that kept Prefect from
    recording one.
    """

    run: FlowRun
    lease_id: str | None
    stop: Stopping = field(default_factory=Stopping)
    outcome: "Future[State[Any] | None]" = field(default_factory=Future)
    since: float = field(default_factory=time.monotonic)


class Slots:
    """`count` flow runs at once; more wait for their turn. `freed` is called when a run has ended."""

    def __init__(self, count: int, flow_of: FlowOf, freed: Callable[[], None]) -> None:
        self._flow_of = flow_of
        self._freed = freed
        self._count = count
        self._queue: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._jobs: set[Job] = set()
        self._told: list[str] = []
        self._lock = threading.Lock()
        self._threads = [
            threading.Thread(target=self._serve, name=f"pass-{number}", daemon=True)
            for number in range(count)
        ]

    def start(self) -> None:
        """Begin to take jobs."""
        for thread in self._threads:
            thread.start()

    def submit(self, job: Job) -> Job:
        """Run this as soon as a thread is free."""
        with self._lock:
            self._jobs.add(job)
        self._queue.put(job)
        return job

    @property
    def free(self) -> int:
        """How many more could begin at once."""
        with self._lock:
            return max(0, self._count - len(self._jobs))

    @property
    def jobs(self) -> list[Job]:
        """What runs or waits for its turn."""
        with self._lock:
            return list(self._jobs)

    def told(self) -> list[str]:
        """The leases of passes whose end Prefect has heard of since this was last asked."""
        with self._lock:
            told, self._told = self._told, []
            return told

    def stop(self, seconds: float) -> bool:
        """Let every pass end at its next step and the threads end; False if that took too long."""
        deadline = time.monotonic() + seconds
        for job in self.jobs:
            job.stop.asked = True
        for _ in self._threads:
            self._queue.put(None)
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        return not any(thread.is_alive() for thread in self._threads)

    def _serve(self) -> None:
        with asyncio.Runner() as loop:
            while (job := self._queue.get()) is not None:
                try:
                    state = loop.run(self._run(job))
                    job.outcome.set_result(state)
                    if state is not None and state.is_final() and job.lease_id is not None:
                        with self._lock:
                            self._told.append(job.lease_id)
                except Exception as error:
                    # Prefect's own trouble or the database's; the lease frees the instances
                    log.warning("flow run %s was not recorded: %s", job.run.id, type(error).__name__)
                    job.outcome.set_exception(error)
                finally:
                    with self._lock:
                        self._jobs.discard(job)
                    self._freed()
            with suppress(Exception):  # nothing is asked of Prefect any more
                loop.run(_hang_up())

    async def _run(self, job: Job) -> State[Any] | None:
        stopping.set(job.stop)
        client = await _line()
        # without a deployment's id the engine starts no observer of suspensions, which we do not use
        run = job.run.model_copy(update={"deployment_id": None})
        client.known = run
        state: State[Any] | None = await run_flow_async(
            self._flow_of(job.run), flow_run=run, parameters=dict(job.run.parameters), return_type="state"
        )
        return state


class _Sparing(PrefectClient):
    """A client that leaves out what the engine asks and tells of a run that this process has just made: half
    of a small run's questions. `known` is the run that the engine works with and keeps up to date.
    """

    known: FlowRun | None = None

    async def read_flow_run(self, flow_run_id: UUID) -> FlowRun:
        """The run that is known, without asking."""
        if self.known is not None and self.known.id == flow_run_id:
            return self.known
        return await super().read_flow_run(flow_run_id)

    async def update_flow_run(self, flow_run_id: UUID, *values: Any, **named: Any) -> Any:
        """Tell of a new name; version and retries are the deployment's."""
        if "name" in named:
            return await super().update_flow_run(flow_run_id, *values, **named)
        return None


class _Context(AsyncClientContext):
    """The client of one thread, for all that Prefect does there."""

    def __init__(self) -> None:
        super(AsyncClientContext, self).__init__(client=client_of(_Sparing))


async def _line() -> _Sparing:
    """Keep one client for all flow runs of this thread: a loop's context outlives its runs."""
    context = AsyncClientContext.get()
    if context is None:
        context = await _Context().__aenter__()
    return cast(_Sparing, context.client)


async def _hang_up() -> None:
    context = AsyncClientContext.get()
    if context is not None:
        await context.__aexit__(None, None, None)
