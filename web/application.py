"""The application: pages, API and health in one. One is made per process, because NiceGUI keeps its pages in
one place.
"""

from pathlib import Path
from typing import Final

from fastapi import FastAPI
from fastapi.middleware.gzip import GZipMiddleware
from fastapi.staticfiles import StaticFiles

from web import callbacks, health
from web.api import (
    access,
    account,
    accounts,
    appointments,
    audit,
    board,
    calendar_feed,
    case_deeds,
    case_parts,
    cases,
    contacts,
    corrections,
    duty,
    exports,
    files,
    hooks,
    machinery,
    notes,
    people,
    plans,
    preferences,
    processes,
    referrals,
    sharing,
    tasks,
    team,
    visits,
    week,
)
from web.api.document import API, Application, operation_id
from web.api.problem import tell_problems
from web.headers import Headers
from web.pages import instance
from web.pages.admin import process_check
from web.pages.contact import likely
from web.pages.contact import public as public_contact
from web.pages.entry import login, openid_login, password
from web.pages.work import next_task, printing
from web.runtime import Web
from web.visitor import Visitors

ASSETS: Final = Path(__file__).parent / "assets"
COMPRESSED_FROM: Final = 1_000
"""Bytes from which on an answer is worth compressing."""
RESOURCES: Final = (
    tasks,
    sharing,
    corrections,
    files,
    appointments,
    cases,
    case_deeds,
    case_parts,
    contacts,
    notes,
    people,
    plans,
    referrals,
    visits,
    week,
    access,
    board,
    exports,
    account,
    accounts,
    audit,
    hooks,
    machinery,
    processes,
    team,
    duty,
    preferences,
)
"""What the API is made of, in the order in which its document tells it."""


def create_application(web: Web, *, pages: bool = True) -> FastAPI:
    """The application with these surroundings. Without `pages` it has no NiceGUI in it: the API, the login
    and health alone.
    """
    application = Application(
        title="Casewright",
        version=web.version,
        generate_unique_id_function=operation_id,
        openapi_url="/api/openapi.json",
        docs_url=None,  # its page would fetch scripts from elsewhere
        redoc_url=None,
    )
    tell_problems(application)
    application.include_router(health.router)
    application.include_router(callbacks.router)
    application.include_router(login.router)
    application.include_router(openid_login.router)
    application.include_router(password.router)
    application.include_router(next_task.router)
    application.include_router(calendar_feed.router)
    application.include_router(likely.router)
    application.include_router(process_check.router)
    application.include_router(instance.router)
    application.include_router(public_contact.router)
    application.include_router(printing.router)
    include_api(application)
    application.mount("/assets", StaticFiles(directory=ASSETS), name="assets")
    if pages:
        from web.pages import attach

        attach(application, web.version)
    application.add_middleware(Visitors, web=web)
    application.add_middleware(Headers, secure=web.secure)
    application.add_middleware(GZipMiddleware, minimum_size=COMPRESSED_FROM)
    return application


def include_api(application: FastAPI) -> None:
    """Give an application the routes of the API."""
    for resource in RESOURCES:
        application.include_router(resource.router, prefix=API)
