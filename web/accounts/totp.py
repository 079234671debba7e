"""Second factors by time: six digits of half a minute (TOTP, RFC 6238), with one half minute of drift on both
sides, and no code twice.
"""

from __future__ import annotations

import hmac
from datetime import datetime
from typing import Final

from pyotp import TOTP, random_base32

PERIOD: Final = 30
DRIFT: Final = 1
"""Half minutes before and after in which a code counts too, for clocks that are a little off."""

DIGITS: Final = 6
ISSUER: Final = "Casewright"


def new_secret() -> str:
    """A new secret of 160 bits, in base 32, as authenticator apps take it."""
    return str(random_base32())


def address(secret: str, login: str, issuer: str = ISSUER) -> str:
    """The `otpauth://` address that a QR code carries."""
    return str(TOTP(secret).provisioning_uri(name=login, issuer_name=issuer))


def code_at(secret: str, now: datetime) -> str:
    """The code of this moment."""
    return str(TOTP(secret).generate_otp(_step(now)))


def matching_step(secret: str, code: str, now: datetime, used: int | None) -> int | None:
    """The number of the half minute that the code belongs to; None when it is wrong, or was used already.

    `used` is the number whose code was used last: that one and those before it count no more.
    """
    typed = "".join(code.split())
    if len(typed) != DIGITS or not (typed.isascii() and typed.isdecimal()):
        return None
    totp, found = TOTP(secret), None
    for step in range(_step(now) - DRIFT, _step(now) + DRIFT + 1):
        same = hmac.compare_digest(str(totp.generate_otp(step)), typed)
        if same and (used is None or step > used):
            found = step
    return found


def _step(now: datetime) -> int:
    return int(now.timestamp()) // PERIOD
