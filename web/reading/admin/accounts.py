"""Accounts as administrators look at them: the list, and one with all that belongs to it; no case."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Self
from urllib.parse import urlencode

from sqlalchemy import ColumnElement, func, or_
from sqlmodel import Session, col, select

from models import TASK_ENDED, Account, AccountRole, ApiToken, HumanTask, Role, Staff
from web.accounts import sessions
from web.accounts.standing import state_of_standing
from web.reading.admin.own_account import TeamPlace, places_of
from web.reading.clients import like
from web.reading.said import search_of

PAGE: Final = 50


@dataclass(frozen=True, slots=True)
class Asked:
    """What the list was asked for: words of a name or login, a role, whether disabled ones; `after` is the
    login name that the page before ended with.
    """

    search: str = ""
    role: Role | None = None
    disabled: bool = False
    after: str = ""

    @classmethod
    def read(cls, query: Mapping[str, str]) -> Self:
        """From the query of an address; what is not understood counts as not said."""
        return cls(
            search=search_of(query),
            role=next((each for each in Role if each.value == query.get("role")), None),
            disabled=query.get("disabled") == "1",
            after=query.get("after", "")[:254],
        )

    @property
    def narrowed(self) -> bool:
        """Whether anything but the page was asked for."""
        return bool(self.search or self.role or self.disabled)

    def further(self, after: str) -> str:
        """The address of the page that follows."""
        said = {
            "q": self.search,
            "role": self.role.value if self.role else "",
            "disabled": "1" if self.disabled else "",
            "after": after,
        }
        return "/accounts?" + urlencode({name: value for name, value in said.items() if value})


@dataclass(frozen=True, slots=True)
class AccountLine:
    """An account of the list."""

    id: str
    login: str
    name: str
    roles: tuple[str, ...]
    second_factor: bool
    has_password: bool
    openid: bool
    disabled: bool


@dataclass(frozen=True, slots=True)
class AccountDetail:
    """One account. `open_tasks` is how many tasks its owner still has; `left`: they work here no more.
    `state` is another one as soon as somebody changes its roles, the teams or the supervisor.
    """

    id: str
    staff_id: str
    login: str
    name: str
    email: str
    roles: tuple[str, ...]
    places: tuple[TeamPlace, ...]
    supervisor: str | None
    supervisor_email: str | None
    has_password: bool
    must_change_password: bool
    second_factor: bool
    openid: bool
    openid_by_email: bool
    disabled: bool
    left: bool
    sessions: int
    tokens: int
    open_tasks: int
    created_at: datetime
    last_login: datetime | None
    revision: int
    state: str


def accounts_of(session: Session, asked: Asked) -> tuple[list[AccountLine], bool]:
    """One page of the accounts, in the order of their login names, and whether there are more."""
    query: Any = (
        select(Account, Staff)
        .join(Staff, col(Staff.id) == col(Account.staff_id))
        .where(*_filters(asked))
        .order_by(col(Account.login))
        .limit(PAGE + 1)
    )
    found = session.exec(query).all()
    roles = roles_of(session, [account.id for account, _ in found])
    rows = [
        AccountLine(
            id=account.id,
            login=account.login,
            name=staff.name,
            roles=roles.get(account.id, ()),
            second_factor=account.second_factor,
            has_password=account.password_hash is not None,
            openid=account.openid_subject is not None or account.openid_by_email,
            disabled=account.disabled_at is not None or not staff.active,
        )
        for account, staff in found
    ]
    return rows[:PAGE], len(rows) > PAGE


def account_detail(session: Session, account_id: str, now: datetime) -> AccountDetail | None:
    """One account with all that belongs to it; None where there is none."""
    account = session.get(Account, account_id)
    if account is None:
        return None
    staff = session.get_one(Staff, account.staff_id)
    state = state_of_standing(session, staff)  # before the rest: what comes later is not counted as read
    above = None if staff.supervisor_id is None else session.get(Staff, staff.supervisor_id)
    living = sessions.living(now).where(sessions.whose(account.id))
    return AccountDetail(
        id=account.id,
        staff_id=staff.id,
        login=account.login,
        name=staff.name,
        email=staff.email,
        roles=roles_of(session, [account.id]).get(account.id, ()),
        places=places_of(session, staff.id),
        supervisor=None if above is None else above.name,
        supervisor_email=None if above is None else above.email,
        has_password=account.password_hash is not None,
        must_change_password=account.must_change_password,
        second_factor=account.second_factor,
        openid=account.openid_subject is not None,
        openid_by_email=account.openid_by_email,
        disabled=account.disabled_at is not None,
        left=not staff.active,
        sessions=_count(session, living),
        tokens=_count(session, _living_tokens(account.id, now)),
        open_tasks=_count(session, _open_tasks(staff.id)),
        created_at=account.created_at,
        last_login=sessions.last_begun(session, account.id),
        revision=account.revision,
        state=state,
    )


def roles_of(session: Session, accounts: list[str]) -> dict[str, tuple[str, ...]]:
    """The roles of these accounts, by account."""
    found: dict[str, list[str]] = {}
    for each in session.exec(select(AccountRole).where(col(AccountRole.account_id).in_(accounts))):
        found.setdefault(each.account_id, []).append(each.role.value)
    return {account: tuple(sorted(roles)) for account, roles in found.items()}


def _filters(asked: Asked) -> list[ColumnElement[bool]]:
    gone = or_(col(Account.disabled_at).is_not(None), col(Staff.active).is_(False))
    found = [gone if asked.disabled else ~gone]
    if asked.role is not None:
        having = select(AccountRole.account_id).where(AccountRole.role == asked.role)
        found.append(col(Account.id).in_(having))
    if asked.after:
        found.append(col(Account.login) > asked.after)
    for word in asked.search.split():
        pattern = like(word)
        found.append(
            or_(
                col(Account.login).ilike(pattern, escape="/"),
                col(Staff.name).ilike(pattern, escape="/"),
                col(Staff.email).ilike(pattern, escape="/"),
            )
        )
    return found


def _open_tasks(staff_id: str) -> Any:
    return select(HumanTask).where(
        HumanTask.assignee_id == staff_id, col(HumanTask.status).not_in(TASK_ENDED)
    )


def _living_tokens(account_id: str, now: datetime) -> Any:
    return select(ApiToken).where(
        ApiToken.account_id == account_id, col(ApiToken.revoked_at).is_(None), col(ApiToken.expires_at) > now
    )


def _count(session: Session, query: Any) -> int:
    return int(session.exec(query.with_only_columns(func.count())).one())
