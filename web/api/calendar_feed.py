"""The feed of somebody's calendar, at its secret address: it asks for no login."""

from datetime import datetime
from http import HTTPStatus

from fastapi import APIRouter, Request, Response

from web.access.actor import load_actor
from web.accounts.calendar_feeds import reader_of
from web.api.problem import NOT_THERE, problem
from web.reading.office.feed import feed
from web.runtime import Web

router = APIRouter(include_in_schema=False)


@router.get("/calendar/{secret}.ics")
def calendar(request: Request, secret: str) -> Response:
    """When the owner of this address is taken."""
    web: Web = request.state.web
    found = _read(web, secret, web.now())
    if found is None:
        return problem(HTTPStatus.NOT_FOUND, NOT_THERE)
    headers = {"Cache-Control": "private, max-age=900", "Content-Disposition": 'inline; filename="week.ics"'}
    return Response(found, media_type="text/calendar; charset=utf-8", headers=headers)


def _read(web: Web, secret: str, now: datetime) -> bytes | None:
    account = reader_of(web.store, secret, now)
    if account is None:
        return None
    with web.store.read() as session:
        actor = load_actor(session, account.id)
        return None if actor is None else feed(session, actor, now)
