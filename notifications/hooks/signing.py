"""Signatures of the Standard Webhooks convention (version 1.0.0, "Signature scheme"): symmetric, `v1`."""

import hmac
from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from hashlib import sha256
from secrets import token_bytes
from typing import Final

PREFIX: Final = "whsec_"
"""How a secret begins, so that one that was written down somewhere is recognised."""

SECRET_BYTES: Final = 32
"""The convention asks for 24 to 64."""


def new_secret() -> str:
    """A new secret, as its receiver is given it."""
    return PREFIX + b64encode(token_bytes(SECRET_BYTES)).decode("ascii")


def signature(secret: str, event_id: str, timestamp: int, body: bytes) -> str:
    """The signature of one try: of the id, the second in which it is sent, and the body, dots between."""
    signed = f"{event_id}.{timestamp}.".encode() + body
    made = hmac.new(b64decode(secret.removeprefix(PREFIX)), signed, sha256).digest()
    return f"v1,{b64encode(made).decode('ascii')}"


def headers_of(secrets: Sequence[str], event_id: str, timestamp: int, body: bytes) -> Mapping[str, str]:
    """The headers of one try; while two secrets count, there is a signature of each."""
    signatures = [signature(each, event_id, timestamp, body) for each in secrets]
    return {
        "webhook-id": event_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(signatures),
    }
