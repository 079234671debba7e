"""What logins are checked with, from the settings."""

from secrets import token_urlsafe
from typing import TYPE_CHECKING, Final

from ops.errors import SettingsError
from ops.settings import PREFIX, Settings

if TYPE_CHECKING:
    from web.accounts.entering import Keys
    from web.accounts.openid_settings import OpenIdSettings
    from web.accounts.secret import Secret

BACK: Final = "/login/openid/back"
"""Where a provider of OpenID Connect sends people back to; it has to know this address."""

FILE: Final = "secret"
SECRET_BYTES: Final = 32

DEMO_SECRET: Final = "everybody knows the secret of the demo"  # noqa: S105 (that is what it is for)
"""Taken where a demo is started without a secret of its own; refused anywhere else."""


def keys_of(settings: Settings, *, demo: bool = False) -> "Keys":
    """The keys of this installation: with the secret that is set, else with the one that `make_secret` has
    kept in the home. SettingsError when there is none, or that of the demo outside of one.
    """
    from web.accounts.entering import Keys
    from web.accounts.passwords import Passwords

    return Keys(Passwords(), secret_of(settings, demo=demo))


def secret_of(settings: Settings, *, demo: bool = False) -> "Secret":
    """The secret alone, as `keys_of` finds it."""
    from web.accounts.secret import Secret

    given = settings.secret or _kept(settings) or (DEMO_SECRET if demo else None)
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
    return Secret(given)


def openid_of(settings: Settings) -> "OpenIdSettings | None":
    """The provider that people may log in at. SettingsError when our own address is not set: the provider
    sends people back to it, and it is never taken from a request.
    """
    from web.accounts.openid_settings import OpenIdSettings

    given = settings.openid
    if given is None:
        return None
    if settings.web_address is None:
        raise SettingsError(
            f"{PREFIX}WEB_ADDRESS is missing, and {PREFIX}OPENID_ISSUER is set",
            action=f"set it; the provider has to know the address with {BACK} at its end",
        )
    back = settings.web_address.rstrip("/") + BACK
    return OpenIdSettings(given.issuer, given.client_id, back, given.client_secret)


def make_secret(settings: Settings) -> None:
    """Make a secret in the home where none is set and none is kept, for one machine that runs everything."""
    file = settings.home / FILE
    if settings.secret is None and not file.exists():
        with file.open("x", encoding="ascii") as written:
            file.chmod(0o600)
            written.write(f"{token_urlsafe(SECRET_BYTES)}\n")


def _kept(settings: Settings) -> str | None:
    try:
        return (settings.home / FILE).read_text(encoding="ascii").strip() or None
    except FileNotFoundError:
        return None
