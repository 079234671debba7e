"""The Prefect worker type `casewright`: it dispatches what is ready, and runs flow runs in its own process
(engine.md R3.6).

`ops` says what it runs with (`compose_with`). The worker's own loop does nothing but poll Prefect: if Prefect
hangs, that loop hangs, and nothing else does.
"""

import asyncio
import faulthandler
import logging
import os
import sys
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AbstractContextManager, AsyncExitStack, contextmanager
from dataclasses import dataclass
from typing import Any, Final

import anyio
import anyio.abc
import httpx
from prefect.client.schemas.objects import FlowRun
from prefect.settings import PREFECT_WORKER_QUERY_SECONDS
from prefect.workers.base import BaseJobConfiguration, BaseVariables, BaseWorker, BaseWorkerResult

from flows.carrier.carrying import Carrying
from flows.errors import FlowError
from flows.runtime import Runtime
from flows.versions import Plans
from flows.waking.bells import Bell

log = logging.getLogger(__name__)

GRACE: Final = 8.0
"""Seconds in which the steps at hand end when the worker is to end."""

LAST: Final = 9.5
"""Seconds after it was told to end when the process ends, whatever Prefect's own threads still do."""

OUTAGE: Final = 2.0
"""Seconds until Prefect's part of the worker begins again after it broke."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a worker runs with. `changed` rings when something may have become ready; `module` is where
    Prefect finds the flows.
    """

    runtime: Runtime
    plans: Plans
    changed: Bell
    module: str


Compose = Callable[[], AbstractContextManager[Surroundings]]
_composes: list[Compose] = []


def compose_with(compose: Compose) -> None:
    """Say how the workers of this process get their surroundings; called by the composition root."""
    _composes[:] = [compose]


class CasewrightWorkerResult(BaseWorkerResult):
    """How a flow run ended that this process ran."""


class CasewrightWorker(BaseWorker[BaseJobConfiguration, BaseVariables, CasewrightWorkerResult]):
    """Dispatches what is ready and runs it, and what others left in the pool, in this process."""

    type = "casewright"
    job_configuration = BaseJobConfiguration
    _display_name = "Casewright"
    _description = "Runs Casewright's passes in the worker's process, each in a thread of its own."

    alone = False
    """Whether the process does nothing else: then it ends in time even if threads of Prefect do not."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._carrying: Carrying | None = None
        self._ending = asyncio.Event()

    async def start(
        self,
        run_once: bool = False,
        with_healthcheck: bool = False,
        printer: Callable[..., None] = print,
    ) -> None:
        """Work until `end`, or until the task is cancelled; then finish the steps at hand.

        Prefect may be away or hang meanwhile, from the start: what is critical goes on, the rest waits.
        Prefect's own loop would give up after some minutes, so this one replaces it.
        """
        if run_once or with_healthcheck:
            raise FlowError("this worker knows neither --run-once nor --with-healthcheck; leave them out")
        last = threading.Timer(LAST, _leave)
        last.daemon = True
        with self._at_work() as carrying:
            printer(f"Worker {self.name!r} started!")
            async with anyio.create_task_group() as loops:
                loops.start_soon(self._poll)
                try:
                    await self._ending.wait()
                finally:
                    last.start()
                await asyncio.to_thread(carrying.stop, GRACE)
                loops.cancel_scope.cancel()
        if not self.alone:
            last.cancel()
        printer(f"Worker {self.name!r} stopped!")

    async def _poll(self) -> None:
        """Prefect's part of the worker, begun again when it breaks: nothing else depends on it."""
        while True:
            try:
                await self._poll_until_broken()
            except Exception as error:
                if not self._ending.is_set():
                    log.exception("Prefect's part of the worker begins again: %s", _kinds(error))
                else:  # it takes leave with requests and runs of its own, which the end cuts short
                    log.warning("Prefect's part of the worker did not end in order: %s", _kinds(error))
            await anyio.sleep(OUTAGE)

    async def _poll_until_broken(self) -> None:
        async with AsyncExitStack() as stack:
            # before `setup`, which enters a task group of its own: left open by a cut-short one, it would
            # break ours
            stack.push_async_exit(self.teardown)
            await self.setup()
            loops = await stack.enter_async_context(anyio.create_task_group())
            every = PREFECT_WORKER_QUERY_SECONDS.value()
            loops.start_soon(self._again, self.get_and_submit_flow_runs, every)
            loops.start_soon(self._again, self._sync_and_initialize, self.heartbeat_interval_seconds)

    def end(self) -> None:
        """Let `start` return. For the thread of the worker's loop."""
        self._ending.set()

    @contextmanager
    def _at_work(self) -> Iterator[Carrying]:
        if not _composes:
            raise FlowError("the worker has no surroundings; start it with `casewright worker`")
        with _composes[0]() as given:
            pool, module = self._work_pool_name, given.module
            self._carrying = Carrying(given.runtime, given.plans, pool, module, given.changed)
            self._carrying.start()
            try:
                yield self._carrying
            finally:
                self._carrying.stop(GRACE)

    async def _again(self, work: Callable[[], Awaitable[Any]], every: float) -> None:
        while True:
            try:
                await work()
            except (httpx.HTTPError, TimeoutError) as error:
                log.warning("Prefect's API does not answer: %s", type(error).__name__)
            except Exception as error:  # one turn must not end the others
                log.exception("polling Prefect failed: %s", type(error).__name__)
            await anyio.sleep(every)

    async def run(
        self,
        flow_run: FlowRun,
        configuration: BaseJobConfiguration,
        task_status: anyio.abc.TaskStatus[int] | None = None,
    ) -> CasewrightWorkerResult:
        """Run a flow run that was found in the pool."""
        del configuration
        if self._carrying is None:
            raise FlowError("the worker has not begun")
        entrypoint = None
        if flow_run.deployment_id is not None:
            entrypoint = (await self.client.read_deployment(flow_run.deployment_id)).entrypoint
        job = self._carrying.run(flow_run, entrypoint)
        if task_status is not None:
            task_status.started(0)
        await asyncio.wrap_future(job.outcome)
        return CasewrightWorkerResult(status_code=0, identifier=str(flow_run.id))


def _leave() -> None:
    """End at once: leases are given back or run out, so nothing is lost. What kept it is said, for who looks
    into it.
    """
    log.warning("the worker did not end in time; it is ended")
    faulthandler.dump_traceback()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)


def _kinds(error: BaseException) -> str:
    """The types of an error's parts; their texts could say anything."""
    if isinstance(error, BaseExceptionGroup):
        return ", ".join(_kinds(each) for each in error.exceptions)
    return type(error).__name__
