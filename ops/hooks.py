"""Telling hooks with the settings of this installation: its secret, and the hosts that they may go to."""

import logging
from collections.abc import Callable, Sequence

from flows.hooks import telling
from flows.runtime import Runtime
from models import Hook
from notifications.hooks import AddressRules, anything_due
from ops.errors import SettingsError
from ops.keys import secret_of
from ops.settings import Settings

log = logging.getLogger(__name__)


def rules_of(settings: Settings) -> AddressRules:
    """Where hooks may go."""
    return AddressRules(settings.hook_hosts)


def hook_telling(settings: Settings, runtime: Runtime) -> Callable[[], int]:
    """A function that tells hooks what is due. A process that does not know the secret tells nothing: it says
    so once, when there is something to tell, and leaves it to those that do.
    """
    told = telling(runtime, _secrets(settings, runtime), rules_of(settings))
    said: list[bool] = []

    def tell() -> int:
        if not anything_due(runtime.store, runtime.clock()):
            return 0
        if _has_secret(settings):
            return told()
        if not said:
            said.append(True)
            log.warning("webhooks are left to other processes: this one does not know CASEWRIGHT_SECRET")
        return 0

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
