"""What was put forward, with how it differs from what is in force and what it means for cases that run."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from flows.publishing.sent_files import kept
from models import DefinitionVersion, ProcessProposal, ProposalState
from web.reading.names import Names
from web.reading.process.processes import DifferenceLine, difference, in_flight_of

MOST = 100


@dataclass(frozen=True, slots=True)
class ProposalLine:
    """A proposal of the list."""

    id: str
    process: str
    title: str
    reason: str
    proposed_at: datetime
    proposed_by: str
    state: str
    decided_at: datetime | None
    decided_by: str | None
    decision: str | None
    mine: bool


@dataclass(frozen=True, slots=True)
class ProposalDetail:
    """One proposal: `difference` to the version that it was `based_on`, None where that is too long to be
    shown; `in_flight` by version how many cases run. `outdated`: another version has come into force since.
    """

    line: ProposalLine
    based_on: int
    newest: int
    outdated: bool
    number: int | None
    files: tuple[Mapping[str, str], ...]
    source: str
    difference: tuple[DifferenceLine, ...] | None
    tried: Mapping[str, Any]
    in_flight: Mapping[int, int]
    revision: int


def proposals(
    session: Session, me: str, *, state: ProposalState | None = ProposalState.WAITING
) -> list[ProposalLine]:
    """The proposals in this state, or all, the latest first."""
    query = select(ProcessProposal)
    if state is not None:
        query = query.where(ProcessProposal.state == state)
    latest = query.order_by(col(ProcessProposal.proposed_at).desc(), col(ProcessProposal.id).desc())
    names = Names(session)
    return [_line(each, names, me) for each in session.exec(latest.limit(MOST))]


def proposal_detail(session: Session, proposal_id: str, me: str) -> ProposalDetail | None:
    """One proposal; None where there is none."""
    found = session.get(ProcessProposal, proposal_id)
    if found is None:
        return None
    sources: Any = (
        select(DefinitionVersion.number, DefinitionVersion.source)
        .where(DefinitionVersion.process == found.process)
        .order_by(col(DefinitionVersion.number))
    )
    versions: dict[int, str] = dict(session.exec(sources).all())
    published = None if found.version_id is None else session.get(DefinitionVersion, found.version_id)
    source = definition_of(found.files)
    last = max(versions, default=0)
    return ProposalDetail(
        line=_line(found, Names(session), me),
        based_on=found.based_on,
        newest=last,
        outdated=found.state is ProposalState.WAITING and last != found.based_on,
        number=None if published is None else published.number,
        files=tuple(found.files),
        source=source,
        difference=difference(versions.get(found.based_on, ""), source),
        tried=found.tried,
        in_flight=in_flight_of(session, found.process),
        revision=found.revision,
    )


def definition_of(files: list[dict[str, str]]) -> str:
    """The text of the definition among the files of a proposal."""
    return kept(files).definition.text


def _line(row: ProcessProposal, names: Names, me: str) -> ProposalLine:
    return ProposalLine(
        id=row.id,
        process=row.process,
        title=row.title,
        reason=row.reason,
        proposed_at=row.proposed_at,
        proposed_by=names.of(row.proposed_by) or "somebody",
        state=row.state.value,
        decided_at=row.decided_at,
        decided_by=names.of(row.decided_by),
        decision=row.decision,
        mine=row.proposed_by == me,
    )
