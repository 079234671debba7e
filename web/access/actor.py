"""Who acts: an account with what access is decided by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sqlmodel import Session, col, select

from flows.inbox.desk import LEADERS
from models import Account, AccountRole, Role, Staff, StaffGroup
from web.access.actions import Action

CASEWORK: Final = frozenset({Role.CASEWORKER, Role.SPECIALIST, Role.SUPERVISOR, Role.MANAGER})
"""The roles of those who work on cases."""

LEADING: Final = frozenset({Role.SUPERVISOR, Role.MANAGER})
"""The roles of those who answer for the work of others."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody who is logged in. `teams` are the groups they work in, `leads` those that they lead.
    With `must_change_password` they choose another password before anything else. `only` are the actions of a
    program's token; None for a person.
    """

    account_id: str
    staff_id: str
    name: str
    roles: frozenset[Role]
    teams: frozenset[str]
    leads: frozenset[str]
    must_change_password: bool = False
    only: frozenset[Action] | None = None

    def has(self, *roles: Role) -> bool:
        """Whether the actor has one of these roles."""
        return not self.roles.isdisjoint(roles)

    def within(self, action: Action) -> bool:
        """Whether the token that is used, if it is one, is for this."""
        return self.only is None or action in self.only

    @property
    def works_on_cases(self) -> bool:
        """Whether the actor has a role that works on cases."""
        return not self.roles.isdisjoint(CASEWORK)

    @property
    def leads_people(self) -> bool:
        """Whether the actor is a supervisor or manager."""
        return not self.roles.isdisjoint(LEADING)


def load_actor(session: Session, account_id: str) -> Actor | None:
    """The actor of an account as it is now; None when it is disabled or the person has left."""
    query = select(Account, Staff).join(Staff, col(Staff.id) == col(Account.staff_id))
    found = session.exec(query.where(Account.id == account_id)).first()
    if found is None:
        return None
    account, staff = found
    if account.disabled_at is not None or not staff.active:
        return None
    roles = session.exec(select(AccountRole.role).where(AccountRole.account_id == account_id)).all()
    places = session.exec(select(StaffGroup).where(StaffGroup.staff_id == staff.id)).all()
    return Actor(
        account_id=account.id,
        staff_id=staff.id,
        name=staff.name,
        roles=frozenset(Role(each) for each in roles),
        teams=frozenset(each.group for each in places),
        leads=frozenset(each.group for each in places if each.role in LEADERS),
        must_change_password=account.must_change_password,
    )
