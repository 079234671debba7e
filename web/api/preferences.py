"""How somebody likes their inbox: views that they keep, and how they hear of new work."""

from http import HTTPStatus
from typing import Any

from fastapi import APIRouter, Response
from pydantic import Field
from sqlmodel import select

from flows import inbox as commands
from flows.inbox.office.preferences import LONGEST_NAME, LONGEST_QUERY
from models import Channel, NoticeWish, Wanted
from web.access.actions import Action
from web.api.sent import Sent
from web.api.visiting import Visiting, allowed_now
from web.reading.work.views import read, views_of

router = APIRouter(tags=["inbox"])


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


@router.get("/views")
def views(visit: Visiting) -> dict[str, Any]:
    """The views that one keeps, and those that one's teams share."""
    allowed_now(visit, Action.KEEP_VIEWS)
    with visit.web.store.read() as session:
        return {
            "views": [
                {
                    "id": each.id,
                    "name": each.name,
                    "query": each.asked.query,
                    "first": each.first,
                    "group": each.group,
                    "by": each.by,
                }
                for each in views_of(session, visit.actor)
            ]
        }


@router.put("/views")
def keep(visit: Visiting, sent: Keeping) -> dict[str, Any]:
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
    return {"id": kept.id, "name": kept.name, "query": kept.query}


@router.delete("/views/{view_id}", status_code=HTTPStatus.NO_CONTENT)
def drop(visit: Visiting, view_id: str) -> Response:
    """Take a view of one's own away."""
    allowed_now(visit, Action.KEEP_VIEWS)
    commands.drop_view(visit.web.store, view_id, by=visit.actor.staff_id)
    return Response(status_code=HTTPStatus.NO_CONTENT)


@router.get("/notices")
def notices(visit: Visiting) -> dict[str, Any]:
    """How one hears of new work."""
    allowed_now(visit, Action.CHOOSE_NOTICES)
    with visit.web.store.read() as session:
        query = select(NoticeWish).where(NoticeWish.staff_id == visit.actor.staff_id)
        wish = session.exec(query).first()
        if wish is None:
            return {"wanted": Wanted.NONE.value, "channel": Channel.EMAIL.value}
        return {"wanted": wish.wanted.value, "channel": wish.channel.value}


@router.put("/notices")
def choose(visit: Visiting, sent: Wish) -> dict[str, Any]:
    """Choose how one hears of new work."""
    now = allowed_now(visit, Action.CHOOSE_NOTICES)
    kept = commands.choose_notices(
        visit.web.store, sent.wanted, sent.channel, by=visit.actor.staff_id, now=now
    )
    return {"wanted": kept.wanted.value, "channel": kept.channel.value}
