"""`staff.csv`: one row per member of staff, known by the e-mail address.

`groups` are those of the vocabulary with the person's role in each: `intake_team:supervisor; managers`.
`supervisor` and `cover` are e-mail addresses.
"""

from collections.abc import Iterable
from typing import Final

from sqlmodel import select

from definitions import suggest
from models import GroupRole, Staff, StaffGroup, StaffGroupInput, StaffInput, new_id
from ops.importing.sheet import Layout, Row
from ops.importing.work import Work

KIND: Final = "member of staff"
LINKS: Final = ("supervisor", "cover")
FIELDS: Final = tuple(name for name in StaffInput.model_fields if name not in ("supervisor_id", "cover_id"))
LAYOUT: Final = Layout((*FIELDS, "groups", *LINKS), ("email", "name"))


def know(work: Work) -> None:
    """The staff that is in the database."""
    for staff_id, email in work.session.exec(select(Staff.id, Staff.email)):
        work.known[KIND, email] = staff_id


def take(work: Work, file: str, rows: Iterable[Row]) -> None:
    """Make the staff that is new, with their groups; links may go to any row of the file."""
    seen: dict[str, int] = {}
    made: list[tuple[Row, Staff]] = []
    for row in rows:
        email = work.once(row, "email", seen)
        given = work.read(row, StaffInput, work.values(row, *FIELDS)) if email else None
        if email is None:
            continue
        if given is None:
            work.refused.add((KIND, email))
        elif (KIND, given.email) in work.known:
            work.known[KIND, email] = work.known[KIND, given.email]
            work.present[file] += 1
        else:
            staff = Staff(id=new_id(), **given.model_dump())
            work.known[KIND, email] = work.known[KIND, given.email] = staff.id
            made.append((row, staff))
    for row, staff in made:
        _link(work, row, staff)
        work.add(file, staff)
        _groups(work, file, row, staff)


def _link(work: Work, row: Row, staff: Staff) -> None:
    for column in LINKS:
        if column not in row.cells:
            continue
        other = work.find(row, column, KIND)
        if other == staff.id:
            work.refuse(row, column, "nobody is their own supervisor or cover")
        elif column == "supervisor":
            staff.supervisor_id = other
        else:
            staff.cover_id = other


def _groups(work: Work, file: str, row: Row, staff: Staff) -> None:
    known = work.place.vocabulary.groups
    named: set[str] = set()
    for part in filter(None, (each.strip() for each in row.cells.get("groups", "").split(";"))):
        group, _, role = (each.strip() for each in part.partition(":"))
        if group not in known:
            meant = suggest(group, known)
            hint = f"did you mean {meant}?" if meant else f"the vocabulary has {', '.join(known)}"
            work.refuse(row, "groups", f"there is no group `{group[:60]}`; {hint}")
        elif role and role not in list(GroupRole):
            work.refuse(row, "groups", f"there is no role `{role[:60]}`; write {', '.join(GroupRole)}")
        elif group in named:
            work.refuse(row, "groups", f"the group `{group}` stands twice")
        else:
            named.add(group)
            values = {"staff_id": staff.id, "group": group, **({"role": role} if role else {})}
            given = work.read(row, StaffGroupInput, values)
            if given is not None:
                work.add(file, StaffGroup(id=new_id(), **given.model_dump()))
