"""Calendar feeds: a secret address under which somebody's own calendar program reads when they are taken.

The address is shown once; only a hash of its secret is kept. A new one takes the place of the one before.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from sqlmodel import Session, col, select

from models import Account, CalendarFeed, Staff, Store
from tasks.history import Act, write_audit
from web.accounts.secret import token, token_hash

NOTICED: Final = timedelta(hours=1)
"""How often the reading of a feed is written down at most."""

FIELDS: Final = ("starts_at", "ends_at", "kind", "number")
"""What a feed shows, for the audit."""


def make_feed(store: Store, staff_id: str, now: datetime) -> str:
    """A new secret for the feed of this person; the one before counts no more."""
    value = token()
    with store.write() as session:
        _revoke(session, staff_id, now)
        session.flush()  # before the new row: one counts at a time
        row = CalendarFeed(staff_id=staff_id, token_hash=token_hash(value), created_at=now)
        session.add(row)
        write_audit(session, staff_id, Act.CREATE, "CalendarFeed", row.id, now)
    return value


def revoke_feed(store: Store, staff_id: str, now: datetime) -> None:
    """The feed of this person counts no more. Again changes nothing."""
    with store.write() as session:
        _revoke(session, staff_id, now)


def standing_feed(session: Session, staff_id: str) -> CalendarFeed | None:
    """The feed that counts, None where there is none."""
    query = select(CalendarFeed).where(
        CalendarFeed.staff_id == staff_id, col(CalendarFeed.revoked_at).is_(None)
    )
    return session.exec(query).first()


def reader_of(store: Store, value: str, now: datetime) -> Account | None:
    """The account whose feed has this secret, None when it does not count. Once an hour its use is written
    down.
    """
    with store.read() as session:
        query = select(CalendarFeed).where(CalendarFeed.token_hash == token_hash(value))
        feed = session.exec(query).first()
        if feed is None or feed.revoked_at is not None:
            return None
        account = session.exec(select(Account).where(Account.staff_id == feed.staff_id)).first()
        staff = session.get(Staff, feed.staff_id)
    if account is None or account.disabled_at is not None or staff is None or not staff.active:
        return None
    if feed.last_used_at is None or feed.last_used_at <= now - NOTICED:
        with store.write() as session:
            used = session.get_one(CalendarFeed, feed.id)
            used.last_used_at = now
            session.add(used)
            write_audit(
                session, feed.staff_id, Act.EXPORT, "Appointment", None, now, fields=FIELDS, reason="calendar"
            )
    return account


def _revoke(session: Session, staff_id: str, now: datetime) -> None:
    row = standing_feed(session, staff_id)
    if row is not None:
        row.revoked_at = now
        session.add(row)
        write_audit(session, staff_id, Act.DELETE, "CalendarFeed", row.id, now)
