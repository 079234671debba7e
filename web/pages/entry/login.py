"""The login and the logout: plain forms, which work before any script has been loaded."""

import asyncio
from datetime import timedelta
from http import HTTPStatus
from typing import Final
from urllib.parse import parse_qsl

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from web.accounts.entering import LoggedIn, Refused, Why, log_in, log_out
from web.accounts.sessions import ABSOLUTE
from web.pages.rendering import render
from web.pages.wording import span
from web.runtime import Web
from web.visitor import COOKIE, address_of

router = APIRouter(include_in_schema=False)

LARGEST: Final = 10_000
"""Bytes of the form at most."""

WORDS: Final = {
    Why.WRONG: "That name and password do not go together. Please try again.",
    Why.CODE: "Your account has a second factor: please type the code of your authenticator app.",
    Why.LATE: "That took too long, or your password was changed meanwhile. Please log in again.",
    Why.WRONG_CODE: "That code is not right, or was used already. Wait for the next one and try again.",
    Why.WAIT: "There were too many tries. Nothing is looked at for {wait}; your account is not locked.",
}
ENDED: Final = "You are logged out."


@router.get("/login")
async def login_page(request: Request) -> Response:
    """The form; who is logged in goes on to where they wanted."""
    wanted = inside(request.query_params.get("next"))
    if request.state.visit is not None:
        return RedirectResponse(wanted, HTTPStatus.SEE_OTHER)
    said = ENDED if "out" in request.query_params else ""
    return login_form(request, wanted, said=said, tone="good")


@router.post("/login")
async def log_in_form(request: Request) -> Response:
    """Check the form; let in, or say why not."""
    sent = await form_fields(request)
    web: Web = request.state.web
    wanted, login = inside(sent.get("next")), sent.get("login", "")[:254]
    outcome = await asyncio.to_thread(
        log_in,
        web.store,
        web.keys,
        login,
        sent.get("password", ""),
        "".join(sent.get("code", "").split()) or None,
        address_of(request),
        web.now(),
        sent.get("half"),
    )
    if isinstance(outcome, LoggedIn):
        return entered(web, outcome.token, wanted)
    return _refused(request, outcome, wanted, login)


@router.post("/logout")
async def log_out_form(request: Request) -> Response:
    """End the session."""
    web: Web = request.state.web
    token = request.cookies.get(COOKIE)
    if token:
        await asyncio.to_thread(_end, web, token)
    answer = RedirectResponse("/login?out=1", HTTPStatus.SEE_OTHER)
    answer.delete_cookie(COOKIE, httponly=True, samesite="lax", secure=web.secure)
    return answer


def inside(address: str | None) -> str:
    """An address of this application that somebody wanted to go to; the inbox for any other."""
    plain = address is not None and address.startswith("/") and not address.startswith(("//", "/\\"))
    if not plain or address is None or any(ord(each) < 32 for each in address):
        return "/"
    return "/" if address.startswith(("/login", "/logout", "/api/")) else address


def _end(web: Web, token: str) -> None:
    with web.store.write() as session:
        log_out(session, token, web.now())


def entered(web: Web, token: str, wanted: str) -> Response:
    """Give the browser the cookie of a session that has begun, and send it on."""
    answer = RedirectResponse(wanted, HTTPStatus.SEE_OTHER)
    answer.set_cookie(
        COOKIE,
        token,
        max_age=int(ABSOLUTE / timedelta(seconds=1)),
        httponly=True,
        samesite="lax",
        secure=web.secure,
    )
    return answer


def _refused(request: Request, refused: Refused, wanted: str, login: str) -> Response:
    said = WORDS[refused.why].format(wait=span(refused.wait))
    tone = "calm" if refused.why is Why.CODE else "danger"
    answer = login_form(request, wanted, said=said, tone=tone, login=login, half=refused.half)
    if refused.why is Why.WAIT:
        answer.status_code = HTTPStatus.TOO_MANY_REQUESTS
        answer.headers["Retry-After"] = str(int(refused.wait.total_seconds()) + 1)
    else:
        answer.status_code = HTTPStatus.UNAUTHORIZED
    return answer


def login_form(
    request: Request,
    wanted: str,
    *,
    said: str = "",
    tone: str = "calm",
    login: str = "",
    half: str | None = None,
) -> HTMLResponse:
    """The page with the form, and what is said above it. With `half` a login it asks for the code alone."""
    web: Web = request.state.web
    values = {"title": "Log in", "next": wanted, "said": said, "tone": tone, "login": login, "half": half}
    openid = web.openid is not None
    return HTMLResponse(
        render("login.html", {**values, "openid": openid}, nonce=request.state.nonce, version=web.version)
    )


async def form_fields(request: Request, largest: int = LARGEST) -> dict[str, str]:
    """What a plain form sent; nothing where it is larger than so many bytes."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > largest:
            return {}
    return dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
