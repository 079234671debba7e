"""Outgoing webhooks: other systems are told what has happened, signed, again and again until they have it.

What there is to tell is a row that was written with what it tells of (`models.telling`). A turn tells one
hook: a slow or broken receiver keeps nobody waiting but itself.
"""

from notifications.hooks.addresses import AddressError, AddressRules, Target, read_target
from notifications.hooks.clearing import clear_away
from notifications.hooks.exchange import Answer, Exchange, HookFailedError, exchange
from notifications.hooks.payload import body_of
from notifications.hooks.post import HookPolicy, HookPost, HookTold
from notifications.hooks.signing import headers_of, new_secret, signature
from notifications.hooks.telling import anything_due, tell_hook, tell_hooks

__all__ = [
    "AddressError",
    "AddressRules",
    "Answer",
    "Exchange",
    "HookFailedError",
    "HookPolicy",
    "HookPost",
    "HookTold",
    "Target",
    "anything_due",
    "body_of",
    "clear_away",
    "exchange",
    "headers_of",
    "new_secret",
    "read_target",
    "signature",
    "tell_hook",
    "tell_hooks",
]
