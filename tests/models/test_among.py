"""A column that has one of many ids."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import update
from sqlmodel import col, select
from statements import statements

from models import Client, Store, among, many

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


@pytest.fixture
def clients(store: Store) -> list[str]:
    people = [Client(given_name="Synthetic", family_name=f"Client {n}", created_at=NOW) for n in range(5)]
    with store.write() as session:
        session.add_all(people)
    return sorted(person.id for person in people)


@pytest.mark.parametrize("count", [0, 1, 2, 5])
def test_those_of_the_list_are_found(store: Store, clients: list[str], count: int) -> None:
    with store.read() as session:
        found = session.exec(select(Client.id).where(among(Client.id, [*clients[:count], "nobody"]))).all()
    assert sorted(found) == clients[:count]


def test_how_many_there_are_does_not_change_the_statement(store: Store, clients: list[str]) -> None:
    """Else each number of instances in a batch would be a statement to be compiled."""
    with store.read() as session, statements(store) as sent:
        for count in (1, 3, 5):
            session.exec(select(Client.id).where(among(Client.id, clients[:count]))).all()
    assert len({statement for statement, _ in sent}) == 1


def test_a_statement_that_is_made_once_takes_the_ids_as_a_parameter(store: Store, clients: list[str]) -> None:
    query = select(Client.id).where(among(Client.id, many("ids")))
    with store.read() as session:
        assert len(session.execute(query, {"ids": clients[:2]}).all()) == 2
        assert session.execute(query, {"ids": []}).all() == []


def test_it_stands_beside_other_conditions_and_in_updates(store: Store, clients: list[str]) -> None:
    with store.write() as session:
        these = among(Client.id, clients[:3]) & (col(Client.id) != clients[0])
        session.execute(update(Client).where(these).values(family_name="Changed"))
        changed = session.exec(select(Client.id).where(Client.family_name == "Changed")).all()
        either = session.exec(
            select(Client.id).where(among(Client.id, clients[:1]) | (col(Client.id) == clients[4]))
        ).all()
    assert (sorted(changed), sorted(either)) == (clients[1:3], [clients[0], clients[4]])
