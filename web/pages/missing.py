"""What is not there, or may not be seen: both look the same."""

from http import HTTPStatus

from fastapi import Request
from fastapi.responses import HTMLResponse, Response

from web.access.scope import may_open
from web.api.problem import NOT_THERE, problem
from web.pages.rendering import render

TITLE = "Nothing here"


def missing(request: Request) -> Response:
    """The page for what is not there."""
    words = "There is no such page, or it is not yours to see."
    values = {"title": TITLE, "words": words, "version": request.state.web.version, "case": _case(request)}
    return HTMLResponse(render("missing.html", values, nonce=request.state.nonce), HTTPStatus.NOT_FOUND)


def _case(request: Request) -> str:
    """The id of the case that an address names, for somebody who may open one that is not theirs; whether
    there is such a case makes no difference.
    """
    visit = getattr(request.state, "visit", None)
    _, place, *rest = request.url.path.split("/")
    return rest[0] if place == "cases" and rest and visit is not None and may_open(visit.actor) else ""


async def page_not_found(request: Request, _error: Exception) -> Response:
    """The answer to an address that no page has."""
    if request.url.path.startswith("/api/"):
        return problem(HTTPStatus.NOT_FOUND, NOT_THERE)
    return missing(request)
