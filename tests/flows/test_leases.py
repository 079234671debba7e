"""Leases and fences: one carrier moves an instance, whoever came last (engine.md R2.2 - R2.4)."""

import os
import threading
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from databases import on_disk, url_of
from engine_world import MONDAY, World, step, world_on
from sqlalchemy import event
from sqlalchemy.exc import OperationalError
from sqlmodel import Session, select

from flows.journal import load
from flows.leases import claim, renew
from flows.limits import Limits
from flows.steps.state import State
from models import Instance, InstanceStatus, Lease, TaskKind, open_store
from tasks.result import StepError

MINUTE = timedelta(minutes=1)
THREE = (
    step("fragile", "one", 0),
    step("fragile", "two", 1, implied="one"),
    step("fragile", "three", 2, implied="two"),
)


class Once:
    """A `reach` that does something the first (or n-th) time a point is passed, and not inside itself."""

    def __init__(self, point: str, act: Callable[[], object], turn: int = 1) -> None:
        self._point, self._act, self._left = point, act, turn

    def __call__(self, here: str) -> None:
        if here == self._point:
            self._left -= 1
            if self._left == 0:
                self._act()


def leases(world: World) -> list[Lease]:
    with world.runtime.store.read() as session:
        return list(session.exec(select(Lease)))


def test_each_claim_raises_the_fence(world: World) -> None:
    world.publish(step("ask", "question", 0))
    (instance,) = world.start()
    fences = [world.instance(instance).fence]
    for cause in ("first", "second", "third"):
        world.wake(instance, cause)
        world.run(instance)
        fences.append(world.instance(instance).fence)
    assert fences == [0, 1, 2, 3]


def test_what_a_live_lease_holds_is_not_claimed_by_another(world: World) -> None:
    world.publish(step("say", "one", 0))
    ids = world.start(2)
    assert world.version is not None
    first = claim(world.runtime, world.version.id, ids[:1], holder="first")
    second = claim(world.runtime, world.version.id, ids, holder="second")
    assert (set(first.fences), set(second.fences)) == ({ids[0]}, {ids[1]})


def test_a_claim_takes_no_more_than_a_batch(world: World) -> None:
    world.publish(step("say", "one", 0))
    world.set(limits=Limits(batch=3))
    ids = world.start(5)
    assert len(world.run(*ids).instances) == 3
    assert world.run_all() == 1
    assert {world.instance(each).status for each in ids} == {InstanceStatus.COMPLETED}


@pytest.mark.parametrize(
    ("point", "turn", "fence"),
    [
        ("claim.after_commit", 1, 2),
        ("step.after_commit", 1, 2),
        ("step.after_commit", 2, 2),
        ("step.after_commit", 3, 1),  # all is done: there is nothing left to claim
        ("settle.after_commit", 1, 1),
    ],
)
def test_what_a_fenced_out_carrier_would_write_is_dropped(
    point: str, turn: int, fence: int, world: World
) -> None:
    world.publish(*THREE)
    (instance,) = world.start()

    def second_carrier() -> None:
        world.pass_time(2 * MINUTE)
        world.run(instance)

    world.set(reach=Once(point, second_carrier, turn))
    report = world.run(instance)
    assert report.failures == []
    assert world.written()[instance] == 3
    assert {run.attempt for run in world.runs(instance).values()} == {1}
    assert (world.instance(instance).status, world.wakes()) == (InstanceStatus.COMPLETED, [])
    assert world.instance(instance).fence == fence


