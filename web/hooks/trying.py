"""Trying a hook: an event of its own is told at once, and what came of it is said."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from flows.hooks import hook_post
from flows.runtime import Runtime
from models import TEST_EVENT, DeliveryStatus, HookDelivery, new_id
from notifications.hooks import AddressRules, tell_hook
from tasks.history import Act, write_audit
from web.accounts.secret import Secret
from web.hooks.commands import standing
from web.hooks.secrets import secrets_of

ONCE: Final = timedelta(seconds=5)
"""A test is tried once: after this it is not tried again."""


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of it: `told`, the status of the answer, why not, and the id that the event had."""

    told: bool
    answer: int | None
    error: str | None
    event_id: str


def try_hook(
    runtime: Runtime, secret: Secret, rules: AddressRules, hook_id: str, *, by: str, now: datetime
) -> Tried:
    """Tell a hook `hook.test`, also one that is paused or switched off. It takes as long as the other system
    takes to answer, ten seconds at most. HookError when there is no such hook.
    """
    with runtime.store.write() as session:
        hook = standing(session, hook_id)
        ident = new_id()
        row = HookDelivery(
            hook_id=hook.id,
            key=f"{hook.id}:{TEST_EVENT}:{ident}",
            event_id=f"evt_{ident}",
            event=TEST_EVENT,
            happened_at=now,
            next_attempt_at=now,
            give_up_at=now + ONCE,
        )
        session.add(row)
        write_audit(session, by, Act.SEND, "Hook", hook.id, now, reason="test")
    post = hook_post(runtime, lambda each: secrets_of(secret, each, runtime.clock()), rules)
    tell_hook(post, hook.id, row.id)
    with runtime.store.read() as session:
        kept = session.get_one(HookDelivery, row.id)
    told = kept.status is DeliveryStatus.TOLD
    busy = None if told or kept.attempts else "the webhook is being told something else just now; try again"
    return Tried(told, kept.answer, kept.last_error or busy, kept.event_id)
