"""Processes, for operations staff: what is in force, and how something else comes into force."""

from collections.abc import Iterable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import Path, Query, Response
from pydantic import Field

from definitions import StepWords, as_json, explain
from definitions.source import MOST_BYTES
from flows.publishing import proposals as commands
from flows.publishing.known import Known, known_here
from flows.publishing.proving import Proof, prove
from flows.publishing.sent_files import MOST, SentFile, sort_out
from models import ProposalState
from web.access.actions import Action
from web.api.as_read import as_read
from web.api.declaring import Resource
from web.api.once import by_nature
from web.api.problem import not_there
from web.api.sent import Plain, Sent
from web.api.standing import PROPOSAL
from web.api.visiting import Visiting, allowed_now
from web.reading.process.processes import ProcessDetail, ProcessLine, process_detail, processes
from web.reading.process.proposals import ProposalDetail, ProposalLine, proposal_detail, proposals
from web.visitor import Visit

router = Resource(tags=["processes"])

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


@dataclass(frozen=True, slots=True)
class ProcessLines:
    """The processes."""

    processes: list[ProcessLine]


@dataclass(frozen=True, slots=True)
class ProposalList:
    """What was put forward."""

    proposals: list[ProposalLine]


@dataclass(frozen=True, slots=True)
class ProposalMade:
    """What was put forward, by its id, and how it stands."""

    id: str
    state: ProposalState


@dataclass(frozen=True, slots=True)
class ProposalApproved:
    """What came into force."""

    id: str
    state: ProposalState
    process: str


@dataclass(frozen=True, slots=True)
class ScenarioFailure:
    """What a scenario expected otherwise, and in which line."""

    line: int
    message: str
    expected: str | None
    got: str | None


@dataclass(frozen=True, slots=True)
class ScenarioResult:
    """How a scenario came out."""

    name: str
    passed: bool
    failures: tuple[ScenarioFailure, ...]


@dataclass(frozen=True, slots=True)
class Checked:
    """What was found about a definition. `sound` says that it could be put forward; what it says of itself is
    none where it is not. `diagnostics` are as `casewright check --json` tells them, `tried` says how many
    scenarios there were, which failed and what they covered.
    """

    process: str | None
    title: str | None
    hash: str | None
    sound: bool
    diagnostics: list[dict[str, Any]]
    steps: tuple[StepWords, ...]
    scenarios: tuple[ScenarioResult, ...]
    tried: dict[str, Any]


@router.get("/processes")
def listed(visit: Visiting) -> ProcessLines:
    """The processes, with how many cases run."""
    allowed_now(visit, Action.READ_PROCESSES)
    with visit.web.store.read() as session:
        return ProcessLines(processes(session))


@router.get("/processes/{process}")
def one(visit: Visiting, process: str) -> ProcessDetail:
    """What is in force of a process, step by step, and all its versions."""
    return _detail(visit, process, None)


@router.get("/processes/{process}/versions/{number}")
def version(visit: Visiting, process: str, number: Annotated[int, Path(ge=1, le=1_000_000)]) -> ProcessDetail:
    """One version of a process."""
    return _detail(visit, process, number)


@router.post("/proposals/check")
@by_nature
def checked(visit: Visiting, sent: Files) -> Checked:
    """Check a definition and play its scenarios; nothing is kept."""
    return told(proved(visit, sent))


@router.get("/proposals")
def waiting(
    visit: Visiting, state: Annotated[ProposalState | None, Query()] = ProposalState.WAITING
) -> ProposalList:
    """What was put forward, the latest first; what waits unless another state is asked for."""
    allowed_now(visit, Action.READ_PROCESSES)
    with visit.web.store.read() as session:
        rows = proposals(session, visit.actor.staff_id, state=state)
    return ProposalList(rows)


@router.post("/proposals", status_code=HTTPStatus.CREATED)
def proposed(visit: Visiting, sent: Putting) -> ProposalMade:
    """Put a definition forward. It comes into force when somebody else has approved it."""
    proof = proved(visit, sent)
    made = commands.propose(visit.web.store, proof, sent.reason, by=visit.actor.staff_id, now=visit.web.now())
    return ProposalMade(made.id, made.state)


@router.get("/proposals/{proposal_id}")
def one_proposal(visit: Visiting, proposal_id: str, response: Response) -> ProposalDetail:
    """What was put forward, and how it differs from what is in force."""
    allowed_now(visit, Action.READ_PROCESSES)
    with visit.web.store.read() as session:
        found = proposal_detail(session, proposal_id, visit.actor.staff_id)
    if found is None:
        raise not_there()
    response.headers["ETag"] = f'"{found.revision}"'
    return found


@router.post("/proposals/{proposal_id}/approve")
@as_read(PROPOSAL)
def approved(visit: Visiting, proposal_id: str, sent: Approval) -> ProposalApproved:
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
    return ProposalApproved(done.id, done.state, done.process)


@router.post("/proposals/{proposal_id}/refuse")
@as_read(PROPOSAL)
def refused(visit: Visiting, proposal_id: str, sent: Refusal) -> ProposalMade:
    """Say no to what somebody else has put forward."""
    now = allowed_now(visit, Action.APPROVE_PROCESS)
    done = commands.refuse(visit.web.store, proposal_id, sent.reason, by=visit.actor.staff_id, now=now)
    return ProposalMade(done.id, done.state)


@router.post("/proposals/{proposal_id}/withdraw")
@as_read(PROPOSAL)
def withdrawn(visit: Visiting, proposal_id: str) -> ProposalMade:
    """Take back what one has put forward oneself."""
    now = allowed_now(visit, Action.PUBLISH_PROCESS)
    done = commands.withdraw(visit.web.store, proposal_id, by=visit.actor.staff_id, now=now)
    return ProposalMade(done.id, done.state)


def known(visit: Visit) -> Known:
    """What definitions are checked against here and now."""
    with visit.web.store.read() as session:
        return known_here(session, visit.web.runtime.catalogue, visit.web.documents)


def proved(visit: Visit, sent: Files) -> Proof:
    """What comes of these files, for somebody who may put one forward."""
    allowed_now(visit, Action.PUBLISH_PROCESS)
    files = sort_out(sent.sent())
    return prove(visit.web.runtime, known(visit), files)


def told(proof: Proof) -> Checked:
    """A proof as it is answered."""
    plan = proof.plan
    return Checked(
        process=None if plan is None else plan.process,
        title=None if plan is None else plan.title,
        hash=None if plan is None else plan.hash,
        sound=plan is not None,
        diagnostics=[as_json(each) for each in proof.diagnostics],
        steps=() if plan is None else explain(plan),
        scenarios=tuple(
            ScenarioResult(
                each.name,
                each.passed,
                tuple(
                    ScenarioFailure(why.span.line, why.message, why.expected, why.got)
                    for why in each.failures
                ),
            )
            for each in proof.outcomes
        ),
        tried=commands.tried(proof),
    )


def _detail(visit: Visit, process: str, number: int | None) -> ProcessDetail:
    allowed_now(visit, Action.READ_PROCESSES)
    with visit.web.store.read() as session:
        found = process_detail(session, visit.web.plans, process, number, visit.web.groups)
    if found is None:
        raise not_there()
    return found
