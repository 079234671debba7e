"""Processes, for operations staff: what is in force, and how something else comes into force."""

from collections.abc import Iterable
from dataclasses import asdict
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Response
from pydantic import Field

from definitions import as_json, explain
from definitions.source import MOST_BYTES
from flows.publishing import proposals as commands
from flows.publishing.known import Known, known_here
from flows.publishing.proving import Proof, prove
from flows.publishing.sent_files import MOST, SentFile, sort_out
from models import ProposalState
from web.access.actions import Action
from web.api.problem import not_there
from web.api.sent import Plain, Sent
from web.api.visiting import Visiting, allowed_now
from web.reading.process.processes import process_detail, processes
from web.reading.process.proposals import proposal_detail, proposals
from web.visitor import Visit

router = APIRouter(tags=["processes"])

Why = Annotated[Plain, Field(min_length=commands.SHORTEST, max_length=commands.LONGEST)]


class File(Sent):
    """One file: its name without a folder, and its text."""

    name: str = Field(min_length=1, max_length=120)
    text: str = Field(max_length=MOST_BYTES)


class Files(Sent):
    """A definition, with its scenarios and the shared files that it uses."""

    files: list[File] = Field(min_length=1, max_length=MOST)

    def sent(self) -> Iterable[SentFile]:
        """As the commands take them."""
        return (SentFile(each.name, each.text) for each in self.files)


class Putting(Files):
    """What is put forward, and why."""

    reason: Why


class Refusal(Sent):
    """Why not."""

    reason: Why


class Approval(Sent):
    """What is to be said with it, and the number of the version in force that was looked at."""

    reason: Plain = Field(default="", max_length=commands.LONGEST)
    at_most: int | None = Field(default=None, ge=0)


@router.get("/processes")
def listed(visit: Visiting) -> dict[str, Any]:
    """The processes, with how many cases run."""
    allowed_now(visit, Action.READ_PROCESSES)
    with visit.web.store.read() as session:
        return {"processes": [asdict(each) for each in processes(session)]}


@router.get("/processes/{process}")
def one(visit: Visiting, process: str) -> dict[str, Any]:
    """What is in force of a process, step by step, and all its versions."""
    return _detail(visit, process, None)


@router.get("/processes/{process}/versions/{number}")
def version(
    visit: Visiting, process: str, number: Annotated[int, Path(ge=1, le=1_000_000)]
) -> dict[str, Any]:
    """One version of a process."""
    return _detail(visit, process, number)


@router.post("/proposals/check")
def checked(visit: Visiting, sent: Files) -> dict[str, Any]:
    """Check a definition and play its scenarios; nothing is kept."""
    return told(proved(visit, sent))


@router.get("/proposals")
def waiting(
    visit: Visiting, state: Annotated[ProposalState | None, Query()] = ProposalState.WAITING
) -> dict[str, Any]:
    """What was put forward, the latest first; what waits unless another state is asked for."""
    allowed_now(visit, Action.READ_PROCESSES)
    with visit.web.store.read() as session:
        rows = proposals(session, visit.actor.staff_id, state=state)
    return {"proposals": [asdict(each) for each in rows]}


@router.post("/proposals", status_code=HTTPStatus.CREATED)
def proposed(visit: Visiting, sent: Putting) -> dict[str, Any]:
    """Put a definition forward. It comes into force when somebody else has approved it."""
    proof = proved(visit, sent)
    made = commands.propose(visit.web.store, proof, sent.reason, by=visit.actor.staff_id, now=visit.web.now())
    return {"id": made.id, "state": made.state.value}


@router.get("/proposals/{proposal_id}")
def one_proposal(visit: Visiting, proposal_id: str, response: Response) -> dict[str, Any]:
    """What was put forward, and how it differs from what is in force."""
    allowed_now(visit, Action.READ_PROCESSES)
    with visit.web.store.read() as session:
        found = proposal_detail(session, proposal_id, visit.actor.staff_id)
    if found is None:
        raise not_there()
    response.headers["ETag"] = f'"{found.revision}"'
    return asdict(found)


@router.post("/proposals/{proposal_id}/approve")
def approved(visit: Visiting, proposal_id: str, sent: Approval) -> dict[str, Any]:
    """Bring what somebody else has put forward into force."""
    allowed_now(visit, Action.APPROVE_PROCESS)
    done = commands.approve(
        visit.web.runtime,
        known(visit),
        proposal_id,
        by=visit.actor.staff_id,
        reason=sent.reason,
        at_most=sent.at_most,
    )
    return {"id": done.id, "state": done.state.value, "process": done.process}


@router.post("/proposals/{proposal_id}/refuse")
def refused(visit: Visiting, proposal_id: str, sent: Refusal) -> dict[str, Any]:
    """Say no to what somebody else has put forward."""
    now = allowed_now(visit, Action.APPROVE_PROCESS)
    done = commands.refuse(visit.web.store, proposal_id, sent.reason, by=visit.actor.staff_id, now=now)
    return {"id": done.id, "state": done.state.value}


@router.post("/proposals/{proposal_id}/withdraw")
def withdrawn(visit: Visiting, proposal_id: str) -> dict[str, Any]:
    """Take back what one has put forward oneself."""
    now = allowed_now(visit, Action.PUBLISH_PROCESS)
    done = commands.withdraw(visit.web.store, proposal_id, by=visit.actor.staff_id, now=now)
    return {"id": done.id, "state": done.state.value}


def known(visit: Visit) -> Known:
    """What definitions are checked against here and now."""
    with visit.web.store.read() as session:
        return known_here(session, visit.web.runtime.catalogue, visit.web.documents)


def proved(visit: Visit, sent: Files) -> Proof:
    """What comes of these files, for somebody who may put one forward."""
    allowed_now(visit, Action.PUBLISH_PROCESS)
    files = sort_out(sent.sent())
    return prove(visit.web.runtime, known(visit), files)


def told(proof: Proof) -> dict[str, Any]:
    """A proof as plain values."""
    plan = proof.plan
    return {
        "process": None if plan is None else plan.process,
        "title": None if plan is None else plan.title,
        "hash": None if plan is None else plan.hash,
        "sound": plan is not None,
        "diagnostics": [as_json(each) for each in proof.diagnostics],
        "steps": [] if plan is None else [asdict(each) for each in explain(plan)],
        "scenarios": [
            {
                "name": each.name,
                "passed": each.passed,
                "failures": [
                    {"line": why.span.line, "message": why.message, "expected": why.expected, "got": why.got}
                    for why in each.failures
                ],
            }
            for each in proof.outcomes
        ],
        "tried": commands.tried(proof),
    }


def _detail(visit: Visit, process: str, number: int | None) -> dict[str, Any]:
    allowed_now(visit, Action.READ_PROCESSES)
    with visit.web.store.read() as session:
        found = process_detail(session, visit.web.plans, process, number, visit.web.groups)
    if found is None:
        raise not_there()
    return asdict(found)
