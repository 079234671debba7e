"""Whom a message step writes to: the first safe contact of the client or the people around them, or staff."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from definitions.arguments import Recipient
from definitions.runtime_values import RecordView
from models import Channel, Client, Involvement, Staff
from notifications import Addressee, Choice, Deferred, Pick, Policy, Refusal, choose
from tasks.call import Call
from tasks.people.holders import client_of, members, resolve
from tasks.result import DefiniteFailure, StepError

CONTACT_ROLES: Final = ("client", "guardian")
"""The roles that are reached through contact points; the other roles are staff."""

NO_SAFE_CONTACT: Final = "no_safe_contact"


@dataclass(frozen=True, slots=True)
class Reader:
    """One person who gets the message. `discreet`: it must not show who sends it."""

    to: Addressee
    given_name: str
    discreet: bool = False
    not_before: datetime | None = None


@dataclass(frozen=True, slots=True)
class Readers:
    """Everybody who gets the message, and the roles of whom nobody can be reached safely."""

    found: tuple[Reader, ...]
    missing: tuple[str, ...] = ()
    refusals: tuple[dict[str, Any], ...] = field(default=())

    @property
    def failure(self) -> DefiniteFailure:
        """What the step fails with for those who are missing; the refusals are for the person who takes
        over.
        """
        who = " and ".join(self.missing)
        message = f"there is no safe way to reach the {who} by this channel"
        return DefiniteFailure(NO_SAFE_CONTACT, message, {"refusals": list(self.refusals)})


def readers_of(call: Call, recipient: Recipient, channel: Channel) -> Readers:
    """Whom the message goes to now: `client or guardian` is the first safe one, `client and guardian` both.

    Raises `StepError` when the instance has no client yet or `to:` is neither a client nor staff.
    """
    if recipient.roles and set(recipient.roles) <= set(CONTACT_ROLES):
        return _by_contact(call, client_of(call), recipient.roles, channel, recipient.every)
    if recipient.expression is not None:
        value = call.evaluate(recipient.expression).value
        if isinstance(value, RecordView) and value.record == "Client":
            return _by_contact(call, call.session.get(Client, value.id), ("client",), channel, every=False)
    return _staff(call, recipient, channel)


def _by_contact(
    call: Call, client: Client | None, roles: Sequence[str], channel: Channel, every: bool
) -> Readers:
    if client is None:
        raise StepError(
            "no_client", "the instance has no client yet; open the case before sending to the client"
        )
    critical = call.step.critical
    policy = Policy(zone=call.zone.key)
    choice = choose(call.session, client.id, roles, channel, every, call.now, critical, policy)
    missing = choice.missing if every or not choice.picks else ()
    return Readers(tuple(_reader(call, pick) for pick in choice.picks), missing, _refusals(choice))


def _reader(call: Call, pick: Pick) -> Reader:
    entry = pick.entry
    person = entry.client if entry.involvement is None else _person(call, entry.involvement)
    language = person.language if person is not None else None
    if entry.involvement is not None:
        language = entry.involvement.language or language or entry.client.language
    to = Addressee(
        role=pick.role,
        address=entry.contact.value or "",
        language=language or call.plan.vocabulary.fallback,
        contact_point_id=entry.contact.id,
    )
    later = pick.verdict.until if isinstance(pick.verdict, Deferred) else None
    return Reader(to, _name(person, entry.involvement), not entry.contact.may_identify_organisation, later)


def _person(call: Call, involvement: Involvement) -> Client | None:
    known = involvement.person_client_id
    return None if known is None else call.session.get(Client, known)


def _name(person: Client | None, involvement: Involvement | None) -> str:
    if person is not None:
        return "" if person.hidden_name else person.preferred_name or person.given_name
    return (involvement.name or "") if involvement is not None else ""


def _refusals(choice: Choice) -> tuple[dict[str, Any], ...]:
    return tuple(_refusal(each) for each in choice.refusals)


def _refusal(refusal: Refusal) -> dict[str, Any]:
    """Why a contact was refused. An alleged perpetrator's contact is named nowhere: nobody shall use it by
    mistake.
    """
    shown = refusal.contact is not None and refusal.code != "alleged_perpetrator"
    return {
        "whose": refusal.role,
        "contact": refusal.contact.value if shown and refusal.contact is not None else None,
        "code": refusal.code,
        "reason": refusal.reason,
    }


def _staff(call: Call, recipient: Recipient, channel: Channel) -> Readers:
    chosen = resolve(call, recipient)
    people: list[Staff] = []
    if chosen.staff_id is not None:
        person = call.session.get(Staff, chosen.staff_id)
        people = [] if person is None else [person]
    elif chosen.group is not None:
        people = [each for each in members(call.session, chosen.group) if each.is_available(call.now)]
    found = []
    for each in people:
        address = each.email if channel is Channel.EMAIL else each.phone
        if address:
            to = Addressee(role=chosen.role, address=address, language=each.language, staff_id=each.id)
            found.append(Reader(to, each.name))
    return Readers(tuple(found), () if found else (chosen.role,))
