"""Guessing is slowed down, never answered with a lock that lasts: who locks an account out could keep a
caseworker from a case.

Each login is counted before its password is looked at, so that many at once are counted too, and taken back
when it was right. A count leaks away as time passes. Above a number that people reach who mistype, one waits:
each time twice as long, up to a limit. What was tried while one has to wait is not looked at and not counted.

An account is counted as a whole, but for addresses that it was logged in from before: those have counts of
their own. So nobody keeps its owner out by guessing from elsewhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final

from sqlalchemy import delete
from sqlmodel import Session, col, select

from models import LoginThrottle, lock_alone


@dataclass(frozen=True, slots=True)
class Pace:
    """How a count slows down: `free` attempts without waiting, one forgotten in each `leak`, at most
    `longest` to wait.
    """

    free: int
    leak: timedelta
    longest: timedelta


ACCOUNT: Final = Pace(5, timedelta(minutes=15), timedelta(minutes=15))
"""Somebody who goes on guessing gets less than a hundred guesses a day. (NIST SP 800-63B, 3.2.2, lets an
authenticator be locked after a hundred in a row.)
"""

ADDRESS: Final = Pace(30, timedelta(minutes=1), timedelta(minutes=1))
"""A whole office may come from one address, and mistype on a Monday morning."""

FORM: Final = Pace(6, timedelta(minutes=10), timedelta(hours=1))
"""A library or a shelter may send some contacts from one address; a program that floods waits for long."""

FORGOTTEN: Final = timedelta(days=2)
"""After how long a count is of no use any more and its row is deleted."""


@dataclass(frozen=True, slots=True)
class Count:
    """What is counted, and at which pace."""

    key: str
    pace: Pace


def counts(login: str, address: str, *, known: bool) -> tuple[Count, ...]:
    """What an attempt counts for. `known` says that the account was logged in from this address before."""
    whose = f"{login}\n{address}" if known else login
    return (Count(_key("account", whose), ACCOUNT), Count(_key("address", address), ADDRESS))


def of_form(address: str) -> tuple[Count, ...]:
    """What a public form that is sent from this address counts for."""
    return (Count(_key("form", address), FORM),)


def take(session: Session, counted: Sequence[Count], now: datetime) -> timedelta:
    """Count an attempt; zero when it may be made, otherwise how long to wait, and nothing is counted."""
    lock_alone(session, [f"login:{each.key}" for each in counted])
    rows = {each.key: _row(session, each.key) for each in counted}
    wait = max(_wait(rows[each.key], each.pace, now) for each in counted)
    if wait > timedelta(0):
        return wait
    for each in counted:
        _add(session, rows[each.key], each, now)
    session.execute(delete(LoginThrottle).where(col(LoginThrottle.counted_at) < now - FORGOTTEN))
    return timedelta(0)


def give_back(session: Session, counted: Sequence[Count]) -> None:
    """An attempt that `take` counted was no guess."""
    lock_alone(session, [f"login:{each.key}" for each in counted])
    for each in counted:
        row = _row(session, each.key)
        if row is not None:
            row.level = max(row.level - 1, 0.0)
            session.add(row)


def forgive(session: Session, counted: Sequence[Count]) -> None:
    """Somebody has logged in: the account's count begins anew, the address's loses this attempt."""
    give_back(session, [each for each in counted if each.pace is not ACCOUNT])
    keys = [each.key for each in counted if each.pace is ACCOUNT]
    session.execute(delete(LoginThrottle).where(col(LoginThrottle.key).in_(keys)))


def _wait(row: LoginThrottle | None, pace: Pace, now: datetime) -> timedelta:
    if row is None or row.level < pace.free:
        return timedelta(0)
    doublings = min(row.level - pace.free, 20)
    pause = min(timedelta(seconds=2**doublings), pace.longest)
    return max(row.counted_at + pause - now, timedelta(0))


def _add(session: Session, row: LoginThrottle | None, count: Count, now: datetime) -> None:
    if row is None:
        row = LoginThrottle(key=count.key, level=0.0, counted_at=now)
    since = max(now - row.counted_at, timedelta(0))
    row.level, row.counted_at = max(row.level - since / count.pace.leak, 0.0) + 1, now
    session.add(row)


def _row(session: Session, key: str) -> LoginThrottle | None:
    query = select(LoginThrottle).where(LoginThrottle.key == key)
    return session.exec(query.execution_options(populate_existing=True)).first()


def _key(kind: str, text: str) -> str:
    """Hashed, because people type passwords into the field of the login name."""
    return f"{kind}:{sha256(text.encode()).hexdigest()}"
