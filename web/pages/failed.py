"""What a page shows that could not be made: plain words and the time to tell, nothing of the error."""

from http import HTTPStatus

from fastapi import Request
from fastapi.responses import HTMLResponse, Response

from web.pages.rendering import render
from web.pages.wording import Wording
from web.runtime import Web

TITLE = "This page could not be shown"


async def page_failed(request: Request, _error: Exception) -> Response:
    """The answer to a page that failed. What failed is in the log; an error's text may hold what the page has
    read, so none of it is shown.
    """
    web: Web = request.state.web
    now = web.now()
    query = f"?{request.url.query}" if request.url.query else ""
    values = {
        "title": TITLE,
        "at": Wording(web.zone, now).at(now),
        "again": f"{request.url.path}{query}",
        "version": web.version,
    }
    page = render("failed.html", values, nonce=request.state.nonce)
    return HTMLResponse(page, HTTPStatus.INTERNAL_SERVER_ERROR)
