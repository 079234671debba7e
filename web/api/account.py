"""One's own account: second factor, sessions, tokens for programs. A program's token is for none of it."""

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from math import ceil
from typing import Annotated, Final

from fastapi import Request, Response
from pydantic import Field

from web.access.actions import Action
from web.accounts.commands import begin_totp, confirm_totp
from web.accounts.entering import Why
from web.accounts.owning import (
    OwnSession,
    account_of,
    confirm_owner,
    drop_second_factor,
    end_other_sessions,
    end_session,
    sessions_of,
)
from web.accounts.passwords import LONGEST
from web.accounts.qr import drawn
from web.accounts.tokens import LONGEST as LONGEST_TOKEN
from web.accounts.tokens import make_token, revoke_token, tokens_of
from web.api.declaring import Resource, answers
from web.api.once import told_once
from web.api.problem import ProblemError, not_there
from web.api.sent import Key, Plain, Sent
from web.api.visiting import Visiting, allowed_now
from web.reading.admin.own_account import OwnAccount, TokenLine, own_account, token_line
from web.visitor import Visit, address_of

router = Resource(prefix="/account", tags=["account"])

Password = Annotated[Plain, Field(max_length=LONGEST * 4)]
WRONG: Final = "Your password is not right. Nothing was changed."
WAIT: Final = (
    "There were too many tries. Nothing is looked at for {seconds} seconds; your account is not locked."
)
NO_CODE: Final = "That is not the code of this moment. Wait for the next one and type it."


class Confirmed(Sent):
    """The password of the one who asks, where their account has one."""

    password: Password = ""


class Code(Sent):
    """The six figures that an authenticator app shows."""

    code: str = Field(min_length=6, max_length=12)


class Wanted(Confirmed):
    """A token: which program gets it, what it may do, for how many days."""

    name: Plain = Field(min_length=1, max_length=100)
    scopes: list[str] = Field(min_length=1, max_length=50)
    days: int = Field(default=90, ge=1, le=LONGEST_TOKEN.days)


CONFIRMED: Final = answers(HTTPStatus.TOO_MANY_REQUESTS)
"""What a route that asks for the password answers besides."""


@dataclass(frozen=True, slots=True)
class FactorBegun:
    """The secret of a second factor, told once: as text, as an address, and as a QR code (SVG)."""

    secret: str
    address: str
    picture: str


@dataclass(frozen=True, slots=True)
class SessionList:
    """Where somebody is logged in."""

    sessions: list[OwnSession]


@dataclass(frozen=True, slots=True)
class TokenList:
    """The tokens of an account."""

    tokens: list[TokenLine]


@dataclass(frozen=True, slots=True)
class TokenMade(TokenLine):
    """A new token; `token` is its value, which is told here and nowhere else."""

    token: str


@router.get("")
def one(visit: Visiting) -> OwnAccount:
    """The account of the one who asks."""
    now = allowed_now(visit, Action.OWN_ACCOUNT)
    with visit.web.store.read() as session:
        return own_account(session, visit.actor, visit.token, now)


@router.post("/second-factor", status_code=HTTPStatus.CREATED, responses=CONFIRMED)
@told_once
def begin(request: Request, visit: Visiting, sent: Confirmed) -> FactorBegun:
    """Begin a second factor: its secret and the QR code that carries it, told once. It counts when its first
    code was confirmed.
    """
    now = _confirmed(request, visit, sent.password)
    _without_factor(visit)
    made = begin_totp(
        visit.web.store, visit.web.keys, visit.actor.account_id, now=now, by=visit.actor.staff_id
    )
    return FactorBegun(made.secret, made.address, drawn(made.address))


@router.post("/second-factor/confirm", status_code=HTTPStatus.NO_CONTENT)
def confirm(visit: Visiting, sent: Code) -> Response:
    """The first code of a second factor that was begun: from now on every login asks for one."""
    now = allowed_now(visit, Action.OWN_ACCOUNT)
    web, me = visit.web, visit.actor
    if not confirm_totp(web.store, web.keys, me.account_id, sent.code, now=now, by=me.staff_id):
        raise ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, NO_CODE)
    end_other_sessions(web.store, me.account_id, visit.token, by=me.staff_id, now=now)
    return Response(status_code=HTTPStatus.NO_CONTENT)


