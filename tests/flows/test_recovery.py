"""What Prefect still has to be told of, as the leases say it (engine.md R3.7)."""

from datetime import timedelta

from engine_world import KnownPlans, World, step

from flows.dispatch import Dispatcher
from flows.leases import adopt, claim, release
from flows.recovery import close, ended_unheard, handled_unheard, name_carrier
from flows.runner import run_pass
from models import Carrier


def dispatched(world: World) -> str:
    """The lease of a batch whose carrier has begun."""
    taken = Dispatcher(world.runtime, KnownPlans(world)).take()
    assert taken is not None
    assert adopt(world.runtime, taken.claim.lease_id, holder="worker", carrier_run_id="run") is not None
    return taken.claim.lease_id


def test_a_carrier_whose_lease_ran_out_is_taken_for_dead(world: World) -> None:
    world.publish(step("fragile", "one", 0))
    world.start()
    lease_id = dispatched(world)
    assert ended_unheard(world.runtime) == []
    world.pass_time(world.runtime.limits.lease + timedelta(seconds=1))
    (ended,) = ended_unheard(world.runtime)
    assert (ended.lease_id, ended.run_id, ended.crashed) == (lease_id, "run", True)
    close(world.runtime, [lease_id])
    assert ended_unheard(world.runtime) == []


def test_a_carrier_that_ended_is_told_of_when_it_has_not_told_it_itself(world: World) -> None:
    world.publish(step("fragile", "one", 0))
    world.start()
    taken = Dispatcher(world.runtime, KnownPlans(world)).take()
    assert taken is not None
    release(world.runtime, taken.claim)
    assert ended_unheard(world.runtime) == []  # it may be telling it right now
    world.pass_time(world.runtime.limits.renewal + timedelta(seconds=1))
    (ended,) = ended_unheard(world.runtime)
    assert ended.crashed is False


def test_incidents_of_a_carrier_are_named_with_step_and_instance_and_nothing_else(world: World) -> None:
    world.publish(step("fragile", "one", 0))
    (instance,) = world.start()
    world.trouble.errors[instance] = ValueError("Ada Example, 12 Some Street")
    assert world.plan is not None
    assert world.version is not None
    claimed = claim(world.runtime, world.version.id, [instance], holder="lane", carrier=Carrier.CRITICAL)
    run_pass(world.runtime, world.plan, world.version.id, [instance], claimed)
    (handled,) = handled_unheard(world.runtime)
    assert handled.instances == (instance,)
    (words,) = handled.failed
    assert "test.yaml:10:5: step `one` of instance" in words
    assert "Ada" not in words


def test_what_the_lane_did_is_told_with_its_steps_and_then_found_by_them(world: World) -> None:
    world.publish(step("say", "one", 0), step("ask", "two", 1, implied="one"))
    (instance,) = world.start()
    assert world.plan is not None
    assert world.version is not None
    claimed = claim(world.runtime, world.version.id, [instance], holder="lane", carrier=Carrier.CRITICAL)
    run_pass(world.runtime, world.plan, world.version.id, [instance], claimed)
    (handled,) = handled_unheard(world.runtime)
    assert [each.step for each in handled.begun] == ["one", "two"]
    assert handled.through == {instance: ["one", "two"]}
    (journey,) = handled.journeys
    assert (journey.instance_id, journey.came_from) == (instance, None)
    assert [each.step for each in journey.stands] == ["two"]
    name_carrier(world.runtime, handled, "the run")
    assert {run.carrier_run_id for run in world.runs(instance).values()} == {"the run"}
    close(world.runtime, [handled.lease_id])
    assert handled_unheard(world.runtime) == []
