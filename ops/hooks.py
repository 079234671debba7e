"""Telling hooks with the settings of this installation: its secret, and the hosts that they may go to."""

import logging
from collections.abc import Callable, Sequence

from flows.hooks import telling
from flows.runtime import Runtime
from models import Hook
from notifications.hooks import AddressRules
from ops.errors import SettingsError
from ops.keys import secret_of
from ops.settings import Settings

log = logging.getLogger(__name__)


def rules_of(settings: Settings) -> AddressRules:
    """Where hooks may go."""
    return AddressRules(settings.hook_hosts)


def hook_telling(settings: Settings, runtime: Runtime) -> Callable[[], int]:
    """A function that tells hooks what is due. The secret is read when the first of them is told: a process
    without it tells nothing, says so once, and leaves it to those that have it.
    """
    told = telling(runtime, _secrets(settings, runtime), rules_of(settings))
    able: list[bool] = []

    def tell() -> int:
        if not able:
            able.append(_has_secret(settings))
            if not able[0]:
                log.warning("webhooks are told by other processes: this one has no CASEWRIGHT_SECRET")
        return told() if able[0] else 0

    return tell


def _has_secret(settings: Settings) -> bool:
    try:
        secret_of(settings)
    except SettingsError:
        return False
    return True


def _secrets(settings: Settings, runtime: Runtime) -> Callable[[Hook], Sequence[str]]:
    def opened(hook: Hook) -> Sequence[str]:
        from web.hooks.secrets import secrets_of  # the pages' package, which takes a while to import

        return secrets_of(secret_of(settings), hook, runtime.clock())

    return opened
