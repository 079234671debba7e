"""Commands about how somebody likes their inbox: views that they keep, and how they hear of new work. Each is
one transaction.
"""

from datetime import datetime
from typing import Final

from sqlmodel import Session, col, func, select

from flows.inbox.commands import command
from flows.inbox.desk import InboxError, NotAllowedError, active_staff
from models import Channel, NoticeWish, SavedView, Store, Wanted, new_id
from tasks.people.answer_values import UnreadableError, read_text
from tasks.people.holders import belongs

LONGEST_NAME: Final = 60
LONGEST_QUERY: Final = 1_000
MOST: Final = 30
"""Views that one person may keep."""


@command
def keep_view(
    store: Store,
    name: str,
    query: str,
    *,
    by: str,
    now: datetime,
    group: str | None = None,
    first: bool = False,
) -> SavedView:
    """Keep filters under a name, or put them in the place of those that have it. With `group` its members see
    the view too; with `first` the inbox opens with it.
    """
    title = _name(name)
    if len(query) > LONGEST_QUERY:
        raise InboxError("these filters are too long to be kept")
    with store.write() as session:
        if group is not None and not belongs(session, by, group):
            raise NotAllowedError("a view is shared with a team in which you work")
        kept = session.exec(
            select(SavedView).where(SavedView.staff_id == by, SavedView.name == title)
        ).first()
        if kept is None:
            kept = _new(session, by, title, now)
        if first:
            _none_first(session, by, kept.id)
        kept.query, kept.group, kept.shown_first, kept.saved_at = query, group, first, now
        session.add(kept)
        return kept


@command
def drop_view(store: Store, view_id: str, *, by: str) -> None:
    """Take a view of one's own away. Again changes nothing."""
    with store.write() as session:
        kept = session.get(SavedView, view_id)
        if kept is None:
            return
        if kept.staff_id != by:
            raise NotAllowedError("whoever keeps a view takes it away")
        session.delete(kept)


@command
def choose_notices(store: Store, wanted: Wanted, channel: Channel, *, by: str, now: datetime) -> NoticeWish:
    """How somebody hears of new work from now on; the same again changes nothing."""
    with store.write() as session:
        staff = active_staff(session, by)
        if channel is Channel.SMS and wanted is not Wanted.NONE and not staff.phone:
            raise InboxError("there is no telephone number of yours; choose e-mail, or have it recorded")
        kept = session.exec(select(NoticeWish).where(NoticeWish.staff_id == by)).first()
        kept = kept or NoticeWish(id=new_id(), staff_id=by, changed_at=now)
        if (kept.wanted, kept.channel) != (wanted, channel):
            kept.wanted, kept.channel, kept.changed_at = wanted, channel, now
        session.add(kept)
        return kept


def _new(session: Session, by: str, name: str, now: datetime) -> SavedView:
    many = session.exec(select(func.count()).select_from(SavedView).where(SavedView.staff_id == by)).one()
    if many >= MOST:
        raise InboxError(f"you keep {MOST} views already; take one away first")
    return SavedView(id=new_id(), staff_id=by, name=name, query="", saved_at=now)


def _none_first(session: Session, by: str, but: str) -> None:
    query = select(SavedView).where(SavedView.staff_id == by, col(SavedView.shown_first), SavedView.id != but)
    for each in session.exec(query):
        each.shown_first = False
        session.add(each)
    session.flush()  # before another one is: one of somebody's is first


def _name(name: str) -> str:
    try:
        title = " ".join(read_text(name, LONGEST_NAME).split())
    except UnreadableError as error:
        raise InboxError(str(error)) from None
    if not title:
        raise InboxError("a view has a name; type one")
    return title
