"""What is put forward comes into force when somebody else approves it, and in no other way."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from admin_world import SMALL
from databases import in_memory
from intake_world import catalogue
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError
from sqlmodel import select

from definitions import check, parse
from flows.publishing.known import Known, known_here
from flows.publishing.proposals import ProposalError, approve, propose, refuse, withdraw
from flows.publishing.proving import Proof, prove
from flows.publishing.sent_files import SentFile, sort_out
from flows.runtime import Runtime
from flows.versions import Plans, latest, publish
from models import AuditEvent, DefinitionVersion, ProcessProposal, ProposalState, Staff
from tasks.registry import load_kinds

NOW = datetime(2026, 3, 2, 15, tzinfo=UTC)
WHY = "The question was not clear"


class Office:
    """A database with two members of operations staff, and the first version of a process."""

    def __init__(self, runtime: Runtime) -> None:
        self.runtime, self.store = runtime, runtime.store
        self.olga, self.omar = (Staff(name=name, email=f"{name}@office.example") for name in ("Olga", "Omar"))
        with self.store.write() as session:
            session.add_all([self.olga, self.omar])
        plan = check(parse(SMALL.encode(), "small.yaml"), catalogue()).plan
        assert plan is not None
        self.first = publish(runtime, plan, by="operator:test")

    @property
    def known(self) -> Known:
        """What is in force."""
        with self.store.read() as session:
            return known_here(session, self.runtime.catalogue, ())

    def proof(self, text: str) -> Proof:
        """What comes of a text."""
        return prove(self.runtime, self.known, sort_out([SentFile("small.yaml", text)]))

    def put(self, title: str = "Another title", by: str | None = None) -> ProcessProposal:
        """Olga puts it forward under another title."""
        text = SMALL.replace("A small process", title)
        return propose(self.store, self.proof(text), WHY, by=by or self.olga.id, now=NOW)

    def newest(self) -> DefinitionVersion:
        """What is in force."""
        with self.store.read() as session:
            return latest(session, "small")


@pytest.fixture
def office() -> Iterator[Office]:
    with in_memory() as store:
        yield Office(Runtime(store, load_kinds(), catalogue(), lambda: NOW))


def test_an_approved_proposal_is_the_next_version_with_its_reason(office: Office) -> None:
    made = office.put()
    assert (made.state, made.based_on, office.newest().number) == (ProposalState.WAITING, 1, 1)
    done = approve(office.runtime, office.known, made.id, by=office.omar.id, reason="Good")
    version = office.newest()
    assert (version.number, version.title, version.id) == (2, "Another title", done.version_id)
    assert version.content_hash == made.content_hash
    assert Plans(office.runtime).of(version).hash == made.content_hash
    with office.store.read() as session:
        written = session.exec(select(AuditEvent).where(AuditEvent.record == "DefinitionVersion")).one()
    assert (written.actor, written.reason) == (office.omar.id, WHY)


def test_nobody_approves_or_refuses_their_own(office: Office) -> None:
    made = office.put()
    with pytest.raises(ProposalError, match="somebody else"):
        approve(office.runtime, office.known, made.id, by=office.olga.id)
    with pytest.raises(ProposalError, match="withdraw"):
        refuse(office.store, made.id, "not good enough", by=office.olga.id, now=NOW)
    with pytest.raises(ProposalError, match="others refuse"):
        withdraw(office.store, made.id, by=office.omar.id, now=NOW)
    assert office.newest().number == 1
    with pytest.raises(IntegrityError), office.store.write() as session:
        session.execute(
            update(ProcessProposal).values(
                state=ProposalState.APPROVED,
                decided_by=office.olga.id,
                decided_at=NOW,
                version_id=office.first.id,
            )
        )


def test_what_was_decided_stays_decided(office: Office) -> None:
    refused, withdrawn = office.put("One"), office.put("Two")
    assert refuse(office.store, refused.id, "not good enough", by=office.omar.id, now=NOW).decision
    withdraw(office.store, withdrawn.id, by=office.olga.id, now=NOW)
    for each in (refused, withdrawn):
        with pytest.raises(ProposalError, match="decided already"):
            approve(office.runtime, office.known, each.id, by=office.omar.id)
    assert office.newest().number == 1


def test_of_two_proposals_the_second_is_put_forward_again(office: Office) -> None:
    one, two = office.put("One"), office.put("Two")
    approve(office.runtime, office.known, one.id, by=office.omar.id)
    with pytest.raises(ProposalError, match="version 2 has come into force"):
        approve(office.runtime, office.known, two.id, by=office.omar.id)
    assert office.newest().title == "One"


def test_the_same_content_waits_once_and_what_is_in_force_is_no_change(office: Office) -> None:
    assert office.put().id == office.put(by=office.omar.id).id
    with pytest.raises(ProposalError, match="in force already"):
        office.put("A small process")
    with pytest.raises(ProposalError, match="in 10 to"):
        propose(
            office.store, office.proof(SMALL.replace("small p", "short p")), "why", by=office.olga.id, now=NOW
        )


def test_a_definition_with_errors_is_not_put_forward(office: Office) -> None:
    faulty = office.proof(SMALL.replace("to: caseworker", "to: nobody"))
    with pytest.raises(ProposalError, match="has errors"):
        propose(office.store, faulty, WHY, by=office.olga.id, now=NOW)


def test_what_would_be_another_version_by_now_is_not_approved(office: Office) -> None:
    made = office.put()
    with office.store.write() as session:
        row = session.get_one(ProcessProposal, made.id)
        row.content_hash = "0" * 64
        session.add(row)
    with pytest.raises(ProposalError, match="has changed since"):
        approve(office.runtime, office.known, made.id, by=office.omar.id)
    assert office.newest().number == 1
