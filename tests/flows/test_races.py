"""What two transactions do at the same time, where PostgreSQL lets them: each sees only what is committed.

Each test leads both to the point where they could miss each other. On SQLite the second waits for the first.
"""

import threading
from collections.abc import Callable
from dataclasses import replace

import pytest
from engine_world import MONDAY, World, step
from sqlalchemy import text
from sqlmodel import col, select

from definitions.plan import Plan
from flows.instances import Started, start, start_in
from flows.versions import publish
from flows.waking.wakes import hold_still, wake_watchers
from models import (
    Case,
    CaseStatus,
    Client,
    DefinitionVersion,
    Household,
    Instance,
    Priority,
    StepRun,
    StepStatus,
    Timer,
    TimerPurpose,
    WaitsFor,
)
from tasks.call import Call
from tasks.records.cases import next_number

pytestmark = pytest.mark.postgresql("SQLite has one writer at a time")


def meanwhile(world: World, act: Callable[[], object]) -> threading.Thread:
    """A thread that acts, and has come to where it waits for a lock of ours; join it when we are done."""
    thread = threading.Thread(target=act)
    thread.start()
    waiting = text(
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    while thread.is_alive():
        with world.runtime.store.read() as session:
            if session.execute(waiting).scalar_one():
                break
    return thread


@pytest.fixture
def watcher(world: World) -> str:
    """An instance of a case; its step is about to wait for a condition."""
    world.publish(step("say", "one", 0))
    (instance,) = world.start()
    client = Client(given_name="Synthetic", family_name="Client", created_at=MONDAY)
    case = a_case("2026-000001", client)
    with world.runtime.store.write() as session:
        session.add_all([client, case])
        row = session.get_one(Instance, instance)
        row.case_id, row.client_id = case.id, client.id
    return instance


def a_case(number: str, client: Client) -> Case:
    return Case(
        number=number,
        client_id=client.id,
        status=CaseStatus.PENDING,
        received_at=MONDAY,
        created_at=MONDAY,
    )


def waiting_run(instance: str) -> StepRun:
    return StepRun(
        instance_id=instance,
        step="one",
        status=StepStatus.WAITING,
        waits_for=WaitsFor.CONDITION,
        started_at=MONDAY,
    )


def test_a_change_that_comes_while_a_step_begins_to_wait_wakes_it(world: World, watcher: str) -> None:
    row = world.instance(watcher)

    def change() -> None:
        with world.runtime.store.write() as session:
            wake_watchers(session, str(row.case_id), "changed", MONDAY)

    with world.runtime.store.write() as session:
        hold_still(session, [row])
        changing = meanwhile(world, change)
        session.add(waiting_run(watcher))
    changing.join()
    assert f"changed:{watcher}" in [wake.cause_key for wake in world.wakes()]


def test_a_step_that_asks_its_condition_during_a_change_sees_the_change(world: World, watcher: str) -> None:
    row = world.instance(watcher)
    seen: list[object] = []

    def ask() -> None:
        with world.runtime.store.write() as session:
            hold_still(session, [row])
            seen.append(session.get_one(Case, row.case_id).priority)

    with world.runtime.store.write() as session:
        session.get_one(Case, row.case_id).priority = Priority.LOW
        wake_watchers(session, str(row.case_id), "changed", MONDAY)
        asking = meanwhile(world, ask)
    asking.join()
    assert seen == [Priority.LOW]


def test_programs_that_start_together_publish_each_version_once(world: World) -> None:
    known = world.publish(step("say", "one", 0))
    plans = [replace(known, hash=digit * 64) for digit in "abc"]
    barrier = threading.Barrier(6)

    def publish_all(order: list[Plan]) -> None:
        barrier.wait()
        for plan in order:
            publish(world.runtime, plan, by="test")

    threads = [
        threading.Thread(target=publish_all, args=(order,))
        for order in (plans, plans[::-1])
        for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with world.runtime.store.read() as session:
        rows = session.exec(
            select(DefinitionVersion.number, DefinitionVersion.content_hash).order_by(
                col(DefinitionVersion.number)
            )
        ).all()
    assert [number for number, _ in rows] == [1, 2, 3, 4]
    assert {digest for _, digest in rows[1:]} == {plan.hash for plan in plans}


def test_of_two_starts_with_one_key_the_second_gets_the_first(world: World) -> None:
    plan = world.publish(step("say", "one", 0))
    version = world.version
    assert version is not None
    late: list[Started] = []

    def second() -> None:
        late.append(start(world.runtime, plan, version, {}, key="the same"))

    with world.runtime.store.write() as session:
        first = start_in(session, world.runtime, plan, version, {}, key="the same")
        starting = meanwhile(world, second)
    starting.join()
    assert [(each.instance.id, each.new) for each in (first, *late)] == [
        (first.instance.id, True),
        (first.instance.id, False),
    ]
    assert len(world.wakes()) == 1


def test_case_numbers_of_two_transactions_differ(world: World) -> None:
    numbers: list[str] = []

    def open_case() -> None:
        with world.runtime.store.write() as session:
            numbers.append(next_number(session, 2026))

    client = Client(given_name="Synthetic", family_name="Client", created_at=MONDAY)
    with world.runtime.store.write() as session:
        number = next_number(session, 2026)
        session.add(client)
        session.add(a_case(number, client))
        session.flush()
        opening = meanwhile(world, open_case)
    opening.join()
    assert (number, numbers) == ("2026-000001", ["2026-000002"])


def test_a_step_that_was_overtaken_looks_again_and_is_no_incident(world: World) -> None:
    """Its handler asks whether the row is there, then writes it; another transaction does so in between."""
    world.publish(step("fragile", "risky", 0))
    (instance,) = world.start()
    looks: list[bool] = []

    def write_once(call: Call) -> None:
        there = call.session.exec(select(Timer.id).where(Timer.key == "once")).first() is not None
        looks.append(there)
        if not looks[:-1]:  # the first time, the other is faster
            with world.runtime.store.write() as session:
                session.add(a_timer())
        if not there:
            call.session.add(a_timer())

    world.trouble.acts[instance] = write_once
    assert world.run(instance).failures == []
    assert looks == [False, True]
    assert world.statuses(instance) == {"risky": "completed"}
    with world.runtime.store.read() as session:
        assert len(session.exec(select(Household)).all()) == 1


def test_an_answer_does_not_wait_for_the_step_that_is_under_way(world: World) -> None:
    """Its wake refers to the instance that the step has locked; a plain FOR UPDATE would keep it waiting."""
    world.publish(step("say", "one", 0))
    (instance,) = world.start()
    answered: list[str] = []

    def answer(point: str) -> None:
        if point == "step.before_commit" and not answered:
            answered.append(instance)
            world.wake(instance, "answered meanwhile")

    world.set(reach=answer)
    assert world.run(instance).failures == []
    assert [wake.cause_key for wake in world.wakes()] == ["answered meanwhile"]


def a_timer() -> Timer:
    return Timer(purpose=TimerPurpose.REMIND, key="once", due_at=MONDAY, created_at=MONDAY)
