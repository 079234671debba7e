"""A session that reads for the whole batch what is asked for one of its rows."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlmodel import Session, select
from statements import statements

from models import (
    AuditEvent,
    Case,
    Client,
    CohortSession,
    ContactKind,
    ContactPoint,
    Store,
    add_last,
    related,
)

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


@pytest.fixture
def clients(store: Store) -> list[str]:
    """Five clients with two contacts and a case each."""
    people = [Client(given_name="Synthetic", family_name=f"Client {n}", created_at=NOW) for n in range(5)]
    with store.write() as session:
        for number, person in enumerate(people):
            session.add(person)
            session.add(
                Case(
                    number=f"2026-{number:06}", client_id=person.id, created_at=NOW, received_at=NOW, team="t"
                )
            )
            session.add(contact(person.id, f"a{number}@example.org"))
            session.add(contact(person.id, f"b{number}@example.org"))
    return [person.id for person in people]


def contact(client_id: str, value: str) -> ContactPoint:
    return ContactPoint(client_id=client_id, kind=ContactKind.EMAIL, value=value, created_at=NOW)


def selects(sent: Iterable[tuple[str, Any]]) -> list[str]:
    return [statement for statement, _ in sent if statement.startswith("SELECT")]


def gathered(session: CohortSession, ids: list[str]) -> None:
    session.gather(session.exec(select(Case).where(Case.client_id.in_(ids))).all())  # type: ignore[attr-defined]


def test_what_is_asked_for_one_is_read_for_all_that_were_read_together(
    store: Store, clients: list[str]
) -> None:
    with store.write() as session:
        gathered(session, clients)
        with statements(store) as sent:
            found = {each: related(session, ContactPoint, client_id=each) for each in clients}
            people = [session.get(Client, each) for each in clients]
    assert len(selects(sent)) == 2
    assert [len(each) for each in found.values()] == [2] * 5
    assert [person.id for person in people if person is not None] == clients


def test_without_a_cohort_it_reads_what_any_session_reads(store: Store, clients: list[str]) -> None:
    with store.write() as session, statements(store) as sent:
        assert len(related(session, ContactPoint, client_id=clients[0])) == 2
        assert session.get(Client, clients[1]) is not None
        assert session.get(Client, "nobody") is None
    assert len(selects(sent)) == 3


def test_rows_of_one_list_stand_in_the_order_of_their_ids(store: Store, clients: list[str]) -> None:
    with store.write() as session:
        ids = [each.id for each in related(session, ContactPoint, client_id=clients[0])]
    assert ids == sorted(ids)


@pytest.mark.parametrize("asked_before", [True, False])
def test_a_row_that_the_transaction_adds_is_found(
    store: Store, clients: list[str], asked_before: bool
) -> None:
    with store.write() as session:
        if asked_before:
            related(session, ContactPoint, client_id=clients[0])
        new = contact(clients[0], "new@example.org")
        session.add(new)
        assert new in related(session, ContactPoint, client_id=clients[0])
        assert session.get(ContactPoint, new.id) is new
        session.flush()
        assert related(session, ContactPoint, client_id=clients[0]).count(new) == 1


def test_for_a_new_row_nothing_is_asked_of_the_database(store: Store, clients: list[str]) -> None:
    with store.write() as session:
        person = Client(given_name="New", family_name="Client", created_at=NOW)
        session.add(person)
        with statements(store) as sent:
            assert related(session, ContactPoint, client_id=person.id) == []
    assert selects(sent) == []


def test_a_row_that_a_savepoint_took_back_is_gone(store: Store, clients: list[str]) -> None:
    with store.write() as session:
        related(session, ContactPoint, client_id=clients[0])
        savepoint = session.begin_nested()
        session.add(contact(clients[0], "gone@example.org"))
        session.add(AuditEvent(at=NOW, actor="a", action="read", record="Client"))
        savepoint.rollback()
        assert len(related(session, ContactPoint, client_id=clients[0])) == 2
    with store.read() as session:
        assert session.exec(select(AuditEvent)).all() == []


def test_a_row_that_moves_away_leaves_its_list(store: Store, clients: list[str]) -> None:
    with store.write() as session:
        first, _ = related(session, ContactPoint, client_id=clients[0])
        first.client_id = clients[1]
        assert first not in related(session, ContactPoint, client_id=clients[0])


def test_a_row_that_was_deleted_leaves_its_list(store: Store, clients: list[str]) -> None:
    with store.write() as session:
        first, second = related(session, ContactPoint, client_id=clients[0])
        session.delete(first)
        session.flush()
        assert related(session, ContactPoint, client_id=clients[0]) == [second]


def test_traces_are_written_at_the_commit_though_nothing_else_is(store: Store) -> None:
    with store.write() as session:
        session.add(AuditEvent(at=NOW, actor="a", action="read", record="Client"))
    with store.read() as session:
        assert [each.actor for each in session.exec(select(AuditEvent))] == ["a"]


def test_a_query_sees_the_traces_that_the_transaction_has_added(store: Store) -> None:
    with store.write() as session:
        session.add(AuditEvent(at=NOW, actor="a", action="read", record="Client"))
        assert len(session.exec(select(AuditEvent)).all()) == 1


def test_traces_of_a_transaction_that_failed_are_not_written(store: Store) -> None:
    with store.write() as session:
        session.add(AuditEvent(at=NOW, actor="a", action="read", record="Client"))
        session.rollback()
    with store.read() as session:
        assert session.exec(select(AuditEvent)).all() == []


def test_rows_that_are_added_last_are_written_and_seen_by_queries_and_undone_with_the_rest(
    store: Store, clients: list[str]
) -> None:
    with store.write() as session:
        add_last(session, contact(clients[0], "c@example.org"), contact(clients[0], "d@example.org"))
        query = select(ContactPoint.value).where(ContactPoint.client_id == clients[0])
        assert set(session.exec(query)) >= {"c@example.org", "d@example.org"}
        session.rollback()
    with store.write() as session:
        add_last(session, contact(clients[0], "e@example.org"))
    with store.read() as session:
        assert set(session.exec(query)) == {"a0@example.org", "b0@example.org", "e@example.org"}
    with Session(store.engine) as other:
        add_last(other, contact(clients[0], "f@example.org"))
        assert "f@example.org" in set(other.exec(query))


def test_any_other_session_can_be_asked_too(store: Store, clients: list[str]) -> None:
    with Session(store.engine) as session:
        assert len(related(session, ContactPoint, client_id=clients[0])) == 2


def test_rows_that_are_added_last_are_found_all_the_same(store: Store) -> None:
    with store.write() as session:
        person = Client(given_name="Synthetic", family_name="Client", created_at=NOW)
        session.add(person)
        assert related(session, ContactPoint, client_id=person.id) == []
        first, second = contact(person.id, "a@example.org"), contact(person.id, "b@example.org")
        add_last(session, first)
        assert [each.id for each in related(session, ContactPoint, client_id=person.id)] == [first.id]
        add_last(session, second)
        found = session.get(ContactPoint, second.id)
        assert found is not None
        assert found.value == "b@example.org"
        assert len(related(session, ContactPoint, client_id=person.id)) == 2
