"""Logging in at the organisation's provider: to it, and back."""

import asyncio
from datetime import timedelta
from http import HTTPStatus
from typing import Final

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from web.accounts.openid import LASTS, Arrived, Begun, OpenIdError, discover
from web.pages.entry.login import entered, inside, login_form
from web.pages.missing import missing
from web.runtime import Web
from web.visitor import address_of

router = APIRouter(include_in_schema=False, prefix="/login/openid")

COOKIE: Final = "casewright_openid"
"""What the browser keeps meanwhile, encrypted."""

PATH: Final = "/login/openid"


@router.get("")
async def to_provider(request: Request) -> Response:
    """Send the browser to the provider."""
    web: Web = request.state.web
    if web.openid is None:
        return missing(request)
    wanted = inside(request.query_params.get("next"))
    try:
        begun = await asyncio.to_thread(_begin, web, wanted)
    except OpenIdError as error:
        return login_form(request, wanted, said=f"{error}.", tone="danger")
    answer = RedirectResponse(begun.address, HTTPStatus.SEE_OTHER)
    answer.set_cookie(
        COOKIE,
        begun.cookie,
        max_age=int(LASTS / timedelta(seconds=1)),
        path=PATH,
        httponly=True,
        samesite="lax",
        secure=web.secure,
    )
    return answer


@router.get("/back")
async def from_provider(request: Request) -> Response:
    """The browser comes back from the provider: let in, or say why not."""
    web: Web = request.state.web
    if web.openid is None:
        return missing(request)
    try:
        arrived = await asyncio.to_thread(_finish, web, request)
    except OpenIdError as error:
        answer: Response = login_form(request, "/", said=f"{error}.", tone="danger")
        answer.status_code = HTTPStatus.UNAUTHORIZED
    else:
        answer = entered(web, arrived.login.token, inside(arrived.to))
    answer.delete_cookie(COOKIE, path=PATH, httponly=True, samesite="lax", secure=web.secure)
    return answer


def _begin(web: Web, wanted: str) -> Begun:
    assert web.openid is not None  # noqa: S101 (asked before)
    return discover(web.openid).begin(web.keys.secret, web.now(), wanted)


def _finish(web: Web, request: Request) -> Arrived:
    assert web.openid is not None  # noqa: S101 (asked before)
    cookie, query = request.cookies.get(COOKIE, ""), dict(request.query_params)
    provider = discover(web.openid)
    return provider.finish(web.store, web.keys.secret, cookie, query, address_of(request), web.now())
