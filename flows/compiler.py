"""Plan -> Prefect flow: one Prefect task per step, named by its title, with the plan's edges between them.

The flow takes instance ids and nothing else; what must survive is in our tables (docs/architecture.md).
Each step of a case appears once over the flow runs of that case, as the Prefect task run in which the step
began; what people, receipts and time bring afterwards is taken in by one Prefect task per flow run,
`TAKE_IN`.
"""

import logging
from collections.abc import Callable, Collection, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from prefect import Flow, Task, allow_failure
from prefect.cache_policies import NO_CACHE
from prefect.client.orchestration import PrefectClient, get_client
from prefect.client.schemas.actions import ArtifactCreate
from prefect.client.schemas.objects import State
from prefect.context import FlowRunContext, TaskRunContext
from prefect.filesystems import LocalFileSystem
from prefect.runtime import flow_run
from prefect.settings import PREFECT_LOCAL_STORAGE_PATH
from prefect.states import Cancelled, Completed, Failed
from sqlmodel import select

from definitions.plan import Plan, PlanStep
from flows.artifacts import markdown, through
from flows.errors import FlowError
from flows.leases import Claim, adopt, claim
from flows.runner import Done, Pass, PassReport, open_pass
from flows.runtime import Runtime
from flows.steps.state import Phase, Work
from models import Carrier, DefinitionVersion

log = logging.getLogger(__name__)

TAKE_IN = "Take in answers, receipts and due dates"
"""The Prefect task that continues steps which have begun in an earlier flow run."""

TAGGED = 25
"""Batches up to this size carry their instance ids as tags, so that a case's runs are found in Prefect's
UI.
"""

_under_way: ContextVar[Pass] = ContextVar("pass under way")


@dataclass(frozen=True, slots=True)
class Carried:
    """A flow run that has ended: its Prefect id, the number of its Prefect task runs, the report of its
    pass.
    """

    run_id: str
    prefect_tasks: int
    report: PassReport


carried: ContextVar[list[Carried]] = ContextVar("carried")
"""Where a compiled flow leaves its result when it runs in process. Only the carrier sets it."""

Provider = Callable[[], Runtime]


class Stopping:
    """Says to a flow run under way that it is to end at the next step: because its process ends, or because
    somebody cancelled the run in Prefect. Its instances go on in another run.
    """

    def __init__(self) -> None:
        self.asked = False
        self.cancelled = False

    def __call__(self) -> bool:
        """Whether the pass is to stop."""
        return self.asked or self.cancelled


stopping: ContextVar[Stopping] = ContextVar("stopping")
"""Whoever runs a compiled flow may set it."""


def compile_flow(plan: Plan, runtime: Provider | None = None) -> Flow[[list[str]], Any]:
    """The Prefect flow of a plan: `await flow(instances=[...])` runs one pass over these instances.

    Its name, description and version are the definition's; its Prefect tasks are named by the steps'
    titles. `runtime` gives the engine's surroundings when the flow runs; without it, those given to
    `flows.carrier.use` are taken. A failed step's Prefect task run says the step, its file:line:column and
    the instance ids, and no personal data.
    """
    prefect_tasks = {step.id: _prefect_task(step) for step in plan.all_steps}
    take_in: Task[..., Any] = _task(
        TAKE_IN, "Continues steps that wait: answers, receipts, reminders, deadlines."
    )

    async def run(instances: list[str]) -> State[Any]:
        surroundings = (runtime or _current)()
        version_id = _version_id(surroundings, plan)
        run_id, stop = _run_id(), stopping.get(Stopping())
        with open_pass(
            surroundings,
            plan,
            version_id,
            instances,
            carrier_run_id=run_id,
            claimed=_claimed(surroundings, version_id, instances, run_id),
            stop=stop,
        ) as under_way:
            _under_way.set(under_way)
            await _carry(under_way, prefect_tasks, take_in)
        await _tell_prefect(plan, under_way, surroundings.address)
        carried.get([]).append(Carried(str(run_id), len(under_way.report.done), under_way.report))
        return _end_state(under_way.report, stop)

    run.__name__ = plan.process.replace("-", "_")
    flow: Flow[[list[str]], Any] = Flow(
        fn=run,
        name=plan.title,
        description=plan.purpose,
        version=plan.hash[:12],
        validate_parameters=False,
        persist_result=False,
        log_prints=False,
    )
    # Nothing is ever stored there. Without it each flow run asks the server for its default storage, over a
    # client of its own, which costs more than a step.
    flow.result_storage = LocalFileSystem(basepath=str(PREFECT_LOCAL_STORAGE_PATH.value()))
    return flow


def _claimed(runtime: Runtime, version_id: str, ids: Sequence[str], run_id: str | None) -> Claim | None:
    """What the dispatcher has claimed for this run, else what is still ready: the run may come late, be
    repeated, or be started by hand. None where Prefect knows no run.
    """
    if run_id is None:
        return None
    context = FlowRunContext.get()
    lease_id = context.flow_run.idempotency_key if context is not None and context.flow_run else None
    if lease_id is not None:
        taken = adopt(runtime, lease_id, holder=runtime.holder, carrier_run_id=run_id)
        if taken is not None:
            return taken
    return claim(
        runtime,
        version_id,
        ids,
        holder=runtime.holder,
        carrier=Carrier.PREFECT,
        carrier_run_id=run_id,
    )