@router.delete("/second-factor", status_code=HTTPStatus.NO_CONTENT, responses=CONFIRMED)
def remove(request: Request, visit: Visiting, sent: Confirmed) -> Response:
    """Take one's own second factor away. All other sessions end."""
    now = _confirmed(request, visit, sent.password)
    drop_second_factor(visit.web.store, visit.actor.account_id, visit.token, now=now)
    return Response(status_code=HTTPStatus.NO_CONTENT)


@router.get("/sessions")
def listed_sessions(visit: Visiting) -> SessionList:
    """One's own sessions that have not ended."""
    now = allowed_now(visit, Action.OWN_ACCOUNT)
    with visit.web.store.read() as session:
        rows = sessions_of(session, visit.actor.account_id, visit.token, now)
    return SessionList(rows)


@router.post("/sessions/end-others", status_code=HTTPStatus.NO_CONTENT)
def end_others(visit: Visiting) -> Response:
    """End every session but this one."""
    now, me = allowed_now(visit, Action.OWN_ACCOUNT), visit.actor
    end_other_sessions(visit.web.store, me.account_id, visit.token, by=me.staff_id, now=now)
    return Response(status_code=HTTPStatus.NO_CONTENT)


@router.delete("/sessions/{session_id}", status_code=HTTPStatus.NO_CONTENT)
def end_one(visit: Visiting, session_id: str) -> Response:
    """End one of one's own sessions."""
    now, me = allowed_now(visit, Action.OWN_ACCOUNT), visit.actor
    with visit.web.store.read() as session:
        mine = sessions_of(session, me.account_id, visit.token, now)
    if session_id not in {each.id for each in mine}:
        raise not_there()
    end_session(visit.web.store, me.account_id, session_id, by=me.staff_id, now=now)
    return Response(status_code=HTTPStatus.NO_CONTENT)


@router.get("/tokens")
def listed_tokens(visit: Visiting) -> TokenList:
    """The tokens of one's own account, the newest first; never their values."""
    now = allowed_now(visit, Action.OWN_ACCOUNT)
    with visit.web.store.read() as session:
        return TokenList([token_line(each, now) for each in tokens_of(session, visit.actor.account_id)])


@router.post("/tokens", status_code=HTTPStatus.CREATED, responses=CONFIRMED)
@told_once
def make(request: Request, visit: Visiting, sent: Wanted, key: Key = None) -> TokenMade:
    """Make a token for a program. Its value is told here and nowhere else: the same key again is a 409."""
    now = _confirmed(request, visit, sent.password)
    made = make_token(
        visit.web.store,
        visit.actor.account_id,
        sent.name,
        sent.scopes,
        timedelta(days=sent.days),
        by=visit.actor.staff_id,
        now=now,
        key=key,
    )
    return TokenMade(**asdict(token_line(made.row, now)), token=made.value)


@router.delete("/tokens/{token_id}", status_code=HTTPStatus.NO_CONTENT)
def revoke(visit: Visiting, token_id: str) -> Response:
    """The token counts no more."""
    now = allowed_now(visit, Action.OWN_ACCOUNT)
    with visit.web.store.read() as session:
        mine = {each.id for each in tokens_of(session, visit.actor.account_id)}
    if token_id not in mine:
        raise not_there()
    revoke_token(visit.web.store, token_id, by=visit.actor.staff_id, now=now)
    return Response(status_code=HTTPStatus.NO_CONTENT)


def _confirmed(request: Request, visit: Visit, password: str) -> datetime:
    """The password is right; otherwise a problem that says so."""
    now, web = allowed_now(visit, Action.OWN_ACCOUNT), visit.web
    refused = confirm_owner(
        web.store, web.keys, visit.actor.account_id, password, address=address_of(request), now=now
    )
    if refused is None:
        return now
    if refused.why is Why.WAIT:
        raise ProblemError(
            HTTPStatus.TOO_MANY_REQUESTS, WAIT.format(seconds=ceil(refused.wait.total_seconds()))
        )
    raise ProblemError(HTTPStatus.FORBIDDEN, WRONG)


def _without_factor(visit: Visit) -> None:
    with visit.web.store.read() as session:
        if account_of(session, visit.actor.account_id).second_factor:
            raise ProblemError(
                HTTPStatus.CONFLICT, "Your account has a second factor. Remove it before you make another."
            )
