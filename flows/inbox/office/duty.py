"""Commands about who is on duty for a rota of the vocabulary, and when. Each is one transaction."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from sqlmodel import col, select

from definitions.vocabulary import Rota
from flows.inbox.commands import command
from flows.inbox.desk import InboxError, NotAllowedError
from models import DutyShift, Staff, Store, new_id
from tasks.history import Act, write_audit
from tasks.people.holders import belongs

LONGEST: Final = timedelta(days=31)
FARTHEST: Final = timedelta(days=400)


@command
def put_on_duty(
    store: Store,
    rotas: Mapping[str, Rota],
    rota: str,
    staff_id: str,
    *,
    starts: datetime,
    ends: datetime,
    by: str,
    now: datetime,
) -> DutyShift:
    """Somebody of the rota's group is on duty from `starts` to `ends`; the same again changes nothing.

    InboxError for an unknown rota, a time that is over or longer than a month, and where this person is on
    duty for it already.
    """
    if rota not in rotas:
        raise InboxError("there is no such rota in the vocabulary")
    if not starts < ends <= starts + LONGEST or ends <= now or starts > now + FARTHEST:
        raise InboxError("a duty ends after it begins, lasts a month at most, and is not over yet")
    with store.write() as session:
        staff = session.get(Staff, staff_id, with_for_update={"key_share": True})
        if staff is None or not staff.active or not belongs(session, staff_id, rotas[rota].group):
            raise NotAllowedError("only somebody of the rota's group can be on duty for it")
        found = session.exec(
            select(DutyShift).where(
                DutyShift.rota == rota,
                DutyShift.staff_id == staff_id,
                col(DutyShift.starts_at) < ends,
                col(DutyShift.ends_at) > starts,
            )
        ).first()
        if found is not None:
            if (found.starts_at, found.ends_at) == (starts, ends):
                return found
            raise InboxError(f"{staff.name} is on duty in that time already; take that off first")
        made = DutyShift(
            id=new_id(), rota=rota, staff_id=staff_id, starts_at=starts, ends_at=ends, made_at=now, made_by=by
        )
        session.add(made)
        write_audit(session, by, Act.CREATE, "DutyShift", made.id, now, fields=("staff_id", "starts_at"))
        return made


@command
def take_off_duty(store: Store, shift_id: str, *, by: str, now: datetime) -> None:
    """A duty does not take place, or ends now where it has begun. Again changes nothing."""
    with store.write() as session:
        shift = session.get(DutyShift, shift_id, with_for_update=True)
        if shift is None or shift.ends_at <= now:
            return
        if shift.starts_at < now:
            shift.ends_at = now
            session.add(shift)
        else:
            session.delete(shift)
        write_audit(session, by, Act.DELETE, "DutyShift", shift_id, now, fields=("ends_at",))
