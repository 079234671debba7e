"""`households.csv`: one row per member; the household is known by `reference`, its head has the relation
`self`.
"""

from collections.abc import Iterable
from typing import Final

from sqlmodel import select

from models import Household, HouseholdInput, HouseholdMember, HouseholdMemberInput, HouseholdRelation, new_id
from ops.importing import clients
from ops.importing.sheet import Layout, Row
from ops.importing.work import NOBODY, Work

KIND: Final = "household"
MEMBER: Final = ("relation", "joined_on", "left_on")
LAYOUT: Final = Layout(("reference", "name", "client", *MEMBER), ("reference", "name", "client"))


def know(work: Work) -> None:
    """The households that are in the database."""
    work.know(KIND, Household.id, Household.reference)


def take(work: Work, file: str, rows: Iterable[Row]) -> None:
    """Make the households and memberships that are new. A member stands once in a household, and one is its
    head.
    """
    names: dict[str, str] = {}
    heads: dict[str, int] = {}
    seen: dict[tuple[str, str, str], int] = {}
    fresh: dict[str, Household] = {}
    for row in rows:
        household = _household(work, row, names, fresh)
        client = work.find(row, "client", clients.KIND)
        values = {
            "household_id": household or NOBODY,
            "client_id": client or NOBODY,
            **work.values(row, *MEMBER),
        }
        given = work.read(row, HouseholdMemberInput, values)
        if household is None or client is None or given is None:
            continue
        key = (household, client, row.cells.get("joined_on", ""))
        if key in seen:
            work.refuse(row, "client", f"is a member by line {seen[key]} already")
            continue
        seen[key] = row.line
        member = _member(work, file, row, given, heads)
        if member is not None:
            if household in fresh:
                work.add(file, fresh.pop(household))
            work.add(file, member)


def _household(work: Work, row: Row, names: dict[str, str], fresh: dict[str, Household]) -> str | None:
    """The id of the row's household; a new one goes into `fresh`, to be put in with its first member."""
    given = work.read(row, HouseholdInput, work.values(row, "reference", "name"))
    if given is None:
        return None
    if given.reference is None:
        work.refuse(row, "reference", "is missing; the same household is known by it the next time")
        return None
    if names.setdefault(given.reference, given.name) != given.name:
        work.refuse(row, "name", "the same household has another name in an earlier row")
        return None
    known = work.known.get((KIND, given.reference))
    if known is None:
        household = Household(id=new_id(), **given.model_dump(), created_at=work.place.now)
        work.known[KIND, given.reference] = known = household.id
        fresh[known] = household
    return known


def _member(
    work: Work, file: str, row: Row, given: HouseholdMemberInput, heads: dict[str, int]
) -> HouseholdMember | None:
    """The new member; None for one that is there already, and for a second head of the household."""
    household = given.household_id
    if given.relation is HouseholdRelation.SELF and given.left_on is None:
        if household in heads:
            work.refuse(row, "relation", f"the household has its head in line {heads[household]} already")
            return None
        heads[household] = row.line
    same = select(HouseholdMember.id).where(
        HouseholdMember.household_id == household, HouseholdMember.client_id == given.client_id
    )
    if work.session.exec(same.where(HouseholdMember.joined_on == given.joined_on)).first() is not None:
        work.present[file] += 1
        return None
    return HouseholdMember(id=new_id(), **given.model_dump())
