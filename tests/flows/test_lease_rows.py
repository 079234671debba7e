"""Which clock leases go by, what a claim judges again under its lock, and when lease rows go away."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from databases import chosen
from engine_world import MONDAY, World, step
from sqlalchemy import ColumnElement, func, true
from sqlmodel import Session, col, select

from flows import leases
from flows.leases import Claim, claim, clear_away, ready, release, renew
from flows.runtime import LeaseClock
from models import Carrier, Instance, Lease, UtcDateTime
from ops.duties import DUTIES

MINUTE = timedelta(minutes=1)
on_postgresql = pytest.mark.postgresql("SQLite has one writer, and no clock of its own")


@pytest.fixture
def waiting(world: World) -> World:
    """Three instances that are ready."""
    world.publish(step("ask", "question", 0))
    world.start(3)
    return world


def ids(world: World) -> list[str]:
    with world.runtime.store.read() as session:
        return list(session.exec(select(Instance.id).order_by(col(Instance.id))))


def rows(world: World) -> list[Lease]:
    with world.runtime.store.read() as session:
        return list(session.exec(select(Lease).order_by(col(Lease.id))))


def taken(world: World, *wanted: str, holder: str = "first") -> Claim:
    assert world.version is not None
    return claim(world.runtime, world.version.id, wanted, holder=holder)


# -- clocks


def test_a_virtual_clock_is_the_leases_clock_too(waiting: World) -> None:
    taken(waiting, *ids(waiting))
    (lease,) = rows(waiting)
    assert (lease.acquired_at, lease.expires_at) == (MONDAY, MONDAY + waiting.runtime.limits.lease)


@on_postgresql
def test_machines_whose_clocks_differ_agree_by_the_databases_clock(waiting: World) -> None:
    waiting.set(lease_clock=LeaseClock.DATABASE)
    claimed = taken(waiting, *ids(waiting))
    waiting.set(clock=lambda: datetime(2126, 1, 1, tzinfo=UTC))  # another machine, a hundred years ahead
    assert taken(waiting, *ids(waiting), holder="second").fences == {}
    renew(waiting.runtime, claimed)
    release(waiting.runtime, claimed)
    (lease,) = rows(waiting)
    with waiting.runtime.store.read() as session:
        now = session.exec(select(func.clock_timestamp(type_=UtcDateTime()))).one()
    assert now.tzinfo is UTC
    assert lease.released_at is not None
    assert lease.acquired_at <= lease.released_at <= now
    assert lease.expires_at <= now + waiting.runtime.limits.lease
    assert set(taken(waiting, *ids(waiting), holder="second").fences) == set(ids(waiting))


@pytest.mark.sqlite("it has no clock but the machine's")
def test_sqlite_takes_the_runtimes_clock_in_any_case(waiting: World) -> None:
    waiting.set(lease_clock=LeaseClock.DATABASE)
    taken(waiting, *ids(waiting))
    assert rows(waiting)[0].acquired_at == MONDAY


# -- claiming at the same time


@on_postgresql
def test_what_was_claimed_between_look_and_lock_is_not_claimed_again(
    waiting: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, *others = ids(waiting)
    taken(waiting, first)
    looks: list[datetime] = []

    def ready_by_an_old_snapshot(now: datetime) -> ColumnElement[bool]:
        """The statement that locks sees what was committed before the first claim."""
        looks.append(now)
        return true() if len(looks) == 1 else ready(now)

    monkeypatch.setattr(leases, "ready", ready_by_an_old_snapshot)
    assert set(taken(waiting, first, *others, holder="second").fences) == set(others)


@on_postgresql
def test_a_claim_passes_over_what_another_transaction_holds(waiting: World) -> None:
    first, *others = ids(waiting)
    with waiting.runtime.store.write() as session:
        session.exec(select(Instance).where(Instance.id == first).with_for_update(key_share=True)).one()
        assert set(taken(waiting, first, *others).fences) == set(others)


def test_of_claims_at_the_same_time_one_wins_each_instance(waiting: World) -> None:
    wanted, claimers = ids(waiting), 6
    start, won = threading.Barrier(claimers), list[Claim]()

    def claim_all() -> None:
        start.wait()
        won.append(taken(waiting, *wanted))

    threads = [threading.Thread(target=claim_all) for _ in range(claimers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    got = [instance for each in won for instance in each.fences]
    assert len(got) == len(set(got))  # PostgreSQL may pass over a row that another one looks at just now
    assert chosen() == "postgresql" or set(got) == set(wanted)
    assert set(got) | set(taken(waiting, *wanted).fences) == set(wanted)
    assert {waiting.instance(each).fence for each in wanted} == {1}


# -- rows that go away


def test_a_lease_that_ended_long_ago_is_deleted_when_nothing_points_to_it(waiting: World) -> None:
    waiting.run(*ids(waiting))
    assert clear_away(waiting.runtime) == 0  # it can still be looked into
    waiting.pass_time(waiting.runtime.limits.lease + waiting.runtime.limits.lease_kept + MINUTE)
    assert clear_away(waiting.runtime) == 1
    assert rows(waiting) == []


def test_the_process_that_ticks_clears_leases_away(waiting: World) -> None:
    waiting.run(*ids(waiting))
    waiting.pass_time(10 * waiting.runtime.limits.lease_kept)
    (duty,) = [each for each in DUTIES if each.name == "clear_leases"]
    assert duty.act(waiting.runtime) == 1


def test_a_dead_carriers_lease_stays_until_its_instances_are_taken_over(waiting: World) -> None:
    taken(waiting, *ids(waiting), holder="died right after")
    waiting.pass_time(10 * waiting.runtime.limits.lease_kept)
    assert clear_away(waiting.runtime) == 0
    waiting.run_all()
    assert clear_away(waiting.runtime) == 1
    assert [each.holder for each in rows(waiting)] == ["test"]


def test_a_lease_of_which_prefect_was_not_told_stays(waiting: World) -> None:
    assert waiting.version is not None
    claimed = claim(waiting.runtime, waiting.version.id, ids(waiting), holder="x", carrier=Carrier.PREFECT)
    release(waiting.runtime, claimed)
    waiting.run_all()
    waiting.pass_time(10 * waiting.runtime.limits.lease_kept)
    assert clear_away(waiting.runtime) == 1
    assert [each.id for each in rows(waiting)] == [claimed.lease_id]


@on_postgresql
def test_clearing_away_does_not_wait_for_a_renewal(waiting: World) -> None:
    waiting.run(*ids(waiting))
    waiting.pass_time(10 * waiting.runtime.limits.lease_kept)
    with waiting.runtime.store.write() as session:
        _hold(session)
        assert clear_away(waiting.runtime) == 0
    assert clear_away(waiting.runtime) == 1


def _hold(session: Session) -> None:
    session.exec(select(Lease).with_for_update()).all()
