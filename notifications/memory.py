"""A channel that keeps what it is given: for `simulate`, scenarios and tests. Everything counts as
delivered at once.
"""

from collections.abc import Collection

from models import Channel as ChannelKind
from notifications.channels import Accepted, Outgoing, Rejected, Report

REFUSED = "told_to_refuse"
"""The error code of an address that the channel was told to refuse."""


class MemoryChannel:
    """Keeps messages in `sent`, by our message id. Addresses in `refuse` are refused for good."""

    def __init__(self, kind: ChannelKind, refuse: Collection[str] = ()) -> None:
        self.kind = kind
        self.sent: dict[str, Outgoing] = {}
        self._refuse = frozenset(refuse)

    @property
    def name(self) -> str:
        """The provider's name that is stored with each message."""
        return f"memory-{self.kind.value}"

    @property
    def reports(self) -> bool:
        """It can be asked for as long as it is there. What it held is gone with its process, and nothing of
        that had left.
        """
        return True

    def send(self, outgoing: Outgoing) -> Accepted:
        """Keep the message; a second send of the same one changes nothing."""
        if outgoing.address in self._refuse:
            raise Rejected(REFUSED, "this address was to be refused")
        self.sent.setdefault(outgoing.message_id, outgoing)
        return Accepted(outgoing.message_id, "delivered")

    def status(self, provider_id: str) -> Report:
        """Delivered, for every message that was kept."""
        if provider_id not in self.sent:
            raise Rejected("unknown", "no such message was sent")
        return Report("delivered")

    def find(self, outgoing: Outgoing) -> tuple[str, ...]:
        """The message itself, if it was kept."""
        return (outgoing.message_id,) if outgoing.message_id in self.sent else ()


def memory_channels(refuse: Collection[str] = ()) -> dict[ChannelKind, MemoryChannel]:
    """One memory channel for each kind of message."""
    return {kind: MemoryChannel(kind, refuse) for kind in ChannelKind}
