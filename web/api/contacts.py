"""New contacts: looking whether somebody is known, beginning a process for them, and those that wait."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from http import HTTPStatus
from typing import Annotated, Any, Final

from fastapi import Query, Response
from pydantic import AwareDatetime, Field
from sqlmodel import Session, col

from flows.contact_processes import contact_processes
from flows.inbox.people.opening import Opening, open_contact
from flows.inbox.people.waiting_contacts import leave_contact, set_aside_contact
from models import (
    ContactOrigin,
    ContactStanding,
    DateQuality,
    FirstContact,
    FirstContactInput,
    PhoneType,
    Safety,
    new_id,
)
from tasks.history import Act, write_audit
from web.access import scope
from web.access.actions import Action
from web.access.policy import require
from web.access.watching import searched, watched
from web.api.declaring import Resource, Responses, answers
from web.api.once import by_nature
from web.api.problem import ProblemError, not_there
from web.api.sent import Key, Sent
from web.api.visiting import Visiting
from web.forms.contact import fields_asked, sought_in, sought_of, told_of
from web.reading.matches import Elsewhere, Match, Matches, matches
from web.visitor import Visit

router = Resource(prefix="/contacts", tags=["contacts"])

PAGE: Final = 50
Line = Annotated[str | None, Field(max_length=200)]

LOOK_FIRST: Final = (
    "Somebody who may be this person is known already. Look at who was found, and say which of them it is, "
    "or that it is none."
)
GONE: Final = "That person is not among those who were found. Look again."


class Person(Sent):
    """Who somebody is, as far as it is known."""

    given_name: Line = None
    family_name: Line = None
    date_of_birth: Annotated[str | None, Field(max_length=10)] = None
    phone: Annotated[str | None, Field(max_length=40)] = None
    email: Annotated[str | None, Field(max_length=254)] = None


class Told(Person):
    """What somebody tells who asks for help, or whoever speaks for them."""

    date_of_birth_quality: DateQuality | None = None
    language: Annotated[str | None, Field(max_length=35)] = None
    interpreter_needed: bool = False
    phone_type: PhoneType | None = None
    phone_safe: Safety = Safety.UNKNOWN
    email_safe: Safety = Safety.UNKNOWN
    may_leave_message: bool = False
    may_identify_organisation: bool = False
    safe_times: Line = None
    in_danger: bool = False
    referred_by: Line = None
    need: Annotated[str | None, Field(max_length=5_000)] = None


class New(Told):
    """A contact for which a process is begun. `client` says who it is of those who were found, `none_of`
    names those who were looked at and are somebody else; `waiting` is the contact that waited, if it did.
    """

    process: Annotated[str | None, Field(max_length=100)] = None
    client: Annotated[str | None, Field(max_length=30)] = None
    none_of: list[Annotated[str, Field(max_length=30)]] = Field(default_factory=list, max_length=100)
    waiting: Annotated[str | None, Field(max_length=30)] = None
    received_at: AwareDatetime | None = None


class PassedOn(Told):
    """A contact that another team is to look at, because somebody with such details is known there."""

    team: str = Field(max_length=100)


class Reason(Sent):
    """Why nothing is begun."""

    reason: str = Field(min_length=1, max_length=2_000)


@dataclass(frozen=True, slots=True)
class Found:
    """Those who may be a person, and the teams that know somebody like them."""

    matches: tuple[Match, ...]
    elsewhere: tuple[Elsewhere, ...]


@dataclass(frozen=True, slots=True)
class ContactLine:
    """How a contact stands, and what has come of it: ids of the client, the process and the case."""

    id: str
    standing: ContactStanding
    name: str
    in_danger: bool
    team: str | None
    received_at: datetime
    client: str | None
    instance: str | None
    case: str | None


@dataclass(frozen=True, slots=True)
class ContactMade(ContactLine):
    """A contact that was made; `page` is the address of its page."""

    page: str


@dataclass(frozen=True, slots=True)
class ContactList:
    """A page of contacts. `next` is what `after` has to be for more, None on the last page."""

    contacts: tuple[ContactLine, ...]
    next: str | None


@dataclass(frozen=True, slots=True)
class ContactDetail(ContactLine):
    """A contact with all that was told."""

    given_name: str
    family_name: str
    date_of_birth: date | None
    date_of_birth_quality: DateQuality
    language: str
    interpreter_needed: bool
    phone: str | None
    phone_type: PhoneType | None
    phone_safe: Safety
    email: str | None
    email_safe: Safety
    may_leave_message: bool
    may_identify_organisation: bool
    safe_times: str | None
    referred_by: str | None
    need: str | None


KNOWN: Final[Responses] = {
    HTTPStatus.OK.value: {
        "model": ContactMade,
        "description": "It was sent before; this is what came of it.",
    },
    **answers(HTTPStatus.NOT_FOUND),
}


@router.post("/search")
@by_nature
def search(visit: Visiting, sent: Person) -> Found:
    """Those who may be this person, with what agrees, as far as one may know of them. `elsewhere` says that
    another team knows somebody with such details, and not whom.
    """
    found = found_for(visit, sent.model_dump())
    return Found(tuple(found.shown), tuple(found.elsewhere))


@router.post("", status_code=HTTPStatus.CREATED, responses=KNOWN)
def opened(visit: Visiting, sent: New, response: Response, key: Key = None) -> ContactMade:
    """Begin a process for somebody who asks for help. A 409 where somebody who may be the person was not
    looked at: search first. Sent again with the same key it gives the first result.
    """
    web, actor, now = visit.web, visit.actor, visit.web.now()
    told = _told(visit, sent)
    with web.store.read() as session:
        require(session, actor, Action.CREATE_CONTACT, now=now)
        process = sent.process or _usual(session, visit)
        if sent.waiting is not None:
            _readable(session, visit, sent.waiting)

    def look(session: Session) -> Mapping[str, str]:
        found = matches(session, actor, sought_in(told), now, web.zone)
        _check(found, sent.client, sent.none_of)
        return {each: why for each, why in found.unseen.items() if each != sent.client}

    done = open_contact(
        web.runtime,
        web.plans,
        Opening(process, told, sent.received_at or now, sent.client, sent.waiting),
        look,
        by=actor.staff_id,
        now=now,
        key=f"{actor.account_id}:{key or new_id()}",
        origin=ContactOrigin.STAFF if actor.only is None else ContactOrigin.PROGRAM,
    )
    if not done.new:
        response.status_code = HTTPStatus.OK
    return ContactMade(**facts(done.contact), page=f"/contacts/{done.contact.id}")


@router.post("/pass-on", status_code=HTTPStatus.CREATED)
def passed_on(visit: Visiting, sent: PassedOn, key: Key = None) -> ContactMade:
    """Put a contact on another team's list, with a task for them to look at it."""
    web, actor, now = visit.web, visit.actor, visit.web.now()
    told = _told(visit, sent, leave=("team",))
    with web.store.read() as session:
        require(session, actor, Action.CREATE_CONTACT, now=now)
    if sent.team not in web.groups:
        raise ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, "There is no such team.")
    left = leave_contact(
        web.runtime,
        told,
        sent.team,
        origin=ContactOrigin.STAFF if actor.only is None else ContactOrigin.PROGRAM,
        by=actor.staff_id,
        now=now,
        key=f"{actor.account_id}:{key or new_id()}",
    )
    return ContactMade(**facts(left), page=f"/contacts/{left.id}")


