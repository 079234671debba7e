"""What logins are checked with, from the settings."""

from typing import TYPE_CHECKING, Final

from ops.errors import SettingsError
from ops.settings import PREFIX, Settings

if TYPE_CHECKING:
    from web.accounts.entering import Keys

DEMO_SECRET: Final = "everybody knows the secret of the demo"  # noqa: S105 (that is what it is for)
"""Taken where a demo is started without a secret of its own; refused anywhere else."""


def keys_of(settings: Settings, *, demo: bool = False) -> "Keys":
    """The keys of this installation. SettingsError when the secret is missing, or that of the demo outside of
    one.
    """
    from web.accounts.entering import Keys
    from web.accounts.passwords import Passwords
    from web.accounts.secret import Secret

    given = settings.secret or (DEMO_SECRET if demo else None)
    if given is None:
        raise SettingsError(
            f"{PREFIX}SECRET is missing",
            action="make one with: openssl rand -base64 32, and keep it as well as the database",
        )
    if given == DEMO_SECRET and not demo:
        raise SettingsError(
            f"{PREFIX}SECRET is that of the demo, which everybody knows",
            action="make one of your own with: openssl rand -base64 32",
        )
    return Keys(Passwords(), Secret(given))
