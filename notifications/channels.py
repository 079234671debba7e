"""The port to those who carry messages, and what can come of a send."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from models import Channel as ChannelKind
from models import MessageStatus
from notifications.errors import NotificationError

PROVIDER_STATUSES: dict[str, MessageStatus] = {
    "accepted": MessageStatus.SENT,
    "scheduled": MessageStatus.SENT,
    "queued": MessageStatus.SENT,
    "sending": MessageStatus.SENT,
    "sent": MessageStatus.SENT,
    "partially_delivered": MessageStatus.SENT,
    "delivered": MessageStatus.DELIVERED,
    "read": MessageStatus.DELIVERED,
    "undelivered": MessageStatus.UNDELIVERED,
    "failed": MessageStatus.FAILED,
    "canceled": MessageStatus.FAILED,
}
"""What a provider's word (Twilio's, domain.md "Messages") means for a message. Once accepted it counts as
sent.
"""


class ContactFault(StrEnum):
    """What a provider's answer says about the address itself; it is recorded on the contact point."""

    OPTED_OUT = "opted_out"
    ERRONEOUS = "erroneous"
    BOUNCED = "bounced"


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message as a channel sees it. `message_id` is ours and stays the same over all attempts.

    `discreet` says that the message must not show the organisation's name.
    """

    message_id: str
    channel: ChannelKind
    address: str
    subject: str
    body: str
    language: str
    created_at: datetime
    calendar_text: str | None = None
    discreet: bool = True


@dataclass(frozen=True, slots=True)
class Accepted:
    """The provider took the message: under which id, and its word for where it stands."""

    provider_id: str
    status: str = "accepted"


@dataclass(frozen=True, slots=True)
class Report:
    """What a provider says about a message that it took."""

    status: str
    error_code: str | None = None
    fault: ContactFault | None = None


class SendError(NotificationError):
    """A send did not end well; subclasses say what is known of it. `code` is the provider's, or a word of
    ours.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class Rejected(SendError):  # noqa: N818 (an outcome of the port, named as people say it)
    """The provider refused it for good. `fault` is what that says about the address."""

    def __init__(self, code: str, message: str, fault: ContactFault | None = None) -> None:
        super().__init__(code, message)
        self.fault = fault


class TryLater(SendError):  # noqa: N818
    """The provider certainly has not taken it, but may later. `after` is how long it asked us to wait."""

    def __init__(self, code: str, message: str, after: timedelta | None = None) -> None:
        super().__init__(code, message)
        self.after = after


class OutcomeUnknown(SendError):  # noqa: N818
    """The provider may have taken it: the reply was lost. It is looked for before it is sent again."""


class Channel(Protocol):
    """A way to send. Calls may block; they run outside any transaction and end within the channel's own
    time-out.
    """

    @property
    def name(self) -> str:
        """The provider's name, stored with the message."""

    @property
    def reports(self) -> bool:
        """Whether `status` can learn more after a message was accepted."""

    def send(self, outgoing: Outgoing) -> Accepted:
        """Hand the message over. Raises `Rejected`, `TryLater` or `OutcomeUnknown`."""

    def status(self, provider_id: str) -> Report:
        """Where a message stands now. Raises `TryLater` when the provider can't be asked, `Rejected` when
        it has no such message.
        """

    def find(self, outgoing: Outgoing) -> tuple[str, ...]:
        """The ids of messages of the provider that may be this one, oldest first: same address, same text,
        not before `created_at`.

        Empty when there is none, or when the provider can't look (SMTP). Raises `TryLater`.
        """
