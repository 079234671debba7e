"""The application's secret: what second factors and cookies are encrypted with.

Each purpose has a key of its own, derived by HKDF (RFC 5869); values are sealed with AES-256-GCM, bound to
what they belong to, so that one account's value is worth nothing in another's row.
"""

from __future__ import annotations

import hmac
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from web.errors import SecretError

SHORTEST: Final = 32
"""Characters of a secret at least; `openssl rand -base64 32` gives 44."""

VERSION: Final = "1."
NONCE: Final = 12


@dataclass(frozen=True, slots=True)
class Secret:
    """The secret of this installation. Its text is never shown."""

    value: str = field(repr=False)

    def seal(self, text: str, purpose: str, about: str) -> str:
        """The text, encrypted for a purpose (`totp`) and what it belongs to (an account's id)."""
        nonce = secrets.token_bytes(NONCE)
        sealed = AESGCM(self._key(purpose)).encrypt(nonce, text.encode(), about.encode())
        return VERSION + urlsafe_b64encode(nonce + sealed).decode("ascii")

    def open(self, sealed: str, purpose: str, about: str) -> str:
        """What `seal` was given. SecretError when it was sealed with another secret or for something else."""
        try:
            if not sealed.startswith(VERSION):
                raise ValueError
            raw = urlsafe_b64decode(sealed.removeprefix(VERSION).encode("ascii"))
            return AESGCM(self._key(purpose)).decrypt(raw[:NONCE], raw[NONCE:], about.encode()).decode()
        except (InvalidTag, ValueError):
            raise SecretError(
                f"what was encrypted for `{purpose}` cannot be read with this CASEWRIGHT_SECRET; "
                "set the one that it was made with"
            ) from None

    def fingerprint(self, purpose: str, text: str) -> str:
        """A keyed hash: the same text gives the same 64 hexadecimal digits, and nobody without the secret can
        try texts against it.
        """
        return hmac.new(self._key(purpose), text.encode(), sha256).hexdigest()

    def _key(self, purpose: str) -> bytes:
        derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=f"casewright {purpose}".encode())
        return derived.derive(self.value.encode())


def token() -> str:
    """A new opaque token with 256 bits, for a cookie or a program."""
    return secrets.token_urlsafe(32)


def token_hash(value: str) -> str:
    """What is kept of a token. It is random, so a plain hash is enough."""
    return sha256(value.encode()).hexdigest()
