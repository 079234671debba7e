"""Who asks: the session behind a request's cookie, and whether the request comes from our own pages.

A request that changes something counts only when the browser says that one of our own pages sent it
(`Sec-Fetch-Site`, or `Origin` where a browser does not send that), so that another site can't act with
somebody's cookie. Who has no session is sent to the login, or gets a 401 where a program asks.

A program sends a token (`Authorization: Bearer`), for the API alone; its cookies count for nothing then. Who
has to choose another password gets to do nothing else before.
"""

import asyncio
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final
from urllib.parse import quote, urlsplit

from starlette.requests import HTTPConnection, Request
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from notifications.sms import STATUS_PATH
from web.access.actor import Actor
from web.accounts import sessions
from web.accounts.tokens import bearer_of
from web.api.problem import NOT_THERE, problem
from web.runtime import Web

COOKIE: Final = "casewright_session"
QUIET: Final = "x-casewright-quiet"
"""The header of what a page asks by itself: nobody did anything, so the session does not last longer by it.
"""

NUL: Final = "A parameter has a character that can't be asked for; take it out."
SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
OPEN: Final = ("/assets/", "/_nicegui/", "/favicon.ico", "/healthz", "/login", "/calendar/")
"""Where nobody needs a session. NiceGUI's own files say nothing about anybody; the address of a calendar is a
secret itself.
"""

PUBLIC: Final = frozenset({"/contact", "/contact/thanks"})
"""Where people ask for help who have no account, by their whole addresses."""

CHANGING: Final = ("/assets/", "/_nicegui/", "/favicon.ico", "/healthz", "/login", "/logout", "/password")
"""Where somebody gets who has to choose another password."""

UNSEEN: Final = ("/assets/", "/_nicegui/", "/favicon.ico", "/healthz", "/calendar/", STATUS_PATH)
"""Where nobody is asked who they are."""


@dataclass(frozen=True, slots=True)
class Visit:
    """A request of somebody who is logged in, or of a program that has a token."""

    web: Web
    actor: Actor
    token: str

    def still(self) -> "Visit | None":
        """The visit of the same person as they are now, with the roles and teams that they have by now; None
        when the session has ended meanwhile. Looking so does not make the session last longer.
        """
        return visit_of_cookie(self.web, self.token, quiet=True)


class Visitors:
    """Finds out who asks and turns away who may not: every request passes here."""

    def __init__(self, app: ASGIApp, *, web: Web) -> None:
        self._app = app
        self._web = web

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request, or one connection of a page."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        asked = HTTPConnection(scope)
        state = scope.setdefault("state", {})
        state["web"] = self._web
        path = asked.url.path
        program = program_token(asked)
        if program is not None:
            state["visit"] = await asyncio.to_thread(visit_of_program, self._web, program)
        elif not path.startswith(UNSEEN):
            quiet = QUIET in asked.headers or scope["type"] == "websocket"
            token = asked.cookies.get(COOKIE)
            state["visit"] = await asyncio.to_thread(visit_of_cookie, self._web, token, quiet=quiet)
        # what Twilio says counts by its signature, and need not come from a page of ours
        signed = path == STATUS_PATH and scope["type"] == "http"
        refusal = _impossible(asked, path) or (None if signed else self._refusal(asked, path))
        if refusal is None:
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 4401})
        else:
            await refusal(scope, receive, send)

    def _refusal(self, asked: HTTPConnection, path: str) -> Response | None:
        method, visit = asked.scope.get("method", "GET"), asked.scope["state"].get("visit")
        if program_token(asked) is not None:
            return None if visit is not None else _bad_token()
        if (method not in SAFE or asked.scope["type"] == "websocket") and not from_us(asked):
            return problem(HTTPStatus.FORBIDDEN, "This request did not come from a page of this application.")
        if visit is not None and visit.actor.must_change_password and not path.startswith(CHANGING):
            return _password_first(path, method)
        if path.startswith(OPEN) or path in PUBLIC or visit is not None:
            return None
        if path.startswith("/api/") or method not in SAFE:
            return problem(HTTPStatus.UNAUTHORIZED, "Please log in. Nothing was changed.")
        return RedirectResponse(login_address(asked), status_code=HTTPStatus.SEE_OTHER)


def _impossible(asked: HTTPConnection, path: str) -> Response | None:
    """Nothing is at an address with a NUL in it, and no database could be asked for it; a program hears that
    it is one of its parameters that has it.
    """
    if "\x00" in path:
        return problem(HTTPStatus.NOT_FOUND, NOT_THERE)
    if b"%00" in asked.scope.get("query_string", b""):
        if path.startswith("/api/"):
            return problem(HTTPStatus.UNPROCESSABLE_ENTITY, NUL)
        return problem(HTTPStatus.NOT_FOUND, NOT_THERE)
    return None


def _bad_token() -> Response:
    answer = problem(HTTPStatus.UNAUTHORIZED, "The token does not count. Nothing was changed.")
    answer.headers["WWW-Authenticate"] = 'Bearer error="invalid_token"'
    return answer


def _password_first(path: str, method: str) -> Response:
    if path.startswith("/api/") or method not in SAFE:
        return problem(HTTPStatus.FORBIDDEN, "Please choose another password first. Nothing was changed.")
    return RedirectResponse("/password", status_code=HTTPStatus.SEE_OTHER)


def program_token(asked: HTTPConnection) -> str | None:
    """The token that a program sends with a request to the API; None where it is a browser that asks."""
    scheme, _, value = asked.headers.get("authorization", "").partition(" ")
    return value.strip() if scheme.lower() == "bearer" and asked.url.path.startswith("/api/") else None


def visit_of_program(web: Web, token: str) -> Visit | None:
    """For whom the program with this token acts; None where it does not count."""
    found = bearer_of(web.store, token, web.now())
    return None if found is None else Visit(web, found.actor, "")


def visit_of_cookie(web: Web, token: str | None, *, quiet: bool = False) -> Visit | None:
    """Who has this session, None for nobody. It lasts longer by being used, unless that is `quiet`."""
    if not token:
        return None
    look = sessions.still if quiet else sessions.arrive
    actor = look(web.store, token, web.now())
    return None if actor is None else Visit(web, actor, token)


def visit_of(request: Request) -> Visit:
    """The visit that a request belongs to. Only behind `Visitors`, which turns away those who have none."""
    found: Visit = request.state.visit
    return found


def from_us(asked: HTTPConnection) -> bool:
    """Whether the browser says that a page of this application sent the request."""
    site = asked.headers.get("sec-fetch-site")
    if site is not None:
        return site == "same-origin"
    origin = asked.headers.get("origin")
    return origin is not None and urlsplit(origin).netloc == asked.headers.get("host")


def login_address(asked: HTTPConnection) -> str:
    """The login, with where to go afterwards."""
    wanted = asked.url.path + (f"?{asked.url.query}" if asked.url.query else "")
    return "/login" if wanted == "/" else f"/login?next={quote(wanted, safe='')}"


def address_of(asked: HTTPConnection) -> str:
    """The network address that a request comes from."""
    return asked.client.host if asked.client is not None else ""
