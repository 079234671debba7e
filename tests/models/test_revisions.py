"""Many rows that people edit are written by one statement, and none over what somebody else has written."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy.orm.exc import StaleDataError
from sqlmodel import select, update
from statements import statements

from models import Client, Store

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


@pytest.fixture
def clients(store: Store) -> list[str]:
    people = [Client(given_name=f"Synthetic {n}", family_name="Client", created_at=NOW) for n in range(4)]
    ids = [person.id for person in people]
    with store.write() as session:
        session.add_all(people)
    return ids


def stored(store: Store) -> dict[str, tuple[str, str, int]]:
    with store.read() as session:
        rows = session.exec(select(Client))
        return {row.id: (row.given_name, row.family_name, row.revision) for row in rows}


def test_rows_that_differ_in_the_same_columns_take_one_statement(store: Store, clients: list[str]) -> None:
    with statements(store) as sent, store.write() as session:
        for number, row in enumerate(session.exec(select(Client).order_by(Client.id))):  # type: ignore[arg-type]
            row.given_name = f"New {number}"
            if number == 3:
                row.family_name = "Alone"
    assert len([each for each, _ in sent if each.startswith("UPDATE")]) == 2  # three alike, and one
    found = stored(store)
    assert sorted(found.values()) == [
        ("New 0", "Client", 2),
        ("New 1", "Client", 2),
        ("New 2", "Client", 2),
        ("New 3", "Alone", 2),
    ]


def test_a_second_flush_writes_what_changed_since(store: Store, clients: list[str]) -> None:
    with store.write() as session:
        rows = session.exec(select(Client)).all()
        for row in rows:
            row.given_name = "First"
        session.flush()
        for row in rows:
            row.given_name = "Second"
        session.flush()
        assert {row.revision for row in rows} == {3}
    assert set(stored(store).values()) == {("Second", "Client", 3)}


def test_a_value_that_is_set_to_what_it_was_is_not_written(store: Store, clients: list[str]) -> None:
    with statements(store) as sent, store.write() as session:
        for row in session.exec(select(Client)):
            row.family_name = "Client"
    assert [each for each, _ in sent if each.startswith("UPDATE")] == []


def test_of_rows_written_together_none_overwrites_what_somebody_else_wrote(
    store: Store, clients: list[str]
) -> None:
    def overwrite() -> None:
        with store.write() as session:
            rows = session.exec(select(Client)).all()
            bumped = update(Client).where(Client.id == clients[2])  # type: ignore[arg-type]
            session.connection().execute(bumped.values(revision=7))  # as another transaction would have
            for row in rows:
                row.given_name = "Mine"

    with pytest.raises(StaleDataError):
        overwrite()
    assert {row[0] for row in stored(store).values()} == {f"Synthetic {n}" for n in range(4)}
