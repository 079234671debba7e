"""Deployments: each definition version that is in use has one, in a work pool.

Their names are for people (`Social work intake / v3-1a2b3c4d`), their entry point is an attribute of a module
that builds the flow from the version's row, so nothing has to lie on a worker's disk.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from prefect.client.orchestration import PrefectClient
from prefect.client.schemas.actions import WorkPoolCreate
from prefect.client.schemas.filters import (
    DeploymentFilter,
    DeploymentFilterTags,
    FlowRunFilter,
    FlowRunFilterDeploymentId,
    WorkPoolFilter,
    WorkPoolFilterName,
)
from prefect.client.schemas.filters import DeploymentFilterId as ById
from prefect.client.schemas.responses import DeploymentResponse
from prefect.exceptions import ObjectAlreadyExists, ObjectNotFound, PrefectHTTPStatusError
from prefect.workers.base import BaseWorker

from flows.errors import FlowError
from flows.versions import flow_name
from models import DefinitionVersion

TAG: Final = "casewright"
"""Every deployment and run of ours has it."""

MISSING: Final = 404
"""HTTP: there is no such thing."""

PARAMETERS: Final[Mapping[str, Any]] = {
    "title": "Parameters",
    "type": "object",
    "properties": {
        "instances": {
            "title": "instances",
            "description": "Ids of the instances that are run as far as they go.",
            "type": "array",
            "items": {"type": "string"},
            "position": 0,
        }
    },
    "required": ["instances"],
}


@dataclass(frozen=True, slots=True)
class Deployment:
    """What was done about one deployment: `created`, `kept`, `removed`, or `still has runs`."""

    flow: str
    name: str
    id: UUID
    done: str


@dataclass(frozen=True, slots=True)
class Deployed:
    """What was done about pool and deployments."""

    pool: str
    pool_type: str
    pool_created: bool
    deployments: tuple[Deployment, ...]


def deployment_name(version: DefinitionVersion) -> str:
    """`v3-1a2b3c4d`: the number for people, the hash so that two databases never share one."""
    return f"v{version.number}-{version.content_hash[:8]}"


class Deployments:
    """The deployments of one pool, as one thread knows them. `module` is where Prefect finds the flows."""

    def __init__(self, pool: str, module: str) -> None:
        self.pool = pool
        self._module = module
        self._known: dict[str, UUID] = {}

    async def of(self, client: PrefectClient, version: DefinitionVersion) -> UUID:
        """The id of a version's deployment, which is made where it does not exist."""
        known = self._known.get(version.content_hash)
        if known is None:
            known = self._known[version.content_hash] = await self.make(client, version)
        return known

    async def make(self, client: PrefectClient, version: DefinitionVersion) -> UUID:
        """Make or bring up to date the deployment of a version, and the pool where there is none yet."""
        try:
            return await self._make(client, version)
        except PrefectHTTPStatusError as error:
            if error.response.status_code != MISSING:
                raise
            await ensure_pool(client, self.pool, None)
            return await self._make(client, version)

    async def _make(self, client: PrefectClient, version: DefinitionVersion) -> UUID:
        name = flow_name(version)
        flow_id = await client.create_flow_from_name(version.title)
        return await client.create_deployment(
            flow_id=flow_id,
            name=deployment_name(version),
            version=version.content_hash[:12],
            description=f"{version.title}, version {version.number}, published by {version.published_by}",
            work_pool_name=self.pool,
            entrypoint=f"{self._module}:{name}",
            parameter_openapi_schema=dict(PARAMETERS),
            enforce_parameter_schema=False,
            tags=[TAG, f"v{version.number}"],
        )

    async def again(self, client: PrefectClient, version: DefinitionVersion) -> UUID:
        """The id of a version's deployment that somebody removed meanwhile: it is made anew."""
        self._known.pop(version.content_hash, None)
        return await self.of(client, version)

    def ours(self, entrypoint: str | None) -> bool:
        """Whether an entry point is one of these flows."""
        return entrypoint is not None and entrypoint.startswith(f"{self._module}:")


async def ensure_pool(client: PrefectClient, name: str, kind: str | None) -> tuple[str, bool]:
    """The type of the pool, which is made with type `kind` where it does not exist, and whether it was made.

    FlowError when it exists with another type than `kind`.
    """
    import flows.worker  # noqa: F401  (brings the worker type `casewright`)

    worker: Any = BaseWorker.get_worker_class_from_type(kind or "casewright")
    if worker is None:
        raise FlowError(f"Prefect has no worker type `{kind}` here; install what brings it")
    template = worker.get_default_base_job_template()
    pool = WorkPoolCreate(name=name, type=worker.type, base_job_template=template)
    try:
        made = await client.create_work_pool(work_pool=pool)
    except ObjectAlreadyExists:
        present = await client.read_work_pool(name)
        if kind is not None and present.type != kind:
            raise FlowError(
                f"the work pool `{name}` has type {present.type}, not {kind}; name another pool"
            ) from None
        return present.type, False
    return made.type, True


async def deploy(
    client: PrefectClient,
    deployments: Deployments,
    versions: Sequence[DefinitionVersion],
    used: Collection[str],
    kind: str | None = None,
) -> Deployed:
    """Bring pool and deployments in step with these versions. One that is of no use any more is removed,
    unless Prefect still has runs of it. `used` are the content hashes of versions with instances that have
    not ended.
    """
    pool_type, created = await ensure_pool(client, deployments.pool, kind)
    present = await _present(client, deployments)
    done: list[Deployment] = []
    for version in versions:
        deployment_id = await deployments.make(client, version)
        verb = "kept" if deployment_id in present else "created"
        done.append(Deployment(version.title, deployment_name(version), deployment_id, verb))
    wanted = {each.id for each in done}
    idle = [old for old in present.values() if old.id not in wanted and not _in_use(old, used)]
    done += [await _remove(client, old) for old in idle]
    return Deployed(deployments.pool, pool_type, created, tuple(done))


async def _present(client: PrefectClient, deployments: Deployments) -> dict[UUID, DeploymentResponse]:
    found: dict[UUID, DeploymentResponse] = {}
    while True:
        page = await client.read_deployments(
            work_pool_filter=WorkPoolFilter(name=WorkPoolFilterName(any_=[deployments.pool])),
            deployment_filter=DeploymentFilter(tags=DeploymentFilterTags(all_=[TAG])),
            limit=200,
            offset=len(found),
        )
        found.update((each.id, each) for each in page if deployments.ours(each.entrypoint))
        if len(page) < 200:
            return found


def _in_use(deployment: DeploymentResponse, used: Collection[str]) -> bool:
    version = deployment.version or ""
    return any(content_hash.startswith(version) for content_hash in used)


async def _remove(client: PrefectClient, old: DeploymentResponse) -> Deployment:
    flow = await client.read_flow(old.flow_id)
    runs = await client.read_flow_runs(
        deployment_filter=DeploymentFilter(id=ById(any_=[old.id])),
        flow_run_filter=FlowRunFilter(deployment_id=FlowRunFilterDeploymentId(any_=[old.id])),
        limit=1,
    )
    if runs:
        return Deployment(flow.name, old.name, old.id, "still has runs")
    try:
        await client.delete_deployment(old.id)
    except ObjectNotFound:  # another one removed it at the same time
        return Deployment(flow.name, old.name, old.id, "removed")
    return Deployment(flow.name, old.name, old.id, "removed")
