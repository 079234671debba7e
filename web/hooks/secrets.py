"""The secrets of hooks, encrypted with the application's secret: they are used to sign, so a hash is not
enough.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from models import Hook
from notifications.hooks import HookFailedError
from web.accounts.secret import Secret
from web.errors import SecretError

PURPOSE: Final = "hook"
OVERLAP: Final = timedelta(hours=24)
"""For how long the secret before signs beside a new one, which has to reach the other system."""


def sealed(secret: Secret, value: str, hook_id: str) -> str:
    """What is kept of the secret of a hook."""
    return secret.seal(value, PURPOSE, hook_id)


def secrets_of(secret: Secret, hook: Hook, now: datetime) -> Sequence[str]:
    """The secrets of a hook that count now, the newest first. HookFailedError when they can't be read."""
    kept = [hook.secret]
    if hook.previous_secret is not None and hook.previous_until is not None and now < hook.previous_until:
        kept.append(hook.previous_secret)
    try:
        return [secret.open(each, PURPOSE, hook.id) for each in kept]
    except SecretError:
        raise HookFailedError(
            "its secret cannot be read with this CASEWRIGHT_SECRET; replace the secret of the webhook"
        ) from None
