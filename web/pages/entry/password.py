"""Choosing another password: a plain form, which somebody who was given one has to fill in first."""

import asyncio
from http import HTTPStatus

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from web.accounts.commands import change_password
from web.accounts.entering import LoggedIn, Refused, Why
from web.errors import PasswordError
from web.pages.entry.login import entered, form_fields
from web.pages.rendering import render
from web.pages.wording import span
from web.visitor import Visit, address_of, visit_of

router = APIRouter(include_in_schema=False)

WORDS = {
    Why.WAIT: "There were too many tries. Nothing is looked at for {wait}.",
    Why.WRONG: "Your password until now is not right. Please type it again.",
}
UNLIKE = "The two new passwords are not the same. Please type them again."


@router.get("/password")
async def password_page(request: Request) -> Response:
    """The form."""
    return _form(request)


@router.post("/password")
async def password_form(request: Request) -> Response:
    """Change the password and go on, or say what is in the way."""
    visit, sent = visit_of(request), await form_fields(request)
    if sent.get("new", "") != sent.get("again", ""):
        return _form(request, UNLIKE)
    try:
        outcome = await asyncio.to_thread(_change, visit, sent, address_of(request))
    except PasswordError as error:
        return _form(request, str(error))
    if isinstance(outcome, LoggedIn):
        return entered(visit.web, outcome.token, "/")
    return _form(request, WORDS[outcome.why].format(wait=span(outcome.wait)))


def _change(visit: Visit, sent: dict[str, str], address: str) -> LoggedIn | Refused:
    web = visit.web
    old, new = sent.get("old", ""), sent.get("new", "")
    return change_password(
        web.store, web.keys, visit.actor.account_id, old, new, address=address, now=web.now()
    )


def _form(request: Request, said: str = "") -> HTMLResponse:
    visit = visit_of(request)
    values = {"title": "Choose a password", "said": said, "needed": visit.actor.must_change_password}
    page = render("password.html", values, nonce=request.state.nonce, version=visit.web.version)
    return HTMLResponse(page, HTTPStatus.UNPROCESSABLE_ENTITY if said else HTTPStatus.OK)
