"""What is not kept for ever: deliveries that have ended, and those that wait for a hook that hears
nothing.
"""

from datetime import datetime, timedelta
from typing import Any, Final, cast

from sqlalchemy import CursorResult, delete, or_, update
from sqlmodel import col, select

from models import DeliveryStatus, Hook, HookDelivery, Store

AT_ONCE: Final = 1_000
"""Rows that one transaction deletes at most."""


def clear_away(store: Store, now: datetime, keep: timedelta) -> int:
    """Give up what has waited for too long, and delete what ended longer than `keep` ago, or is of a hook
    that was removed then; how many rows were deleted.
    """
    _give_up(store, now)
    gone = 0
    while deleted := _delete_some(store, now - keep):
        gone += deleted
    return gone


def _give_up(store: Store, now: datetime) -> None:
    late = (
        col(HookDelivery.ended_at).is_(None),
        col(HookDelivery.status) == DeliveryStatus.WAITING,
        col(HookDelivery.give_up_at) <= now,
    )
    with store.read() as session:
        if session.exec(select(HookDelivery.id).where(*late).limit(1)).first() is None:
            return
    with store.write() as session:
        ended = update(HookDelivery).where(*late).values(status=DeliveryStatus.GIVEN_UP, ended_at=now)
        session.execute(ended.execution_options(synchronize_session=False))


def _delete_some(store: Store, before: datetime) -> int:
    removed = select(Hook.id).where(col(Hook.removed_at) < before)
    old = (
        select(HookDelivery.id)
        .where(or_(col(HookDelivery.ended_at) < before, col(HookDelivery.hook_id).in_(removed)))
        .order_by(col(HookDelivery.id))
        .limit(AT_ONCE)
    )
    with store.read() as session:
        ids = session.exec(old).all()
    if not ids:
        return 0
    with store.write() as session:
        done = session.execute(
            delete(HookDelivery)
            .where(col(HookDelivery.id).in_(ids))
            .execution_options(synchronize_session=False)
        )
    return cast(CursorResult[Any], done).rowcount
