"""Accounts of others, for administrators: make, change, disable; what is told once is told once."""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated, Final

from fastapi import Query, Response
from pydantic import Field

from models import GroupRole, Role
from web.access.actions import Action
from web.accounts.commands import (
    allow_openid_by_email,
    change_roles,
    disable,
    enable,
    forget_openid,
    make_account,
    remove_totp,
    set_password,
)
from web.accounts.owning import end_other_sessions
from web.accounts.passwords import made_password
from web.accounts.staffing import change_places, staff_for
from web.accounts.tokens import revoke_token, tokens_of
from web.api.account import TokenList
from web.api.as_read import as_read
from web.api.declaring import Resource, answers
from web.api.once import told_once
from web.api.problem import ProblemError, not_there
from web.api.sent import Match, Plain, Sent, needed, state_named
from web.api.standing import ACCOUNT
from web.api.visiting import Visiting, allowed_now
from web.reading.admin.accounts import AccountDetail, AccountLine, Asked, account_detail, accounts_of
from web.reading.admin.own_account import token_line
from web.reading.said import LONGEST_SEARCH
from web.visitor import Visit

router = Resource(prefix="/accounts", tags=["accounts"])

READ: Final = answers(HTTPStatus.PRECONDITION_REQUIRED)
"""What a route answers besides that has to know which state was read."""

MOST_GROUPS = 200
Reason = Annotated[Plain, Field(min_length=3, max_length=1_000)]


class NewAccount(Sent):
    """Who gets an account, and as what. Without `with_password` they log in at the provider only."""

    email: Plain = Field(min_length=3, max_length=254)
    name: Plain | None = Field(default=None, max_length=200)
    login: Plain | None = Field(default=None, max_length=254)
    roles: list[Role] = Field(min_length=1, max_length=len(Role))
    with_password: bool = True
    openid_by_email: bool = False


class Roles(Sent):
    """Exactly these roles."""

    roles: list[Role] = Field(min_length=1, max_length=len(Role))


class Places(Sent):
    """Exactly these groups, with what somebody is there; an empty text is none. Then who answers for them,
    by e-mail address; nobody where it is left out.
    """

    groups: dict[str, GroupRole | None] = Field(default_factory=dict, max_length=MOST_GROUPS)
    supervisor: Plain | None = Field(default=None, max_length=254)


class Why(Sent):
    """Why something is done; it is kept."""

    reason: Reason


class OpenId(Sent):
    """Whether the first login at the provider may be matched by the e-mail address."""

    by_email: bool


@dataclass(frozen=True, slots=True)
class AccountList:
    """A page of accounts. `next` is what `after` has to be for more, None on the last page."""

    accounts: list[AccountLine]
    next: str | None


@dataclass(frozen=True, slots=True)
class AccountMade:
    """A new account. Its first password is told here and nowhere else; None where it has none."""

    id: str
    login: str
    password: str | None


@dataclass(frozen=True, slots=True)
class PasswordMade:
    """A new password, told here and nowhere else."""

    password: str


@router.get("")
def listed(
    visit: Visiting,
    q: Annotated[str, Query(max_length=LONGEST_SEARCH)] = "",
    role: Role | None = None,
    disabled: bool = False,
    after: Annotated[str, Query(max_length=254)] = "",
) -> AccountList:
    """The accounts in the order of their login names; `next` is what `after` has to be for more."""
    allowed_now(visit, Action.MANAGE_ACCOUNTS)
    asked = Asked(" ".join(q.split()), role, disabled, after)
    with visit.web.store.read() as session:
        rows, more = accounts_of(session, asked)
    return AccountList(rows, rows[-1].login if more else None)


@router.post("", status_code=HTTPStatus.CREATED)
@told_once
def make(visit: Visiting, sent: NewAccount) -> AccountMade:
    """Make an account. Its first password is told here and nowhere else; its owner chooses another one."""
    now, by, web = allowed_now(visit, Action.MANAGE_ACCOUNTS), visit.actor.staff_id, visit.web
    staff = staff_for(web.store, sent.email, sent.name, by=by, now=now)
    password = made_password() if sent.with_password else None
    made = make_account(
        web.store,
        web.keys.passwords,
        staff.id,
        sent.roles,
        by=by,
        now=now,
        login=sent.login,
        password=password,
        must_change=True,
    )
    if sent.openid_by_email:
        allow_openid_by_email(web.store, made.id, by=by, now=now, allowed=True)
    return AccountMade(made.id, made.login, password)


@router.get("/{account_id}")
def one(visit: Visiting, account_id: str) -> AccountDetail:
    """One account."""
    return _found(visit, account_id)


@router.put("/{account_id}/roles", status_code=HTTPStatus.NO_CONTENT, responses=READ)
def roles(visit: Visiting, account_id: str, sent: Roles, match: Match = None) -> Response:
    """Give an account exactly these roles. `If-Match` has to name the `state` that was read."""
    _found(visit, account_id)
    web, by, state = visit.web, visit.actor.staff_id, state_named(needed(match))
    change_roles(web.store, account_id, sent.roles, by=by, now=web.now(), state=state)
    return _done()


