"""What Twilio says of a message by itself, as soon as it knows: its status callback.

Whoever sends one is known by its signature alone. What it says is settled as an answer to a poll is, so that
a status never moves backwards and the same callback again changes nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import parse_qs

from models import Message, Store
from notifications import settling
from notifications.channels import Report
from notifications.sms import FAULTS, TwilioChannel

LONGEST: Final = 60
"""Letters of an id or a status at most."""


@dataclass(frozen=True, slots=True)
class StatusCallbacks:
    """The address at which Twilio calls back, as it knows it, and the token with which it signs."""

    address: str
    auth_token: str

    def __repr__(self) -> str:
        return f"StatusCallbacks(address={self.address!r})"

    def is_genuine(self, query: str, fields: Mapping[str, str], signature: str) -> bool:
        """Whether Twilio has sent these fields to our address with this query
        (twilio.com/docs/usage/security).
        """
        from twilio.request_validator import RequestValidator

        asked = f"{self.address}?{query}" if query else self.address
        return bool(RequestValidator(self.auth_token).validate(asked, dict(fields), signature))


def take_status(store: Store, query: str, fields: Mapping[str, str], now: datetime) -> bool:
    """Settle what a genuine callback says; whether it is about a message of ours. Our own id is in the
    address, because Twilio may call before its id is stored: then its word waits until it is.
    """
    ours = parse_qs(query).get("message", [""])[0]
    theirs, word = fields.get("MessageSid", ""), fields.get("MessageStatus", "")
    if not all(_is_word(each) for each in (ours, theirs, word)):
        return False
    code = fields.get("ErrorCode") or None
    said = Report(word, code, FAULTS.get(code or ""))
    with store.write("receipt") as session:
        message = session.get(Message, ours, with_for_update=True)
        if message is None or message.provider not in (None, TwilioChannel.name):
            return False
        if message.provider_id is None:
            settling.keep_receipt(session, TwilioChannel.name, theirs, said, now)
        elif message.provider_id == theirs:
            settling.report(session, message, said, now)
        else:
            return False
    return True


def _is_word(text: str) -> bool:
    return 0 < len(text) <= LONGEST and text.isascii() and text.replace("_", "").isalnum()
