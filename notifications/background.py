"""What other records say of a contact point: who the client is after merges, who shares the number, who
must not get it.
"""

from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import Session

from models import Client, ContactPoint, Involvement, InvolvementRole, Safety, related


@dataclass(frozen=True, slots=True)
class Background:
    """What is known of a contact point from elsewhere. The stricter record wins.

    `opted_out`: the same number said STOP in any record. `marked_unsafe`, `wrong_at`: another record of this
    client has the same value as unsafe; as erroneous or bounced, since then. `of_perpetrator`: an alleged
    perpetrator uses it. `domestic_violence`: the flag stands on another record of the same person, or on the
    person whose contact it is. `time_zone` is that person's.
    """

    opted_out: bool = False
    marked_unsafe: bool = False
    wrong_at: datetime | None = None
    of_perpetrator: bool = False
    domestic_violence: bool = False
    time_zone: str | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """A contact point with whom it belongs to: the client (the survivor of merges) or, with `involvement`,
    somebody else.
    """

    contact: ContactPoint
    client: Client
    involvement: Involvement | None
    background: Background


def survivor(session: Session, client_id: str) -> Client | None:
    """The client record that counts: merged ones are followed to the end. None if there is no such client."""
    seen: set[str] = set()
    client = session.get(Client, client_id)
    while client is not None and client.merged_into_id is not None and client.id not in seen:
        seen.add(client.id)
        client = session.get(Client, client.merged_into_id)
    return client


def records_of(session: Session, client: Client) -> tuple[Client, ...]:
    """The client and every record that was merged into it, at any depth."""
    found = {client.id: client}
    frontier = [client.id]
    while frontier:
        merged = [row for each in frontier for row in related(session, Client, merged_into_id=each)]
        frontier = [each.id for each in merged if each.id not in found]
        found.update((each.id, each) for each in merged)
    return tuple(found.values())


def entry_of(session: Session, contact: ContactPoint) -> Entry | None:
    """The contact point with its owner and background; None when its client or involvement is gone."""
    client = survivor(session, contact.client_id)
    if client is None:
        return None
    involvement = None
    if contact.involvement_id is not None:
        involvement = session.get(Involvement, contact.involvement_id)
        if involvement is None:
            return None
    return Entry(contact, client, involvement, _background(session, contact, client, involvement))


def entries_of_role(session: Session, client: Client, role: str, today: date) -> list[Entry]:
    """The contact points of whoever holds a role around the client: `client`, or a role of involvements
    such as `guardian`.
    """
    ids = [each.id for each in records_of(session, client)]
    people: list[str | None] = [None] if role == "client" else [*_involved(session, ids, role, today)]
    contacts = [
        contact
        for each in ids
        for contact in related(session, ContactPoint, client_id=each)
        if contact.involvement_id in people
    ]
    entries = (entry_of(session, contact) for contact in contacts)
    return sorted((entry for entry in entries if entry is not None), key=_best_first)


def _involved(session: Session, client_ids: list[str], role: str, today: date) -> list[str]:
    if role not in set(InvolvementRole):
        return []
    return [
        person.id
        for each in client_ids
        for person in related(session, Involvement, client_id=each)
        if person.role.value == role and (person.ended_on is None or person.ended_on > today)
    ]


def _best_first(entry: Entry) -> tuple[bool, bool, float, str]:
    contact = entry.contact
    confirmed = contact.confirmed_at.timestamp() if contact.confirmed_at else 0.0
    return (not contact.preferred, contact.safe is not Safety.YES, -confirmed, contact.id)


def _background(
    session: Session, contact: ContactPoint, client: Client, involvement: Involvement | None
) -> Background:
    records = records_of(session, client)
    ids = {each.id for each in records}
    alike = _same_value(session, contact, ids)
    own = [each for each in alike if each.client_id in ids]
    person = (
        session.get(Client, involvement.person_client_id)
        if involvement and involvement.person_client_id
        else None
    )
    flagged = [*records, *([person] if person else [])]
    return Background(
        opted_out=any(each.opted_out_at is not None for each in alike),
        marked_unsafe=any(each.safe is Safety.NO for each in own),
        wrong_at=max(_moments_of_fault(own), default=None),
        of_perpetrator=_used_by_perpetrator(session, ids, [contact, *alike], involvement),
        domestic_violence=any(each.domestic_violence for each in flagged),
        time_zone=person.time_zone if person else None,
    )


def _moments_of_fault(contacts: list[ContactPoint]) -> list[datetime]:
    moments = [moment for each in contacts for moment in (each.erroneous_at, each.bounced_at)]
    return [each for each in moments if each is not None]


def _same_value(session: Session, contact: ContactPoint, client_ids: set[str]) -> list[ContactPoint]:
    """Other contact points with the same value, of anybody; in this client's own records upper case does
    not matter.
    """
    if not contact.value:
        return []
    found = {
        each.id: each
        for spelling in {contact.value, contact.value.lower()}
        for each in related(session, ContactPoint, value=spelling)
    }
    for client_id in client_ids:
        found.update((each.id, each) for each in related(session, ContactPoint, client_id=client_id))
    return [
        each
        for each in found.values()
        if each.kind is contact.kind
        and each.id != contact.id
        and each.value
        and each.value.lower() == contact.value.lower()
    ]


def _used_by_perpetrator(
    session: Session, client_ids: set[str], contacts: list[ContactPoint], involvement: Involvement | None
) -> bool:
    perpetrators = [
        each
        for client_id in client_ids
        for each in related(session, Involvement, client_id=client_id)
        if each.alleged_perpetrator
    ]
    parts = {each.id for each in perpetrators}
    persons = {each.person_client_id for each in perpetrators if each.person_client_id}
    if involvement is not None and involvement.person_client_id in persons:
        return True
    return any(
        each.involvement_id in parts or (each.involvement_id is None and each.client_id in persons)
        for each in contacts
    )
