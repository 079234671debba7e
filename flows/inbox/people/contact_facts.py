"""What a first contact tells, as records: the client, and how to reach them safely."""

from datetime import datetime
from typing import Any

from sqlmodel import Session

from models import (
    Client,
    ContactKind,
    ContactPoint,
    FirstContact,
    FirstContactInput,
    Safety,
    new_id,
    related,
)
from notifications.hours import HoursError, parse_windows
from tasks.duplicates.contact_matching import normal, normal_text
from tasks.duplicates.safe_when import safe_when
from tasks.history import Act, write_audit

_OF_CLIENT = (
    "given_name",
    "family_name",
    "date_of_birth",
    "date_of_birth_quality",
    "language",
    "interpreter_needed",
)


def make_client(session: Session, told: FirstContactInput, by: str, now: datetime) -> Client:
    """A new client of whom no more is known than what was told."""
    client = Client(id=new_id(), **{name: getattr(told, name) for name in _OF_CLIENT}, created_at=now)
    session.add(client)
    write_audit(session, by, Act.CREATE, "Client", client.id, now, fields=_OF_CLIENT)
    return client


def keep_reach(
    session: Session, told: FirstContactInput, client_id: str, by: str, now: datetime
) -> tuple[ContactPoint, ...]:
    """Keep the number and the address that were told: new ones are added, those that we have are made
    stricter where this is stricter, and confirmed where nothing spoke against them.
    """
    known = [each for each in related(session, ContactPoint, client_id=client_id) if _own(each)]
    kept = []
    for kind, value, safe, more in _reach(told):
        same = [each for each in known if each.kind is kind and normal(each) == normal_text(kind, value)]
        for each in same:
            _tighten(each, told, safe, now)
        if not same:
            same = [_point(client_id, told, kind, value, safe, more, now)]
        for each in same:
            session.add(each)
            act = Act.UPDATE if each in known else Act.CREATE
            write_audit(
                session, by, act, "ContactPoint", each.id, now, fields=("value", "safe", "safe_times")
            )
        kept += same
    return tuple(kept)


def readable_times(text: str | None) -> str | None:
    """Why safe times can't be read, in words for people; None where they can, or none are given."""
    if not text:
        return None
    try:
        parse_windows(text)
    except HoursError as error:
        return str(error)
    return None


def told_by(contact: FirstContact) -> FirstContactInput:
    """What was told, of a contact that is kept."""
    return FirstContactInput.model_construct(
        **{name: getattr(contact, name) for name in FirstContactInput.model_fields}
    )


def _reach(told: FirstContactInput) -> list[tuple[ContactKind, str, Safety, dict[str, Any]]]:
    found: list[tuple[ContactKind, str, Safety, dict[str, Any]]] = []
    if told.phone:
        found.append((ContactKind.PHONE, told.phone, told.phone_safe, {"phone_type": told.phone_type}))
    if told.email:
        found.append((ContactKind.EMAIL, told.email, told.email_safe, {}))
    return found


def _own(contact: ContactPoint) -> bool:
    return contact.involvement_id is None and contact.set_aside_at is None


def _point(
    client_id: str,
    told: FirstContactInput,
    kind: ContactKind,
    value: str,
    safe: Safety,
    more: dict[str, Any],
    now: datetime,
) -> ContactPoint:
    return ContactPoint(
        id=new_id(),
        client_id=client_id,
        kind=kind,
        value=value,
        safe=safe,
        may_leave_message=told.may_leave_message and kind is ContactKind.PHONE,
        may_identify_organisation=told.may_identify_organisation,
        safe_times=told.safe_times,
        confirmed_at=now if safe is Safety.YES else None,
        created_at=now,
        **more,
    )


def _tighten(contact: ContactPoint, told: FirstContactInput, safe: Safety, now: datetime) -> None:
    """What is told anew makes nothing less strict than it is; a person who knows more does that."""
    stands = contact.safe if safe is Safety.UNKNOWN or contact.safe is Safety.NO else safe
    contact.safe, contact.safe_times = safe_when([(stands, contact.safe_times), (stands, told.safe_times)])
    if contact.safe is Safety.UNKNOWN:
        contact.confirmed_at = None
    elif contact.safe is safe:
        contact.confirmed_at = now
    contact.may_leave_message = contact.may_leave_message and told.may_leave_message
    contact.may_identify_organisation = contact.may_identify_organisation and told.may_identify_organisation
