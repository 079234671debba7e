"""Outgoing webhooks as a live process sees them: tell what is due, and clear away what has ended."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Final

from flows.events import HookTried
from flows.runtime import Runtime
from models import Hook
from notifications.hooks import (
    AddressRules,
    HookPolicy,
    HookPost,
    HookTold,
    clear_away,
    exchange,
    tell_hooks,
)

POLICY: Final = HookPolicy()


def hook_post(runtime: Runtime, secrets: Callable[[Hook], Sequence[str]], rules: AddressRules) -> HookPost:
    """What telling works with. `secrets` gives those of a hook that count now."""

    def watch(told: HookTold) -> None:
        runtime.observe(HookTried(told.hook_id, told.event, told.outcome, told.seconds))

    return HookPost(
        store=runtime.store,
        clock=runtime.clock,
        secrets=secrets,
        send=partial(exchange, rules=rules),
        rules=rules,
        policy=POLICY,
        address=runtime.address,
        new_id=runtime.new_id,
        watch=watch,
    )


def telling(
    runtime: Runtime, secrets: Callable[[Hook], Sequence[str]], rules: AddressRules
) -> Callable[[], int]:
    """A function that tells hooks what is due, and returns how many deliveries moved."""
    post = hook_post(runtime, secrets, rules)
    return lambda: tell_hooks(post).total()


def clear_deliveries(runtime: Runtime) -> int:
    """Housekeeping: what ended long ago is deleted."""
    return clear_away(runtime.store, runtime.clock(), POLICY.keep)
