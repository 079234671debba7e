"""A rehearsal: everything can be done and seen in it, and nothing of it stays."""

from datetime import UTC, datetime

import pytest
from databases import in_memory
from sqlmodel import select

from models import Client, Store, rehearsed

MONDAY = datetime(2026, 3, 2, tzinfo=UTC)


def add(store: Store, name: str) -> None:
    with store.write() as session:
        session.add(Client(given_name=name, family_name="Example", created_at=MONDAY))


def names(store: Store) -> list[str]:
    with store.read() as session:
        return sorted(session.exec(select(Client.given_name)))


def test_what_is_done_in_it_is_seen_in_it_and_gone_afterwards() -> None:
    with in_memory() as store:
        add(store, "Ada")
        with rehearsed(store) as rehearsal:
            add(rehearsal, "Ben")
            add(rehearsal, "Cleo")
            assert names(rehearsal) == ["Ada", "Ben", "Cleo"]
        assert names(store) == ["Ada"]


def fail(store: Store, name: str) -> None:
    with store.write() as session:
        session.add(Client(given_name=name, family_name="Example", created_at=MONDAY))
        session.flush()
        raise ZeroDivisionError


def broken_off(store: Store) -> None:
    with rehearsed(store) as rehearsal:
        add(rehearsal, "Ada")
        raise ZeroDivisionError


def test_what_fails_in_it_takes_back_its_own_transaction_only() -> None:
    with in_memory() as store, rehearsed(store) as rehearsal:
        add(rehearsal, "Ada")
        with pytest.raises(ZeroDivisionError):
            fail(rehearsal, "Ben")
        add(rehearsal, "Cleo")
        assert names(rehearsal) == ["Ada", "Cleo"]


def test_an_error_that_ends_it_leaves_the_store_as_it_was_and_usable() -> None:
    with in_memory() as store:
        with pytest.raises(ZeroDivisionError):
            broken_off(store)
        add(store, "Ben")
        assert names(store) == ["Ben"]


def test_rows_that_were_read_in_it_can_be_looked_at_afterwards() -> None:
    with in_memory() as store:
        with rehearsed(store) as rehearsal:
            add(rehearsal, "Ada")
            with rehearsal.read() as session:
                (client,) = session.exec(select(Client)).all()
        assert client.given_name == "Ada"
