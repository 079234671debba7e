"""What a fault costs: the instance it belongs to asks a person, its neighbours notice nothing, and the
database's own troubles are nobody's incident (engine.md R2.6, R2.7)."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from engine_faults import FAULTS, breaks, doubles_a_key, trouble
from engine_world import World, step
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from definitions.arguments import Clock
from definitions.schema import Retry
from flows.limits import Limits
from flows.timers import tick
from flows.versions import Plans
from models import InstanceStatus, TaskKind
from tasks.call import Call


@pytest.mark.parametrize("place", range(5))
@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_at_any_place_of_a_batch_is_found_and_stays_alone(
    fault: Callable[[Call], None], place: int, world: World
) -> None:
    world.publish(step("fragile", "risky", 0), step("say", "after", 1, implied="risky"))
    ids = sorted(world.start(5))
    bad = ids.pop(place)
    world.trouble.acts[bad] = fault
    report = world.run(bad, *ids)
    assert [failure.instance_id for failure in report.failures] == [bad]
    assert world.written() == dict.fromkeys(ids, 1)
    assert {world.instance(each).status for each in ids} == {InstanceStatus.COMPLETED}
    assert world.statuses(bad) == {"risky": "incident"}
    (task,) = world.tasks(TaskKind.INCIDENT)
    assert (task.instance_id, world.wakes()) == (bad, [])


@pytest.mark.parametrize("fault", FAULTS)
def test_every_instance_of_a_batch_can_be_at_fault(fault: Callable[[Call], None], world: World) -> None:
    world.publish(step("fragile", "risky", 0))
    ids = world.start(5)
    world.trouble.acts.update(dict.fromkeys(ids, fault))
    assert len(world.run(*ids).failures) == 5
    assert (len(world.tasks(TaskKind.INCIDENT)), world.written()) == (5, {})


def test_a_refused_record_is_named_without_its_values(world: World) -> None:
    world.publish(step("fragile", "risky", 0))
    (instance,) = world.start()
    world.trouble.acts[instance] = doubles_a_key
    (failure,) = world.run(instance).failures
    assert (failure.code, failure.message) == (
        "constraint",
        "the database refused the step's records (IntegrityError)",
    )


# -- the database's own troubles


def test_a_trouble_of_the_database_is_tried_again_and_is_no_incident(world: World) -> None:
    world.publish(step("fragile", "risky", 0))
    ids = world.start(3)
    times = [2]

    def now_and_then(call: Call) -> None:
        times[0] -= 1
        if times[0] >= 0:
            raise trouble()

    world.trouble.acts[ids[1]] = now_and_then
    assert world.run(*ids).failures == []
    assert world.written() == dict.fromkeys(ids, 1)
    assert world.tasks(TaskKind.INCIDENT) == []


def test_a_real_statement_that_the_database_cannot_do_aborts_the_transaction_only(world: World) -> None:
    world.publish(step("fragile", "risky", 0))
    (instance,) = world.start()
    fired: list[str] = []

    def asks_a_table_that_is_gone(call: Call) -> None:
        if not fired:
            fired.append("once")
            call.session.execute(text("SELECT * FROM not_there"))

    world.trouble.acts[instance] = asks_a_table_that_is_gone
    assert world.run(instance).failures == []
    assert world.written() == {instance: 1}


def test_a_connection_lost_after_the_commit_repeats_nothing(world: World) -> None:
    world.publish(step("fragile", "one", 0), step("fragile", "two", 1, implied="one"), step("ask", "last", 2))
    ids = world.start(2)
    for turn in range(
        1, 4
    ):  # each of the pass's three transactions in turn; the next instance comes after it
        left = [turn]

        def reach(point: str, left: list[int] = left) -> None:
            left[0] -= point == "step.after_commit"
            if left[0] == 0:
                left[0] = -1
                raise trouble()

        world.set(reach=reach)
        ids += world.start()
        world.run(*ids)
    world.set(reach=lambda point: None)
    world.run_all()
    assert world.written() == dict.fromkeys(ids, 2)
    assert len(world.tasks()) == len(ids)
    assert world.tasks(TaskKind.INCIDENT) == []


def test_after_the_last_try_the_pass_fails_and_the_wakes_stay(world: World) -> None:
    world.publish(step("fragile", "risky", 0))
    ids = world.start(2)
    world.trouble.errors[ids[1]] = trouble()
    world.set(limits=Limits(infrastructure_retries=3))
    with pytest.raises(OperationalError):
        world.run(*ids)
    assert len(world.trouble.calls) == 2 * (1 + 3)
    assert {wake.instance_id for wake in world.wakes()} == set(ids)
    assert (world.tasks(TaskKind.INCIDENT), world.written()) == ([], {})
    world.trouble.errors.clear()
    world.run_all()
    assert world.written() == dict.fromkeys(ids, 1)


def test_a_trouble_while_an_incident_is_written_down_is_tried_again(world: World) -> None:
    world.publish(step("fragile", "risky", 0))
    (instance,) = world.start()
    world.trouble.acts[instance] = breaks
    left = [1]

    def reach(point: str) -> None:
        left[0] -= point == "failure.before_commit"
        if left[0] == 0:
            left[0] = -1
            raise trouble()

    world.set(reach=reach)
    assert [failure.code for failure in world.run(instance).failures] == ["no_rule"]
    assert len(world.tasks(TaskKind.INCIDENT)) == 1


def test_a_trouble_while_idle_instances_are_settled_is_tried_again(world: World) -> None:
    world.publish(step("say", "one", 0))
    ids = world.start(2)
    world.run_all()
    for each in ids:
        world.wake(each, f"late:{each}")
    left = [1]

    def reach(point: str) -> None:
        left[0] -= point == "settle.before_commit"
        if left[0] == 0:
            raise trouble()

    world.set(reach=reach)
    world.run(*ids)
    assert world.wakes() == []


def test_a_connection_lost_after_an_incident_was_written_asks_once(world: World) -> None:
    world.publish(step("fragile", "risky", 0))
    (instance,) = world.start()
    world.trouble.acts[instance] = breaks
    left = [1]

    def reach(point: str) -> None:
        left[0] -= point == "failure.after_commit"
        if left[0] == 0:
            left[0] = -1
            raise trouble()

    world.set(reach=reach)
    assert [failure.incident for failure in world.run(instance).failures] == [True]
    assert len(world.tasks(TaskKind.INCIDENT)) == 1


def test_another_try_later_counts_the_tries_of_every_pass(world: World) -> None:
    world.publish(step("fragile", "risky", 0, retry=Retry(attempts=3, wait=Clock.read("10 minutes"))))
    (instance,) = world.start()
    world.trouble.acts[instance] = breaks
    world.run_all()
    for _ in range(2):
        world.pass_time(timedelta(minutes=10))
        tick(world.runtime, Plans(world.runtime))
        world.run_all()
    assert (len(world.trouble.calls), world.statuses(instance)) == (3, {"risky": "incident"})


def test_the_worst_case_still_asks_a_person(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def cannot(*_: object) -> bool:
        raise ZeroDivisionError

    monkeypatch.setattr("flows.passes.failures.fail", cannot)
    world.publish(step("fragile", "risky", 0))
    good, bad = world.start(2)
    world.trouble.acts[bad] = breaks
    (failure,) = world.run(good, bad).failures
    told = (failure.instance_id, failure.incident, failure.message)
    assert told == (bad, True, "unexpected ZeroDivisionError")
    assert len(world.tasks(TaskKind.INCIDENT)) == 1
    assert world.written() == {good: 1}
