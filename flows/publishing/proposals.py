"""Putting a definition forward, and deciding about it: one says why it is to change, somebody else approves
it, and with that it comes into force, in one transaction. Cases that run keep the version that they have.

Whether somebody may give these commands is decided before (`web.access.policy`); that nobody approves what
they have put forward themselves is held here, and by the database.
"""

from datetime import datetime
from typing import Any, Final

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, select

from flows.errors import FlowError, NotFoundError
from flows.inbox.commands import command
from flows.publishing.known import Known
from flows.publishing.proving import Proof, checked
from flows.publishing.sent_files import kept
from flows.runtime import Runtime
from flows.versions import newest, publish_within
from models import ProcessProposal, ProposalState, Store, lock_alone
from tasks.history import Act, write_audit

SHORTEST: Final = 10
LONGEST: Final = 2_000
RECORD: Final = "ProcessProposal"


class ProposalError(FlowError):
    """A definition can't be put forward, or a proposal not be decided so; nothing was changed."""


def propose(store: Store, proof: Proof, reason: str, *, by: str, now: datetime) -> ProcessProposal:
    """Put forward what was proved. Where the same content waits already, that proposal."""
    plan = proof.plan
    if plan is None:
        raise ProposalError("the definition has errors; only one without any can be put forward")
    why = _said(reason, "say why it is to change")
    with store.read() as session:
        in_force = newest(session, plan.process)
        waiting = _waiting(session, plan.process, plan.hash)
    if waiting is not None:
        return waiting
    if in_force is not None and in_force.content_hash == plan.hash:
        raise ProposalError(f"this is version {in_force.number}, which is in force already; nothing changes")
    made = ProcessProposal(
        process=plan.process,
        title=plan.title,
        content_hash=plan.hash,
        files=proof.files.plain,
        based_on=0 if in_force is None else in_force.number,
        reason=why,
        tried=tried(proof),
        proposed_at=now,
        proposed_by=by,
    )
    try:
        with store.write() as session:
            session.add(made)
            write_audit(session, by, Act.CREATE, RECORD, made.id, now, fields=("files",), reason=why)
    except IntegrityError:  # sent twice at once
        with store.read() as session:
            waiting = _waiting(session, plan.process, plan.hash)
        if waiting is None:
            raise
        return waiting
    return made


def approve(
    runtime: Runtime, known: Known, proposal_id: str, *, by: str, reason: str = "", at_most: int | None = None
) -> ProcessProposal:
    """Bring a proposal into force: its content is published as the next version. ProposalError for one's own,
    for one that was decided, where a version has been published since it was put forward, and where what it
    uses from outside its files has changed, so that it would be another version than the one that was read.

    `at_most` is the number of the version in force that the one who approves has seen.
    """
    now = runtime.clock()
    with runtime.store.read() as session:
        found = _found(session, proposal_id)
    files = kept(found.files)
    plan, _ = checked(known.with_documents([files.definition, *files.shared]), files)
    if plan is None or plan.hash != found.content_hash:
        raise ProposalError(
            "what this definition uses (vocabulary, messages, step kinds or shared files) has changed since "
            "it was put forward; it has to be put forward again"
        )
    with runtime.store.write() as session:
        proposal = _locked(session, proposal_id)
        if proposal.proposed_by == by:
            raise ProposalError("somebody else has to approve what you have put forward")
        lock_alone(session, [f"publish:{proposal.process}"])
        in_force = newest(session, proposal.process)
        number = 0 if in_force is None else in_force.number
        if number != proposal.based_on or (at_most is not None and number != at_most):
            raise ProposalError(
                f"version {number} has come into force since this was put forward; it has to be put forward "
                "again, so that nothing of it is lost"
            )
        version, new = publish_within(session, plan, by=by, now=now)
        _decide(proposal, ProposalState.APPROVED, by, now, reason.strip())
        proposal.version_id = version.id
        session.add(proposal)
        write_audit(
            session,
            by,
            Act.UPDATE,
            RECORD,
            proposal.id,
            now,
            fields=("state",),
            reason=reason.strip() or None,
        )
        write_audit(session, by, Act.CREATE, "DefinitionVersion", version.id, now, reason=proposal.reason)
    if new:
        runtime.store.listening.forget()
    return proposal


@command
def refuse(store: Store, proposal_id: str, reason: str, *, by: str, now: datetime) -> ProcessProposal:
    """Say no to a proposal, with a reason that the other one reads."""
    why = _said(reason, "say why not")
    with store.write() as session:
        proposal = _locked(session, proposal_id)
        if proposal.proposed_by == by:
            raise ProposalError("this is your own; withdraw it")
        return _ended(session, proposal, ProposalState.REFUSED, by, now, why)


@command
def withdraw(store: Store, proposal_id: str, *, by: str, now: datetime) -> ProcessProposal:
    """Take back what one has put forward oneself."""
    with store.write() as session:
        proposal = _locked(session, proposal_id)
        if proposal.proposed_by != by:
            raise ProposalError("only who put it forward withdraws it; others refuse it")
        return _ended(session, proposal, ProposalState.WITHDRAWN, by, now, "")


def tried(proof: Proof) -> dict[str, Any]:
    """What came of the scenarios, as it is kept: how many there were, which failed, what they covered."""
    coverage = proof.coverage
    return {
        "scenarios": len(proof.outcomes),
        "failed": [each.name for each in proof.failed],
        "left_out": list(proof.left_out),
        "steps": None if coverage is None else [coverage.steps_run, coverage.steps],
        "ways": None if coverage is None else [coverage.ways_taken, coverage.ways],
        "warnings": sum(1 for each in proof.diagnostics if each.severity == "warning"),
    }


def _waiting(session: Session, process: str, content_hash: str) -> ProcessProposal | None:
    query = select(ProcessProposal).where(
        ProcessProposal.process == process,
        ProcessProposal.content_hash == content_hash,
        ProcessProposal.state == ProposalState.WAITING,
    )
    return session.exec(query).first()


def _found(session: Session, proposal_id: str) -> ProcessProposal:
    found = session.get(ProcessProposal, proposal_id)
    if found is None:
        raise NotFoundError("there is no such proposal")
    return found


def _locked(session: Session, proposal_id: str) -> ProcessProposal:
    query = select(ProcessProposal).where(ProcessProposal.id == proposal_id).with_for_update()
    found = session.exec(query).first()
    if found is None:
        raise NotFoundError("there is no such proposal")
    if found.state is not ProposalState.WAITING:
        raise ProposalError(f"this proposal was decided already: it is {found.state.value}")
    return found


def _decide(proposal: ProcessProposal, state: ProposalState, by: str, now: datetime, said: str) -> None:
    proposal.state, proposal.decided_at, proposal.decided_by = state, now, by
    proposal.decision = said or None


def _ended(
    session: Session, proposal: ProcessProposal, state: ProposalState, by: str, now: datetime, said: str
) -> ProcessProposal:
    _decide(proposal, state, by, now, said)
    session.add(proposal)
    write_audit(session, by, Act.UPDATE, RECORD, proposal.id, now, fields=("state",), reason=said or None)
    return proposal


def _said(reason: str, wanted: str) -> str:
    given = reason.strip()
    if not SHORTEST <= len(given) <= LONGEST:
        raise ProposalError(f"{wanted}, in {SHORTEST} to {LONGEST:,} characters")
    return given
