"""Whether others may be told how to reach a client."""

from datetime import datetime

from sqlmodel import Session

from models import Channel, Client, ContactKind, ContactPoint, PhoneType, Safety, related
from notifications import choose


def may_be_contacted(session: Session, client: Client, now: datetime) -> bool:
    """Whether the client has an address or number that the gate of messages holds safe.

    Quiet hours and safe times do not matter here: nothing is sent. A telephone that takes no messages counts
    too, unless it is marked unsafe or domestic violence asks for more than that.
    """
    channels = (Channel.EMAIL, Channel.SMS)
    if any(choose(session, client.id, ("client",), channel, False, now).picks for channel in channels):
        return True
    return not client.domestic_violence and _has_telephone(session, client)


def _has_telephone(session: Session, client: Client) -> bool:
    return any(
        point.involvement_id is None
        and point.kind is ContactKind.PHONE
        and point.phone_type is PhoneType.VOICE
        and point.safe is not Safety.NO
        and point.set_aside_at is None
        and point.erroneous_at is None
        for point in related(session, ContactPoint, client_id=client.id)
    )