@router.put("/{account_id}/places", status_code=HTTPStatus.NO_CONTENT, responses=READ)
def places(visit: Visiting, account_id: str, sent: Places, match: Match = None) -> Response:
    """The teams that somebody works in or leads, and who answers for them. `If-Match` has to name the `state`
    that was read.
    """
    found, web, by = _found(visit, account_id), visit.web, visit.actor.staff_id
    had = {each.group for each in found.places}
    unknown = [each for each in sent.groups if each not in web.groups and each not in had]
    if unknown:
        raise ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, "There is no such group in the vocabulary.")
    wanted = {group: role for group, role in sent.groups.items() if role is not None}
    state, above = state_named(needed(match)), sent.supervisor or None
    change_places(web.store, found.staff_id, wanted, above, by=by, now=web.now(), state=state)
    return _done()


@router.post("/{account_id}/disable", status_code=HTTPStatus.NO_CONTENT)
@as_read(ACCOUNT)
def disabled(visit: Visiting, account_id: str, sent: Why) -> Response:
    """Nobody logs in with the account any more, and its sessions end."""
    _found(visit, account_id)
    disable(
        visit.web.store, account_id, by=visit.actor.staff_id, now=visit.web.now(), reason=sent.reason.strip()
    )
    return _done()


@router.post("/{account_id}/enable", status_code=HTTPStatus.NO_CONTENT)
@as_read(ACCOUNT)
def enabled(visit: Visiting, account_id: str) -> Response:
    """The account can be used again."""
    _found(visit, account_id)
    enable(visit.web.store, account_id, by=visit.actor.staff_id, now=visit.web.now())
    return _done()


@router.post("/{account_id}/password", status_code=HTTPStatus.CREATED)
@told_once
@as_read(ACCOUNT)
def password(visit: Visiting, account_id: str) -> PasswordMade:
    """A new password, told once; its owner chooses another one at the next login. All sessions end."""
    _found(visit, account_id)
    made, web = made_password(), visit.web
    set_password(
        web.store,
        web.keys.passwords,
        account_id,
        made,
        by=visit.actor.staff_id,
        now=web.now(),
        must_change=True,
    )
    return PasswordMade(made)


@router.post("/{account_id}/second-factor/reset", status_code=HTTPStatus.NO_CONTENT)
@as_read(ACCOUNT)
def reset_factor(visit: Visiting, account_id: str, sent: Why) -> Response:
    """Take the second factor away, as for somebody who lost their telephone. All sessions end."""
    _found(visit, account_id)
    remove_totp(
        visit.web.store, account_id, by=visit.actor.staff_id, now=visit.web.now(), reason=sent.reason.strip()
    )
    return _done()


@router.put("/{account_id}/openid", status_code=HTTPStatus.NO_CONTENT)
@as_read(ACCOUNT)
def openid(visit: Visiting, account_id: str, sent: OpenId) -> Response:
    """Whether the first login at the organisation's provider may be matched by the e-mail address."""
    _found(visit, account_id)
    allow_openid_by_email(
        visit.web.store, account_id, by=visit.actor.staff_id, now=visit.web.now(), allowed=sent.by_email
    )
    return _done()


@router.delete("/{account_id}/openid", status_code=HTTPStatus.NO_CONTENT)
@as_read(ACCOUNT)
def forgotten_openid(visit: Visiting, account_id: str) -> Response:
    """The account is tied to no login at a provider any more; its sessions end."""
    _found(visit, account_id)
    forget_openid(visit.web.store, account_id, by=visit.actor.staff_id, now=visit.web.now())
    return _done()


@router.post("/{account_id}/sessions/end", status_code=HTTPStatus.NO_CONTENT)
def end_sessions(visit: Visiting, account_id: str) -> Response:
    """End all sessions of an account; of one's own all but this one."""
    _found(visit, account_id)
    end_other_sessions(visit.web.store, account_id, visit.token, by=visit.actor.staff_id, now=visit.web.now())
    return _done()


@router.get("/{account_id}/tokens")
def tokens(visit: Visiting, account_id: str) -> TokenList:
    """The tokens of an account, the newest first; never their values."""
    _found(visit, account_id)
    with visit.web.store.read() as session:
        rows = tokens_of(session, account_id)
    return TokenList([token_line(each, visit.web.now()) for each in rows])


@router.delete("/{account_id}/tokens/{token_id}", status_code=HTTPStatus.NO_CONTENT)
def revoked(visit: Visiting, account_id: str, token_id: str) -> Response:
    """A token of an account counts no more."""
    _found(visit, account_id)
    with visit.web.store.read() as session:
        if token_id not in {each.id for each in tokens_of(session, account_id)}:
            raise not_there()
    revoke_token(visit.web.store, token_id, by=visit.actor.staff_id, now=visit.web.now())
    return _done()


def _found(visit: Visit, account_id: str) -> AccountDetail:
    now = allowed_now(visit, Action.MANAGE_ACCOUNTS)
    with visit.web.store.read() as session:
        found = account_detail(session, account_id, now)
    if found is None:
        raise not_there()
    return found


def _done() -> Response:
    return Response(status_code=HTTPStatus.NO_CONTENT)
