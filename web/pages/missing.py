"""What is not there, or may not be seen: both look the same."""

from http import HTTPStatus

from fastapi import Request
from fastapi.responses import HTMLResponse, Response

from web.api.problem import NOT_THERE, problem
from web.pages.rendering import render

TITLE = "Nothing here"


def missing(request: Request) -> Response:
    """The page for what is not there."""
    words = "There is no such page, or it is not yours to see."
    values = {"title": TITLE, "words": words, "version": request.state.web.version}
    return HTMLResponse(render("missing.html", values, nonce=request.state.nonce), HTTPStatus.NOT_FOUND)


async def page_not_found(request: Request, _error: Exception) -> Response:
    """The answer to an address that no page has."""
    if request.url.path.startswith("/api/"):
        return problem(HTTPStatus.NOT_FOUND, NOT_THERE)
    return missing(request)
