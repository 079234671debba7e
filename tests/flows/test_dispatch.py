"""Bringing ready instances to a carrier (engine.md R2.1, R2.8)."""

from collections.abc import Sequence
from datetime import timedelta

from engine_world import KnownPlans, World, step

from definitions.plan import Plan
from flows.dispatch import Dispatcher, directly, ready_batches, run_ready, run_until_quiet
from flows.leases import Claim, adopt, claim
from flows.limits import Limits
from flows.runner import PassReport
from flows.runtime import Runtime
from models import Carrier, DefinitionVersion, InstanceStatus, Lease, Timer, TimerPurpose


def test_ready_is_what_has_a_wake_and_no_live_lease(world: World) -> None:
    world.publish(step("ask", "question", 0))
    idle, leased, ready = world.start(3)
    world.run(idle)
    assert world.version is not None
    claim(world.runtime, world.version.id, [leased], holder="another")
    (batch,) = ready_batches(world.runtime)
    assert (batch.instances, batch.version.id) == ((ready,), world.version.id)


def test_a_batch_is_in_id_order_and_no_longer_than_its_limit(world: World) -> None:
    world.publish(step("say", "one", 0))
    ids = world.start(5)
    world.set(limits=Limits(batch=3))
    (batch,) = ready_batches(world.runtime)
    assert batch.instances == tuple(sorted(ids)[:3])


def test_people_who_hold_or_cancel_an_instance_keep_it_from_running(world: World) -> None:
    world.publish(step("fragile", "one", 0))
    held, cancelled = world.start(2)
    with world.runtime.store.write() as session:
        for each, status in ((held, InstanceStatus.HELD), (cancelled, InstanceStatus.CANCELLED)):
            row = world.instance(each)
            row.status = status
            session.add(row)
    world.run_all()
    assert world.written() == {}
    assert [wake.instance_id for wake in world.wakes()] == [held]
    assert world.instance(cancelled).status is InstanceStatus.CANCELLED


def test_it_goes_on_until_nothing_is_due_nothing_is_ready_and_nothing_is_sent(world: World) -> None:
    world.publish(step("ask", "question", 0), step("say", "after", 1, implied="question"))
    (instance,) = world.start()
    sent = [1, 0, 0]  # a message goes out, and its answer comes at once
    told: list[int] = []

    def deliver() -> int:
        if sent[0]:
            world.complete_tasks(instance)
        return sent.pop(0)

    passes = run_until_quiet(
        world.runtime,
        KnownPlans(world),
        deliver=deliver,
        on_pass=lambda plan, report: told.append(len(report.instances)),
    )
    assert (passes, told) == (2, [1, 1])
    assert world.instance(instance).status is InstanceStatus.COMPLETED


def test_a_carrier_that_does_nothing_loses_nothing(world: World) -> None:
    """Delivery is at least once: what a carrier did not run is ready for the next one."""
    world.publish(step("fragile", "one", 0))
    ids = world.start(2)

    def lost(
        runtime: Runtime, plan: Plan, version: DefinitionVersion, instances: Sequence[str]
    ) -> PassReport:
        return PassReport(tuple(instances))

    plans = KnownPlans(world)
    assert run_ready(world.runtime, plans, lost) == 1
    assert world.written() == {}
    for _ in range(3):
        run_ready(world.runtime, plans, directly)
    assert world.written() == dict.fromkeys(ids, 1)


def test_a_timer_that_is_due_is_fired_before_the_pass(world: World) -> None:
    world.publish(step("ask", "question", 0))
    (instance,) = world.start()
    world.run_all()
    now = world.runtime.clock()
    with world.runtime.store.write() as session:
        session.add(
            Timer(
                instance_id=instance,
                step_run_id=world.runs(instance)["question", ""].id,
                purpose=TimerPurpose.DUE,
                key="due",
                due_at=now + timedelta(hours=1),
                created_at=now,
            )
        )
    assert run_until_quiet(world.runtime, KnownPlans(world)) == 0
    world.pass_time(timedelta(hours=1))
    assert run_until_quiet(world.runtime, KnownPlans(world)) == 1


