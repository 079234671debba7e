"""Commands about how somebody is reached: numbers and addresses, and whether it is safe to use them.

The gate of messages reads the contact again in the transaction that sends one (`notifications.gate`), so what
is marked unsafe here holds what waits to be sent from the commit on.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from flows.inbox.commands import command
from flows.inbox.desk import ChangedError, InboxError
from flows.inbox.people.around import Around, Doing, around
from flows.inbox.people.contact_facts import readable_times
from models import (
    ContactKind,
    ContactPoint,
    ContactPointInput,
    Involvement,
    PhoneType,
    Safety,
    Store,
    new_id,
    related,
)
from tasks.duplicates.contact_matching import normal
from tasks.history import Happening

NAMES: Final = {
    ContactKind.PHONE: "Telephone number",
    ContactKind.EMAIL: "E-mail address",
    ContactKind.ADDRESS: "Address",
}


@dataclass(frozen=True, slots=True)
class Reach:
    """How a contact may be used. `confirmed` says that the client has said so now."""

    safe: Safety
    confirmed: bool = False
    phone_type: PhoneType | None = None
    may_leave_message: bool = False
    may_identify_organisation: bool = False
    safe_times: str | None = None
    who_shares_device: str | None = None
    code_word: str | None = None
    preferred: bool = False


FIELDS: Final = (
    *("safe", "phone_type", "may_leave_message", "may_identify_organisation", "safe_times"),
    *("who_shares_device", "code_word", "preferred", "confirmed_at"),
)


@command
def add_contact_point(store: Store, case_id: str, given: ContactPointInput, doing: Doing) -> ContactPoint:
    """Add a number or address of the client, or of somebody around them. One that stands there already is
    given back as it is, so that a second call adds nothing.
    """
    _check_times(given.safe_times)
    with store.write("wake") as session:
        here = around(session, case_id, doing)
        if given.involvement_id is not None:
            here.theirs(Involvement, given.involvement_id, "person around the client")
        values = {**given.model_dump(), "client_id": here.client.id}
        if given.safe is Safety.YES and given.confirmed_at is None:
            values["confirmed_at"] = doing.now
        made = ContactPoint(id=new_id(), created_at=doing.now, **values)
        known = _same(here, made)
        if known is not None:
            return known
        if made.preferred:
            _prefer(here, made)
        safe = {Safety.YES: "safe", Safety.NO: "not safe", Safety.UNKNOWN: "not known to be safe"}[made.safe]
        title = f"{NAMES[made.kind]} added: {safe}"
        here.keep(made, ("value", *FIELDS), title, kind=Happening.REACH_CHANGED, new=True)
        return made


@command
def change_contact_point(
    store: Store, case_id: str, point_id: str, reach: Reach, doing: Doing, *, revision: int | None = None
) -> ContactPoint:
    """Say how a contact may be used. What becomes unsafe gets no message from this commit on.

    ChangedError when it is not as it was at `revision` any more; InboxError for safe times that can't be
    read.
    """
    _check_times(reach.safe_times)
    with store.write("wake") as session:
        here = around(session, case_id, doing)
        point = here.theirs(ContactPoint, point_id, "number or address")
        if revision is not None and revision != point.revision:
            raise ChangedError("somebody has changed this contact since you read it; look at it again")
        before = {name: getattr(point, name) for name in FIELDS}
        _take(point, reach, doing.now)
        changed = [name for name in FIELDS if getattr(point, name) != before[name]]
        if not changed:
            return point
        if point.preferred and not before["preferred"]:
            _prefer(here, point)
        title, matters = _told(point, before["safe"])
        here.keep(point, changed, title, kind=Happening.REACH_CHANGED, significant=matters)
        return point


@command
def end_contact_point(store: Store, case_id: str, point_id: str, reason: str, doing: Doing) -> ContactPoint:
    """A number or address is wrong, or is not theirs any more: nothing goes to it. Again changes nothing."""
    why = " ".join(reason.split())
    if not why:
        raise InboxError("say why this number or address does not count any more")
    with store.write("wake") as session:
        here = around(session, case_id, doing)
        point = here.theirs(ContactPoint, point_id, "number or address")
        if point.erroneous_at is None:
            point.erroneous_at, point.preferred = doing.now, False
            title = f"{NAMES[point.kind]} does not count any more"
            here.keep(
                point, ("erroneous_at",), title, kind=Happening.REACH_CHANGED, detail=why, significant=True
            )
        return point


def _take(point: ContactPoint, reach: Reach, now: datetime) -> None:
    eased = reach.safe is Safety.YES and point.safe is not Safety.YES
    point.safe = reach.safe
    point.may_leave_message = reach.may_leave_message
    point.may_identify_organisation = reach.may_identify_organisation
    point.safe_times = reach.safe_times or None
    point.who_shares_device = reach.who_shares_device or None
    point.code_word = reach.code_word or None
    point.preferred = reach.preferred
    if point.kind is ContactKind.PHONE:
        point.phone_type = reach.phone_type
    if reach.safe is Safety.UNKNOWN:
        point.confirmed_at = None
    elif reach.confirmed or eased or reach.safe is Safety.NO:
        point.confirmed_at, point.expires_at = now, None


def _told(point: ContactPoint, before: Safety) -> tuple[str, bool]:
    """The title of the entry, and whether it matters for the whole case."""
    name = NAMES[point.kind]
    if point.safe is before:
        return f"{name}: how it may be used was changed", False
    words = {
        Safety.NO: f"{name} marked as not safe; nothing is sent to it",
        Safety.YES: f"{name} confirmed as safe",
        Safety.UNKNOWN: f"{name} no longer known to be safe",
    }
    return words[point.safe], True


def _same(here: Around, made: ContactPoint) -> ContactPoint | None:
    for each in related(here.session, ContactPoint, client_id=here.client.id):
        counts = each.set_aside_at is None and each.erroneous_at is None
        owner = (each.involvement_id, each.kind) == (made.involvement_id, made.kind)
        if counts and owner and normal(each) == normal(made):
            return each
    return None


def _prefer(here: Around, chosen: ContactPoint) -> None:
    """One of a kind and a person is preferred."""
    for each in related(here.session, ContactPoint, client_id=chosen.client_id):
        owner = (each.involvement_id, each.kind) == (chosen.involvement_id, chosen.kind)
        if each.preferred and owner and each.id != chosen.id:
            each.preferred = False
            here.session.add(each)


def _check_times(text: str | None) -> None:
    unreadable = readable_times(text)
    if unreadable is not None:
        raise InboxError(unreadable)
