"""The audit's chain: every row gets one seal, whoever commits when; what is changed afterwards is named."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from databases import on_disk
from engine_world import MONDAY, World, world_on
from sqlalchemy import delete, text, update
from sqlmodel import col, select

from flows import sealing
from flows.sealing import FIRST, Break, seal, verify
from models import AuditEvent, AuditSeal, RecordError, Store, new_id


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Seals of few rows, so that a test has several."""
    monkeypatch.setattr(sealing, "BATCH", 3)


def an_event(**fields: Any) -> AuditEvent:
    values = {"at": MONDAY, "actor": "system:test", "action": "changed", "record": "Case", "fields": ["risk"]}
    return AuditEvent(id=new_id(), **{**values, **fields})


def write(store: Store, *events: AuditEvent) -> list[str]:
    with store.write() as session:
        session.add_all(events)
        session.flush()
        return [event.id for event in events]


def written(world: World, count: int) -> list[str]:
    return sorted(write(world.runtime.store, *(an_event() for _ in range(count))))


def seals(store: Store) -> list[AuditSeal]:
    with store.read() as session:
        return list(session.exec(select(AuditSeal).order_by(col(AuditSeal.number))))


def tamper(world: World, statement: Any) -> None:
    with world.runtime.store.write() as session:
        session.execute(statement)


def test_rows_are_sealed_in_batches_each_chained_to_the_one_before(world: World) -> None:
    ids = written(world, 7)
    assert seal(world.runtime) == 7
    found = seals(world.runtime.store)
    assert [len(each.members) for each in found] == [3, 3, 1]
    assert [each.previous for each in found] == [FIRST, found[0].digest, found[1].digest]
    assert [event_id for each in found for event_id, _ in each.members] == ids
    assert seal(world.runtime) == 0


def test_a_sound_chain_is_told_with_its_head_and_what_is_not_sealed_yet(world: World) -> None:
    assert verify(world.runtime).head == FIRST
    written(world, 4)
    seal(world.runtime)
    written(world, 1)
    found = verify(world.runtime)
    assert (found.seals, found.rows, found.unsealed, found.oldest_unsealed) == (2, 4, 1, MONDAY)
    assert (found.head, found.broken) == (seals(world.runtime.store)[-1].digest, None)


def test_a_row_with_an_older_id_that_comes_later_is_sealed_too(world: World) -> None:
    late = an_event()
    written(world, 5)
    seal(world.runtime)
    write(world.runtime.store, late)
    assert seal(world.runtime) == 1
    assert seals(world.runtime.store)[-1].members[0][0] == late.id
    assert verify(world.runtime).broken is None


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("actor", "somebody else"),
        ("fields", ["name"]),
        ("reason", "forged"),
        ("record_id", "01OTHER"),
        ("at", MONDAY.replace(year=2025)),
    ],
)
def test_a_row_that_was_changed_is_named(column: str, value: Any, world: World) -> None:
    ids = written(world, 6)
    seal(world.runtime)
    tamper(world, update(AuditEvent).where(col(AuditEvent.id) == ids[4]).values({column: value}))
    assert verify(world.runtime).broken == Break("changed", 2, ids[4])


def test_a_row_that_was_deleted_is_named(world: World) -> None:
    ids = written(world, 6)
    seal(world.runtime)
    tamper(world, delete(AuditEvent).where(col(AuditEvent.id) == ids[1]))
    assert verify(world.runtime).broken == Break("deleted", 1, ids[1])


def test_a_row_that_was_slipped_in_is_named(world: World) -> None:
    written(world, 6)
    seal(world.runtime)
    (forged,) = write(world.runtime.store, an_event(seal=1))
    assert verify(world.runtime).broken == Break("inserted", 1, forged)


def test_a_row_that_claims_a_seal_that_is_not_there_is_named(world: World) -> None:
    written(world, 3)
    seal(world.runtime)
    (forged,) = write(world.runtime.store, an_event(seal=9))
    assert verify(world.runtime).broken == Break("inserted", 9, forged)


def test_a_row_whose_seal_was_taken_away_is_named_also_when_it_is_sealed_again(world: World) -> None:
    ids = written(world, 3)
    seal(world.runtime)
    forging = update(AuditEvent).where(col(AuditEvent.id) == ids[2]).values(seal=None, actor="somebody else")
    tamper(world, forging)
    assert verify(world.runtime).broken == Break("changed", 1, ids[2])
    assert seal(world.runtime) == 1
    assert verify(world.runtime).broken == Break("changed", 1, ids[2])


