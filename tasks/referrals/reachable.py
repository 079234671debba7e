"""Whether others may be told how to reach a client."""

from datetime import datetime

from sqlmodel import Session, col, select

from models import Channel, Client, ContactKind, ContactPoint, PhoneType, Safety
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
    wanted = select(ContactPoint.id).where(
        ContactPoint.client_id == client.id,
        col(ContactPoint.involvement_id).is_(None),
        ContactPoint.kind == ContactKind.PHONE,
        ContactPoint.phone_type == PhoneType.VOICE,
        ContactPoint.safe != Safety.NO,
        col(ContactPoint.set_aside_at).is_(None),
        col(ContactPoint.erroneous_at).is_(None),
    )
    return session.exec(wanted.limit(1)).first() is not None
