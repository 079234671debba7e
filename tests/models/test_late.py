"""Transactions on SQLite that take the one writer's place only when they have something to write."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import pytest
from databases import fresh_url
from sqlalchemy import Connection, update
from sqlalchemy.orm.exc import StaleDataError
from sqlmodel import Session, col, select

from models import Client, Late, Store, lock_alone, lock_shared, open_store

pytestmark = pytest.mark.sqlite("on PostgreSQL many transactions write at once")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """Files let others write while somebody reads; SQLite's databases in memory do not."""
    with open_store(fresh_url(tmp_path)) as opened:
        opened.create_tables()
        yield opened


class Places:
    """What a late transaction was told: that it waits, and that it is the writer."""

    def __init__(self, refuse: Exception | None = None) -> None:
        self.told: list[str] = []
        self._refuse = refuse

    def late(self) -> Late:
        return Late(lambda: self.told.append("waits"), self._begun)

    def _begun(self, _connection: Connection) -> None:
        self.told.append("begun")
        if self._refuse is not None:
            raise self._refuse


def client(now: datetime, name: str = "Ada") -> Client:
    return Client(given_name=name, family_name="Example", created_at=now)


def names(store: Store) -> list[str]:
    with store.read() as session:
        return sorted(session.exec(select(Client.given_name)))


def meanwhile(store: Store, now: datetime, name: str) -> None:
    """What somebody else commits."""
    with store.write() as session:
        session.add(client(now, name))


def test_others_write_until_it_writes_itself(store: Store, now: datetime) -> None:
    places = Places()
    with store.write(late=places.late()) as session:
        assert session.exec(select(Client)).all() == []
        meanwhile(store, now, "Ben")
        assert session.exec(select(Client)).all() == []  # it reads one moment
        session.add(client(now))
        assert places.told == []
        session.flush()
        assert places.told == ["waits", "begun"]
        assert len(session.exec(select(Client)).all()) == 2  # what is true now, and stays true
    assert names(store) == ["Ada", "Ben"]


def test_it_knows_whether_anybody_has_written_meanwhile(store: Store, now: datetime) -> None:
    known: list[bool] = []
    for others in (0, 1, 0):
        late = Late(lambda: None, lambda _connection: known.append(late.disturbed))  # noqa: B023
        with store.write(late=late) as session:
            session.exec(select(Client)).all()
            for _ in range(others):
                meanwhile(store, now, "Ben")
            session.add(client(now))
    assert known == [False, True, False]


def locked(session: Session) -> None:
    session.exec(select(Client).with_for_update()).all()


def locked_by_get(session: Session) -> None:
    session.get(Client, "nobody", with_for_update=True)


def updated(session: Session) -> None:
    session.exec(update(Client).where(col(Client.id) == "nobody").values(given_name="Cleo"))


def savepoint(session: Session) -> None:
    with session.begin_nested():
        session.exec(select(Client)).all()


@pytest.mark.parametrize(
    "act",
    [
        locked,
        locked_by_get,
        updated,
        lambda session: lock_alone(session, ["a name"]),
        lambda session: lock_shared(session, ["a name"]),
        savepoint,
    ],
    ids=["FOR UPDATE", "get for update", "UPDATE", "lock_alone", "lock_shared", "savepoint"],
)
def test_what_locks_on_postgresql_makes_it_the_writer(store: Store, act: Callable[[Session], object]) -> None:
    places = Places()
    with store.write(late=places.late()) as session:
        session.exec(select(Client)).all()
        assert places.told == []
        act(session)
        assert places.told == ["waits", "begun"]
        act(session)
        assert places.told == ["waits", "begun"]  # once


def test_a_transaction_that_only_read_ends_without_the_place(store: Store) -> None:
    places = Places()
    with store.write(late=places.late()) as session:
        session.exec(select(Client)).all()
    assert places.told == []


def test_what_is_found_on_becoming_the_writer_undoes_it(store: Store, now: datetime) -> None:
    with pytest.raises(ZeroDivisionError), store.write(late=Places(ZeroDivisionError()).late()) as session:
        session.add(client(now))
    meanwhile(store, now, "Ben")
    assert names(store) == ["Ben"]


def test_swallowing_what_was_found_does_not_help(store: Store, now: datetime) -> None:
    def swallow() -> None:
        with store.write(late=Places(ZeroDivisionError()).late()) as session:
            with pytest.raises(ZeroDivisionError):
                updated(session)
            session.add(client(now))

    with pytest.raises(ZeroDivisionError):
        swallow()
    assert names(store) == []


def test_a_row_that_somebody_changed_meanwhile_is_not_overwritten(store: Store, now: datetime) -> None:
    meanwhile(store, now, "Ada")

    def overwrite() -> None:
        with store.write(late=Places().late()) as session:
            mine = session.exec(select(Client)).one()
            with store.write() as other:
                other.exec(select(Client)).one().given_name = "Ben"
            mine.given_name = "Cleo"

    with pytest.raises(StaleDataError):
        overwrite()
    assert names(store) == ["Ben"]


def test_the_next_transaction_of_the_connection_is_an_ordinary_one(store: Store, now: datetime) -> None:
    with store.write(late=Places().late()) as session:
        session.exec(select(Client)).all()
    meanwhile(store, now, "Ada")
    assert names(store) == ["Ada"]
