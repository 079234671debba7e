"""What commands about the people around a case begin with: the case, its client, and rows that are theirs.

Whether somebody may give them is decided before (`web.access.policy`).
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeVar
from zoneinfo import ZoneInfo

from sqlmodel import Session

from flows.inbox.case.desk import case_for
from flows.inbox.desk import OPERATOR, InboxError
from flows.waking.wakes import wake_watchers
from models import Case, Client, HouseholdMember, Record, related
from notifications.background import records_of, survivor
from tasks.history import Act, Happening, add_entry, write_audit
from tasks.records.relations import memberships, present

R = TypeVar("R", bound=Record)


@dataclass(frozen=True, slots=True)
class Doing:
    """Who does it, when, and where the office's clocks are."""

    by: str | None
    now: datetime
    zone: ZoneInfo

    @property
    def actor(self) -> str:
        """Who did it, for the audit."""
        return self.by or OPERATOR

    @property
    def today(self) -> date:
        """The day that it is at the office."""
        return self.now.astimezone(self.zone).date()


@dataclass(frozen=True, slots=True)
class Around:
    """A case, its client (the record that counts), and what was done to people around them."""

    session: Session
    case: Case
    client: Client
    doing: Doing

    def theirs(self, table: type[R], ident: str, what: str) -> R:
        """A row of this client's, or of a record that was merged into theirs. InboxError where there is none,
        also where there is one of somebody else.
        """
        row = self.session.get(table, ident)
        owners = {each.id for each in records_of(self.session, self.client)}
        if row is None or getattr(row, "client_id", None) not in owners:
            raise InboxError(f"there is no such {what}")
        return row

    def keep(
        self,
        row: Record,
        fields: Collection[str],
        title: str,
        *,
        kind: Happening | None = None,
        detail: str = "",
        significant: bool = False,
        new: bool = False,
    ) -> None:
        """Keep a row that was made or changed, with its trace: the audit, the chronology, and those who wait
        for a condition on it.
        """
        name, doing = type(row).__name__, self.doing
        self.session.add(row)
        act = Act.CREATE if new else Act.UPDATE
        write_audit(
            self.session, doing.actor, act, name, row.id, doing.now, fields=fields, case_id=self.case.id
        )
        add_entry(
            self.session,
            self.case.id,
            kind or (Happening.RECORD_CREATED if new else Happening.RECORD_CHANGED),
            title,
            now=doing.now,
            zone=doing.zone,
            by=doing.actor,
            detail=detail,
            significant=significant,
            record=(name, row.id),
        )
        self.session.flush()
        wake_watchers(self.session, self.case.id, f"{name}:{row.id}:{doing.now.isoformat()}", doing.now)


def around(session: Session, case_id: str, doing: Doing) -> Around:
    """The case, locked, for an active member of the staff. InboxError where there is no such case."""
    case = case_for(session, case_id, doing.by)
    client = survivor(session, case.client_id)
    if client is None:
        raise InboxError("the case has no client")
    return Around(session, case, client, doing)


def membership_of(session: Session, client_id: str, today: date) -> HouseholdMember | None:
    """Where somebody lives today: their place in a household."""
    found = present(memberships(session, client_id), today)
    return found[0] if found else None


def members_of(session: Session, household_id: str, today: date) -> list[HouseholdMember]:
    """Who lives in a household today, the head first."""
    return present(related(session, HouseholdMember, household_id=household_id), today)
