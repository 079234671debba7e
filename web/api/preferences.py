"""How somebody likes their inbox: views that they keep, and how they hear of new work."""

from dataclasses import dataclass
from http import HTTPStatus

from fastapi import Response
from pydantic import Field
from sqlmodel import select

from flows import inbox as commands
from flows.inbox.office.preferences import LONGEST_NAME, LONGEST_QUERY
from models import Channel, NoticeWish, Wanted
from web.access.actions import Action
from web.api.declaring import Resource
from web.api.sent import Sent
from web.api.visiting import Visiting, allowed_now
from web.reading.work.views import read, views_of

router = Resource(tags=["inbox"])


class Keeping(Sent):
    """Filters of the inbox as they stand in its address after the `?`, under a name."""

    name: str = Field(min_length=1, max_length=LONGEST_NAME)
    query: str = Field(default="", max_length=LONGEST_QUERY)
    group: str | None = Field(default=None, max_length=60)
    first: bool = False


class Wish(Sent):
    """When and how somebody hears of new work."""

    wanted: Wanted
    channel: Channel = Channel.EMAIL


@dataclass(frozen=True, slots=True)
class ViewLine:
    """Filters of the inbox under a name. `by` is who shares it, none for one's own; `first`: the inbox opens
    with it.
    """

    id: str
    name: str
    query: str
    first: bool
    group: str | None
    by: str | None


@dataclass(frozen=True, slots=True)
class ViewList:
    """The views that one has."""

    views: tuple[ViewLine, ...]


@dataclass(frozen=True, slots=True)
class ViewKept:
    """The view that was kept."""

    id: str
    name: str
    query: str


@dataclass(frozen=True, slots=True)
class Notices:
    """When and how one hears of new work."""

    wanted: Wanted
    channel: Channel


@router.get("/views")
def views(visit: Visiting) -> ViewList:
    """The views that one keeps, and those that one's teams share."""
    allowed_now(visit, Action.KEEP_VIEWS)
    with visit.web.store.read() as session:
        return ViewList(
            tuple(
                ViewLine(each.id, each.name, each.asked.query, each.first, each.group, each.by)
                for each in views_of(session, visit.actor)
            )
        )


@router.put("/views")
def keep(visit: Visiting, sent: Keeping) -> ViewKept:
    """Keep filters under a name; what had the name is replaced."""
    now = allowed_now(visit, Action.KEEP_VIEWS)
    kept = commands.keep_view(
        visit.web.store,
        sent.name,
        read(sent.query).query,
        by=visit.actor.staff_id,
        now=now,
        group=sent.group,
        first=sent.first,
    )
    return ViewKept(kept.id, kept.name, kept.query)


@router.delete("/views/{view_id}", status_code=HTTPStatus.NO_CONTENT)
def drop(visit: Visiting, view_id: str) -> Response:
    """Take a view of one's own away."""
    allowed_now(visit, Action.KEEP_VIEWS)
    commands.drop_view(visit.web.store, view_id, by=visit.actor.staff_id)
    return Response(status_code=HTTPStatus.NO_CONTENT)


@router.get("/notices")
def notices(visit: Visiting) -> Notices:
    """How one hears of new work."""
    allowed_now(visit, Action.CHOOSE_NOTICES)
    with visit.web.store.read() as session:
        query = select(NoticeWish).where(NoticeWish.staff_id == visit.actor.staff_id)
        wish = session.exec(query).first()
        if wish is None:
            return Notices(Wanted.NONE, Channel.EMAIL)
        return Notices(wish.wanted, wish.channel)


@router.put("/notices")
def choose(visit: Visiting, sent: Wish) -> Notices:
    """Choose how one hears of new work."""
    now = allowed_now(visit, Action.CHOOSE_NOTICES)
    kept = commands.choose_notices(
        visit.web.store, sent.wanted, sent.channel, by=visit.actor.staff_id, now=now
    )
    return Notices(kept.wanted, kept.channel)
