from __future__ import annotations

import threading
from datetime import datetime
from pathlib import Path

import pytest
from databases import fresh_url, in_memory
from sqlalchemy import event, text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlmodel import func, select

from models import Client, InstanceStatus, RecordError, Store, open_store


def client(now: datetime, name: str = "Ada") -> Client:
    return Client(given_name=name, family_name="Example", created_at=now)


def count(store: Store) -> int:
    with store.read() as session:
        return session.exec(select(func.count()).select_from(Client)).one()


@pytest.fixture
def on_disk(tmp_path: Path) -> Store:
    store = open_store(fresh_url(tmp_path))
    store.create_tables()
    return store


@pytest.mark.sqlite("its settings")
@pytest.mark.parametrize(
    ("pragma", "value"),
    [("journal_mode", "wal"), ("synchronous", 2), ("foreign_keys", 1), ("busy_timeout", 15_000)],
)
def test_sqlite_runs_with_the_settings_that_durability_needs(
    on_disk: Store, pragma: str, value: object
) -> None:
    with on_disk, on_disk.read() as session:
        assert session.connection().exec_driver_sql(f"PRAGMA {pragma}").scalar() == value


def test_a_write_is_committed_at_its_end(store: Store, now: datetime) -> None:
    with store.write() as session:
        session.add(client(now))
    assert count(store) == 1


def test_an_exception_rolls_the_whole_write_back(store: Store, now: datetime) -> None:
    def write_and_fail() -> None:
        with store.write() as session:
            session.add(client(now))
            session.flush()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        write_and_fail()
    assert count(store) == 0


def test_a_released_savepoint_does_not_survive_an_outer_rollback(on_disk: Store, now: datetime) -> None:
    def release_and_fail() -> None:
        with on_disk.write() as session:
            with session.begin_nested():
                session.add(client(now))
            raise ZeroDivisionError

    with on_disk:
        with pytest.raises(ZeroDivisionError):
            release_and_fail()
        assert count(on_disk) == 0


def test_a_rolled_back_savepoint_leaves_the_rest_of_the_write(store: Store, now: datetime) -> None:
    with store.write() as session:
        session.add(client(now, "Ada"))
        savepoint = session.begin_nested()
        session.add(client(now, "Ben"))
        session.flush()
        savepoint.rollback()
    assert count(store) == 1


@pytest.mark.sqlite("there is one writer")
@pytest.mark.parametrize("kind", ["file", "memory"])
def test_a_second_writer_waits_for_the_first(tmp_path: Path, now: datetime, kind: str) -> None:
    store = in_memory() if kind == "memory" else open_store(fresh_url(tmp_path))
    store.create_tables()
    seen: list[int] = []
    started = threading.Event()

    def second() -> None:
        started.set()
        with store.write() as session:
            seen.append(session.exec(select(func.count()).select_from(Client)).one())

    other = threading.Thread(target=second)
    with store:
        with store.write() as session:
            session.execute(text("SELECT 1"))
            other.start()
            started.wait()
            session.add(client(now))
        other.join()
    assert seen == [1]


def test_a_reader_sees_the_state_before_a_write_that_is_still_open(on_disk: Store, now: datetime) -> None:
    with on_disk:
        with on_disk.write() as session:
            session.add(client(now))
            session.flush()
            assert count(on_disk) == 0
        assert count(on_disk) == 1


def test_a_reading_transaction_refuses_to_write(store: Store, now: datetime) -> None:
    with store.read() as session:
        session.add(client(now))
        with pytest.raises(DBAPIError, match=r"read-?only"):
            session.flush()
    with store.write() as session:
        session.add(client(now))
    assert count(store) == 1


@pytest.mark.sqlite("a pragma of SQLite that has all statements compiled anew")
def test_reading_and_writing_in_turn_leaves_the_compiled_statements_as_they_are(
    on_disk: Store, now: datetime
) -> None:
    said: list[str] = []
    event.listen(on_disk.engine, "checkout", lambda driver, *_: driver.set_trace_callback(said.append))
    with on_disk:
        for _ in range(2):
            with on_disk.write() as session:
                session.add(client(now))
            count(on_disk)
        assert [each for each in said if "query_only" in each] == []
        with on_disk.read() as session, pytest.raises(DBAPIError, match="readonly"):
            session.execute(text("DELETE FROM clients"))
        with on_disk.write() as session:  # what had refused it for one transaction does so no longer
            session.add(client(now))
        assert count(on_disk) == 3


@pytest.mark.sqlite("PostgreSQL has no database in memory")
def test_a_store_in_memory_has_the_schema_that_is_made_on_disk(on_disk: Store) -> None:
    def schema(store: Store) -> set[tuple[str, str]]:
        with store.read() as session:
            return {(name, sql) for name, sql in session.execute(text("SELECT name, sql FROM sqlite_master"))}

    with on_disk, in_memory() as one, in_memory() as other:
        assert schema(one) == schema(other) == schema(on_disk)


def test_two_stores_in_memory_are_two_databases(now: datetime) -> None:
    with in_memory() as one, in_memory() as other:
        with one.write() as session:
            session.add(client(now))
        assert (count(one), count(other)) == (1, 0)


def test_a_failed_statement_does_not_repeat_personal_data(store: Store, now: datetime) -> None:
    with pytest.raises(IntegrityError) as refused, store.write() as session:
        session.add(
            Client(given_name="Ada", family_name="Lovelace", created_at=now, living_situation="castle")
        )
    assert "Lovelace" not in str(refused.value)


@pytest.mark.parametrize(
    "url",
    ["mysql://localhost/x", "sqlite://", "sqlite:///:memory:", "postgresql+asyncpg://localhost/x"],
)
def test_a_database_that_cannot_serve_is_refused(url: str) -> None:
    with pytest.raises(RecordError):
        open_store(url)


def test_nan_does_not_get_into_a_json_column(store: Store, now: datetime) -> None:
    from models import AuditEvent

    with pytest.raises(Exception, match="JSON"), store.write() as session:
        session.add(AuditEvent(at=now, actor="a", action="read", record="Client", fields=[float("nan")]))  # type: ignore[list-item]  # the point


def test_an_object_read_stays_usable_after_its_transaction(store: Store, now: datetime) -> None:
    with store.write() as session:
        ada = client(now)
        session.add(ada)
    assert ada.given_name == "Ada"
    assert InstanceStatus.RUNNING == "running"
