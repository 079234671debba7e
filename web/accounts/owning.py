"""What somebody does with their own account: their second factor, and the sessions that they have."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlmodel import Session, col, select

from models import Account, LoginSession, Store
from tasks.history import Act, write_audit
from web.accounts import sessions, throttle
from web.accounts.entering import Keys, Refused, Why, locked
from web.accounts.secret import token_hash
from web.errors import AccountError

GONE: Final = "nobody can use this account now"


@dataclass(frozen=True, slots=True)
class OwnSession:
    """One of somebody's sessions that has not ended. `here` is the one that asks; `same_place` says that it
    began at the same network address.
    """

    id: str
    begun_at: datetime
    last_seen_at: datetime
    second_factor: bool
    here: bool
    same_place: bool


def confirm_owner(
    store: Store, keys: Keys, account_id: str, password: str, *, address: str, now: datetime
) -> Refused | None:
    """None where this is the password of the account, which is guessed as slowly as at a login; also where
    the account has none, because its owner logs in elsewhere.
    """
    whence = keys.secret.fingerprint("address", address)
    with store.write() as session:
        account = locked(session, account_id)
        if account is None:
            raise AccountError(GONE)
        if account.password_hash is None:
            return None
        counted = throttle.counts(account.login, whence, known=True)
        wait = throttle.take(session, counted, now)
        if wait:
            return Refused(Why.WAIT, wait)
    right, _ = keys.passwords.verify(password, account.password_hash)
    if not right:
        with store.write() as session:
            _failed(session, account, now)
        return Refused(Why.WRONG)
    with store.write() as session:
        throttle.forgive(session, counted)
    return None


def drop_second_factor(store: Store, account_id: str, token: str, *, now: datetime) -> None:
    """Take one's own second factor away, or one that waits for its first code. All other sessions end."""
    with store.write() as session:
        account = locked(session, account_id)
        if account is None:
            raise AccountError(GONE)
        if account.totp_secret is None:
            return
        account.totp_secret = account.totp_confirmed_at = account.totp_last_step = None
        session.add(account)
        sessions.end_others(session, account.id, token, now)
        write_audit(
            session,
            account.staff_id,
            Act.UPDATE,
            "Account",
            account.id,
            now,
            fields=("totp_secret",),
            reason="by its owner",
        )


def sessions_of(session: Session, account_id: str, token: str, now: datetime) -> list[OwnSession]:
    """The sessions of an account that have not ended, the one that asks first, then the latest."""
    rows = session.exec(
        sessions.living(now)
        .where(LoginSession.account_id == account_id)
        .order_by(col(LoginSession.last_seen_at).desc(), col(LoginSession.id))
    ).all()
    mine = next((each for each in rows if each.token_hash == token_hash(token)), None)
    found = [_shown(each, mine) for each in rows]
    return sorted(found, key=lambda each: not each.here)


def end_session(store: Store, account_id: str, session_id: str, *, by: str, now: datetime) -> None:
    """End one session of an account. Again changes nothing; AccountError where it is not of this account."""
    with store.write() as session:
        row = session.get(LoginSession, session_id)
        if row is None or row.account_id != account_id:
            raise AccountError("there is no such session")
        if row.ended_at is None:
            row.ended_at = now
            session.add(row)
            _note(session, by, account_id, "one session ended", now)


def end_other_sessions(store: Store, account_id: str, token: str, *, by: str, now: datetime) -> None:
    """End every session of an account but the one with this token; all where the token is of none."""
    with store.write() as session:
        sessions.end_others(session, account_id, token, now)
        _note(session, by, account_id, "its other sessions ended", now)


def account_of(session: Session, account_id: str) -> Account:
    """The account of somebody who is logged in."""
    return session.exec(select(Account).where(Account.id == account_id)).one()


def _shown(row: LoginSession, mine: LoginSession | None) -> OwnSession:
    return OwnSession(
        id=row.id,
        begun_at=row.begun_at,
        last_seen_at=row.last_seen_at,
        second_factor=row.second_factor,
        here=row is mine,
        same_place=mine is not None and row.address_hash == mine.address_hash,
    )


def _failed(session: Session, account: Account, now: datetime) -> None:
    reason = "wrong password for a change of one's own account"
    write_audit(session, account.staff_id, Act.LOG_IN_FAILED, "Account", account.id, now, reason=reason)


def _note(session: Session, by: str, account_id: str, reason: str, now: datetime) -> None:
    fields: Sequence[str] = ("sessions",)
    write_audit(session, by, Act.UPDATE, "Account", account_id, now, fields=fields, reason=reason)