def test_what_a_dispatcher_has_claimed_is_dispatched_by_nobody_else(world: World) -> None:
    world.publish(step("fragile", "one", 0))
    ids = world.start(3)
    first, second = (Dispatcher(world.runtime, KnownPlans(world)) for _ in range(2))
    taken = first.take()
    assert taken is not None
    assert taken.instances == tuple(sorted(ids))
    assert second.take() is None
    assert first.take() is None
    assert first.under_way() == 1


def test_what_nobody_carries_is_ready_again_at_once(world: World) -> None:
    world.publish(step("fragile", "one", 0))
    (instance,) = world.start()
    dispatcher = Dispatcher(world.runtime, KnownPlans(world))
    taken = dispatcher.take()
    assert taken is not None
    dispatcher.give_back(taken)
    again = dispatcher.take()
    assert again is not None
    assert again.instances == (instance,)


def test_a_carrier_that_does_not_begin_in_time_finds_its_claim_gone(world: World) -> None:
    world.publish(step("fragile", "one", 0))
    (instance,) = world.start()
    dispatcher = Dispatcher(world.runtime, KnownPlans(world))
    late = dispatcher.take()
    assert late is not None
    world.pass_time(world.runtime.limits.start)
    other = dispatcher.take()
    assert other is not None
    assert adopt(world.runtime, late.claim.lease_id, holder="late", carrier_run_id="run") is None
    taken = adopt(world.runtime, other.claim.lease_id, holder="other", carrier_run_id="run")
    assert taken is not None
    assert set(taken.fences) == {instance}


def test_a_claim_is_taken_over_once(world: World) -> None:
    world.publish(step("fragile", "one", 0))
    world.start()
    taken = Dispatcher(world.runtime, KnownPlans(world)).take()
    assert taken is not None
    lease_id = taken.claim.lease_id
    assert adopt(world.runtime, lease_id, holder="first", carrier_run_id="run") == taken.claim
    assert adopt(world.runtime, lease_id, holder="second", carrier_run_id="run") is None


def test_a_claim_whose_instances_the_critical_lane_took_is_given_back_at_once(world: World) -> None:
    world.publish(step("fragile", "one", 0))
    ids = world.start(2)
    dispatcher = Dispatcher(world.runtime, KnownPlans(world))
    taken = dispatcher.take()
    assert taken is not None
    assert world.version is not None
    lane = claim(world.runtime, world.version.id, ids, holder="lane", carrier=Carrier.CRITICAL)
    assert set(lane.fences) == set(ids)
    left = adopt(world.runtime, taken.claim.lease_id, holder="late", carrier_run_id="run")
    assert left == Claim(taken.claim.lease_id, {})
    assert dispatcher.under_way() == 0
    with world.runtime.store.read() as session:
        assert session.get_one(Lease, taken.claim.lease_id).released_at == world.runtime.clock()
    assert adopt(world.runtime, taken.claim.lease_id, holder="later", carrier_run_id="run") is None


def test_few_cases_of_another_version_don_t_wait_behind_the_many_of_one(world: World) -> None:
    world.set(limits=Limits(batch=2))
    world.publish(step("fragile", "one", 0))
    first = world.start(5)
    world.publish(step("fragile", "one", 0), step("fragile", "two", 1))
    (other,) = world.start()
    dispatcher = Dispatcher(world.runtime, KnownPlans(world))
    batches = [dispatcher.take() for _ in range(4)]
    taken = [() if each is None else each.instances for each in batches]
    one, *more = sorted(first)
    assert taken == [(one, more[0]), (other,), tuple(more[1:3]), tuple(more[3:])]
    assert dispatcher.take() is None
