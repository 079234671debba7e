"""The head that every page of a case has: whose it is, how it stands, who is on it, what comes next."""

from dataclasses import dataclass
from datetime import datetime, tzinfo

from sqlmodel import Session

from models import CASE_OPEN, Case, CaseStatus, Client, stage_of
from web.reading.case.next_steps import NextStep, next_steps
from web.reading.case.person import Person, person_of
from web.reading.case.stage import case_dates
from web.reading.case.whole import last_risk
from web.reading.names import Names


@dataclass(frozen=True, slots=True)
class CaseHead:
    """A case, as the head has it. `risk_why` is what was said when the level was last set; `steps` are
    those that come next. `revision` changes with every change of the case.
    """

    id: str
    number: str
    client_id: str
    client: Person
    status: CaseStatus
    stage: str
    open: bool
    sealed: bool
    closed_at: datetime | None
    closed_reason: str
    risk: str | None
    risk_provisional: bool
    risk_why: str
    risk_since: datetime | None
    priority: str | None
    priority_provisional: bool
    worker: str | None
    supervisor: str | None
    team: str | None
    reason: str
    received_at: datetime
    steps: tuple[NextStep, ...]
    revision: int

    @property
    def next(self) -> NextStep | None:
        """What has to be done first; None where nothing is planned."""
        return self.steps[0] if self.steps else None

    @property
    def address(self) -> str:
        """Where the case's pages are."""
        return f"/cases/{self.id}"


def case_head(session: Session, case: Case, now: datetime, zone: tzinfo) -> CaseHead:
    """The head of a case that somebody may read. Whoever shows it leaves a trace in the audit."""
    names, risk = Names(session), last_risk(session, case)
    return CaseHead(
        id=case.id,
        number=case.number,
        client_id=case.client_id,
        client=person_of(session.get_one(Client, case.client_id), now.astimezone(zone).date()),
        status=case.status,
        stage=stage_of(case_dates(session, case, zone)).value,
        open=case.status in CASE_OPEN,
        sealed=case.sealed,
        closed_at=case.closed_at,
        closed_reason=case.closed_reason or "",
        risk=None if case.risk_level is None else case.risk_level.value,
        risk_provisional=case.risk_provisional,
        risk_why="" if risk is None else (risk.detail or risk.title),
        risk_since=None if risk is None else risk.happened_at,
        priority=None if case.priority is None else case.priority.value,
        priority_provisional=case.priority_provisional,
        worker=names.of(case.worker_id),
        supervisor=names.of(case.supervisor_id),
        team=case.team,
        reason=case.reason or "",
        received_at=case.received_at,
        steps=next_steps(session, case, names, now),
        revision=case.revision,
    )