def test_a_fenced_out_carrier_writes_no_incident(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.publish(step("fragile", "one", 0), step("fragile", "two", 1, implied="one"))
    (instance,) = world.start()
    world.trouble.errors[instance] = StepError("late", "it failed while the lease ran out")

    def second_carrier(session: Session, fences: Mapping[str, int]) -> dict[str, State]:
        if world.trouble.errors and world.trouble.calls:  # read anew after the step had failed
            world.trouble.errors.clear()
            world.pass_time(2 * MINUTE)
            world.run(instance)
        return load(session, fences)

    monkeypatch.setattr("flows.passes.members.load", second_carrier)
    assert world.run(instance).failures == []
    assert world.statuses(instance) == {"one": "completed", "two": "completed"}
    assert world.written()[instance] == 2
    assert world.tasks(TaskKind.INCIDENT) == []


def test_an_expired_lease_that_nobody_took_lets_its_owner_go_on(world: World) -> None:
    world.publish(*THREE)
    (instance,) = world.start()
    world.set(reach=Once("step.after_commit", lambda: world.pass_time(10 * MINUTE)))
    world.run(instance)
    assert world.written()[instance] == 3
    assert world.instance(instance).status is InstanceStatus.COMPLETED
    assert world.instance(instance).fence == 1


def test_a_dead_carriers_instances_are_claimed_when_its_lease_has_run_out(world: World) -> None:
    world.publish(*THREE)
    (instance,) = world.start()
    assert world.version is not None
    claim(world.runtime, world.version.id, [instance], holder="died right after")
    assert world.run_all() == 0
    world.pass_time(world.runtime.limits.lease - timedelta(seconds=1))
    assert world.run_all() == 0
    world.pass_time(timedelta(seconds=1))
    assert world.run_all() == 1
    assert world.written()[instance] == 3


def test_a_lease_is_freed_at_the_end_of_the_pass(world: World) -> None:
    world.publish(step("ask", "question", 0))
    (instance,) = world.start()
    world.run(instance)
    (lease,) = leases(world)
    assert (lease.released_at, world.instance(instance).lease_id) == (MONDAY, None)


@pytest.mark.parametrize(
    "error", [KeyboardInterrupt(), OperationalError("UPDATE", {}, Exception("disk full"))], ids=type
)
def test_a_pass_that_breaks_off_frees_its_lease_and_keeps_its_wakes(
    error: BaseException, world: World
) -> None:
    world.publish(step("fragile", "risky", 0))
    (instance,) = world.start()
    world.trouble.errors[instance] = error
    with pytest.raises(type(error)):
        world.run(instance)
    assert [lease.released_at for lease in leases(world)] == [MONDAY]
    assert len(world.wakes()) == 1
    world.trouble.errors.clear()
    assert world.run_all() == 1
    assert world.statuses(instance) == {"risky": "completed"}


def test_a_pass_with_nothing_to_claim_leaves_no_lease_behind(world: World) -> None:
    world.publish(step("ask", "question", 0))
    (instance,) = world.start()
    world.run(instance)
    world.run(instance)
    assert len(leases(world)) == 1


def test_renewing_writes_the_lease_row_and_nothing_else(world: World) -> None:
    world.publish(step("say", "one", 0))
    (instance,) = world.start()
    assert world.version is not None
    claimed = claim(world.runtime, world.version.id, [instance], holder="first")
    before = world.instance(instance)
    world.pass_time(MINUTE / 2)
    renew(world.runtime, claimed)
    (lease,) = leases(world)
    assert lease.expires_at == MONDAY + MINUTE / 2 + world.runtime.limits.lease
    assert world.instance(instance).model_dump() == before.model_dump()


def test_a_lease_is_renewed_from_another_thread_while_a_step_is_under_way(tmp_path: Path) -> None:
    with on_disk(tmp_path) as store:
        world = world_on(store)
        world.publish(step("fragile", "slow", 0), step("say", "after", 1, implied="slow"))
        (instance,) = world.start()
        renewed = threading.Event()

        def clock() -> object:
            if threading.current_thread().name.startswith("lease-"):
                renewed.set()
            return world.clock[0]

        def reach(point: str) -> None:
            if point == "step.before_commit":
                world.pass_time(MINUTE / 2)
                renewed.clear()  # from here on a renewal has waited for the step's transaction
            if point == "step.after_commit":
                assert renewed.wait(20)

        world.set(clock=clock, reach=reach, limits=Limits(renewal=timedelta(milliseconds=5)))
        world.run(instance)
        assert world.instance(instance).status is InstanceStatus.COMPLETED
        assert leases(world)[0].expires_at >= MONDAY + MINUTE / 2 + world.runtime.limits.lease


def test_two_processes_share_a_database_and_do_each_step_once(tmp_path: Path) -> None:
    with on_disk(tmp_path) as store:
        world = world_on(store)
        world.publish(*THREE)
        ids, url = world.start(30), url_of(store)
    ready_to_go, go = os.pipe()
    children = [_child(world, url, ready_to_go) for _ in range(2)]
    os.write(go, b"go")
    assert [os.waitpid(child, 0)[1] for child in children] == [0, 0]
    with open_store(url) as store:
        after = world_on(store)
        assert after.written() == dict.fromkeys(ids, 3)
        assert after.wakes() == []
        with store.read() as session:
            assert {row.status for row in session.exec(select(Instance))} == {InstanceStatus.COMPLETED}


def _child(world: World, url: str, starting_gun: int) -> int:
    """A process that runs whatever is ready, two instances at a time, until nothing is."""
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        os.read(starting_gun, 1)
        with open_store(url) as store:
            own = world_on(store, limits=Limits(batch=2))
            own.plan, own.version = world.plan, world.version
            for _ in range(100):
                own.run_all()
            code = 0
    finally:
        os._exit(code)


@pytest.mark.sqlite("asks for its plan")
def test_a_claim_reads_the_instances_that_it_asks_for_and_no_others(world: World) -> None:
    """However many wait, a claim must not read them all: on SQLite it holds the write lock meanwhile."""
    world.publish(step("ask", "question", 0))
    ids = world.start(30)
    assert world.version is not None
    plans: list[str] = []

    def explain(connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if statement.startswith("SELECT instances.id, instances.fence"):
            raw = connection.connection.driver_connection
            plans.extend(str(row[3]) for row in raw.execute(f"EXPLAIN QUERY PLAN {statement}", parameters))

    event.listen(world.runtime.store.engine, "before_cursor_execute", explain)
    assert len(claim(world.runtime, world.version.id, ids, holder="test").fences) == 30
    assert plans[0] == "SEARCH instances USING INDEX sqlite_autoindex_instances_1 (id=?)"
