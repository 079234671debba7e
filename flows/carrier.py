"""Prefect as carrier: a pass becomes a flow run. The only module besides the compiler that talks to
Prefect.
"""

import asyncio
from collections.abc import Sequence
from typing import Any

from prefect import Flow

from definitions.plan import Plan
from flows.compiler import compile_flow, reports
from flows.errors import FlowError
from flows.runner import PassReport
from flows.runtime import Runtime
from models import DefinitionVersion

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
    """Carries passes as flow runs, in this process, one after the other. A `flows.dispatch.Carry`."""

    def __init__(self) -> None:
        self._flows: dict[str, Flow[[list[str]], Any]] = {}

    def __call__(
        self, runtime: Runtime, plan: Plan, version: DefinitionVersion, ids: Sequence[str]
    ) -> PassReport:
        """One flow run of this plan for these instances. A failed step fails the flow run, not this
        call.
        """
        use(runtime)
        flow = self._flows.get(version.content_hash)
        if flow is None:
            flow = self._flows[version.content_hash] = compile_flow(plan)
        left: list[PassReport] = []
        token = reports.set(left)
        try:
            asyncio.run(_run(flow, list(ids)))
        finally:
            reports.reset(token)
        return left[-1]


async def _run(flow: Flow[[list[str]], Any], ids: list[str]) -> None:
    await flow(instances=ids, return_state=True)
