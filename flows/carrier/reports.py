"""Telling Prefect afterwards: how carriers ended that could not say so, and what the critical lane did."""

import logging
from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from prefect.client.orchestration import PrefectClient
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterId, FlowRunFilterIdempotencyKey
from prefect.client.schemas.objects import FlowRun, State
from prefect.states import Completed, Crashed, Failed, Pending, Running

from definitions import DefinitionError, Plan
from flows.artifacts import markdown
from flows.carrier.deployments import Deployments
from flows.carrier.line import Line
from flows.compiler import TAGGED, TAKE_IN, describe, keep_table, reported_task, run_name
from flows.recovery import Begun, Ended, Handled, close, ended_unheard, handled_unheard, name_carrier
from flows.runtime import Runtime
from flows.versions import Plans
from models import StepStatus

log = logging.getLogger(__name__)

LOST: Final = "its worker died or lost its lease; the instances go on in another run"
LATE: Final = "reported afterwards: Prefect did not answer when the pass ended"


class Reporter:
    """Tells Prefect what it does not know yet, over one thread's line."""

    def __init__(self, runtime: Runtime, plans: Plans, deployments: Deployments, line: Line) -> None:
        self._runtime = runtime
        self._plans = plans
        self._deployments = deployments
        self._line = line

    def turn(self) -> int:
        """Tell it; returns how many leases were closed. PrefectAwayError leaves the rest for later."""
        ended = ended_unheard(self._runtime)
        if ended:
            self._line.ask(lambda client: _tell_ends(client, ended))
            self._runtime.reach("report.ends_told")
            close(self._runtime, [each.lease_id for each in ended])
        handled = handled_unheard(self._runtime)
        for each in handled:
            self._tell_handled(each)
        return len(ended) + len(handled)

    def _tell_handled(self, handled: Handled) -> None:
        self._runtime.reach("report.before_told")
        try:
            plan = self._plans.of(handled.version)
        except DefinitionError:  # another program ran it; it tells Prefect itself
            return
        run_id = self._line.ask(lambda client: self._report(client, plan, handled))
        self._runtime.reach("report.told")
        name_carrier(self._runtime, handled, str(run_id))
        close(self._runtime, [handled.lease_id])

    async def _report(self, client: PrefectClient, plan: Plan, handled: Handled) -> UUID:
        """A flow run with one task run per step. Telling it twice makes one, by the lease's id."""
        ids = list(handled.instances)
        run = await client.create_flow_run_from_deployment(
            await self._deployments.of(client, handled.version),
            parameters={"instances": ids},
            name=run_name(plan, [plan.step(each.step).index for each in handled.begun], len(ids)),
            state=Pending(),
            tags=["critical", *(ids if len(ids) <= TAGGED else [])],
            idempotency_key=handled.lease_id,
        )
        if run.state is not None and run.state.is_final():
            return run.id
        await client.set_flow_run_state(run.id, Running(), force=True)
        for begun in handled.begun:
            step = plan.step(begun.step)
            await _add_task(client, run, step.title, describe(step), begun.step, _state_of(begun))
        if not handled.begun:
            await _add_task(client, run, TAKE_IN, "", "", Completed(message=f"{len(ids)} instances"))
        table = markdown(plan, handled.through, handled.journeys, self._runtime.address)
        await keep_table(client, run.id, run.name, table)
        await client.set_flow_run_state(run.id, _end_of(handled), force=True)
        return run.id


async def _add_task(
    client: PrefectClient, run: FlowRun, title: str, description: str, key: str, state: State[Any]
) -> None:
    await client.create_task_run(
        reported_task(title, description), flow_run_id=run.id, dynamic_key=key, name=title, state=state
    )


def _state_of(begun: Begun) -> State[Any]:
    message = f"{len(begun.instances)} instances, begun at {begun.at:%Y-%m-%d %H:%M:%S} UTC"
    if StepStatus.INCIDENT in begun.statuses:
        return Failed(message=message)
    if StepStatus.WAITING in begun.statuses:
        return Completed(name="Waiting", message=message)
    return Completed(message=message)


def _end_of(handled: Handled) -> State[Any]:
    if handled.ended_at is None:
        return Crashed(message=LOST)
    if handled.failed:
        return Failed(message="; ".join(handled.failed))
    took = (handled.ended_at - handled.began_at).total_seconds()
    when = f"{handled.began_at:%Y-%m-%d %H:%M:%S} UTC"
    return Completed(message=f"run at once at {when}, in {took:.1f} s, and reported afterwards")


async def _tell_ends(client: PrefectClient, ended: Sequence[Ended]) -> None:
    """Give the runs of these carriers their final state, unless they have one."""
    by_lease = {each.lease_id: each for each in ended}
    by_run = {each.run_id: each for each in ended if each.run_id is not None}
    filters = [FlowRunFilter(idempotency_key=FlowRunFilterIdempotencyKey(any_=list(by_lease)))]
    if by_run:
        filters.append(FlowRunFilter(id=FlowRunFilterId(any_=[UUID(each) for each in by_run])))
    found: dict[UUID, FlowRun] = {}
    for only in filters:
        found.update((run.id, run) for run in await client.read_flow_runs(flow_run_filter=only))
    for run in found.values():
        if run.state is not None and run.state.is_final():
            continue
        carrier = by_run.get(str(run.id)) or by_lease[str(run.idempotency_key)]
        await client.set_flow_run_state(run.id, _end(carrier), force=True)


def _end(carrier: Ended) -> State[Any]:
    if carrier.crashed:
        return Crashed(message=LOST)
    if carrier.failed:
        return Failed(message="; ".join(carrier.failed))
    return Completed(message=LATE)
