"""Who may see a case, beside what follows from their work: the names of a sealed one."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlmodel import Session, col, select

from flows.inbox.case.guarding import state_of_seal
from models import Case, CaseConfidant, Staff, StaffGroup

MOST: Final = 60


@dataclass(frozen=True, slots=True)
class Named:
    """Somebody who is named for a sealed case."""

    staff_id: str
    name: str
    named_at: datetime


@dataclass(frozen=True, slots=True)
class CaseAccess:
    """Whether a case is sealed, who is named for it, and who of its team could be named. `state` is another
    one as soon as it is sealed or unsealed, or somebody is named or not any more.
    """

    sealed: bool
    named: tuple[Named, ...]
    others: tuple[tuple[str, str], ...]
    state: str


def case_access(session: Session, case: Case) -> CaseAccess:
    """Who may see this case. Whoever shows it leaves a trace in the audit."""
    state = state_of_seal(session, case)  # before the rest: what comes later is not counted as read
    query = (
        select(CaseConfidant, Staff.name)
        .join(Staff, col(Staff.id) == col(CaseConfidant.staff_id))
        .where(CaseConfidant.case_id == case.id)
        .order_by(col(Staff.name))
    )
    named = tuple(Named(row.staff_id, name, row.named_at) for row, name in session.exec(query))
    settled = {each.staff_id for each in named} | {case.worker_id, case.supervisor_id}
    return CaseAccess(case.sealed, named, tuple(_of_team(session, case, settled)), state)


def _of_team(session: Session, case: Case, settled: set[str | None]) -> list[tuple[str, str]]:
    if case.team is None:
        return []
    query = (
        select(Staff.id, Staff.name)
        .join(StaffGroup, col(StaffGroup.staff_id) == col(Staff.id))
        .where(StaffGroup.group == case.team, col(Staff.active))
        .order_by(col(Staff.name))
    )
    return [(ident, name) for ident, name in session.exec(query.limit(MOST)) if ident not in settled]
