"""What a version is, and which one an instance runs (engine.md R5)."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from databases import in_memory
from sqlmodel import select
from step_bench import catalogue

from definitions import DefinitionError, Plan
from definitions.checker import check
from definitions.source import parse
from flows.dispatch import directly, run_ready, run_until_quiet
from flows.errors import NotFoundError
from flows.inbox import complete
from flows.incidents import open_incidents
from flows.instances import start
from flows.runtime import Runtime
from flows.versions import Plans, latest, publish
from models import HumanTask, Instance, InstanceStatus, StepRun
from tasks.registry import Handler, load_kinds

MONDAY = datetime(2026, 3, 2, 15, tzinfo=UTC)
TEXT = """process: greeting
title: Greeting
purpose: To be published.
owner: intake_team
steps:
  - id: hello
    title: Hello
    do: calculate
    value: {value}
  - id: look
    title: Look at it
    do: assign_task
    to: group intake_team
  - id: bye
    title: Bye
    do: calculate
    value: {value}
"""


def plan_of(value: str, process: str = "greeting") -> Plan:
    text = TEXT.replace("{value}", value).replace("process: greeting", f"process: {process}")
    plan = check(parse(text.encode(), "greeting.yaml"), catalogue()).plan
    assert plan is not None
    return plan


@pytest.fixture
def runtime() -> Iterator[Runtime]:
    with in_memory() as store:
        yield Runtime(store, load_kinds(), catalogue(), lambda: MONDAY, holder="test")


def without(runtime: Runtime, kind: str) -> Runtime:
    """The same with a program that lacks a step kind."""
    handlers: Mapping[str, Handler[Any]] = {n: each for n, each in runtime.handlers.items() if n != kind}
    kinds = {name: each for name, each in runtime.catalogue.kinds.items() if name != kind}
    return replace(runtime, handlers=handlers, catalogue=replace(runtime.catalogue, kinds=kinds))


def outputs(runtime: Runtime, instance_id: str) -> dict[str, Any]:
    with runtime.store.read() as session:
        runs = session.exec(select(StepRun).where(StepRun.instance_id == instance_id)).all()
    return {run.step: run.outputs.get("value") for run in runs if run.step != "look"}


def test_the_same_content_is_the_same_version_and_another_gets_the_next_number(runtime: Runtime) -> None:
    first, again, other = (publish(runtime, plan_of(value), by="test") for value in ("1", "1", "2"))
    assert (first.id, first.number) == (again.id, 1)
    assert (other.number, other.id == first.id) == (2, False)
    back = publish(runtime, plan_of("1"), by="test")
    assert back.id == first.id


def test_versions_of_each_process_are_counted_apart(runtime: Runtime) -> None:
    publish(runtime, plan_of("1"), by="test")
    assert publish(runtime, plan_of("1", "farewell"), by="test").number == 1


def test_the_latest_version_is_the_one_with_the_highest_number(runtime: Runtime) -> None:
    for value in ("1", "2"):
        newest = publish(runtime, plan_of(value), by="test")
    with runtime.store.read() as session:
        assert latest(session, "greeting").id == newest.id
        with pytest.raises(NotFoundError, match="`farewell` is not published"):
            latest(session, "farewell")


def test_a_plan_that_is_built_again_has_the_same_hash(runtime: Runtime) -> None:
    plan = plan_of("1")
    version = publish(runtime, plan, by="test")
    assert Plans(runtime).of(version).hash == plan.hash == version.content_hash


def test_a_running_instance_keeps_its_version_when_a_new_one_is_published(runtime: Runtime) -> None:
    plans = Plans(runtime)
    old_plan, new_plan = plan_of("1"), plan_of("2")
    old = start(runtime, old_plan, publish(runtime, old_plan, by="test"), {}).instance
    run_until_quiet(runtime, plans)
    new = start(runtime, new_plan, publish(runtime, new_plan, by="test"), {}).instance
    run_until_quiet(runtime, plans)
    with runtime.store.read() as session:
        tasks = session.exec(select(HumanTask.id)).all()
    for task in tasks:
        complete(runtime.store, task, {}, by=None, now=MONDAY)
    run_until_quiet(runtime, plans)
    assert [set(outputs(runtime, each.id).values()) for each in (old, new)] == [{1}, {2}]
    with runtime.store.read() as session:
        assert session.get_one(Instance, old.id).version_id == old.version_id
        assert session.get_one(Instance, old.id).status is InstanceStatus.COMPLETED


def test_a_version_whose_step_kind_is_gone_is_refused_with_its_name(runtime: Runtime) -> None:
    version = publish(runtime, plan_of("1"), by="test")
    with pytest.raises(DefinitionError, match="the step kind `assign_task` is not installed"):
        Plans(without(runtime, "assign_task")).of(version)


def test_a_version_that_cannot_run_here_asks_a_person_once_and_keeps_its_wakes(runtime: Runtime) -> None:
    greeting, other = plan_of("1"), replace_look(plan_of("1", "farewell"))
    start(runtime, greeting, publish(runtime, greeting, by="test"), {})
    alive = start(runtime, other, publish(runtime, other, by="test"), {}).instance
    poorer = without(runtime, "assign_task")
    for _ in range(3):
        run_ready(poorer, Plans(poorer), directly)
    with runtime.store.read() as session:
        ((task, instance),) = open_incidents(session)
        assert instance.process == "greeting"
        assert session.get_one(Instance, alive.id).status is InstanceStatus.COMPLETED
    assert "the step kind `assign_task` is not installed" in task.description
    run_until_quiet(runtime, Plans(runtime))
    assert set(outputs(runtime, instance.id)) == {"hello"}


def replace_look(plan: Plan) -> Plan:
    """The same process without its human task."""
    source = plan.source.replace("assign_task\n    to: group intake_team", "calculate\n    value: 3")
    found = check(parse(source.encode(), "farewell.yaml"), catalogue()).plan
    assert found is not None
    return found