@router.get("")
def listed(
    visit: Visiting,
    standing: ContactStanding = ContactStanding.WAITING,
    after: Annotated[str | None, Query(max_length=30)] = None,
) -> ContactList:
    """The contacts of one's teams, those that wait unless said otherwise, the oldest first. `next` is what
    `after` has to be for more.
    """
    now = visit.web.now()
    with watched(visit.web.store) as session:
        require(session, visit.actor, Action.CREATE_CONTACT, now=now)
        query = scope.readable_contacts(visit.actor, now).where(col(FirstContact.standing) == standing)
        if after is not None:
            query = query.where(col(FirstContact.id) > after)
        rows = session.scalars(query.order_by(col(FirstContact.id)).limit(PAGE + 1)).all()
        searched(session, visit.actor.staff_id, "FirstContact", ("given_name", "family_name"), now)
    more = len(rows) > PAGE
    shown = tuple(ContactLine(**facts(each)) for each in rows[:PAGE])
    return ContactList(shown, shown[-1].id if more else None)


@router.get("/{contact_id}")
def one(visit: Visiting, contact_id: str) -> ContactDetail:
    """One contact with all that was told."""
    with watched(visit.web.store) as session:
        contact = contact_read(session, visit, contact_id)
    told = {name: getattr(contact, name) for name in FirstContactInput.model_fields}
    return ContactDetail(**{**facts(contact), **told})


