"""The trace that looking leaves."""

from pathlib import Path

import pytest
from account_world import MORNING, People
from databases import on_disk
from sqlmodel import select
from step_bench import catalogue

from flows.runtime import Runtime
from flows.sealing import seal, verify
from models import AuditEvent, Case, Client
from tasks.registry import load_kinds
from web.access.watching import case_read, exported, searched, watched


@pytest.fixture
def case(people: People) -> Case:
    """Some case."""
    client = Client(given_name="Synthetic", family_name="Client", created_at=MORNING)
    made = Case(number="2026-000001", client_id=client.id, received_at=MORNING, created_at=MORNING)
    with people.store.write() as session:
        session.add_all([client, made])
    return made


def test_reading_searching_and_exporting_are_rows_of_the_audit(people: People, case: Case) -> None:
    with watched(people.store) as session:
        read = session.exec(select(Case)).one()
        case_read(session, "S1", read, people.now, ["notes", "contacts"])
        searched(session, "S1", "Client", ["date_of_birth", "family_name"], people.now)
        exported(session, "S1", "Case", ["number"], people.now, "for the yearly report")
    ((seen,), (asked,), (taken,)) = (people.audit(each) for each in ("read", "search", "export"))
    assert (seen.actor, seen.record, seen.record_id, seen.case_id) == ("S1", "Case", case.id, case.id)
    assert seen.fields == ["contacts", "notes"]
    assert (asked.record, asked.record_id, asked.fields) == ("Client", None, ["date_of_birth", "family_name"])
    assert taken.reason == "for the yearly report"


def test_what_is_looked_at_is_in_the_transaction_of_its_row(people: People, case: Case) -> None:
    def shown() -> None:
        with watched(people.store) as session:
            case_read(session, "S1", session.exec(select(Case)).one(), people.now, ["notes"])
            raise RuntimeError("the page could not be shown")

    with pytest.raises(RuntimeError):
        shown()
    assert people.audit("read") == []


@pytest.mark.sqlite("on PostgreSQL nobody waits for a reader")
def test_somebody_else_writes_while_one_reads(tmp_path: Path) -> None:
    with on_disk(tmp_path) as store:
        with watched(store) as session:
            assert session.exec(select(Client)).all() == []
            with store.write() as other:
                other.add(Client(given_name="Another", family_name="Client", created_at=MORNING))
            searched(session, "S1", "Client", ["family_name"], MORNING)
        with store.read() as session:
            assert session.exec(select(AuditEvent.action)).all() == ["search"]


def test_what_accounts_and_looking_write_down_is_sealed_with_the_rest(people: People, case: Case) -> None:
    people.account("ann")
    people.enter("ann@office.example")
    people.enter("ann@office.example", "a wrong guess")
    runtime = Runtime(people.store, load_kinds(), catalogue(), lambda: people.now, holder="test")
    assert seal(runtime) == 3
    assert verify(runtime).broken is None
    with people.store.write() as session:
        session.connection().exec_driver_sql("UPDATE audit_events SET reason = 'x' WHERE reason IS NOT NULL")
    broken = verify(runtime).broken
    assert broken is not None
    assert broken.what == "changed"
    with people.store.read() as session:
        assert session.get_one(AuditEvent, str(broken.event)).action == "log_in_failed"
