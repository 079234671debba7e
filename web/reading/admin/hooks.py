"""Webhooks as administrators see them: how each stands, and what it was told. Nothing here names a case."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlmodel import Session, col, func, select

from models import DeliveryStatus, Hook, HookDelivery, Staff
from web.hooks.commands import revision_of

PAGE: Final = 50
"""Deliveries of one page."""


@dataclass(frozen=True, slots=True)
class HookLine:
    """How a webhook stands: `on`, `paused`, or `off` since nothing reached it. `waiting` events have not been
    heard, the oldest since `oldest`; `previous_until` says how long the secret before still counts.
    `revision` is another one as soon as somebody changes, pauses or resumes it, or replaces its secret.
    """

    id: str
    name: str
    url: str
    events: tuple[str, ...]
    owner: str | None
    state: str
    stopped_because: str | None
    waiting: int
    oldest: datetime | None
    told_at: datetime | None
    failing_since: datetime | None
    last_error: str | None
    previous_until: datetime | None
    created_at: datetime
    revision: str


@dataclass(frozen=True, slots=True)
class DeliveryLine:
    """Something that a webhook was told, or will be: never about whom. `repeats` are tries of which nobody
    knows whether they arrived.
    """

    id: str
    event_id: str
    event: str
    happened_at: datetime
    status: str
    attempts: int
    repeats: int
    next_attempt_at: datetime | None
    ended_at: datetime | None
    answer: int | None
    last_error: str | None


def hooks_of(session: Session, now: datetime, hook_id: str | None = None) -> list[HookLine]:
    """The webhooks in the order in which they were made; or one."""
    query = (
        select(Hook, Staff.name)
        .outerjoin(Staff, col(Staff.id) == col(Hook.owner_id))
        .where(col(Hook.removed_at).is_(None))
        .order_by(col(Hook.created_at), col(Hook.id))
    )
    if hook_id is not None:
        query = query.where(col(Hook.id) == hook_id)
    waiting = _waiting(session)
    return [_line(hook, owner, waiting.get(hook.id, (0, None)), now) for hook, owner in session.exec(query)]


def deliveries_of(
    session: Session, hook_id: str, status: DeliveryStatus | None = None, before: str = ""
) -> tuple[list[DeliveryLine], bool]:
    """What a webhook was told, the newest first, and whether there is more; `before` is the id of the last
    one that was shown.
    """
    query = select(HookDelivery).where(col(HookDelivery.hook_id) == hook_id)
    if status is not None:
        query = query.where(col(HookDelivery.status) == status)
    if before:
        query = query.where(col(HookDelivery.id) < before)
    rows = session.exec(query.order_by(col(HookDelivery.id).desc()).limit(PAGE + 1)).all()
    return [_delivery(each) for each in rows[:PAGE]], len(rows) > PAGE


def _waiting(session: Session) -> dict[str, tuple[int, datetime | None]]:
    query = (
        select(HookDelivery.hook_id, func.count(), func.min(HookDelivery.happened_at))
        .where(col(HookDelivery.ended_at).is_(None))
        .group_by(col(HookDelivery.hook_id))
    )
    return {hook: (count, oldest) for hook, count, oldest in session.exec(query)}


def _line(hook: Hook, owner: str | None, waiting: tuple[int, datetime | None], now: datetime) -> HookLine:
    both = hook.previous_until is not None and now < hook.previous_until
    state = "off" if hook.stopped_at is not None else "paused" if hook.paused_at is not None else "on"
    return HookLine(
        id=hook.id,
        name=hook.name,
        url=hook.url,
        events=tuple(hook.events),
        owner=owner,
        state=state,
        stopped_because=hook.stopped_because,
        waiting=waiting[0],
        oldest=waiting[1],
        told_at=hook.told_at,
        failing_since=hook.failing_since,
        last_error=hook.last_error,
        previous_until=hook.previous_until if both else None,
        created_at=hook.created_at,
        revision=revision_of(hook),
    )


def _delivery(row: HookDelivery) -> DeliveryLine:
    return DeliveryLine(
        id=row.id,
        event_id=row.event_id,
        event=row.event,
        happened_at=row.happened_at,
        status=row.status.value,
        attempts=row.attempts,
        repeats=row.repeats,
        next_attempt_at=row.next_attempt_at if row.ended_at is None else None,
        ended_at=row.ended_at,
        answer=row.answer,
        last_error=row.last_error,
    )
