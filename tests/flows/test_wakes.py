"""Wakes: nothing that happens while a pass runs is lost, and nothing counts twice (engine.md R2.1, R2.5)."""

import threading
from collections.abc import Callable

import pytest
from engine_world import World, step
from sqlmodel import select

from models import InstanceStatus, Wake, WakeKind

POINTS = [
    "claim.before_commit",
    "claim.after_commit",
    "step.before_handler",
    "step.after_handler",
    "settle.before_commit",
    "step.before_commit",
    "step.after_commit",
    "settle.after_commit",
    "release.before_commit",
    "release.after_commit",
]
"""Every point that a pass comes by which moves a waiting step."""

TWO_QUESTIONS = (step("ask", "one", 0), step("ask", "two", 1))
"""Each is looked at in a transaction of its own, so that something can come between the two."""


class Meanwhile:
    """A `reach` that lets another thread do something at a point. A transaction that is open there is waited
    for by the database itself; the pass goes on when the other one has committed."""

    def __init__(self, point: str, act: Callable[[], None]) -> None:
        self._point = point
        self._thread = threading.Thread(target=act)
        self.seen: list[str] = []

    def __call__(self, here: str) -> None:
        if here == self._point and here not in self.seen:
            self._thread.start()
        self.seen.append(here)
        if here.endswith("after_commit") and self._point in self.seen:
            self._thread.join(20)


@pytest.mark.parametrize("point", POINTS)
def test_an_answer_given_while_a_pass_runs_is_not_lost(point: str, world: World) -> None:
    world.publish(*TWO_QUESTIONS, step("say", "after", 2, needs=["one", "two"]))
    (instance,) = world.start()
    world.run_all()
    world.wake(instance, "something else")
    meanwhile = Meanwhile(point, lambda: world.complete_tasks(instance))
    world.set(reach=meanwhile)
    world.run(instance)
    assert point in meanwhile.seen
    world.run_all()
    assert set(world.statuses(instance).values()) == {"completed"}
    assert (world.instance(instance).status, world.wakes()) == (InstanceStatus.COMPLETED, [])


@pytest.mark.parametrize("point", [point for point in POINTS if not point.startswith("claim")])
def test_a_wake_that_came_after_the_load_is_left_for_the_next_pass(point: str, world: World) -> None:
    world.publish(*TWO_QUESTIONS)
    (instance,) = world.start()
    world.run_all()
    world.wake(instance, "first")
    world.set(reach=Meanwhile(point, lambda: world.wake(instance, "second")))
    assert len(world.run(instance).done) == 2
    assert [wake.cause_key for wake in world.wakes()] == ["second"]
    assert world.run_all() == 1
    assert world.wakes() == []


def test_a_wake_that_came_before_the_load_belongs_to_the_pass(world: World) -> None:
    world.publish(step("ask", "question", 0))
    (instance,) = world.start()
    world.set(reach=Meanwhile("claim.after_commit", lambda: world.wake(instance, "second")))
    world.run(instance)
    assert world.wakes() == []


def test_the_same_cause_wakes_once_and_two_causes_wake_twice(world: World) -> None:
    world.publish(step("ask", "question", 0))
    (instance,) = world.start()
    world.run_all()
    for cause in ("receipt:1", "receipt:1", "receipt:2"):
        world.wake(instance, cause, WakeKind.RECEIPT)
    assert sorted(wake.cause_key for wake in world.wakes()) == ["receipt:1", "receipt:2"]
    assert world.run_all() == 1


def test_a_wake_writes_no_row_but_its_own(world: World) -> None:
    world.publish(step("ask", "question", 0))
    (instance,) = world.start()
    world.run_all()
    before = world.instance(instance)
    world.wake(instance, "an answer")
    assert world.instance(instance).model_dump() == before.model_dump()


def test_wakes_of_neighbours_stay_when_one_is_settled(world: World) -> None:
    world.publish(step("ask", "question", 0))
    one, other = world.start(2)
    world.run(one)
    with world.runtime.store.read() as session:
        assert [wake.instance_id for wake in session.exec(select(Wake))] == [other]
