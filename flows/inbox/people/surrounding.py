"""Commands about the people around a client: the support network, the professionals, the household.

Nobody is ever deleted: somebody's part ends on a day. Adding what stands there already gives it back.
"""

from dataclasses import dataclass
from datetime import date
from typing import Final

from sqlmodel import Session, col, select

from flows.inbox.commands import command
from flows.inbox.desk import ChangedError, InboxError
from flows.inbox.people.around import Around, Doing, around, members_of, membership_of
from flows.inbox.read_state import as_word
from models import (
    Case,
    Client,
    ClientInput,
    Household,
    HouseholdMember,
    HouseholdRelation,
    Involvement,
    InvolvementInput,
    Store,
    new_id,
    related,
)
from notifications.background import records_of
from tasks.history import Act, write_audit

PERSON: Final = ("given_name", "family_name", "date_of_birth", "date_of_birth_quality")
PART: Final = ("organization", "alleged_perpetrator", "note")


@dataclass(frozen=True, slots=True)
class Part:
    """What may change of somebody's part: where they work, whether they may be the one who does harm."""

    organization: str | None = None
    alleged_perpetrator: bool = False
    note: str | None = None


@command
def add_involvement(store: Store, case_id: str, given: InvolvementInput, doing: Doing) -> Involvement:
    """Somebody has a part in the client's life: a relative, a guardian, a doctor."""
    with store.write("wake") as session:
        here = around(session, case_id, doing)
        for each in related(session, Involvement, client_id=here.client.id):
            same = (each.role, each.name, each.person_client_id) == (
                given.role,
                given.name,
                given.person_client_id,
            )
            if same and (each.ended_on is None or each.ended_on > doing.today):
                return each
        made = Involvement(id=new_id(), **{**given.model_dump(), "client_id": here.client.id})
        title = f"{given.role.value.replace('_', ' ').capitalize()} recorded: {given.name or 'a client'}"
        if given.alleged_perpetrator:
            title += ", who may be the one who does harm"
        here.keep(
            made, sorted(given.model_fields_set), title, significant=given.alleged_perpetrator, new=True
        )
        return made


def state_of(part: Involvement) -> str:
    """What may change of somebody's part, as one word that is another with every change."""
    return as_word(repr(getattr(part, name)) for name in (*PART, "ended_on"))


def state_of_member(member: HouseholdMember) -> str:
    """Somebody's place in a household, as one word that is another with every change."""
    return as_word(repr(getattr(member, name)) for name in ("relation", "joined_on", "left_on"))


def state_of_person(member: HouseholdMember, person: Client) -> str:
    """The same, with who they are."""
    return as_word([state_of_member(member), *(repr(getattr(person, name)) for name in PERSON)])


def has_own_case(session: Session, person: Client) -> bool:
    """Whether somebody has, or had, a case of their own."""
    ids = [each.id for each in records_of(session, person)]
    return session.exec(select(Case.id).where(col(Case.client_id).in_(ids)).limit(1)).first() is not None


@command
def change_involvement(
    store: Store, case_id: str, involvement_id: str, part: Part, doing: Doing, *, state: str | None = None
) -> Involvement:
    """Change somebody's part. Who may be the one who does harm gets no message from this commit on, whatever
    number or address they share with others. ChangedError when it is not as it was at `state` any more.
    """
    with store.write("wake") as session:
        here = around(session, case_id, doing)
        found = here.theirs(Involvement, involvement_id, "person around the client")
        if state is not None and state != state_of(found):
            raise ChangedError("somebody has changed what is known of this person since you read it")
        changed = [name for name in PART if getattr(found, name) != getattr(part, name)]
        if not changed:
            return found
        for name in changed:
            setattr(found, name, getattr(part, name))
        matters = "alleged_perpetrator" in changed
        says = (
            "may be the one who does harm"
            if part.alleged_perpetrator
            else "is not thought to do harm any more"
        )
        if matters:
            title = f"{found.name or 'Somebody'} {says}"
        else:
            title = f"What is known of {found.name or 'a client'} changed"
        here.keep(found, changed, title, significant=matters)
        return found


@command
def end_involvement(
    store: Store, case_id: str, involvement_id: str, ended_on: date, doing: Doing
) -> Involvement:
    """Somebody's part ends on a day, today at the latest. Again changes nothing."""
    with store.write("wake") as session:
        here = around(session, case_id, doing)
        found = here.theirs(Involvement, involvement_id, "person around the client")
        _check_day(ended_on, found.started_on, doing)
        if found.ended_on is None or found.ended_on > ended_on:
            found.ended_on = ended_on
            here.keep(found, ("ended_on",), f"{found.name or 'Somebody'} is no longer involved")
        return found


