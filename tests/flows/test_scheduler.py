"""What the leading process does, and the others leave."""

from dataclasses import replace
from datetime import timedelta

import pytest
from engine_world import MONDAY, World, step

from flows.leadership import Standing
from flows.scheduler import Duty, Scheduler
from flows.versions import Plans
from models import Timer, TimerPurpose

HOUR = timedelta(hours=1)


@pytest.fixture
def watch() -> list[float]:
    return [0.0]


def scheduler_of(world: World, name: str, watch: list[float], *duties: Duty) -> Scheduler:
    runtime = replace(world.runtime, stopwatch=lambda: watch[0])
    return Scheduler(runtime, Plans(runtime), name, duties)


def a_timer(world: World) -> None:
    world.publish(step("ask", "question", 0))
    (instance,) = world.start()
    world.run_all()
    with world.runtime.store.write() as session:
        session.add(
            Timer(
                instance_id=instance,
                purpose=TimerPurpose.REMIND,
                key="remind",
                due_at=MONDAY + HOUR,
                created_at=MONDAY,
            )
        )


def test_only_the_leader_fires_what_is_due(world: World, watch: list[float]) -> None:
    a_timer(world)
    one, two = scheduler_of(world, "one", watch), scheduler_of(world, "two", watch)
    for each in (one, two):
        each.lead()
    assert one.fire() == 0
    world.pass_time(HOUR)
    assert (two.fire(), one.fire(), one.fire()) == (0, 1, 0)


def test_the_next_leader_fires_what_the_dead_one_left(world: World, watch: list[float]) -> None:
    a_timer(world)
    one, two = scheduler_of(world, "one", watch), scheduler_of(world, "two", watch)
    for each in (one, two):
        each.lead()
    world.pass_time(HOUR)
    watch[0] += 11
    two.lead()
    assert (one.fire(), two.fire()) == (0, 1)


def test_nothing_is_written_while_nothing_is_due(
    world: World, watch: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    a_timer(world)
    one = scheduler_of(world, "one", watch)
    one.lead()

    def refuse() -> None:
        raise AssertionError("the write lock was taken though nothing is due")

    monkeypatch.setattr(type(world.runtime.store), "write", lambda _: refuse())
    assert one.fire() == 0


def test_only_the_leader_keeps_house(world: World, watch: list[float]) -> None:
    done: list[str] = []

    def sweep(runtime: object) -> int:
        done.append("swept")
        return 3

    duty = Duty("sweep", HOUR, sweep)
    one, two = scheduler_of(world, "one", watch, duty), scheduler_of(world, "two", watch, duty)
    for each in (one, two):
        each.lead()
    assert [each.do(duty) for each in (two, one)] == [0, 3]
    assert done == ["swept"]


def test_a_change_of_the_leader_is_told_once(world: World, watch: list[float]) -> None:
    told: list[Standing] = []
    runtime = replace(world.runtime, stopwatch=lambda: watch[0])
    two = Scheduler(runtime, Plans(runtime), "two", (), told.append)
    one = scheduler_of(world, "one", watch)
    one.lead()
    for _ in range(3):
        two.lead()
    one.stop()
    for _ in range(3):
        two.lead()
    assert [(each.leader, each.mine) for each in told] == [("one", False), ("two", True)]
    assert two.standing == told[-1]


def test_stopping_gives_the_leadership_up(world: World, watch: list[float]) -> None:
    one, two = scheduler_of(world, "one", watch), scheduler_of(world, "two", watch)
    one.lead()
    one.stop()
    assert two.lead().mine
