"""Members of staff, as administrators see to them: who they are, the teams they work in or lead, who answers
for them. What they have in cases is nothing of theirs.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from sqlalchemy import func
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from models import (
    GroupRole,
    InvalidInputError,
    RecordError,
    Staff,
    StaffGroup,
    StaffInput,
    Store,
    email_address,
)
from tasks.history import Act, write_audit
from web.accounts.standing import refuse_changed
from web.errors import AccountError

LADDER: Final = 50
"""Supervisors above each other at most."""


def find_staff(session: Session, email: str) -> Staff | None:
    """The member of staff with this e-mail address, in whatever letters; None where there is none."""
    wanted = email.strip().lower()
    return session.exec(select(Staff).where(func.lower(Staff.email) == wanted)).first()


def staff_for(store: Store, email: str, name: str | None, *, by: str, now: datetime) -> Staff:
    """The member of staff of this address; a new one with this name where there is none. AccountError where
    no name is given, or the address is none.
    """
    with store.read() as session:
        found = find_staff(session, email)
    if found is not None:
        return found
    if not (name or "").strip():
        raise AccountError("nobody of the staff has this e-mail address; give their name too")
    try:
        given = StaffInput.parse({"name": name, "email": email}, today=now.date())
    except InvalidInputError as error:
        said = "; ".join(f"the {each.field} {each.reason}" for each in error.problems)
        raise AccountError(said) from None
    made = Staff(**given.model_dump())
    try:
        with store.write() as session:
            session.add(made)
            write_audit(session, by, Act.CREATE, "Staff", made.id, now, fields=("name", "email"))
    except IntegrityError:
        raise AccountError("somebody else has just been added with this e-mail address") from None
    return made


def change_places(
    store: Store,
    staff_id: str,
    places: Mapping[str, GroupRole],
    supervisor: str | None,
    *,
    by: str,
    now: datetime,
    state: str | None = None,
) -> None:
    """Somebody works in exactly these groups from now on, as member or as one who leads, and `supervisor`, by
    e-mail address, answers for their work; nobody for None.

    AccountError for a supervisor who is not there, for themselves, and where two would answer for each other;
    ChangedError when their roles, teams or supervisor are not as they were at `state` any more.
    """
    with store.write() as session:
        staff = _locked(session, staff_id)
        refuse_changed(session, staff, state)
        if _put_under(session, staff, supervisor):
            write_audit(session, by, Act.UPDATE, "Staff", staff_id, now, fields=("supervisor_id",))
        if _put_into(session, staff_id, places):
            write_audit(session, by, Act.UPDATE, "Staff", staff_id, now, fields=("groups",))


def _put_into(session: Session, staff_id: str, places: Mapping[str, GroupRole]) -> bool:
    """Whether anything of the groups has changed."""
    had = {each.group: each for each in session.exec(_PLACES.where(StaffGroup.staff_id == staff_id))}
    if {group: row.role for group, row in had.items()} == dict(places):
        return False
    for group in set(had) - set(places):
        session.delete(had[group])
    for group, role in places.items():
        row = had.get(group) or StaffGroup(staff_id=staff_id, group=group)
        row.role = role
        session.add(row)
    return True


def _put_under(session: Session, staff: Staff, email: str | None) -> bool:
    """Whether somebody else answers for them now."""
    supervisor = None if email is None else _supervisor(session, email)
    wanted = None if supervisor is None else supervisor.id
    if staff.supervisor_id == wanted:
        return False
    if wanted is not None and staff.id in _ladder(session, wanted):
        raise AccountError("somebody would answer for themselves; choose another supervisor")
    staff.supervisor_id = wanted
    session.add(staff)
    return True


_PLACES: Final = select(StaffGroup)


def _locked(session: Session, staff_id: str) -> Staff:
    found = session.exec(select(Staff).where(Staff.id == staff_id).with_for_update()).first()
    if found is None:
        raise AccountError("there is no such member of staff")
    return found


def _supervisor(session: Session, email: str) -> Staff:
    try:
        found = find_staff(session, email_address(email))
    except (ValueError, RecordError):
        found = None
    if found is None or not found.active:
        raise AccountError("nobody of the staff has the supervisor's e-mail address")
    return found


def _ladder(session: Session, staff_id: str) -> list[str]:
    """Somebody and who answers for them, up to the top."""
    found: list[str] = []
    above: str | None = staff_id
    while above is not None and above not in found and len(found) < LADDER:
        found.append(above)
        above = session.exec(select(Staff.supervisor_id).where(col(Staff.id) == above)).first()
    return found
