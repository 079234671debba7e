"""What is due fires once, whatever the clock and other processes do (G5)."""

import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from databases import on_disk, url_of
from engine_world import MONDAY, World, step, world_on
from sqlmodel import select

from flows.faults import pass_by
from flows.limits import Limits
from flows.timers import next_due, tick
from flows.versions import Plans
from models import TaskKind, Timer, TimerPurpose, Wake, WakeKind, open_store
from tasks.timers import FreeCall

HOUR = timedelta(hours=1)


def due(world: World) -> int:
    return tick(world.runtime, Plans(world.runtime))


def a_timer(world: World, key: str, after: timedelta = HOUR, **fields: Any) -> str:
    timer = Timer(purpose=TimerPurpose.REMIND, key=key, due_at=MONDAY + after, created_at=MONDAY, **fields)
    with world.runtime.store.write() as session:
        session.add(timer)
    return timer.id


def waiting(world: World, count: int = 1) -> list[str]:
    """Instances that wait for a person."""
    world.publish(step("ask", "question", 0))
    ids = world.start(count)
    world.run_all()
    return ids


def timers(world: World) -> dict[str, Timer]:
    with world.runtime.store.read() as session:
        return {timer.key: timer for timer in session.exec(select(Timer))}


def test_a_timer_fires_when_it_is_due_and_not_before(world: World) -> None:
    (instance,) = waiting(world)
    timer = a_timer(world, "remind", instance_id=instance)
    world.pass_time(HOUR - timedelta(seconds=1))
    assert due(world) == 0
    world.pass_time(timedelta(seconds=1))
    assert due(world) == 1
    assert [(wake.kind, wake.cause_key) for wake in world.wakes()] == [(WakeKind.TIMER, f"timer:{timer}")]
    assert timers(world)["remind"].fired_at == MONDAY + HOUR


def test_ticking_twice_fires_once(world: World) -> None:
    (instance,) = waiting(world)
    a_timer(world, "remind", instance_id=instance)
    world.pass_time(HOUR)
    assert [due(world) for _ in range(3)] == [1, 0, 0]
    world.run_all()
    assert due(world) == 0
    assert world.wakes() == []


def test_a_clock_that_jumps_back_and_forth_fires_once(world: World) -> None:
    (instance,) = waiting(world)
    a_timer(world, "remind", instance_id=instance)
    fired = []
    for jump in (30 * HOUR, -30 * HOUR, HOUR, -HOUR, 400 * 24 * HOUR):
        world.pass_time(jump)
        fired.append(due(world))
        world.run_all()
    assert fired == [1, 0, 0, 0, 0]


def test_what_fell_due_while_nothing_ran_fires_once_each(world: World) -> None:
    (instance,) = waiting(world)
    for hours in (3, 1, 2):
        a_timer(world, f"after {hours}", hours * HOUR, instance_id=instance)
    world.pass_time(1000 * HOUR)
    assert due(world) == 3
    with world.runtime.store.read() as session:
        keys = session.exec(select(Wake.cause_key)).all()
    by_id = {f"timer:{timer.id}": key for key, timer in timers(world).items()}
    assert sorted(by_id[key] for key in keys) == ["after 1", "after 2", "after 3"]


def test_a_withdrawn_timer_never_fires(world: World) -> None:
    (instance,) = waiting(world)
    a_timer(world, "remind", instance_id=instance, withdrawn_at=MONDAY)
    world.pass_time(2 * HOUR)
    assert due(world) == 0


def test_next_due_is_the_earliest_timer_that_is_open(world: World) -> None:
    (instance,) = waiting(world)
    a_timer(world, "withdrawn", HOUR, instance_id=instance, withdrawn_at=MONDAY)
    a_timer(world, "later", 3 * HOUR, instance_id=instance)
    a_timer(world, "first", 2 * HOUR, instance_id=instance)
    with world.runtime.store.read() as session:
        assert next_due(session) == MONDAY + 2 * HOUR


def test_more_timers_than_one_transaction_takes_all_fire(world: World) -> None:
    (instance,) = waiting(world)
    with world.runtime.store.write() as session:
        session.add_all(
            Timer(
                instance_id=instance,
                purpose=TimerPurpose.REMIND,
                key=f"remind {number}",
                due_at=MONDAY,
                created_at=MONDAY,
            )
            for number in range(7)
        )
    world.set(limits=Limits(timer_batch=3))
    assert due(world) == 7


FAULTS: list[Callable[[FreeCall], object]] = [
    lambda call: 1 // 0,
    lambda call: call.start("not_there", {}, "key"),
    lambda call: call.session.add(
        Timer(purpose=TimerPurpose.REMIND, key="one", due_at=MONDAY, created_at=MONDAY)  # there is one
    ),
]


@pytest.mark.parametrize("fault", FAULTS, ids=["unforeseen", "unknown process", "refused"])
def test_a_timer_of_no_instance_that_fails_asks_a_person_and_stops_no_other(
    fault: Callable[[FreeCall], object], world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def handle(call: FreeCall, timer: Timer) -> None:
        if timer.key == "bad":
            fault(call)

    monkeypatch.setattr("flows.timers.handle_free_timer", handle)
    for number, key in enumerate(("one", "bad", "three")):
        a_timer(world, key, number * HOUR)
    world.pass_time(3 * HOUR)
    assert due(world) == 3
    assert due(world) == 0
    (task,) = world.tasks(TaskKind.INCIDENT)
    assert task.details["timer"] == timers(world)["bad"].id
    assert all(timer.handled_at is not None for timer in timers(world).values())


def test_two_processes_that_tick_at_once_fire_each_timer_once(tmp_path: Path) -> None:
    with on_disk(tmp_path) as store:
        world = world_on(store)
        ids = waiting(world, 5)
        for number, instance in enumerate(ids * 8):
            a_timer(world, f"remind {number}", instance_id=instance)
        url = url_of(store)
    read_end, write_end = os.pipe()
    starting_gun, go = os.pipe()
    children = [_child(url, starting_gun, write_end) for _ in range(2)]
    os.write(go, b"go")
    assert [os.waitpid(child, 0)[1] for child in children] == [0, 0]
    fired = os.read(read_end, 100).decode().split()
    assert sum(map(int, fired)) == 40
    with open_store(url) as store:
        assert len(world_on(store).wakes()) == 40


def _child(url: str, starting_gun: int, tell: int) -> int:
    """A process that ticks when the gun goes off and tells how many timers it fired."""
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        os.read(starting_gun, 1)
        with open_store(url) as store:
            world = world_on(store)
            world.pass_time(HOUR)
            os.write(tell, f"{due(world)} ".encode())
        code = 0
    finally:
        os._exit(code)


def test_a_tick_that_is_cut_off_before_its_commit_has_fired_nothing(tmp_path: Path) -> None:
    with on_disk(tmp_path) as store:
        world = world_on(store)
        (instance,) = waiting(world)
        a_timer(world, "remind", instance_id=instance)
        world.pass_time(HOUR)

        def cut_off(point: str) -> None:
            if point == "tick.before_commit":
                raise KeyboardInterrupt

        world.set(reach=cut_off)
        with pytest.raises(KeyboardInterrupt):
            due(world)
        world.set(reach=pass_by)
        assert timers(world)["remind"].fired_at is None
        assert due(world) == 1
