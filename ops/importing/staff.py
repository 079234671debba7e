"""`staff.csv`: one row per member of staff, known by the e-mail address.

`groups` are those of the vocabulary with the person's role in each: `intake_team:supervisor; managers`.
`supervisor` and `cover` are e-mail addresses.
"""

from collections.abc import Collection, Iterable
from typing import Final

from definitions import suggest
from models import GroupRole, Staff, StaffGroup, StaffInput, new_id
from ops.importing.sheet import Layout, Row
from ops.importing.work import Made, Work

KIND: Final = "member of staff"
LINKS: Final = ("supervisor", "cover")
FIELDS: Final = tuple(name for name in StaffInput.model_fields if name not in ("supervisor_id", "cover_id"))
LAYOUT: Final = Layout((*FIELDS, "groups", *LINKS), ("email", "name"))
Groups = dict[str, list[StaffGroup] | None]
"""The places in groups of each new member of staff, by id; None where one of them is faulty."""


def know(work: Work) -> None:
    """The staff that is in the database."""
    work.know(KIND, Staff.id, Staff.email)


def take(work: Work, file: str, rows: Iterable[Row]) -> None:
    """Make the staff that is new, with their groups; links may go to any row of the file."""
    seen: dict[str, int] = {}
    made: list[Made[Staff]] = []
    groups: Groups = {}
    for row in rows:
        email = work.once(row, "email", seen)
        if email is None:
            continue
        given = work.read(row, StaffInput, work.values(row, *FIELDS))
        if given is None:
            work.refused.add((KIND, email))
        elif (KIND, given.email) in work.known:
            work.known[KIND, email] = work.known[KIND, given.email]
            work.present[file] += 1
        else:
            staff = Staff(id=new_id(), **given.model_dump())
            groups[staff.id] = _groups(work, row, staff)
            work.known[KIND, email] = work.known[KIND, given.email] = staff.id
            made.append(Made(email, row, staff))
    for each in work.linked(KIND, made, lambda row, staff: _link(work, row, staff, groups)):
        work.add(file, each.record)
        for group in groups[each.record.id] or ():
            work.add(file, group)


def _link(work: Work, row: Row, staff: Staff, groups: Groups) -> bool:
    """Find supervisor and cover; False, and a problem, when one is not there, or when the groups are
    faulty.
    """
    found = {column: work.find(row, column, KIND) for column in LINKS if column in row.cells}
    for column, other in found.items():
        if other == staff.id:
            work.refuse(row, column, "nobody is their own supervisor or cover")
    staff.supervisor_id, staff.cover_id = found.get("supervisor"), found.get("cover")
    faulty = {None, staff.id} & set(found.values())
    return not faulty and groups[staff.id] is not None


def _groups(work: Work, row: Row, staff: Staff) -> list[StaffGroup] | None:
    """The person's places in groups; None, and a problem each, when one of them is faulty."""
    found: dict[str, StaffGroup] = {}
    faulty = False
    for part in filter(None, (each.strip() for each in row.cells.get("groups", "").split(";"))):
        group, _, role = (each.strip() for each in part.partition(":"))
        reason = _group_fault(work, group, role, found)
        if reason is None:
            place = GroupRole(role) if role else GroupRole.MEMBER
            found[group] = StaffGroup(id=new_id(), staff_id=staff.id, group=group, role=place)
        else:
            work.refuse(row, "groups", reason)
            faulty = True
    return None if faulty else list(found.values())


def _group_fault(work: Work, group: str, role: str, found: Collection[str]) -> str | None:
    known = work.place.vocabulary.groups
    if group not in known:
        meant = suggest(group, known)
        hint = f"did you mean {meant}?" if meant else f"the vocabulary has {', '.join(known)}"
        return f"there is no group `{group[:60]}`; {hint}"
    if role and role not in list(GroupRole):
        return f"there is no role `{role[:60]}`; write {', '.join(GroupRole)}"
    return f"the group `{group}` stands twice" if group in found else None
