"""A plan as a Prefect flow, on Prefect's own embedded server."""

import asyncio
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from engine_world import World, step

from models import InstanceStatus
from tasks.result import StepError

pytestmark = pytest.mark.filterwarnings(
    "ignore::pytest.PytestUnraisableExceptionWarning"  # Prefect leaves sockets to its embedded server open
)


@pytest.fixture(scope="module", autouse=True)
def prefect_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A Prefect of our own, in a folder of our own."""
    home = tmp_path_factory.mktemp("prefect")
    before = dict(os.environ)
    os.environ.update(
        PREFECT_HOME=str(home),
        PREFECT_PROFILES_PATH=str(home / "profiles.toml"),
        PREFECT_SERVER_ALLOW_EPHEMERAL_MODE="true",
        PREFECT_SERVER_ANALYTICS_ENABLED="false",
        PREFECT_LOGGING_LEVEL="WARNING",
        PREFECT_SERVER_LOGGING_LEVEL="CRITICAL",
        PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS="120",  # a busy machine migrates its database slowly
        PREFECT_API_REQUEST_TIMEOUT="30",  # by default a server that has stopped is asked for six minutes
        PREFECT_CLIENT_MAX_RETRIES="1",
    )
    os.environ.pop("PREFECT_API_URL", None)
    refresh_settings()
    yield home
    os.environ.clear()
    os.environ.update(before)
    refresh_settings()


def refresh_settings() -> None:
    """Other tests of the process may have imported Prefect, which reads its settings then."""
    from prefect.context import refresh_global_settings_context

    refresh_global_settings_context()


def _api(question: Any) -> Any:
    from prefect.client.orchestration import get_client

    async def ask() -> Any:
        async with get_client() as client:
            return await question(client)

    return asyncio.run(ask())


def test_a_flow_carries_the_definitions_names_and_one_prefect_task_per_step(world: World) -> None:
    from flows.carrier import PrefectCarrier
    from flows.compiler import compile_flow

    plan = world.publish(
        step("say", "one", 0), step("ask", "two", 1, needs=["one"]), step("say", "three", 2, implied="two")
    )
    flow = compile_flow(plan)
    assert (flow.name, flow.description, flow.version) == (plan.title, plan.purpose, plan.hash[:12])
    (instance,) = world.start()
    assert world.version is not None
    with PrefectCarrier() as carry:
        carry(world.runtime, plan, world.version, [instance])
        world.complete_tasks(instance)
        carry(world.runtime, plan, world.version, [instance])
    assert world.instance(instance).status is InstanceStatus.COMPLETED
    runs = _api(lambda client: client.read_flow_runs())
    assert sorted(run.name for run in runs) == [
        "Test process: steps 1-2, 1 case",
        "Test process: steps 2-3, 1 case",
    ]
    assert {tuple(run.tags) for run in runs} == {(instance,)}
    assert all(run.parameters == {"instances": [instance]} for run in runs)
    task_runs = _api(lambda client: client.read_task_runs())
    names = sorted(run.name.rsplit("-", 1)[0] for run in task_runs)
    assert names == ["One", "Take in answers, receipts and due dates", "Three", "Two"]
    two = next(run for run in task_runs if run.name.startswith("Two"))
    one = next(run for run in task_runs if run.name.startswith("One"))
    assert [each.id for each in two.task_inputs["wait_for"]] == [one.id]
    assert two.state_name == "Waiting"


def test_a_failed_step_fails_the_flow_run_with_its_position_and_without_personal_data(world: World) -> None:
    from flows.carrier import PrefectCarrier

    plan = world.publish(step("fragile", "risky", 0), step("say", "after", 1, implied="risky"))
    good, bad = world.start(2)
    world.trouble.errors[bad] = StepError("no_rule", "the rule is missing")
    assert world.version is not None
    with PrefectCarrier() as carry:
        carry(world.runtime, plan, world.version, [good, bad])
    runs = [run for run in _api(lambda client: client.read_flow_runs()) if bad in run.tags]
    (run,) = runs
    assert run.state_type == "FAILED"
    assert run.state.message == (
        f"test.yaml:10:5: step `risky` of instance {bad}: no_rule: the rule is missing"
    )
    assert world.instance(good).status is InstanceStatus.COMPLETED


def test_a_batch_over_several_flow_runs_shows_each_step_of_each_case_once(world: World) -> None:
    from flows.carrier import PrefectCarrier

    plan = world.publish(
        step("say", "opening", 0),
        step("ask", "asking", 1, implied="opening"),
        step("say", "closing", 2, implied="asking"),
    )
    ids = world.start(3)
    assert world.version is not None
    with PrefectCarrier() as carry:
        carry(world.runtime, plan, world.version, ids)
        for answered in (ids[:2], ids[2:]):
            for each in answered:
                world.complete_tasks(each)
            carry(world.runtime, plan, world.version, answered)
    assert {world.instance(each).status for each in ids} == {InstanceStatus.COMPLETED}
    shown = [run for run in _api(lambda client: client.read_task_runs()) if set(run.tags) & set(ids)]
    names = {each: sorted(run.name.rsplit("-", 1)[0] for run in shown if each in run.tags) for each in ids}
    assert all(found == ["Asking", "Closing", "Opening"] for found in names.values())
    assert len(shown) == 4  # opening and asking for all three, closing for two and for one
    carried = {each: {run.carrier_run_id for run in world.runs(each).values()} for each in ids}
    assert [len(runs) for runs in carried.values()] == [2, 2, 2]
    assert carried[ids[0]] == carried[ids[1]] != carried[ids[2]]


def test_a_flow_run_leaves_a_table_of_where_its_instances_went(world: World) -> None:
    from prefect.client.schemas.filters import ArtifactFilter, ArtifactFilterFlowRunId

    from flows.carrier import PrefectCarrier

    world.publish(step("say", "one", 0), step("ask", "two", 1, implied="one"))
    ids = world.start(2)
    with PrefectCarrier() as carrier:
        assert world.plan is not None
        assert world.version is not None
        carrier(world.runtime, world.plan, world.version, ids)
        run_id = world.runs(ids[0])["one", ""].carrier_run_id
        only = ArtifactFilter(flow_run_id=ArtifactFilterFlowRunId(any_=[run_id]))
        (artifact,) = _api(lambda client: client.read_artifacts(artifact_filter=only))
    assert (artifact.type, artifact.key) == ("markdown", None)
    assert "| start | 1-2 | 2 Two waits for people | 2: " in artifact.data
    assert all(instance in artifact.data for instance in ids)
