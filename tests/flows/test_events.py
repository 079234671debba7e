"""What the engine tells its observers, and that looking on harms nothing."""

import logging
from dataclasses import fields
from datetime import timedelta
from typing import Any, TypeVar, get_args, get_type_hints

import pytest
from engine_faults import breaks
from engine_world import MONDAY, World, step
from sqlalchemy.exc import OperationalError

from definitions.arguments import Clock
from definitions.schema import Retry
from flows.events import (
    Event,
    IncidentRaised,
    LeasesTakenOver,
    Observers,
    PassBegan,
    PassEnded,
    Retried,
    StepDone,
    TimersFired,
    TransactionRepeated,
)
from flows.leases import claim
from flows.timers import tick
from flows.versions import Plans
from models import InstanceStatus, Timer, TimerPurpose

T = TypeVar("T")
MINUTE = timedelta(minutes=1)
AGAIN = Retry(attempts=2, wait=Clock.read("10 minutes"))


def watched(world: World) -> list[Event]:
    """The events of the world from now on."""
    told: list[Event] = []
    world.set(observe=Observers(told.append))
    return told


def only(told: list[Event], kind: type[T]) -> list[T]:
    return [each for each in told if isinstance(each, kind)]


def test_a_pass_tells_its_beginning_each_step_once_for_the_whole_batch_and_its_end(world: World) -> None:
    world.publish(step("say", "one", 0), step("ask", "two", 1, implied="one"))
    ids, told = world.start(3), watched(world)
    world.run(*ids)
    began, one, two, ended = told
    assert isinstance(began, PassBegan)
    assert (began.process, began.instances) == ("test", 3)
    assert isinstance(one, StepDone)
    assert (one.step, one.kind, one.begins, one.instances, one.waiting) == ("one", "say", True, 3, 0)
    assert isinstance(two, StepDone)
    assert (two.step, two.kind, two.instances, two.waiting) == ("two", "ask", 3, 3)
    assert isinstance(ended, PassEnded)
    assert (ended.instances, ended.steps, ended.failures, ended.broke) == (3, 2, 0, "")
    assert {began.pass_id, one.pass_id, two.pass_id} == {ended.pass_id}


def test_an_answer_is_a_step_that_goes_on_and_does_not_begin(world: World) -> None:
    world.publish(step("ask", "question", 0))
    (instance,) = world.start()
    world.run(instance)
    world.complete_tasks(instance)
    told = watched(world)
    world.run(instance)
    assert [(each.step, each.begins) for each in only(told, StepDone)] == [("question", False)]


def test_a_claim_that_gets_nothing_is_not_told_as_a_pass(world: World) -> None:
    world.publish(step("ask", "question", 0))
    (instance,) = world.start()
    world.run(instance)
    told = watched(world)
    world.run(instance)
    assert told == []


def test_a_steps_own_error_is_told_as_a_retry_and_then_as_an_incident(world: World) -> None:
    world.publish(step("fragile", "risky", 0, retry=AGAIN))
    (instance,) = world.start()
    world.trouble.acts[instance] = breaks
    told = watched(world)
    world.run(instance)
    world.pass_time(10 * MINUTE)
    tick(world.runtime, Plans(world.runtime))
    world.run(instance)
    failed = [each for each in told if isinstance(each, Retried | IncidentRaised)]
    assert [(type(each), each.step, each.kind, each.instance_id) for each in failed] == [
        (Retried, "risky", "fragile", instance),
        (IncidentRaised, "risky", "fragile", instance),
    ]
    assert [each.incidents for each in only(told, PassEnded)] == [0, 1]


def test_trouble_of_the_database_is_told_and_a_pass_that_it_ends_says_so(world: World) -> None:
    world.publish(step("say", "one", 0))
    (instance,) = world.start()
    told = watched(world)

    def gone(point: str) -> None:
        if point == "step.before_commit":
            raise OperationalError("COMMIT", None, Exception("the server closed the connection"))

    world.set(reach=gone)
    with pytest.raises(OperationalError):
        world.run(instance)
    assert {each.trouble for each in only(told, TransactionRepeated)} == {"OperationalError"}
    assert [each.broke for each in only(told, PassEnded)] == ["OperationalError"]


def test_timers_are_told_by_batch_with_the_lag_of_the_one_that_was_due_first(world: World) -> None:
    world.publish(step("ask", "question", 0))
    (instance,) = world.start()
    world.run(instance)
    with world.runtime.store.write() as session:
        for minutes in (1, 4):
            session.add(
                Timer(
                    purpose=TimerPurpose.REMIND,
                    key=f"{minutes}",
                    due_at=MONDAY + minutes * MINUTE,
                    created_at=MONDAY,
                    instance_id=instance,
                )
            )
    told = watched(world)
    world.pass_time(5 * MINUTE)
    tick(world.runtime, Plans(world.runtime))
    assert told == [TimersFired(2, 240.0)]


def test_instances_of_a_carrier_that_stopped_renewing_are_told_when_another_takes_them(world: World) -> None:
    world.publish(step("ask", "question", 0))
    ids = world.start(2)
    assert world.version is not None
    claim(world.runtime, world.version.id, ids, holder="lost")
    told = watched(world)
    world.pass_time(2 * world.runtime.limits.lease)
    world.run(*ids)
    assert only(told, LeasesTakenOver) == [LeasesTakenOver(2)]


def test_an_observer_that_fails_is_logged_once_and_harms_neither_steps_nor_other_observers(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.publish(step("say", "one", 0), step("say", "two", 1, implied="one"))
    (instance,) = world.start()
    told: list[Event] = []

    def broken(event: Event) -> None:
        raise ValueError("no room for figures")

    world.set(observe=Observers(broken, told.append))
    with caplog.at_level(logging.ERROR):
        world.run(instance)
    assert world.instance(instance).status is InstanceStatus.COMPLETED
    assert len(told) == 4
    assert [record.message for record in caplog.records if "broken" in record.message] == [
        "observer test_an_observer_that_fails_is_logged_once_and_harms_neither_steps_nor_other_observers"
        ".<locals>.broken failed: ValueError"
    ]


@pytest.mark.parametrize("kind", get_args(Event))
def test_an_event_has_room_for_ids_names_and_numbers_only(kind: Any) -> None:
    allowed = {str, bool, int, float, str | None}
    hints = get_type_hints(kind)
    assert {hints[each.name] for each in fields(kind)} <= allowed
    assert kind.__dataclass_params__.frozen