@router.post("/{contact_id}/set-aside")
def set_aside(visit: Visiting, contact_id: str, sent: Reason) -> ContactLine:
    """Begin nothing for a contact that waits, for a reason that is kept."""
    now = visit.web.now()
    with visit.web.store.read() as session:
        require(session, visit.actor, Action.CREATE_CONTACT, now=now)
        _readable(session, visit, contact_id)
    done = set_aside_contact(
        visit.web.store, contact_id, by=visit.actor.staff_id, reason=sent.reason, now=now
    )
    return ContactLine(**facts(done))


def facts(contact: FirstContact) -> dict[str, Any]:
    """How a contact stands."""
    return {
        "id": contact.id,
        "standing": contact.standing,
        "name": f"{contact.given_name} {contact.family_name}",
        "in_danger": contact.in_danger,
        "team": contact.team,
        "received_at": contact.received_at,
        "client": contact.client_id,
        "instance": contact.instance_id,
        "case": contact.case_id,
    }


def found_for(visit: Visit, said: Mapping[str, Any]) -> Matches:
    """Look for somebody; the look is written down."""
    now = visit.web.now()
    sought = sought_of(said, visit.web.country)
    with watched(visit.web.store) as session:
        require(session, visit.actor, Action.SEARCH_CLIENTS, now=now)
        found = matches(session, visit.actor, sought, now, visit.web.zone)
        searched(session, visit.actor.staff_id, "Client", fields_asked(sought), now)
    return found


def contact_read(session: Session, visit: Visit, contact_id: str) -> FirstContact:
    """A contact that this person may read; the look is written down."""
    now = visit.web.now()
    contact = _readable(session, visit, contact_id)
    write_audit(
        session,
        visit.actor.staff_id,
        Act.READ,
        "FirstContact",
        contact.id,
        now,
        fields=tuple(FirstContactInput.model_fields),
        case_id=contact.case_id,
    )
    return contact


def _readable(session: Session, visit: Visit, contact_id: str) -> FirstContact:
    query = scope.readable_contacts(visit.actor, visit.web.now()).where(col(FirstContact.id) == contact_id)
    found: FirstContact | None = session.scalars(query).first()
    if found is None:
        raise not_there()
    return found


def _told(visit: Visit, sent: Told, leave: Collection[str] = ()) -> FirstContactInput:
    kept = set(FirstContactInput.model_fields) - set(leave)
    said = sent.model_dump(include=kept)
    today: datetime = visit.web.now().astimezone(visit.web.zone)
    return told_of(said, today.date(), visit.web.country)


def _usual(session: Session, visit: Visit) -> str:
    """The process that a contact begins where none is named: the only one."""
    found = contact_processes(session, visit.web.plans.of)
    if len(found) == 1:
        return found[0].plan.process
    names = ", ".join(each.plan.process for each in found) or "none is published"
    raise ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, f"Say which process begins: {names}.")


def _check(found: Matches, client: str | None, none_of: Collection[str]) -> None:
    if client is not None:
        if client not in {each.client_id for each in found.shown}:
            raise ProblemError(HTTPStatus.CONFLICT, GONE)
        return
    if found.not_looked_at(none_of):
        raise ProblemError(HTTPStatus.CONFLICT, LOOK_FIRST)
