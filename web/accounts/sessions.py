"""Sessions: opaque tokens in a cookie, kept here as hashes. They end after 30 minutes without a request and
after 12 hours in any case, with the password, and with the account.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, delete, update
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from models import LoginSession, Store
from web.access.actor import Actor, load_actor
from web.accounts.secret import token, token_hash

IDLE: Final = timedelta(minutes=30)
ABSOLUTE: Final = timedelta(hours=12)

NOTICED: Final = timedelta(minutes=1)
"""How often the time of the last request is written down at most."""

KEPT: Final = timedelta(days=90)
"""How long a session that has ended is kept: it tells which addresses an account is known from."""


def begin(
    session: Session,
    account_id: str,
    now: datetime,
    second_factor: bool = False,
    *,
    address_hash: str | None = None,
) -> str:
    """A new session of an account: the token for its cookie, told once. Old ones are cleared away."""
    value = token()
    session.execute(
        delete(LoginSession).where(
            col(LoginSession.account_id) == account_id, col(LoginSession.last_seen_at) < now - KEPT
        )
    )
    session.add(
        LoginSession(
            account_id=account_id,
            token_hash=token_hash(value),
            address_hash=address_hash,
            second_factor=second_factor,
            begun_at=now,
            last_seen_at=now,
        )
    )
    return value


def current(session: Session, value: str, now: datetime, *, touch: bool = True) -> Actor | None:
    """Who has this token, if its session has not ended; it lives on from now. The session of the database is
    a writing one; at most once a minute something is written. Without `touch` it only looks.
    """
    found = _living(session, value, now)
    if found is None:
        return None
    if touch and found.last_seen_at <= now - NOTICED:
        found.last_seen_at = now
        session.add(found)
    return load_actor(session, found.account_id)


def arrive(store: Store, value: str, now: datetime) -> Actor | None:
    """What `current` says, for a request: it reads, and writes only when there is something to write down."""
    with store.read() as session:
        found = _living(session, value, now)
        if found is None:
            return None
        if found.last_seen_at > now - NOTICED:
            return load_actor(session, found.account_id)
    with store.write() as session:
        return current(session, value, now)


def still(store: Store, value: str, now: datetime) -> Actor | None:
    """What `arrive` says, without the session lasting longer by it: for a page that looks by itself."""
    with store.read() as session:
        found = _living(session, value, now)
        return None if found is None else load_actor(session, found.account_id)


def end(session: Session, value: str, now: datetime) -> None:
    """End the session of this token. Again changes nothing."""
    _end(session, now, col(LoginSession.token_hash) == token_hash(value))


def end_all(session: Session, account_id: str, now: datetime) -> None:
    """End every session of an account."""
    _end(session, now, col(LoginSession.account_id) == account_id)


def end_others(session: Session, account_id: str, value: str, now: datetime) -> None:
    """End every session of an account but that of this token."""
    mine = col(LoginSession.token_hash) != token_hash(value)
    _end(session, now, (col(LoginSession.account_id) == account_id) & mine)


def living(now: datetime) -> SelectOfScalar[LoginSession]:
    """The sessions that have not ended."""
    return select(LoginSession).where(
        col(LoginSession.ended_at).is_(None),
        col(LoginSession.last_seen_at) > now - IDLE,
        col(LoginSession.begun_at) > now - ABSOLUTE,
    )


def whose(account_id: str) -> ColumnElement[bool]:
    """The condition on a session that it is of this account."""
    return col(LoginSession.account_id) == account_id


def last_begun(session: Session, account_id: str) -> datetime | None:
    """When somebody last logged in with this account, as far back as sessions are kept."""
    query = select(LoginSession.begun_at).where(whose(account_id)).order_by(col(LoginSession.begun_at).desc())
    return session.exec(query.limit(1)).first()


def known_from(session: Session, account_id: str, address_hash: str) -> bool:
    """Whether the account was logged in from this address before, in the last 90 days."""
    query = select(LoginSession.id).where(
        LoginSession.account_id == account_id, LoginSession.address_hash == address_hash
    )
    return session.exec(query.limit(1)).first() is not None


def _living(session: Session, value: str, now: datetime) -> LoginSession | None:
    found = session.exec(select(LoginSession).where(LoginSession.token_hash == token_hash(value))).first()
    if found is None or found.ended_at is not None:
        return None
    over = now - found.last_seen_at >= IDLE or now - found.begun_at >= ABSOLUTE
    return None if over else found


def _end(session: Session, now: datetime, which: ColumnElement[bool]) -> None:
    ending = update(LoginSession).where(which, col(LoginSession.ended_at).is_(None))
    session.execute(ending.values(ended_at=now))
