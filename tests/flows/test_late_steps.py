"""On SQLite a step is computed before its transaction is the writer; what others do meanwhile counts."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from databases import fresh_url
from engine_world import MONDAY, World, step, world_on
from sqlmodel import select

from flows.events import Event, Observers, TransactionRepeated
from flows.inbox.case.holding import hold
from flows.leases import claim
from models import (
    Carrier,
    HumanTask,
    InstanceStatus,
    Timer,
    TimerPurpose,
    open_store,
)
from tasks.call import Call

pytestmark = pytest.mark.sqlite("on PostgreSQL a step locks its instances from the start")


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A world in a file: others can write to it while a step is computed."""
    with open_store(fresh_url(tmp_path)) as store:
        store.create_tables()
        yield world_on(store)


def once(act: Callable[[], object]) -> Callable[[Call], None]:
    """Do it the first time that the step is computed."""
    left = [act]

    def acting(_call: Call) -> None:
        if left:
            left.pop()()

    return acting


def repeated(world: World) -> list[str]:
    """From now on: what made transactions be done again."""
    seen: list[str] = []

    def look(event: Event) -> None:
        if isinstance(event, TransactionRepeated):
            seen.append(event.trouble)

    world.set(observe=Observers(look))
    return seen


def written_by_another(world: World, task: str) -> bool:
    """Whether somebody else can write to the task at once."""
    path = world.runtime.store.engine.url.database
    with closing(sqlite3.connect(str(path), timeout=0, isolation_level=None)) as other:
        try:
            other.execute("UPDATE human_tasks SET revision = revision + 1 WHERE id = ?", (task,))
        except sqlite3.OperationalError:
            return False
        return True


def taken_over(world: World, instance: str) -> object:
    assert world.version is not None
    return claim(world.runtime, world.version.id, [instance], holder="lane", carrier=Carrier.CRITICAL)


@pytest.mark.parametrize("flushes", [False, True], ids=["at the end", "inside the step"])
def test_what_was_computed_for_an_instance_that_another_carrier_took_is_undone(
    world: World, flushes: bool
) -> None:
    world.publish(step("fragile", "risky", 0))
    mine, theirs = world.start(2)
    seen = repeated(world)

    def act(call: Call) -> None:
        taken(call)
        if flushes:
            call.session.flush()

    taken = once(lambda: taken_over(world, theirs))
    world.trouble.acts[theirs] = act
    report = world.run(mine, theirs)
    assert (report.failures, seen) == ([], ["FencedError"])
    assert world.written() == {mine: 1}
    assert (world.statuses(mine), world.statuses(theirs)) == ({"risky": "completed"}, {})


def test_an_instance_that_is_held_while_its_step_is_computed_is_left(world: World) -> None:
    world.publish(step("fragile", "risky", 0))
    (instance,) = world.start()

    def held() -> None:
        hold(world.runtime, instance, reason="wait", by=None, now=MONDAY, plan_of=lambda _: world.plan)

    world.trouble.acts[instance] = once(held)
    assert world.run(instance).failures == []
    assert world.instance(instance).status is InstanceStatus.HELD
    assert (world.written(), world.statuses(instance)) == ({}, {})


def test_an_answer_that_comes_while_the_step_is_computed_is_for_the_next_pass(world: World) -> None:
    world.publish(step("fragile", "risky", 0))
    (instance,) = world.start()
    world.trouble.acts[instance] = once(lambda: world.wake(instance, "answered meanwhile"))
    assert world.run(instance).failures == []
    assert [wake.cause_key for wake in world.wakes()] == ["answered meanwhile"]
    assert world.written() == {instance: 1}


def test_a_step_that_was_overtaken_looks_again_and_is_no_incident(world: World) -> None:
    """Its handler asks whether the row is there, then writes it; another transaction does so in between."""
    world.publish(step("fragile", "risky", 0))
    (instance,) = world.start()
    looks: list[bool] = []

    def timer() -> Timer:
        return Timer(purpose=TimerPurpose.REMIND, key="once", due_at=MONDAY, created_at=MONDAY)

    def write_once(call: Call) -> None:
        with call.session.no_autoflush:  # or it would be the writer
            looks.append(call.session.exec(select(Timer.id).where(Timer.key == "once")).first() is not None)
        if len(looks) == 1:  # the other is faster
            with world.runtime.store.write() as session:
                session.add(timer())
        if not looks[-1]:
            call.session.add(timer())

    world.trouble.acts[instance] = write_once
    assert world.run(instance).failures == []
    assert looks == [False, True]
    assert world.written() == {instance: 1}


def test_a_step_that_others_got_in_the_way_of_twice_keeps_them_out(world: World) -> None:
    world.publish(step("ask", "one", 0))
    (instance,) = world.start()
    world.run(instance)
    (task,) = world.tasks()
    world.wake(instance, "look")
    seen, kept_out = repeated(world), list[bool]()

    def touched(call: Call) -> None:
        row = call.session.get_one(HumanTask, task.id)
        kept_out.append(not written_by_another(world, task.id))
        row.title = "Written by the step"

    world.trouble.on_resume[instance] = touched
    assert world.run(instance).failures == []
    assert (seen, kept_out) == (["StaleDataError"] * 2, [False, False, True])
