"""Tokens for programs: a program acts for an account, and may do what its scopes say and the account may.

A token is shown once; only its hash is kept. It ends on a day, with its account, or when it is revoked.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from sqlmodel import Session, col, select

from models import ApiToken, Store
from tasks.history import Act, write_audit
from web.access.actions import Action
from web.access.actor import Actor, load_actor
from web.accounts.entering import locked
from web.accounts.secret import token, token_hash
from web.errors import AccountError, RepeatedError

PREFIX: Final = "cw_"
"""How a token begins, so that one that was written down somewhere is recognised."""

LONGEST: Final = timedelta(days=366)
NOTICED: Final = timedelta(minutes=1)

SCOPES: Final[Mapping[str, frozenset[Action]]] = {
    "cases:read": frozenset({Action.READ_CASE}),
    "cases:write": frozenset({Action.WRITE_CASE, Action.START_PROCESS}),
    "contacts:write": frozenset({Action.CREATE_CONTACT, Action.SEARCH_CLIENTS}),
    "tasks:read": frozenset({Action.READ_TASK}),
    "tasks:write": frozenset({Action.WORK_TASK}),
    "week:read": frozenset({Action.READ_WEEK}),
    "processes:read": frozenset({Action.READ_PROCESSES}),
    "processes:write": frozenset({Action.PUBLISH_PROCESS}),
    "figures:read": frozenset({Action.READ_FIGURES, Action.READ_BOARD}),
}
"""What each scope lets a program do. A scope is never taken away or given more."""


@dataclass(frozen=True, slots=True)
class MadeToken:
    """A new token; `value` is told once."""

    value: str = field(repr=False)
    row: ApiToken


@dataclass(frozen=True, slots=True)
class Bearer:
    """A program. The actor is whom it acts for, kept to what its token is for (`Actor.only`)."""

    actor: Actor
    token_id: str


def make_token(
    store: Store,
    account_id: str,
    name: str,
    scopes: Collection[str],
    lasts: timedelta,
    *,
    by: str,
    now: datetime,
    key: str | None = None,
) -> MadeToken:
    """A new token of an account, once per `key`: RepeatedError for one that was made with it, since its value
    is told once. AccountError for an unknown scope, none, or more than a year.
    """
    wanted = sorted(set(scopes))
    unknown = [each for each in wanted if each not in SCOPES]
    if unknown or not wanted:
        raise AccountError(f"the scopes of a token are {', '.join(SCOPES)}; give one or more of them")
    if not timedelta(0) < lasts <= LONGEST:
        raise AccountError("a token lasts a year at most")
    if not name.strip():
        raise AccountError("a token has a name that says which program has it")
    value = PREFIX + token()
    with store.write() as session:
        if locked(session, account_id) is None:
            raise AccountError("nobody can use this account now")
        _refuse_repeated(session, account_id, key)
        row = ApiToken(
            account_id=account_id,
            name=name.strip(),
            token_hash=token_hash(value),
            scopes=wanted,
            created_at=now,
            created_by=by,
            expires_at=now + lasts,
            idempotency_key=key,
        )
        session.add(row)
        write_audit(session, by, Act.CREATE, "ApiToken", row.id, now, fields=("scopes", "expires_at"))
    return MadeToken(value, row)


def _refuse_repeated(session: Session, account_id: str, key: str | None) -> None:
    query = select(ApiToken.id).where(ApiToken.account_id == account_id, ApiToken.idempotency_key == key)
    if key is not None and session.exec(query).first() is not None:
        raise RepeatedError(
            "this token was made already, and its value was told then; revoke it if that was lost, and make "
            "another"
        )


def revoke_token(store: Store, token_id: str, *, by: str, now: datetime) -> None:
    """The token counts no more. Again changes nothing."""
    with store.write() as session:
        row = session.get(ApiToken, token_id)
        if row is None:
            raise AccountError(f"there is no token {token_id}")
        if row.revoked_at is None:
            row.revoked_at = now
            session.add(row)
            write_audit(session, by, Act.UPDATE, "ApiToken", row.id, now, fields=("revoked_at",))


def bearer_of(store: Store, value: str, now: datetime) -> Bearer | None:
    """The program that has this token, None when it does not count. Once a minute its use is written down."""
    with store.read() as session:
        row = session.exec(select(ApiToken).where(ApiToken.token_hash == token_hash(value))).first()
        if row is None or row.revoked_at is not None or row.expires_at <= now:
            return None
        actor = load_actor(session, row.account_id)
    if actor is None:
        return None
    if row.last_used_at is None or row.last_used_at <= now - NOTICED:
        with store.write() as session:
            used = session.get_one(ApiToken, row.id)
            used.last_used_at = now
            session.add(used)
    allowed = [SCOPES[each] for each in row.scopes if each in SCOPES]
    return Bearer(replace(actor, only=frozenset().union(*allowed)), row.id)


def tokens_of(session: Session, account_id: str) -> list[ApiToken]:
    """The tokens of an account, newest first."""
    query = select(ApiToken).where(ApiToken.account_id == account_id)
    return list(session.exec(query.order_by(col(ApiToken.created_at).desc(), col(ApiToken.id).desc())))