@pytest.mark.parametrize(
    "forging",
    [
        update(AuditSeal).where(col(AuditSeal.number) == 2).values(digest="f" * 64),
        update(AuditSeal).where(col(AuditSeal.number) == 2).values(previous="f" * 64),
        update(AuditSeal).where(col(AuditSeal.number) == 2).values(sealed_at=MONDAY.replace(year=2025)),
        delete(AuditSeal).where(col(AuditSeal.number) == 2),
    ],
    ids=["hash", "link", "time", "gone"],
)
def test_a_seal_that_was_changed_or_removed_is_named(forging: Any, world: World) -> None:
    written(world, 9)
    seal(world.runtime)
    tamper(world, forging)
    found = verify(world.runtime)
    assert (found.broken, found.seals, found.rows) == (Break("seal", 2), 1, 3)


def test_what_was_cut_off_at_the_end_is_seen_by_who_wrote_the_head_down(
    world: World,
) -> None:
    written(world, 6)
    seal(world.runtime)
    head = seals(world.runtime.store)[-1]
    tamper(world, delete(AuditEvent).where(col(AuditEvent.seal) == 2))
    tamper(world, delete(AuditSeal).where(col(AuditSeal.number) == 2))
    assert verify(world.runtime).broken is None
    assert verify(world.runtime, (2, head.digest)).broken == Break("seal", 2)


def test_a_chain_that_was_made_anew_is_seen_by_who_wrote_the_head_down(world: World) -> None:
    written(world, 3)
    seal(world.runtime)
    head = verify(world.runtime).head
    assert verify(world.runtime, (1, head)).broken is None
    tamper(world, update(AuditEvent).values(seal=None, actor="somebody else"))
    tamper(world, delete(AuditSeal))
    seal(world.runtime)
    assert verify(world.runtime).broken is None
    assert verify(world.runtime, (1, head)).broken == Break("seal", 1)


def test_a_seal_is_never_changed_through_the_records(world: World) -> None:
    written(world, 1)
    seal(world.runtime)
    with pytest.raises(RecordError, match="never changed"), world.runtime.store.write() as session:
        session.exec(select(AuditSeal)).one().digest = "f" * 64


def test_a_crash_while_sealing_seals_nothing_twice(world: World) -> None:
    written(world, 4)

    def dies(point: str) -> None:
        if point == "seal.before_commit":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        seal(replace(world.runtime, reach=dies))
    assert seals(world.runtime.store) == []
    assert seal(world.runtime) == 4
    assert verify(world.runtime).broken is None


# -- at the same time


@pytest.fixture
def shared(tmp_path: Path) -> Iterator[World]:
    """A world on a database that threads share."""
    with on_disk(tmp_path) as store:
        yield world_on(store)


@contextmanager
def running(*work: Callable[[], object]) -> Iterator[None]:
    """Run these in threads; an error in one fails the test."""
    errors: list[BaseException] = []

    def guarded(each: Callable[[], object]) -> None:
        try:
            each()
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=guarded, args=(each,)) for each in work]
    for thread in threads:
        thread.start()
    yield
    for thread in threads:
        thread.join()
    assert errors == []


def test_every_row_gets_exactly_one_seal_while_many_write_and_two_seal(shared: World) -> None:
    """Rows are committed in another order than their ids say: each writer makes its ids before it begins."""
    store, stopped = shared.runtime.store, threading.Event()

    def writing() -> None:
        made = [[an_event() for _ in range(4)] for _ in range(20)]
        for events in reversed(made):
            write(store, *events)

    def sealing_all() -> None:
        while not stopped.is_set():
            seal(shared.runtime)

    with running(sealing_all, sealing_all):
        with running(*[writing] * 4):
            pass
        stopped.set()
    while seal(shared.runtime):  # one call makes so many seals and no more
        pass
    members = [event_id for each in seals(store) for event_id, _ in each.members]
    assert len(members) == len(set(members)) == 4 * 20 * 4
    assert verify(shared.runtime).broken is None


@pytest.mark.postgresql("on SQLite only one transaction writes at a time")
def test_a_transaction_that_commits_after_its_ids_were_passed_by_is_sealed(shared: World) -> None:
    store = shared.runtime.store
    with store.write() as slow:
        slow.add_all([first := an_event(), an_event()])
        slow.flush()
        write(store, *(an_event() for _ in range(4)))
        assert seal(shared.runtime) == 4
    assert seal(shared.runtime) == 2
    assert seals(store)[-1].members[0][0] == first.id
    assert verify(shared.runtime).broken is None


@pytest.mark.postgresql("on SQLite only one transaction writes at a time")
def test_nobody_who_writes_waits_for_a_seal_under_way_nor_the_seal_for_them(shared: World) -> None:
    store = shared.runtime.store
    write(store, an_event())

    def writes_meanwhile(point: str) -> None:
        if point == "seal.before_commit":
            with store.write() as session:
                session.execute(text("SET LOCAL lock_timeout = '1s'"))
                session.add(an_event())

    with store.write() as other:
        other.add(an_event())
        other.flush()
        assert seal(replace(shared.runtime, reach=writes_meanwhile)) >= 1
    seal(shared.runtime)
    assert (verify(shared.runtime).rows, verify(shared.runtime).unsealed) == (3, 0)
