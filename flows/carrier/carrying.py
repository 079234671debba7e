"""Ordinary passes of one process: what is ready is claimed, becomes a Prefect run, and is run here."""

import logging
import threading
import time
from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from prefect import Flow
from prefect.client.orchestration import PrefectClient
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterId
from prefect.client.schemas.objects import FlowRun, StateType

from flows.carrier.deployments import Deployments
from flows.carrier.line import Line, PrefectAwayError
from flows.carrier.reports import Reporter
from flows.carrier.runs import Runs
from flows.carrier.slots import Job, Slots
from flows.compiler import compile_flow
from flows.dispatch import Dispatcher
from flows.recovery import close
from flows.runtime import Runtime
from flows.steps.failure import infrastructure
from flows.versions import Plans, named
from flows.waking.bells import Bell
from models import DefinitionVersion

log = logging.getLogger(__name__)

OUTAGE: Final = 2.0
"""Seconds until a Prefect or a database that did not answer is asked again."""

SLOW: Final = 30.0
"""Seconds after which a pass that has not ended counts no more: another is begun beside it. Until then none
is: one interpreter runs them all, and several at a time make smaller batches, of which each costs its own
statements and its own run in Prefect.
"""

CANCELLED: Final = (StateType.CANCELLING, StateType.CANCELLED)


class Carrying:
    """A thread that dispatches and those that run. `changed` rings when something may have become ready.

    Any number of processes may do this at once; a claim has one winner.
    """

    def __init__(self, runtime: Runtime, plans: Plans, pool: str, module: str, changed: Bell) -> None:
        self._runtime = runtime
        self._plans = plans
        self._deployments = Deployments(pool, module)
        self._pool, self._module = pool, module
        self._changed = changed
        self._dispatcher = Dispatcher(runtime, plans)
        self._flows: dict[str, Flow[[list[str]], Any]] = {}
        self._versions: dict[UUID, DefinitionVersion] = {}
        self._over = threading.Event()
        self.slots = Slots(runtime.limits.passes, self._flow_of, changed.ring)
        self._threads = [
            threading.Thread(target=work, name=name, daemon=True)
            for name, work in (
                ("dispatch", self._dispatch),
                ("cancellations", self._watch),
                ("reports", self._report),
            )
        ]

    def start(self) -> None:
        """Begin."""
        self.slots.start()
        for thread in self._threads:
            thread.start()

    def stop(self, seconds: float) -> bool:
        """End at the next step and give back what has not begun; False if not all ended in time."""
        self._over.set()
        self._changed.ring()
        return self.slots.stop(seconds)

    def run(self, run: FlowRun, entrypoint: str | None) -> Job:
        """Run a flow run that somebody else made of one of our deployments."""
        if run.deployment_id is not None and entrypoint is not None:
            with self._runtime.store.read() as session:
                self._versions[run.deployment_id] = named(session, entrypoint.rpartition(":")[2])
        return self.slots.submit(Job(run, run.idempotency_key))

    # -- dispatching

    def _dispatch(self) -> None:
        with Line() as line:
            runs = Runs(line, self._deployments, self._dispatcher)
            while not self._over.is_set():
                try:
                    if not self._dispatch_next(runs):
                        self._changed.wait(self._runtime.limits.sweep.total_seconds())
                except PrefectAwayError as error:
                    log.warning("%s; ordinary work waits", error)
                    self._over.wait(OUTAGE)
                except Exception as error:
                    if not infrastructure(error):
                        log.exception("dispatching failed: %s", type(error).__name__)
                    else:
                        log.warning("the database does not answer: %s", type(error).__name__)
                    self._over.wait(OUTAGE)

    def _dispatch_next(self, runs: Runs) -> bool:
        """Claim a batch and hand it to a slot; False when there is nothing to do, no slot is free, or a pass
        is under way: what becomes ready meanwhile can join the next batch.
        """
        if not self.slots.free or self._under_way:
            return False
        dispatched = self._dispatcher.take()
        if dispatched is None:
            return False
        run = runs.make(dispatched, scheduled=False)
        self._runtime.reach("dispatch.carried")
        if run.deployment_id is not None:
            self._versions[run.deployment_id] = dispatched.version
        self.slots.submit(Job(run, dispatched.claim.lease_id))
        return True

    @property
    def _under_way(self) -> bool:
        """Whether a pass is under way that has not lasted too long."""
        return any(time.monotonic() - job.since < SLOW for job in self.slots.jobs)

    def _flow_of(self, run: FlowRun) -> Flow[[list[str]], Any]:
        if run.deployment_id is None:
            raise LookupError(f"flow run {run.id} has no deployment")
        version = self._versions[run.deployment_id]
        flow = self._flows.get(version.content_hash)
        if flow is None:
            flow = compile_flow(self._plans.of(version), lambda: self._runtime)
            self._flows[version.content_hash] = flow
        return flow

    # -- telling Prefect what it does not know

    def _report(self) -> None:
        """Beside the runs, which say themselves how they ended as long as Prefect hears them."""
        every = self._runtime.limits.sweep.total_seconds()
        with Line() as line:
            reporter = Reporter(self._runtime, self._plans, Deployments(self._pool, self._module), line)
            while not self._over.wait(every):
                try:
                    close(self._runtime, self.slots.told())
                    reporter.turn()
                except PrefectAwayError:
                    self._over.wait(OUTAGE)
                except Exception as error:
                    known = infrastructure(error)
                    log.log(logging.WARNING if known else logging.ERROR, "reports: %s", type(error).__name__)

    # -- cancelling

    def _watch(self) -> None:
        """A run that somebody cancels in Prefect stops at its next step (engine.md R3.7)."""
        with Line() as line:
            while not self._over.wait(1.0):
                try:
                    self._look_for_cancelled(line)
                except PrefectAwayError:
                    self._over.wait(OUTAGE)
                except Exception as error:
                    log.warning("cancelled runs were not looked for: %s", type(error).__name__)

    def _look_for_cancelled(self, line: Line) -> None:
        jobs = {job.run.id: job for job in self.slots.jobs if not job.stop()}
        if jobs:
            for run_id in line.ask(lambda client: _cancelled(client, jobs)):
                jobs[run_id].stop.cancelled = True


async def _cancelled(client: PrefectClient, jobs: Mapping[UUID, Job]) -> list[UUID]:
    only = FlowRunFilter(id=FlowRunFilterId(any_=list(jobs)))
    runs = await client.read_flow_runs(flow_run_filter=only)
    return [each.id for each in runs if each.state is not None and each.state.type in CANCELLED]
