"""The application in this process, and the browsers that look at it, for the worlds that have one."""

from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from account_world import keys
from asgi_browser import Browser
from fastapi import FastAPI
from fastapi.routing import APIRouter
from held_answers import held
from intake_world import catalogue

from flows.runtime import Runtime
from flows.versions import Plans
from flows.viewing.case_view import Sources
from web.accounts import sessions
from web.application import create_application
from web.runtime import Web
from web.visitor import COOKIE

OURS = {"Sec-Fetch-Site": "same-origin"}
"""What a browser says of a request that a page of ours sends."""


def web_of(runtime: Runtime, **more: Any) -> Web:
    """The surroundings of the application, with the words of the shipped vocabulary; `more` are fields of
    `Web`.
    """
    plans = Plans(runtime)
    given = {"groups": catalogue().vocabulary.groups, **more}
    return Web(
        runtime,
        plans,
        ZoneInfo("America/New_York"),
        revision="head",
        current=lambda: "head",
        sources=Sources(plans),
        keys=keys(),
        **given,
    )


def browser_of(web: Web, account_id: str | None) -> Browser:
    """A browser in which an account is logged in; nobody for None."""
    made = Browser(held(routed(create_application(web, pages=False))), OURS)
    if account_id is not None:
        log_in(web, made, account_id)
    return made


def routed(application: FastAPI) -> FastAPI:
    """The application, with the routes of the first one of its version without pages. FastAPI prepares all of
    them at an application's first request, which takes longer than most tests; they know nothing of the
    surroundings, which come with each request.
    """
    known = _routers()
    application.router = known.setdefault(application.version, application.router)
    return application


@cache
def _routers() -> dict[str, APIRouter]:
    return {}


def log_in(web: Web, browser: Browser, account_id: str) -> None:
    """The browser has a session of the account, begun now."""
    with web.store.write() as session:
        browser.cookies.set(COOKIE, sessions.begin(session, account_id, web.now()))
