"""The records that a form offers to choose from, by id, each with the words by which people know it.

What is offered is kept with the form, so it stays what people saw, whatever is recorded later.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Final

from definitions.time.local_time import completed_years
from models import Client, HouseholdMember, HouseholdRelation, Service, Staff, related
from tasks.call import Call
from tasks.people.form_items import FormItem
from tasks.people.holders import client_of
from tasks.records.record_catalogue import record_types
from tasks.records.record_view import LiveRecord
from tasks.records.relations import memberships, present

RELATIONS: Final[Mapping[HouseholdRelation, str]] = {
    HouseholdRelation.SELF: "head of the household",
    HouseholdRelation.CHILD: "child",
    HouseholdRelation.SPOUSE_OR_PARTNER: "spouse or partner",
    HouseholdRelation.OTHER_RELATIVE: "relative",
    HouseholdRelation.UNRELATED: "not related",
}


def offered(call: Call, item: FormItem) -> dict[str, str]:
    """The records of the item's kind for which its `filter` holds."""
    found = {"Service": _services, "Client": _household, "Staff": _staff}[item.type](call)
    return {record_id: words for record_id, words in found if _fits(call, item, record_id)}


def _fits(call: Call, item: FormItem, record_id: str) -> bool:
    if item.filter is None:
        return True
    view = LiveRecord(item.type, record_id, call.session)
    fields = record_types()[item.type]
    read = {name.path[0] for name in item.filter.expression.names if name.path[0] in fields}
    return call.holds(item.filter, {name: view.field(name) for name in read}) is True


def _services(call: Call) -> Iterable[tuple[str, str]]:
    """The active ones, with how old each entry is."""
    services = sorted(related(call.session, Service, active=True), key=lambda each: (each.name, each.id))
    return ((each.id, _service_title(each)) for each in services)


def _service_title(service: Service) -> str:
    checked = f"checked {service.assured_date}" if service.assured_date else "never checked"
    return f"{service.name}, {service.organization} ({checked})"


def _household(call: Call) -> Iterable[tuple[str, str]]:
    """The client and who lives with them. Without family names: a form is also shown where the case's name is
    not.
    """
    client = client_of(call)
    if client is None:
        return []
    homes = [each.household_id for each in present(memberships(call.session, client.id), None)]
    members: dict[str, HouseholdMember] = {}
    for home in homes:
        for each in present(related(call.session, HouseholdMember, household_id=home), None):
            members.setdefault(each.client_id, each)
    people = [client, *(person for key in members if (person := call.session.get(Client, key)) is not None)]
    today = call.now.astimezone(call.zone).date()
    titles = {each.id: _person_title(each, members.get(each.id), client, today) for each in people}
    return titles.items()


def _person_title(person: Client, member: HouseholdMember | None, client: Client, today: date) -> str:
    name = person.preferred_name or person.given_name
    facts = ["the client"] if person.id == client.id else []
    if not facts and member is not None and member.relation in RELATIONS:
        facts.append(RELATIONS[member.relation])
    born = person.date_of_birth
    if born is not None:
        facts.append(str(completed_years(born, today)))
    return f"{name} ({', '.join(facts)})" if facts else name


def _staff(call: Call) -> Iterable[tuple[str, str]]:
    """Those who work here now."""
    people = sorted(related(call.session, Staff, active=True), key=lambda each: (each.name, each.id))
    return ((each.id, each.name) for each in people)
