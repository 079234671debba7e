"""Commands about who is away and who covers for them. Each is one transaction.

New work of somebody who is away goes to their cover by itself (`tasks.people.holders`), and it ends by
itself: nothing has to be switched on or off.
"""

from datetime import datetime

from sqlmodel import Session

from flows.inbox.commands import command
from flows.inbox.desk import ChangedError, InboxError, NotAllowedError
from flows.inbox.read_state import as_word
from models import Staff, Store
from tasks.history import Act, write_audit

FIELDS = ("absent_from", "absent_until", "cover_id")


@command
def plan_absence(
    store: Store,
    staff_id: str,
    *,
    starts: datetime,
    ends: datetime | None,
    cover: str | None,
    by: str,
    now: datetime,
    state: str | None = None,
) -> Staff:
    """Somebody is away from `starts` to `ends` (None: until they are back), and `cover` stands in. It takes
    the place of what was planned before; the same again changes nothing.

    InboxError for an end before the beginning or in the past, and for a cover who is not here in that time.
    ChangedError when what is planned is not as it was at `state` any more.
    """
    with store.write() as session:
        staff = _staff(session, staff_id)
        if (staff.absent_from, staff.absent_until, staff.cover_id) == (starts, ends, cover):
            return staff
        _refuse_changed(staff, state)
        if ends is not None and ends <= max(starts, now):
            raise InboxError("the absence ends before it begins, or has ended already; correct the days")
        if cover is not None:
            _refuse_cover(_staff(session, cover), staff, starts, ends)
        staff.absent_from, staff.absent_until, staff.cover_id = starts, ends, cover
        session.add(staff)
        write_audit(session, by, Act.UPDATE, "Staff", staff.id, now, fields=FIELDS)
        return staff


@command
def end_absence(store: Store, staff_id: str, *, by: str, now: datetime, state: str | None = None) -> Staff:
    """Somebody is back, or does not go away after all. Who covers for them usually stays. Again changes
    nothing. ChangedError when what is planned is not as it was at `state` any more.
    """
    with store.write() as session:
        staff = _staff(session, staff_id)
        if staff.absent_from is None:
            return staff
        _refuse_changed(staff, state)
        staff.absent_from = staff.absent_until = None
        session.add(staff)
        write_audit(session, by, Act.UPDATE, "Staff", staff.id, now, fields=FIELDS[:2])
        return staff


def state_of_absence(staff: Staff) -> str:
    """What is planned of somebody's absence, as one word that is another with every change."""
    return as_word(repr(getattr(staff, name)) for name in FIELDS)


def _refuse_changed(staff: Staff, state: str | None) -> None:
    if state is not None and state != state_of_absence(staff):
        raise ChangedError("somebody has changed this absence since you read it; open the page again")


def _refuse_cover(cover: Staff, staff: Staff, starts: datetime, ends: datetime | None) -> None:
    if cover.id == staff.id:
        raise InboxError("somebody else covers, not the person who is away")
    if cover.absent_from is None:
        return
    begins_later = ends is not None and cover.absent_from >= ends
    back_before = cover.absent_until is not None and cover.absent_until <= starts
    if not (begins_later or back_before):
        raise InboxError(f"{cover.name} is away in that time too; choose somebody who is here")


def _staff(session: Session, staff_id: str) -> Staff:
    found = session.get(Staff, staff_id, with_for_update={"key_share": True})
    if found is None or not found.active:
        raise NotAllowedError("this person is not an active member of the staff")
    return found
