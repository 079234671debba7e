"""The providers of a scenario: they do with messages what the scenario says, and later something else."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from models import Channel as ChannelKind
from notifications.channels import Accepted, ContactFault, Outgoing, Rejected, Report, TryLater

SAYS: Final[Mapping[str, Report]] = {
    "delivered": Report("delivered"),
    "undelivered": Report("undelivered", "undelivered"),
    "bounced": Report("undelivered", "bounced", ContactFault.BOUNCED),
    "silent": Report("sent"),
}
"""What a provider says of a message that it took, by the word of the scenario."""


@dataclass(slots=True)
class ScenarioChannel:
    """One provider. `does` is a word of `definitions.scenarios.shape.ProviderWord`."""

    kind: ChannelKind
    does: str = "delivered"
    sent: dict[str, Outgoing] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The provider's name that is stored with each message."""
        return f"scenario-{self.kind.value}"

    @property
    def speaks_later(self) -> bool:
        """Whether it has more to say of a message after it took it."""
        return self.does in ("undelivered", "bounced")

    @property
    def reports(self) -> bool:
        """It is not asked; the scenario says when it speaks."""
        return False

    def send(self, outgoing: Outgoing) -> Accepted:
        """Take the message, or not, as the scenario says."""
        match self.does:
            case "refused":
                raise Rejected("refused", "the provider refused the message")
            case "opted_out":
                raise Rejected("opted_out", "the person said STOP", ContactFault.OPTED_OUT)
            case "down":
                raise TryLater("down", "the provider can't be reached")
        self.sent.setdefault(outgoing.message_id, outgoing)
        return Accepted(outgoing.message_id, "delivered" if self.does == "delivered" else "sent")

    def status(self, provider_id: str) -> Report:
        """What it says of a message that it took."""
        if provider_id not in self.sent:
            raise Rejected("unknown", "no such message was sent")
        return SAYS.get(self.does, SAYS["silent"])

    def find(self, outgoing: Outgoing) -> tuple[str, ...]:
        """The message itself, if it was taken."""
        return (outgoing.message_id,) if outgoing.message_id in self.sent else ()
