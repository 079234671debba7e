"""Hints: whoever waits for work hears of it at once, and loses nothing by not hearing (engine.md R2.1)."""

import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from databases import fresh_url, url_of
from engine_world import MONDAY, World, step, world_on
from sqlalchemy import text

from flows.waking.hints import Hint
from models import (
    Channel,
    Household,
    MessagePriority,
    Staff,
    Store,
    Topic,
    WakeKind,
    announce,
    new_id,
    open_store,
    record_wake,
)
from notifications.outbox import Addressee, Draft, queue

LONG = 60.0
"""Nobody waits that long: the test would say that nothing was heard."""


@pytest.fixture
def shared(tmp_path: Path) -> Iterator[World]:
    """A world on a database that others can open too."""
    with open_store(fresh_url(tmp_path)) as store:
        store.create_tables()
        world = world_on(store)
        world.publish(step("ask", "question", 0))
        yield world


@pytest.fixture
def hint(shared: World) -> Iterator[Hint]:
    with Hint(shared.runtime.store) as made:
        yield made


def in_a_thread(act: Callable[[], object]) -> threading.Thread:
    thread = threading.Thread(target=act)
    thread.start()
    return thread


def test_a_wake_that_another_connection_commits_is_heard(shared: World, hint: Hint) -> None:
    with open_store(url_of(shared.runtime.store)) as other:
        elsewhere = world_on(other)
        elsewhere.plan, elsewhere.version = shared.plan, shared.version
        thread = in_a_thread(elsewhere.start)
        assert hint.wait(LONG)
        thread.join()
    assert not hint.wait(0)


def test_what_came_between_two_waits_is_heard_by_the_next(shared: World, hint: Hint) -> None:
    shared.start(3)
    assert hint.wait(LONG)
    assert not hint.wait(0)


def test_a_wake_of_a_transaction_that_is_undone_is_not_heard(shared: World, hint: Hint) -> None:
    (instance,) = shared.start()
    assert hint.wait(LONG)
    with suppress(ZeroDivisionError), shared.runtime.store.write() as session:
        record_wake(session, instance, "undone", WakeKind.SIGNAL, {}, MONDAY)
        raise ZeroDivisionError
    assert not hint.wait(0)


def test_writing_that_wakes_nobody_is_not_heard(shared: World, hint: Hint) -> None:
    with shared.runtime.store.write() as session:
        session.add(Household(name="new", created_at=MONDAY))
    assert not hint.wait(0)


def test_the_end_of_a_pass_which_deletes_wakes_is_not_heard(shared: World, hint: Hint) -> None:
    shared.start()
    assert hint.wait(LONG)
    assert shared.run_all() == 1
    assert not hint.wait(0)


def test_a_wake_that_takes_the_place_of_a_deleted_one_is_heard(shared: World, hint: Hint) -> None:
    (instance,) = shared.start()
    assert hint.wait(LONG)
    shared.run(instance)
    shared.wake(instance, "again")
    assert hint.wait(LONG)


def test_a_critical_message_is_heard_and_an_ordinary_one_need_not_be(shared: World) -> None:
    worker = Staff(name="Synthetic Worker", email="worker@example.org", phone="+12025550151")
    to = Addressee("caseworker", "worker@example.org", "en", staff_id=worker.id)

    def put(key: str, priority: MessagePriority) -> None:
        draft = Draft(Channel.EMAIL, to, "note", "en", "A note", "Text", key, priority=priority)
        with shared.runtime.store.write() as session:
            session.add(worker)
            queue(session, draft, MONDAY, new_id)

    with Hint(shared.runtime.store, [Topic.OUTBOX]) as hint:
        put("critical", MessagePriority.CRITICAL)
        assert hint.wait(LONG)
        shared.start()
        assert not hint.wait(0)


def test_stopping_ends_the_waiting(hint: Hint) -> None:
    heard: list[bool] = []
    thread = in_a_thread(lambda: heard.append(hint.wait(LONG)))
    hint.stop()
    thread.join()
    assert heard == [False]
    assert not hint.wait(LONG)


@pytest.mark.postgresql("SQLite has no connection to lose")
def test_a_listener_that_is_cut_off_listens_again_and_looks_at_once(shared: World, hint: Hint) -> None:
    store = shared.runtime.store
    with store.write() as session:
        gone = session.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND query LIKE 'LISTEN%'"
            )
        )
        assert gone.all() == [(True,)]
    assert hint.wait(LONG)  # it may have missed something
    shared.start()
    assert hint.wait(LONG)


@pytest.mark.postgresql("a file is always there")
def test_without_a_server_the_wait_is_only_a_wait(shared: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object) -> None:
        raise psycopg.OperationalError("no server")

    with monkeypatch.context() as away:
        away.setattr("models.postgresql.listen", refused)
        hint = Hint(shared.runtime.store)
        assert not hint.wait(0)
    with hint:
        assert hint.wait(LONG)


@pytest.mark.postgresql("SQLite needs no telling")
def test_a_hint_that_can_not_be_given_does_not_harm_what_is_committed(
    shared: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object) -> None:
        raise psycopg.OperationalError("no server")

    with monkeypatch.context() as away, open_store(url_of(shared.runtime.store)) as store:
        away.setattr("models.postgresql.listen", refused)
        (instance,) = replace(shared, runtime=replace(shared.runtime, store=store)).start()
    assert [wake.instance_id for wake in shared.wakes()] == [instance]


@pytest.mark.postgresql("SQLite needs no telling")
def test_who_gives_hints_and_is_cut_off_gives_them_on_another_connection(shared: World, hint: Hint) -> None:
    store = shared.runtime.store
    shared.start()
    assert hint.wait(LONG)
    with store.write() as session:
        gone = session.execute(
            text(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
                " WHERE datname = current_database() AND query LIKE 'NOTIFY%'"
            )
        )
        assert gone.all() == [(True,)]
    shared.start()
    assert hint.wait(LONG)


@pytest.mark.postgresql("SQLite needs no telling")
def test_a_hint_says_nothing_but_where_to_look(shared: World) -> None:
    store: Store = shared.runtime.store
    with psycopg.connect(url_of(store).replace("+psycopg", ""), autocommit=True) as listening:
        listening.execute("LISTEN casewright_wake")
        with store.write() as session:
            announce(session, Topic.WAKE)
        (said,) = listening.notifies(timeout=LONG, stop_after=1)
    assert (said.channel, said.payload) == ("casewright_wake", "")
