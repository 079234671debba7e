"""Logging in with a password, and a code where the account has a second factor.

The password is looked at outside of any transaction, because that takes long on purpose and SQLite has one
writer. What is said of a refusal does not tell whether there is such an account.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from sqlmodel import Session, col, select

from models import Account, Staff, Store
from tasks.history import Act, write_audit
from web.access.watching import NOBODY
from web.accounts import sessions, throttle
from web.accounts.passwords import Passwords
from web.accounts.secret import Secret, token_hash
from web.accounts.throttle import Count
from web.accounts.totp import matching_step
from web.errors import SecretError


class Why(StrEnum):
    """Why somebody is not let in: wrong name or password, the code is missing or wrong, it was not typed in
    time, too many tries.
    """

    WRONG = "wrong"
    CODE = "code"
    WRONG_CODE = "wrong_code"
    LATE = "late"
    WAIT = "wait"


HALF_WAY: Final = timedelta(minutes=5)
"""How long after their right password somebody may look for the code."""

HALF: Final = "half a login"
"""What its proof is sealed for."""


@dataclass(frozen=True, slots=True)
class LoggedIn:
    """Somebody is in. `token` is for the cookie and is told once."""

    token: str = field(repr=False)
    account_id: str
    must_change_password: bool = False


@dataclass(frozen=True, slots=True)
class Refused:
    """Somebody is not let in; `wait` is how long nothing will be looked at. `half` is sealed and says for a
    while that the password was right, so that it need not be typed again with the code.
    """

    why: Why
    wait: timedelta = timedelta(0)
    half: str | None = field(default=None, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Keys:
    """What logins are checked with."""

    passwords: Passwords
    secret: Secret


def login_name(text: str) -> str:
    """A login name as it is kept: NFKC, small letters, nothing around it."""
    return unicodedata.normalize("NFKC", text).casefold().strip()


def log_in(
    store: Store,
    keys: Keys,
    login: str,
    password: str,
    code: str | None,
    address: str,
    now: datetime,
    half: str | None = None,
) -> LoggedIn | Refused:
    """Let somebody in, or say why not. `address` is where the request came from.

    With a second factor and without a code the answer is `code`, after the right password only. Its `half`
    stands for the password the next time.
    """
    name, whence = login_name(login)[:254], keys.secret.fingerprint("address", address)
    with store.write() as session:
        account = _usable(session, name)
        known = account is not None and sessions.known_from(session, account.id, whence)
        counted = throttle.counts(name, whence, known=known)
        wait = throttle.take(session, counted, now)
        if wait > timedelta(0):
            return Refused(Why.WAIT, wait)
    kept = None if account is None else account.password_hash
    if half is not None:
        if account is None or not _is_half_way(keys, account, half, now):
            with store.write() as session:
                _failed(session, account, "no password, or too long ago", now)
            return Refused(Why.LATE)
        right, renewed = True, None
    else:
        right, renewed = keys.passwords.verify(password, kept)
    if account is None or not right:
        with store.write() as session:
            _failed(session, account, "wrong name or password", now)
        return Refused(Why.WRONG)
    with store.write() as session:
        return _enter(session, keys, _Asked(account.id, kept, renewed, code, whence, counted, half), now)


@dataclass(frozen=True, slots=True)
class _Asked:
    """A login whose password was right."""

    account_id: str
    password_hash: str | None
    renewed: str | None
    code: str | None
    whence: str
    counted: tuple[Count, ...]
    half: str | None


def _enter(session: Session, keys: Keys, asked: _Asked, now: datetime) -> LoggedIn | Refused:
    account = locked(session, asked.account_id)
    if account is None or account.password_hash != asked.password_hash:  # changed, or disabled, meanwhile
        return Refused(Why.WRONG)
    if account.second_factor:
        half = asked.half or _half_way(keys, account, now)  # one that was given is not made to last longer
        if not asked.code:
            throttle.give_back(session, asked.counted)
            return Refused(Why.CODE, half=half)
        secret = keys.secret.open(account.totp_secret or "", "totp", account.id)
        step = matching_step(secret, asked.code, now, account.totp_last_step)
        if step is None:
            _failed(session, account, "wrong code", now)
            return Refused(Why.WRONG_CODE, half=half)
        account.totp_last_step = step
    if asked.renewed is not None:
        account.password_hash = asked.renewed
    session.add(account)
    throttle.forgive(session, asked.counted)
    return let_in(session, account, now, whence=asked.whence, second_factor=account.second_factor)


def _half_way(keys: Keys, account: Account, now: datetime) -> str:
    """That the password of this account was right, for as long as it is the same."""
    until = (now + HALF_WAY).timestamp()
    return keys.secret.seal(f"{until} {token_hash(account.password_hash or '')}", HALF, account.id)


def _is_half_way(keys: Keys, account: Account, half: str, now: datetime) -> bool:
    try:
        until, _, password = keys.secret.open(half, HALF, account.id).partition(" ")
    except SecretError:
        return False
    same = password == token_hash(account.password_hash or "")
    return same and account.second_factor and now.timestamp() < float(until)


def let_in(
    session: Session, account: Account, now: datetime, *, whence: str, second_factor: bool
) -> LoggedIn:
    """Begin a session of an account that has shown who it is, and write that down."""
    value = sessions.begin(session, account.id, now, second_factor, address_hash=whence)
    write_audit(session, account.staff_id, Act.LOG_IN, "Account", account.id, now)
    return LoggedIn(value, account.id, account.must_change_password)


def log_out(session: Session, value: str, now: datetime) -> None:
    """End the session of a token, and write that down."""
    actor = sessions.current(session, value, now)
    sessions.end(session, value, now)
    if actor is not None:
        write_audit(session, actor.staff_id, Act.LOG_OUT, "Account", actor.account_id, now)


def locked(session: Session, account_id: str) -> Account | None:
    """The account, as it is now and until the transaction ends; None when nobody may use it."""
    query = select(Account).join(Staff, col(Staff.id) == col(Account.staff_id))
    usable = query.where(Account.id == account_id, col(Account.disabled_at).is_(None), col(Staff.active))
    return session.exec(usable.with_for_update(of=Account).execution_options(populate_existing=True)).first()


def _usable(session: Session, name: str) -> Account | None:
    query = select(Account).join(Staff, col(Staff.id) == col(Account.staff_id))
    usable = query.where(Account.login == name, col(Account.disabled_at).is_(None), col(Staff.active))
    return session.exec(usable).first()


def _failed(session: Session, account: Account | None, reason: str, now: datetime) -> None:
    """A failed login. The name that was typed is not kept: it may be a password."""
    who, about = (NOBODY, None) if account is None else (account.staff_id, account.id)
    write_audit(session, who, Act.LOG_IN_FAILED, "Account", about, now, reason=reason)
