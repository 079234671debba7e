"""SMS through Twilio's Messages API, with Twilio's own SDK."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from notifications.channels import (
    Accepted,
    ContactFault,
    OutcomeUnknown,
    Outgoing,
    Rejected,
    Report,
    SendError,
    TryLater,
)
from notifications.errors import ConfigurationError

if TYPE_CHECKING:
    from twilio.rest import Client

FAULTS: Mapping[str, ContactFault] = {
    "21211": ContactFault.ERRONEOUS,  # invalid 'To' number
    "21214": ContactFault.ERRONEOUS,  # 'To' can't be reached
    "21217": ContactFault.ERRONEOUS,  # 'To' does not appear to be valid
    "21610": ContactFault.OPTED_OUT,  # the recipient said STOP
    "21614": ContactFault.ERRONEOUS,  # 'To' is not a mobile number
    "30005": ContactFault.ERRONEOUS,  # unknown destination handset
    "30006": ContactFault.ERRONEOUS,  # landline or unreachable carrier
}
"""Twilio's error codes that say something about the number (twilio.com/docs/api/errors)."""

CLOCK_SKEW = timedelta(minutes=5)
"""How far the provider's clock may be behind ours when a lost message is looked for."""

MOST_CANDIDATES = 50

STATUS_PATH = "/callbacks/twilio/status"
"""Where Twilio calls back, on the address of the pages."""


@dataclass(frozen=True, slots=True)
class TwilioSettings:
    """The account and the sender: a number in E.164, or a messaging service (`MG...`).

    `base_url` replaces `https://api.twilio.com`; `callback_url` asks for receipts at that address.
    `timeout` is in seconds.
    """

    account_sid: str
    auth_token: str
    sender: str
    base_url: str | None = None
    callback_url: str | None = None
    proxy: str | None = None
    timeout: float = 10.0

    def __repr__(self) -> str:
        return f"TwilioSettings(sender={self.sender!r}, base_url={self.base_url!r})"


class TwilioChannel:
    """Sends SMS. Twilio's sends are not idempotent, so a lost reply is followed by a look into its list of
    messages.
    """

    name = "twilio"
    reports = True

    def __init__(self, settings: TwilioSettings) -> None:
        if not settings.account_sid or not settings.auth_token or not settings.sender:
            raise ConfigurationError("the SMS settings need account_sid, auth_token and sender")
        self._settings = settings
        self._client = _client(settings)

    def send(self, outgoing: Outgoing) -> Accepted:
        """Create a message at Twilio."""
        sender = "messaging_service_sid" if self._settings.sender.startswith("MG") else "from_"
        fields = {"to": outgoing.address, "body": outgoing.body, sender: self._settings.sender}
        if self._settings.callback_url is not None:
            # our id travels along, because Twilio may call back before its own id is stored
            fields["status_callback"] = (
                f"{self._settings.callback_url}?{urlencode({'message': outgoing.message_id})}"
            )
        try:
            created = self._client.messages.create(**fields)
        except Exception as error:
            raise _send_error(error) from error
        if not created.sid:
            raise OutcomeUnknown("no_id", "the provider's answer names no message")
        return Accepted(created.sid, created.status or "accepted")

    def status(self, provider_id: str) -> Report:
        """Fetch one message."""
        try:
            message = self._client.messages(provider_id).fetch()
        except Exception as error:
            raise _read_error(error) from error
        code = str(message.error_code) if message.error_code else None
        return Report(message.status or "", code, FAULTS.get(code or ""))

    def find(self, outgoing: Outgoing) -> tuple[str, ...]:
        """List the messages to this number since ours was written, and keep those with the same text."""
        since = outgoing.created_at - CLOCK_SKEW
        try:
            listed = self._client.messages.list(
                to=outgoing.address, date_sent_after=since, limit=MOST_CANDIDATES
            )
        except Exception as error:
            raise _read_error(error) from error
        alike = [each for each in listed if each.body == outgoing.body and _made(each.date_created) >= since]
        return tuple(each.sid for each in sorted(alike, key=lambda each: _made(each.date_created)))


def _client(settings: TwilioSettings) -> "Client":
    from twilio.rest import Client  # it takes half a second, which only senders of SMS should pay

    from notifications.twilio_http import BoundHttpClient

    http = BoundHttpClient(settings.base_url, settings.timeout, settings.proxy)
    # the SDK reads TWILIO_* variables unless it is given an environment that is not empty
    environment = {"CASEWRIGHT": "settings only"}
    return Client(settings.account_sid, settings.auth_token, http_client=http, environment=environment)


def _made(moment: datetime | None) -> datetime:
    """When the provider made a message; without a date it counts as just made."""
    return moment if moment is not None else datetime.max.replace(tzinfo=UTC)


def _send_error(error: Exception) -> SendError:
    """What is known of a send that raised."""
    from requests import exceptions
    from twilio.base.exceptions import TwilioException

    if isinstance(error, exceptions.ConnectTimeout | exceptions.ProxyError | exceptions.SSLError):
        return TryLater("unreachable", f"the SMS provider could not be reached ({type(error).__name__})")
    if isinstance(error, exceptions.ConnectionError) and _never_connected(error):
        return TryLater("unreachable", "the SMS provider could not be reached")
    status = getattr(error, "status", None)
    if isinstance(error, TwilioException) and isinstance(status, int) and 400 <= status < 500:
        return _answered(error, status)
    return OutcomeUnknown(
        f"http_{status}" if status else "reply_lost", "the SMS provider's answer is not known"
    )


def _answered(error: Any, status: int) -> SendError:
    """A refusal by the provider: 429, 401, 403 and 408 are about us or the moment, the others about this
    message.
    """
    code = str(getattr(error, "code", None) or status)
    text = f"the SMS provider answered {status} (code {code})"
    if status in (401, 403, 408, 429) and code not in FAULTS:
        return TryLater(code, text)
    return Rejected(code, text, FAULTS.get(code))


def _read_error(error: Exception) -> SendError:
    """What is known when the provider could not be asked: nothing changes, it is asked again."""
    status = getattr(error, "status", None)
    if status == 404:
        return Rejected("404", "the SMS provider knows no such message")
    return TryLater(f"http_{status}" if status else "unreachable", "the SMS provider could not be asked")


def _never_connected(error: Exception) -> bool:
    """Whether a connection error came before anything was sent (urllib3 wraps the cause in its own
    classes).
    """
    from urllib3.exceptions import MaxRetryError, NewConnectionError

    inner = error.args[0] if error.args else None
    cause = inner.reason if isinstance(inner, MaxRetryError) else inner
    return isinstance(cause, NewConnectionError)
