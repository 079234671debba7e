"""Flow runs as our leases see them: a lease's id is the idempotency key of its run."""

from collections.abc import Sequence
from uuid import UUID

from prefect.client.orchestration import PrefectClient
from prefect.client.schemas.objects import FlowRun
from prefect.exceptions import ObjectNotFound
from prefect.states import Pending, Scheduled

from flows.carrier.deployments import Deployments
from flows.carrier.line import Line
from flows.compiler import TAGGED
from flows.dispatch import Dispatched, Dispatcher


async def create_run(
    client: PrefectClient,
    deployment_id: UUID,
    lease_id: str,
    ids: Sequence[str],
    *,
    scheduled: bool,
) -> FlowRun:
    """A flow run of this deployment for these instances. Asking twice for the same lease makes one run.

    `scheduled` leaves it to any worker of the pool; else the caller runs it itself at once.
    """
    return await client.create_flow_run_from_deployment(
        deployment_id,
        parameters={"instances": list(ids)},
        state=Scheduled() if scheduled else Pending(),
        tags=list(ids) if len(ids) <= TAGGED else [],
        idempotency_key=lease_id,
    )


class Runs:
    """Makes the flow runs of dispatched batches, over one thread's line."""

    def __init__(self, line: Line, deployments: Deployments, dispatcher: Dispatcher) -> None:
        self._line = line
        self._deployments = deployments
        self._dispatcher = dispatcher

    def make(self, dispatched: Dispatched, *, scheduled: bool) -> FlowRun:
        """The flow run of a batch. Where Prefect makes none, its instances are ready again at once."""
        try:
            return self._line.ask(lambda client: self._make(client, dispatched, scheduled))
        except BaseException:
            self._dispatcher.give_back(dispatched)  # nobody carries it: it must not wait for its lease
            raise

    async def _make(self, client: PrefectClient, dispatched: Dispatched, scheduled: bool) -> FlowRun:
        version, lease_id = dispatched.version, dispatched.claim.lease_id
        ids = dispatched.instances
        try:
            known = await self._deployments.of(client, version)
            return await create_run(client, known, lease_id, ids, scheduled=scheduled)
        except ObjectNotFound:  # somebody removed the deployment
            made = await self._deployments.again(client, version)
            return await create_run(client, made, lease_id, ids, scheduled=scheduled)


def hand_over(runs: Runs, dispatcher: Dispatcher, most: int) -> int:
    """Leave what is ready to any worker of the pool, with at most so many passes under way; returns how many
    runs were made.
    """
    made = 0
    while dispatcher.under_way() < most and (dispatched := dispatcher.take()) is not None:
        runs.make(dispatched, scheduled=True)
        made += 1
    return made
