"""The critical lane (engine.md R3.2, R3.3): what it takes, what it leaves, and from whom."""

from collections.abc import Callable
from threading import Thread

import pytest
from engine_world import KnownPlans, World, step
from sqlmodel import select

from definitions.plan import Input
from definitions.types import Text
from flows.critical import CriticalLane
from flows.dispatch import Dispatcher
from flows.leases import claim
from flows.runner import open_pass
from flows.waking.courtesy import Courtesy
from models import Carrier, InstanceStatus, Lease, StepStatus, WakeKind

DANGER = Input("danger", "Danger", Text(), required=True)


def lane_of(world: World, **told: Callable[[], None]) -> CriticalLane:
    return CriticalLane(world.runtime, KnownPlans(world), Courtesy(), **told)


def run(world: World, **told: Callable[[], None]) -> int:
    """One turn of a lane, waited for."""
    lane = lane_of(world, **told)
    found = lane.turn()
    lane.finish()
    return found


def asked(
    world: World, *, when: str | None = 'inputs.danger is "yes"', danger: str = "yes", count: int = 1
) -> list[str]:
    """Instances that wait for an answer; an alert is to follow it."""
    alert = step("say", "alert", 1, needs=["question"], critical=True, when=when)
    world.publish(step("ask", "question", 0), alert, inputs=(DANGER,))
    ids = world.start(count, danger=danger)
    world.run_all()
    return ids


def test_an_answer_that_makes_a_critical_step_ready_is_run_at_once(world: World) -> None:
    (instance,) = asked(world)
    world.complete_tasks(instance)
    done: list[str] = []
    assert run(world, sent=lambda: done.append("sent")) == 1
    assert world.statuses(instance) == {"question": "completed", "alert": "completed"}
    assert done == ["sent"]
    assert world.wakes() == []


def test_where_the_condition_does_not_hold_the_wake_is_left_to_ordinary_passes(world: World) -> None:
    (instance,) = asked(world, danger="no")
    world.complete_tasks(instance)
    dispatcher = Dispatcher(world.runtime, KnownPlans(world))
    assert dispatcher.take() is None  # nobody has looked yet
    told: list[str] = []
    assert run(world, judged=lambda: told.append("judged")) == 0
    assert told == ["judged"]
    taken = dispatcher.take()
    assert taken is not None
    assert taken.instances == (instance,)


def test_a_start_that_makes_no_critical_step_ready_needs_no_look(world: World) -> None:
    world.publish(step("ask", "question", 0), step("say", "alert", 1, needs=["question"], critical=True))
    (instance,) = world.start()
    taken = Dispatcher(world.runtime, KnownPlans(world)).take()
    assert taken is not None
    assert taken.instances == (instance,)


def test_a_critical_first_step_is_run_at_once(world: World) -> None:
    world.publish(step("say", "alert", 0, critical=True), step("ask", "question", 1, implied="alert"))
    (instance,) = world.start()
    assert Dispatcher(world.runtime, KnownPlans(world)).take() is None
    assert run(world) == 1
    assert world.statuses(instance)["alert"] == "completed"


def test_a_condition_that_cannot_be_evaluated_counts_as_holding(world: World) -> None:
    (instance,) = asked(world, when="1 / 0 > 1")
    world.complete_tasks(instance)
    assert run(world) == 1


def test_what_is_only_known_when_the_form_is_taken_in_is_decided_by_the_ordinary_pass(world: World) -> None:
    (instance,) = asked(world, when='question.task is not "nobody"')
    world.complete_tasks(instance)
    assert run(world) == 0
    world.run_all()
    assert world.statuses(instance)["alert"] == "completed"


def test_the_lane_takes_an_instance_away_from_a_carrier_that_has_it(world: World) -> None:
    """A batch that was dispatched, or runs, may take long; its fence is gone and it leaves the rest alone."""
    instance, other = asked(world, count=2)
    world.complete_tasks(instance)
    world.complete_tasks(other)
    assert world.version is not None
    assert world.plan is not None
    claimed = claim(
        world.runtime, world.version.id, [instance, other], holder="batch", carrier=Carrier.PREFECT
    )
    assert len(claimed.fences) == 2
    with open_pass(world.runtime, world.plan, world.version.id, [], claimed=claimed) as under_way:
        work = under_way.next()
        assert work is not None
        assert run(world) == 2
        under_way.do(work)
        assert under_way.next() is None
    assert [world.runs(each)["alert", ""].attempt for each in (instance, other)] == [1, 1]
    assert world.wakes() == []


def test_of_two_lanes_one_runs_it(world: World) -> None:
    (instance,) = asked(world)
    world.complete_tasks(instance)
    first, second = lane_of(world), lane_of(world)
    first.turn()
    second.turn()
    first.finish()
    second.finish()
    assert world.runs(instance)["alert", ""].attempt == 1
    assert world.wakes() == []


def test_a_held_instance_still_raises_its_alert(world: World) -> None:
    (instance,) = asked(world)
    world.complete_tasks(instance)
    with world.runtime.store.write() as session:
        row = world.instance(instance)
        row.status = InstanceStatus.HELD
        run_ = world.runs(instance)["question", ""]
        run_.status = StepStatus.COMPLETED
        session.add_all([row, run_])
    assert run(world) == 1
    assert world.statuses(instance)["alert"] == "completed"


@pytest.mark.parametrize("kind", [WakeKind.RECEIPT, WakeKind.TIMER])
def test_what_a_waiting_alert_waits_for_is_critical_too(world: World, kind: WakeKind) -> None:
    world.publish(step("ask", "alert", 0, critical=True))
    (instance,) = world.start()
    assert run(world) == 1
    world.wake(instance, "it came", kind)
    assert run(world) == 1


def test_its_lease_says_what_it_was_so_that_prefect_can_be_told(world: World) -> None:
    (instance,) = asked(world)
    world.complete_tasks(instance)
    run(world)
    with world.runtime.store.read() as session:
        (lease,) = session.exec(select(Lease).where(Lease.carrier == Carrier.CRITICAL))
    assert (lease.instances, lease.closed_at) == ([instance], None)
    assert lease.released_at is not None


def test_others_give_way_while_something_critical_is_under_way(world: World) -> None:
    courtesy = Courtesy()
    ordinary = Thread(target=courtesy.give_way)
    with courtesy.first():
        ordinary.start()
        ordinary.join(0.05)
        assert ordinary.is_alive()
    ordinary.join(5)
    assert not ordinary.is_alive()