def _task(name: str, description: str, *, tagged: bool = False) -> Task[..., Any]:
    async def work(work: Work) -> State[Any]:
        under_way = _under_way.get()
        if tagged:
            _tag(under_way.ready_for(work))
        return _step_state(under_way.do(work))

    return Task(
        fn=work,
        name=name,
        description=description,
        cache_policy=NO_CACHE,
        persist_result=False,
        log_prints=False,
    )


def _prefect_task(step: PlanStep) -> Task[..., Any]:
    return _task(step.title, describe(step), tagged=True)


def describe(step: PlanStep) -> str:
    """What Prefect says of a step's task: its kind and where it is written."""
    return f"{step.kind.name} at {step.position}"


def reported_task(title: str, description: str) -> Task[..., Any]:
    """The Prefect task under which a step is reported that was run elsewhere."""
    return _task(title, description)


async def _carry(under_way: Pass, prefect_tasks: dict[str, Task[..., Any]], take_in: Task[..., Any]) -> None:
    """Do the pass's work, each as a Prefect task that waits for those of its needs that ran in this flow
    run.
    """
    states: dict[str, State[Any]] = {}
    while (work := under_way.next()) is not None:
        count = len(under_way.report.done)
        if under_way.begins(work):
            step = under_way.plan.step(work.step)
            upstream = [allow_failure(states[need.step]) for need in step.needs if need.step in states]
            prefect_task = prefect_tasks[work.step]
            state = states[step.id] = await prefect_task(work, wait_for=upstream, return_state=True)
        else:
            state = await take_in(work, return_state=True)
        if len(under_way.report.done) == count:  # not done: Prefect or the database is in trouble
            await state.result(raise_on_failure=True)
            raise FlowError(
                f"Prefect ended the task of step `{work.step}` as {state.name} without running it"
            )


def _tag(ids: list[str]) -> None:
    """Tag the Prefect task run that is under way. Tagged from the start, it would first ask the server for
    the limits of its tags, over a client of its own, and break off when the server is busy.
    """
    context = TaskRunContext.get()
    if context is not None and len(ids) <= TAGGED:
        context.task_run.tags = ids


def _step_state(done: Done) -> State[Any]:
    """Waiting for people is not failing: it is a completed Prefect task run whose state says what it waits
    for.
    """
    if done.failures:
        return Failed(message="; ".join(str(failure) for failure in done.failures))
    if done.waiting:
        return Completed(name="Waiting", message=f"{done.waiting} of {len(done.instances)} instances wait")
    return Completed(message=f"{len(done.instances)} instances")


def _end_state(report: PassReport, stop: Stopping) -> State[Any]:
    if stop.cancelled:
        return Cancelled(message="stopped at a step's end; the instances go on in another run")
    incidents = [failure for failure in report.failures if failure.incident]
    if incidents:
        return Failed(message="; ".join(str(failure) for failure in incidents))
    return Completed(message=f"{len(report.instances)} instances")


async def _tell_prefect(plan: Plan, under_way: Pass, address: str) -> None:
    """The run's name, which a manager looks for in the dashboard, and what became of its instances."""
    run_id, report = _run_id(), under_way.report
    if run_id is None:
        return
    worked = [done.work for done in report.done if done.work.phase is not Phase.TIMER and done.work.step]
    count = len(report.instances)
    name = run_name(plan, [work.index for work in worked], count)
    table = markdown(plan, through(report), under_way.journeys(), address)
    tags = list(report.instances) if count <= TAGGED else []
    async with get_client() as client:
        await client.update_flow_run(UUID(run_id), name=name, tags=tags)
        try:
            await keep_table(client, UUID(run_id), name, table)
        except Exception as error:  # the pass is done, and the journal has it all
            log.warning("the table of flow run %s was not kept: %s", run_id, type(error).__name__)


async def keep_table(client: PrefectClient, run_id: UUID, name: str, table: str) -> None:
    """Leave a table in Markdown with a flow run. Prefect's own `create_artifact` keeps an event besides,
    which nobody looks at.
    """
    artifact = ArtifactCreate(type="markdown", description=name, data=table, flow_run_id=run_id)
    await client.request("POST", "/artifacts/", json=artifact.model_dump(mode="json", exclude_unset=True))


def run_name(plan: Plan, indexes: Collection[int], count: int) -> str:
    """The name of a flow run that was at the steps with these places in the file, for so many instances."""
    steps = _span(sorted({index + 1 for index in indexes}))
    return f"{plan.title}: {steps}, {count} {'case' if count == 1 else 'cases'}"


def _span(numbers: list[int]) -> str:
    if not numbers:
        return "no step"
    return f"step {numbers[0]}" if len(numbers) == 1 else f"steps {numbers[0]}-{numbers[-1]}"


def _run_id() -> str | None:
    found: str | None = flow_run.id
    return found


def _version_id(runtime: Runtime, plan: Plan) -> str:
    with runtime.store.read() as session:
        query = select(DefinitionVersion.id).where(
            DefinitionVersion.process == plan.process, DefinitionVersion.content_hash == plan.hash
        )
        found = session.exec(query).first()
    if found is None:
        raise FlowError(
            f"this version of `{plan.process}` is not published; publish the plan before its flow is run"
        )
    return found


def _current() -> Runtime:
    from flows.carrier import current

    return current()
