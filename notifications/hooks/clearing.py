"""What is not kept for ever: deliveries that have ended, and those that wait for a hook that hears
nothing.
"""

from datetime import datetime, timedelta

from sqlalchemy import or_, update
from sqlmodel import col, select

from models import DeliveryStatus, Hook, HookDelivery, Store, delete_all


def clear_away(store: Store, now: datetime, keep: timedelta) -> int:
    """Give up what has waited for too long, and delete what ended longer than `keep` ago, or is of a hook
    that was removed then; how many rows were deleted.
    """
    _give_up(store, now)
    removed = select(Hook.id).where(col(Hook.removed_at) < now - keep)
    ended = col(HookDelivery.ended_at) < now - keep
    return delete_all(store, HookDelivery, or_(ended, col(HookDelivery.hook_id).in_(removed)))


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
