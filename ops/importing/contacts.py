"""`contacts.csv`: one row per way to reach a client, or somebody around the client when `person` is
filled.
"""

from collections import Counter
from collections.abc import Iterable
from typing import Any, Final

from sqlmodel import col, select

from models import ContactPoint, ContactPointInput, Involvement, InvolvementInput, new_id
from ops.importing import clients
from ops.importing.sheet import Layout, Row
from ops.importing.work import NOBODY, Work

PERSON: Final = ("person", "role", "person_language", "alleged_perpetrator", "organization")
FIELDS: Final = tuple(
    name for name in ContactPointInput.model_fields if name not in ("client_id", "involvement_id")
)
LAYOUT: Final = Layout(("client", *PERSON, *FIELDS), ("client", "kind"))
Key = tuple[object, ...]
People = dict[tuple[str, str, str], Involvement]


def take(work: Work, file: str, rows: Iterable[Row]) -> None:
    """Make the contacts that are new, and the people around clients whom they name.

    A contact has no number of its own: equal rows are duplicates and stay as many as they are (a step of the
    process sets them aside); a contact is there already when an equal one is, set aside or not.
    """
    there: Counter[Key] = Counter(_key(each) for each in work.session.exec(select(ContactPoint)))
    people = _people(work)
    for row in rows:
        client = work.find(row, "client", clients.KIND)
        values: dict[str, Any] = {"client_id": client or NOBODY, **work.values(row, *FIELDS)}
        given = work.read(row, ContactPointInput, values)
        if client is None or given is None:
            continue
        if _names_somebody(row):
            person = _person(work, file, row, client, people)
            if person is None:
                continue
            given = given.model_copy(update={"involvement_id": person.id})
        if there[_key(given)] > 0:
            there[_key(given)] -= 1
            work.present[file] += 1
        else:
            work.add(file, ContactPoint(id=new_id(), **given.model_dump(), created_at=work.place.now))


def _names_somebody(row: Row) -> bool:
    return any(column in row.cells for column in PERSON)


def _people(work: Work) -> People:
    named = select(Involvement).where(col(Involvement.name).is_not(None))
    return {(each.client_id, str(each.name), each.role.value): each for each in work.session.exec(named)}


def _person(work: Work, file: str, row: Row, client: str, people: People) -> Involvement | None:
    """The person of this name and role around the client; a new one where there is none yet."""
    values = work.values(row, "role", "alleged_perpetrator", "organization")
    values |= {"client_id": client}
    if "person" in row.cells:
        values["name"] = row.cells["person"]
    if "person_language" in row.cells:
        values["language"] = row.cells["person_language"]
    if "person" not in row.cells:
        work.refuse(row, "person", "is missing; the other columns tell of somebody around the client")
        return None
    given = work.read(row, InvolvementInput, values)
    if given is None:
        return None
    key = (client, str(given.name), given.role.value)
    known = people.get(key)
    if known is None:
        known = people[key] = Involvement(id=new_id(), **given.model_dump())
        work.add(file, known)
    elif "alleged_perpetrator" in row.cells and known.alleged_perpetrator != given.alleged_perpetrator:
        work.refuse(
            row, "alleged_perpetrator", "is another for the same person, in a row above or in the database"
        )
        return None
    return known


def _key(contact: ContactPoint | ContactPointInput) -> Key:
    return (
        contact.client_id,
        contact.involvement_id,
        contact.kind,
        contact.value,
        contact.address_1,
        contact.city,
        contact.postal_code,
        contact.country,
    )