@command
def add_member(
    store: Store,
    case_id: str,
    given: ClientInput | str,
    relation: HouseholdRelation,
    doing: Doing,
    *,
    joined_on: date | None = None,
) -> HouseholdMember:
    """Somebody lives in the client's household: the id of a client, or who they are. A client without a
    household becomes the head of a new one.
    """
    if relation is HouseholdRelation.SELF:
        raise InboxError("the head of the household is the client; say what the other person is to them")
    with store.write("wake") as session:
        here = around(session, case_id, doing)
        home = _home(here)
        person = _person(here, given)
        for each in members_of(session, home, doing.today):
            if each.client_id == person.id:
                return each
        made = HouseholdMember(
            id=new_id(), household_id=home, client_id=person.id, relation=relation, joined_on=joined_on
        )
        fields = ("household", "client", "relation", "joined_on")
        here.keep(made, fields, f"{person.given_name} {person.family_name} lives in the household", new=True)
        return made


@command
def change_member(
    store: Store,
    case_id: str,
    member_id: str,
    given: ClientInput,
    relation: HouseholdRelation,
    doing: Doing,
    *,
    joined_on: date | None = None,
    state: str | None = None,
) -> HouseholdMember:
    """Correct who somebody of the household is: their names, their day of birth, what they are to the client,
    since when they live there. InboxError for somebody who has a case of their own, where whoever works on it
    does this. ChangedError when it is not as it was at `state` any more.
    """
    if relation is HouseholdRelation.SELF:
        raise InboxError("the head of the household is the client; say what the other person is to them")
    if joined_on is not None and joined_on > doing.today:
        raise InboxError("the day lies in the future; record it when it has come")
    with store.write("wake") as session:
        here = around(session, case_id, doing)
        found = _mine(here, member_id)
        person = session.get_one(Client, found.client_id)
        if found.relation is HouseholdRelation.SELF or has_own_case(session, person):
            raise InboxError("they have a case of their own; who works on it corrects what is known of them")
        if state is not None and state != state_of_person(found, person):
            raise ChangedError("somebody has changed what is known of this person since you read it")
        changed = [name for name in PERSON if getattr(person, name) != getattr(given, name)]
        for name in changed:
            setattr(person, name, getattr(given, name))
        place = {"relation": relation, "joined_on": joined_on}
        moved = [name for name, value in place.items() if getattr(found, name) != value]
        for name in moved:
            setattr(found, name, place[name])
        title = f"What is known of {person.given_name} {person.family_name} was corrected"
        if changed:
            here.keep(person, changed, title)
        if moved:
            here.keep(found, moved, title)
        return found


@command
def end_member(store: Store, case_id: str, member_id: str, left_on: date, doing: Doing) -> HouseholdMember:
    """Somebody has left the household on a day, today at the latest. Again changes nothing."""
    with store.write("wake") as session:
        here = around(session, case_id, doing)
        found = _mine(here, member_id)
        _check_day(left_on, found.joined_on, doing)
        if found.left_on is None:
            found.left_on = left_on
            person = session.get_one(Client, found.client_id)
            title = f"{person.given_name} {person.family_name} has left the household"
            here.keep(found, ("left_on",), title)
        return found


def _mine(here: Around, member_id: str) -> HouseholdMember:
    """A place in the client's household."""
    found: HouseholdMember | None = here.session.get(HouseholdMember, member_id)
    mine = membership_of(here.session, here.client.id, here.doing.today)
    if found is None or mine is None or found.household_id != mine.household_id:
        raise InboxError("there is no such member of the household")
    return found


def _home(here: Around) -> str:
    """The id of the client's household; a new one where there is none."""
    mine = membership_of(here.session, here.client.id, here.doing.today)
    if mine is not None:
        return mine.household_id
    home = Household(id=new_id(), name=here.client.family_name, created_at=here.doing.now)
    head = HouseholdMember(
        id=new_id(), household_id=home.id, client_id=here.client.id, relation=HouseholdRelation.SELF
    )
    here.session.add(home)
    here.keep(head, ("household", "client", "relation"), "Household recorded", new=True)
    return home.id


def _person(here: Around, given: ClientInput | str) -> Client:
    if not isinstance(given, str):
        made = Client(id=new_id(), **given.model_dump(), created_at=here.doing.now)
        here.session.add(made)
        here.session.flush()
        fields, doing = sorted(given.model_fields_set), here.doing
        write_audit(
            here.session,
            doing.actor,
            Act.CREATE,
            "Client",
            made.id,
            doing.now,
            fields=fields,
            case_id=here.case.id,
        )
        return made
    found = here.session.get(Client, given)
    if found is None or found.merged_into_id is not None:
        raise InboxError("there is no such client")
    return found


def _check_day(day: date, begun: date | None, doing: Doing) -> None:
    if day > doing.today:
        raise InboxError("the day lies in the future; record it when it has come")
    if begun is not None and day < begun:
        raise InboxError("the day lies before the one on which it began")
