"""Carrying passes as flow runs in this process, with Prefect's embedded server or one of one's own: for
commands that run to their end. Processes that live on use deployments and workers.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from contextvars import copy_context
from datetime import timedelta
from types import TracebackType
from typing import Any, Self
from uuid import UUID

from prefect import Flow
from prefect.client.orchestration import PrefectClient, get_client
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterId
from sqlmodel import select

from definitions.plan import Plan
from flows.compiler import Carried, carried, compile_flow
from flows.errors import FlowError
from flows.runner import PassReport
from flows.runtime import Runtime
from models import DefinitionVersion

PAGE = 200
"""Prefect task runs that its API gives at once."""

_given: list[Runtime] = []


def use(runtime: Runtime) -> None:
    """Say what the flows of this process run with; called once, by the composition root."""
    _given[:] = [runtime]


def current() -> Runtime:
    """What `use` was given. FlowError when a compiled flow is run before that."""
    if not _given:
        raise FlowError("a compiled flow needs its surroundings; call `flows.use(runtime)` before you run it")
    return _given[0]


class PrefectCarrier:
    """Carries passes as flow runs, in this process, one after the other. A `flows.dispatch.Carry`.

    Prefect records task runs behind the flow's back; leaving the `with` block waits until it has them all,
    since its embedded server drops what is not written when it ends. It gives up when nothing more was
    recorded for `patience`.
    """

    def __init__(self, patience: timedelta = timedelta(seconds=60)) -> None:
        self._flows: dict[str, Flow[[list[str]], Any]] = {}
        self._carried: list[Carried] = []
        self._patience = patience
        self._loop = asyncio.Runner()  # one loop for all runs: Prefect's clients are kept per loop

    def __call__(
        self, runtime: Runtime, plan: Plan, version: DefinitionVersion, ids: Sequence[str]
    ) -> PassReport:
        """One flow run of this plan for these instances. A failed step fails the flow run, not this
        call.
        """
        use(runtime)
        if not self._flows:
            self._loop.run(_register(runtime))
        flow = self._flows.get(version.content_hash)
        if flow is None:
            flow = self._flows[version.content_hash] = compile_flow(plan)
        left: list[Carried] = []
        context = copy_context()
        context.run(carried.set, left)
        state = self._loop.run(_run(flow, list(ids)), context=context)
        if not left:
            raise FlowError(f"Prefect did not run the flow `{flow.name}`: {state.name}; its log says why")
        self._carried.append(left[-1])
        return left[-1].report

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if self._carried:
                self._loop.run(self._recorded())
        finally:
            self._loop.close()

    async def _recorded(self) -> None:
        with suppress(TimeoutError):  # what Prefect shows may then be incomplete; our journal is not
            # its client would ask a server that does not answer for up to six minutes
            async with asyncio.timeout(self._patience.total_seconds()) as limit, get_client() as client:
                for each in self._carried:
                    await self._all_of(client, each, limit)
        self._carried.clear()

    async def _all_of(self, client: PrefectClient, one: Carried, limit: asyncio.Timeout) -> None:
        recorded = 0
        while (found := await _task_runs(client, one.run_id)) < one.prefect_tasks:
            if found > recorded:
                recorded = found
                limit.reschedule(asyncio.get_running_loop().time() + self._patience.total_seconds())
            await asyncio.sleep(0.1)  # Prefect offers no event for "all recorded"


async def _register(runtime: Runtime) -> None:
    """Show a flow per published process, also for those that have not run yet."""
    with runtime.store.read() as session:
        titles = session.exec(select(DefinitionVersion.title).distinct()).all()
    async with get_client() as client:
        for title in sorted(titles):
            await client.create_flow_from_name(title)


async def _run(flow: Flow[[list[str]], Any], ids: list[str]) -> Any:
    return await flow(instances=ids, return_state=True)


async def _task_runs(client: PrefectClient, run_id: str) -> int:
    """How many task runs of a flow run Prefect has in a final state."""
    seen = final = 0
    only = FlowRunFilter(id=FlowRunFilterId(any_=[UUID(run_id)]))
    while True:
        page = await client.read_task_runs(flow_run_filter=only, limit=PAGE, offset=seen)
        seen += len(page)
        final += sum(1 for run in page if run.state is not None and run.state.is_final())
        if len(page) < PAGE:
            return final
