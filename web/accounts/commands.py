"""Commands about accounts: make, change, disable; roles, passwords, second factors. Each is one transaction
and leaves a row in the audit.

`by` is the staff id of the administrator, or `operator:NAME` for the command line. Who may give them is
decided by `web.access.policy` before.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from models import Account, AccountRole, Role, Staff, Store, lock_alone
from tasks.history import Act, write_audit
from web.accounts import sessions, throttle, totp
from web.accounts.entering import (
    Keys,
    LoggedIn,
    Refused,
    Why,
    locked,
    log_in,
    log_out,
    login_name,
)
from web.accounts.passwords import Passwords, check
from web.accounts.standing import refuse_changed
from web.errors import AccountError

__all__ = [
    "Enrolment",
    "Keys",
    "LoggedIn",
    "Refused",
    "Why",
    "allow_openid_by_email",
    "begin_totp",
    "change_password",
    "change_roles",
    "confirm_totp",
    "disable",
    "enable",
    "forget_openid",
    "log_in",
    "log_out",
    "make_account",
    "remove_totp",
    "set_password",
]

LONGEST_LOGIN: Final = 254


@dataclass(frozen=True, slots=True)
class Enrolment:
    """A second factor that waits for its first code: the secret, and the address that a QR code carries."""

    secret: str = field(repr=False)
    address: str = field(repr=False)


def make_account(  # noqa: PLR0913  (what an account is made of, by name)
    store: Store,
    passwords: Passwords,
    staff_id: str,
    roles: Collection[Role],
    *,
    by: str,
    now: datetime,
    login: str | None = None,
    password: str | None = None,
    must_change: bool = False,
) -> Account:
    """An account for a member of staff, who logs in by their e-mail address unless `login` is another name.

    Without a password they log in by OpenID Connect, or get one later. AccountError says what is in the way.
    """
    with store.read() as session:
        staff = _staff(session, staff_id)
    name = _checked_login(login or staff.email)
    kept = None if password is None else _hashed(passwords, password, name, staff)
    account = Account(
        staff_id=staff.id,
        login=name,
        password_hash=kept,
        password_changed_at=None if kept is None else now,
        must_change_password=must_change and kept is not None,
        created_at=now,
        created_by=by,
    )
    try:
        with store.write() as session:
            session.add(account)
            session.flush()
            _grant(session, account.id, roles, by, now)
            write_audit(session, by, Act.CREATE, "Account", account.id, now, fields=("login", "roles"))
    except IntegrityError:
        raise AccountError(
            "this person has an account already, or the login name is taken; look at the list of accounts"
        ) from None
    return account


def set_password(
    store: Store,
    passwords: Passwords,
    account_id: str,
    password: str,
    *,
    by: str,
    now: datetime,
    must_change: bool = False,
) -> None:
    """Give an account a new password, as an administrator does; all its sessions end. PasswordError says why
    one is refused.
    """
    with store.read() as session:
        account, staff = _found(session, _BOTH.where(Account.id == account_id), account_id)
    kept = _hashed(passwords, password, account.login, staff)
    with store.write() as session:
        _keep_password(session, account_id, kept, by, now, must_change=must_change)


def change_password(
    store: Store, keys: Keys, account_id: str, old: str, new: str, *, address: str, now: datetime
) -> LoggedIn | Refused:
    """Change one's own password: the old one has to be right, and is guessed as slowly as at a login. All
    sessions end, and a new one begins. PasswordError says why the new one is refused.
    """
    whence = keys.secret.fingerprint("address", address)
    with store.write() as session:
        account, staff = _account(session, account_id)
        counted = throttle.counts(account.login, whence, known=True)
        wait = throttle.take(session, counted, now)
        if wait:
            return Refused(Why.WAIT, wait)
    right, _ = keys.passwords.verify(old, account.password_hash)
    if not right:
        return Refused(Why.WRONG)
    kept = _hashed(keys.passwords, new, account.login, staff)
    with store.write() as session:
        changed = locked(session, account_id)
        if changed is None or changed.password_hash != account.password_hash:
            return Refused(Why.WRONG)
        throttle.forgive(session, counted)
        _keep_password(session, account_id, kept, account.staff_id, now, must_change=False)
        value = sessions.begin(session, account_id, now, account.second_factor, address_hash=whence)
        return LoggedIn(value, account_id)


def change_roles(
    store: Store,
    account_id: str,
    roles: Collection[Role],
    *,
    by: str,
    now: datetime,
    state: str | None = None,
) -> None:
    """Give an account exactly these roles; they count from its next request on. AccountError when nobody
    would be administrator any more; ChangedError when its roles, its owner's teams or who answers for them
    are not as they were at `state` any more.
    """
    with store.write() as session:
        account, staff = _account(session, account_id)
        refuse_changed(session, staff, state)
        if Role.ADMINISTRATOR not in roles:
            _refuse_last_administrator(session, account)
        session.execute(delete(AccountRole).where(col(AccountRole.account_id) == account.id))
        _grant(session, account.id, roles, by, now)
        write_audit(session, by, Act.UPDATE, "Account", account.id, now, fields=("roles",))


def disable(store: Store, account_id: str, *, by: str, now: datetime, reason: str) -> None:
    """Nobody logs in with the account any more, and its sessions end. Again changes nothing."""
    with store.write() as session:
        account, _ = _account(session, account_id)
        if account.disabled_at is not None:
            return
        _refuse_last_administrator(session, account)
        account.disabled_at = now
        session.add(account)
        sessions.end_all(session, account.id, now)
        write_audit(
            session, by, Act.UPDATE, "Account", account.id, now, fields=("disabled_at",), reason=reason
        )


def enable(store: Store, account_id: str, *, by: str, now: datetime) -> None:
    """The account can be used again. Again changes nothing."""
    with store.write() as session:
        account, _ = _account(session, account_id)
        if account.disabled_at is not None:
            account.disabled_at = None
            session.add(account)
            write_audit(session, by, Act.UPDATE, "Account", account.id, now, fields=("disabled_at",))


def begin_totp(store: Store, keys: Keys, account_id: str, *, now: datetime, by: str) -> Enrolment:
    """A new second factor, which counts when `confirm_totp` was given its first code; until then the one
    before it, if any, is gone.
    """
    secret = totp.new_secret()
    with store.write() as session:
        account, _ = _account(session, account_id)
        if account.second_factor:
            raise AccountError("the account has a second factor; it is removed before another is made")
        account.totp_secret = keys.secret.seal(secret, "totp", account.id)
        account.totp_last_step = None
        session.add(account)
        write_audit(session, by, Act.UPDATE, "Account", account.id, now, fields=("totp_secret",))
        return Enrolment(secret, totp.address(secret, account.login))


def confirm_totp(store: Store, keys: Keys, account_id: str, code: str, *, now: datetime, by: str) -> bool:
    """Whether the code is that of the new second factor; from now on every login asks for one."""
    with store.write() as session:
        account = locked(session, account_id)
        if account is None or account.totp_secret is None or account.second_factor:
            raise AccountError("there is no second factor that waits for its first code; begin one")
        secret = keys.secret.open(account.totp_secret, "totp", account.id)
        step = totp.matching_step(secret, code, now, None)
        if step is None:
            return False
        account.totp_confirmed_at, account.totp_last_step = now, step
        session.add(account)
        write_audit(session, by, Act.UPDATE, "Account", account.id, now, fields=("totp_confirmed_at",))
        return True


def remove_totp(store: Store, account_id: str, *, by: str, now: datetime, reason: str) -> None:
    """Take the second factor away, as for somebody who lost their telephone; all sessions end."""
    with store.write() as session:
        account, _ = _account(session, account_id)
        account.totp_secret = account.totp_confirmed_at = account.totp_last_step = None
        session.add(account)
        sessions.end_all(session, account.id, now)
        write_audit(
            session, by, Act.UPDATE, "Account", account.id, now, fields=("totp_secret",), reason=reason
        )


def allow_openid_by_email(store: Store, account_id: str, *, by: str, now: datetime, allowed: bool) -> None:
    """Whether the first login by OpenID Connect may be matched by a verified e-mail address."""
    with store.write() as session:
        account, _ = _account(session, account_id)
        account.openid_by_email = allowed
        session.add(account)
        write_audit(session, by, Act.UPDATE, "Account", account.id, now, fields=("openid_by_email",))


def forget_openid(store: Store, account_id: str, *, by: str, now: datetime) -> None:
    """The account is not tied to a login at a provider any more; its sessions end."""
    with store.write() as session:
        account, _ = _account(session, account_id)
        account.openid_issuer = account.openid_subject = None
        account.openid_by_email = False
        session.add(account)
        sessions.end_all(session, account.id, now)
        fields = ("openid_issuer", "openid_subject")
        write_audit(session, by, Act.UPDATE, "Account", account.id, now, fields=fields)


def _keep_password(
    session: Session, account_id: str, kept: str, by: str, now: datetime, *, must_change: bool
) -> None:
    account, _ = _account(session, account_id)
    account.password_hash, account.password_changed_at = kept, now
    account.must_change_password = must_change
    session.add(account)
    sessions.end_all(session, account.id, now)
    write_audit(session, by, Act.UPDATE, "Account", account.id, now, fields=("password_hash",))


def _hashed(passwords: Passwords, password: str, login: str, staff: Staff) -> str:
    check(password, (login, staff.name, staff.email))
    return passwords.hash(password)


def _grant(session: Session, account_id: str, roles: Collection[Role], by: str, now: datetime) -> None:
    if not roles:
        raise AccountError(f"an account has a role; the roles are {', '.join(Role)}")
    for role in sorted(set(roles)):
        session.add(AccountRole(account_id=account_id, role=role, granted_at=now, granted_by=by))


def _checked_login(text: str) -> str:
    name = login_name(text)
    if (
        not name
        or len(name) > LONGEST_LOGIN
        or not name.isprintable()
        or any(each.isspace() for each in name)
    ):
        raise AccountError(f"a login name has 1 to {LONGEST_LOGIN} characters and no spaces in it")
    return name


def _staff(session: Session, staff_id: str) -> Staff:
    staff = session.get(Staff, staff_id)
    if staff is None or not staff.active:
        raise AccountError(f"{staff_id} is not an active member of the staff")
    return staff


_BOTH: Final = select(Account, Staff).join(Staff, col(Staff.id) == col(Account.staff_id))


def _account(session: Session, account_id: str) -> tuple[Account, Staff]:
    """The account, locked until the transaction ends, and whose it is."""
    wanted = _BOTH.where(Account.id == account_id).with_for_update(of=Account)
    return _found(session, wanted, account_id)


def _found(session: Session, query: Any, account_id: str) -> tuple[Account, Staff]:
    found = session.exec(query).first()
    if found is None:
        raise AccountError(f"there is no account {account_id}; `casewright account list` shows them")
    return found[0], found[1]


def _refuse_last_administrator(session: Session, account: Account) -> None:
    """Somebody has to be left who can make and mend accounts; two who disable each other take turns."""
    lock_alone(session, ["administrators"])
    query = (
        select(AccountRole.account_id)
        .join(Account, col(Account.id) == col(AccountRole.account_id))
        .where(AccountRole.role == Role.ADMINISTRATOR, col(Account.disabled_at).is_(None))
    )
    administrators = set(session.exec(query))
    if administrators == {account.id}:
        raise AccountError("this is the last administrator; make another one first")
