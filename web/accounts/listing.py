"""Accounts as they are listed and found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, or_, select

from models import Account, AccountRole, Staff
from web.accounts.entering import login_name


@dataclass(frozen=True, slots=True)
class AccountRow:
    """An account as administrators see it."""

    id: str
    login: str
    staff_id: str
    name: str
    email: str
    roles: tuple[str, ...]
    has_password: bool
    second_factor: bool
    disabled: bool
    openid: bool
    created_at: datetime

    def plain(self) -> Mapping[str, Any]:
        """As it is written as JSON."""
        return asdict(self)


def accounts(session: Session, account_id: str | None = None) -> list[AccountRow]:
    """All accounts, or one, in the order of their login names."""
    query = select(Account, Staff).join(Staff, col(Staff.id) == col(Account.staff_id))
    if account_id is not None:
        query = query.where(Account.id == account_id)
    roles: dict[str, list[str]] = {}
    for each in session.exec(select(AccountRole)):
        roles.setdefault(each.account_id, []).append(each.role.value)
    found = session.exec(query.order_by(col(Account.login))).all()
    return [_row(account, staff, roles.get(account.id, [])) for account, staff in found]


def find_account(session: Session, name: str) -> Account | None:
    """The account of this login name or id."""
    named = or_(col(Account.login) == login_name(name), col(Account.id) == name)
    return session.exec(select(Account).where(named)).first()


def _row(account: Account, staff: Staff, roles: list[str]) -> AccountRow:
    return AccountRow(
        id=account.id,
        login=account.login,
        staff_id=staff.id,
        name=staff.name,
        email=staff.email,
        roles=tuple(sorted(roles)),
        has_password=account.password_hash is not None,
        second_factor=account.second_factor,
        disabled=account.disabled_at is not None or not staff.active,
        openid=account.openid_subject is not None,
        created_at=account.created_at,
    )
