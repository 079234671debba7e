"""The Prefect flow runs of an instance, as `casewright show` tells them."""

from collections.abc import Iterator

import pytest
from databases import in_memory
from engine_world import World, step, world_on

from flows.runner import open_pass
from flows.viewing.flow_runs import FlowRun, flow_runs
from ops.prefect_server import pages_of
from ops.settings import load_settings


@pytest.fixture
def world() -> Iterator[World]:
    with in_memory() as store:
        yield world_on(store)


def carried(world: World, instance: str, run_id: str | None) -> None:
    """One pass, carried by this flow run."""
    assert world.plan is not None
    assert world.version is not None
    with open_pass(
        world.runtime, world.plan, world.version.id, [instance], carrier_run_id=run_id
    ) as under_way:
        while (work := under_way.next()) is not None:
            under_way.do(work)


def test_each_flow_run_is_told_once_with_the_steps_that_began_in_it_and_its_page(world: World) -> None:
    world.publish(
        step("say", "one", 0), step("ask", "two", 1, implied="one"), step("say", "three", 2, implied="two")
    )
    (instance,) = world.start()
    carried(world, instance, "0a-first")
    began = world.runs(instance)["one", ""].started_at
    world.complete_tasks(instance)
    carried(world, instance, "0b-second")
    assert world.plan is not None
    with world.runtime.store.read() as session:
        found = flow_runs(session, world.plan, instance, "http://host:4200")
    assert found == (
        FlowRun("0a-first", "http://host:4200/runs/flow-run/0a-first", began, (1, 2)),
        FlowRun("0b-second", "http://host:4200/runs/flow-run/0b-second", began, (3,)),
    )


def test_what_ran_without_prefect_has_none(world: World) -> None:
    world.publish(step("say", "one", 0))
    (instance,) = world.start()
    carried(world, instance, None)
    assert world.plan is not None
    with world.runtime.store.read() as session:
        assert flow_runs(session, world.plan, instance, None) == ()


def test_pages_lie_beside_the_api_where_a_server_is_known() -> None:
    assert pages_of(load_settings({"CASEWRIGHT_HOME": "nowhere"})) is None
    known = {"CASEWRIGHT_HOME": "nowhere", "CASEWRIGHT_PREFECT_API_URL": "https://prefect.example.org/api"}
    assert pages_of(load_settings(known)) == "https://prefect.example.org"
