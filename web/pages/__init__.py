"""The pages, one module each. Importing them registers them with NiceGUI, so it is done in `attach` only."""

from typing import Final

from fastapi import FastAPI

__all__ = ["attach"]

RECONNECT: Final = 30.0
"""Seconds for which a page that lost its connection is kept, so that it goes on where it was."""


def attach(application: FastAPI, version: str) -> None:
    """Put the pages into the application. Once per process."""
    from nicegui import app, ui

    # each registers its page
    from web.pages import cases  # noqa: F401
    from web.pages.admin import account, accounts, audit, hooks, machinery, opening, processes, reviews  # noqa: F401
    from web.pages.case import (  # noqa: F401
        access,
        deeds,
        history,
        messages,
        notes,
        overview,
        people,
        plan,
        process,
        readers,
        visits,
    )
    from web.pages.contact import contacts  # noqa: F401
    from web.pages.failed import page_failed
    from web.pages.frame import HEAD
    from web.pages.missing import page_not_found
    from web.pages.office import away, board, duty, notices, team  # noqa: F401
    from web.pages.work import correction, inbox, task, week  # noqa: F401

    ui.add_head_html(HEAD.format(version=version), shared=True)
    app.add_exception_handler(404, page_not_found)
    app.add_exception_handler(Exception, page_failed)
    ui.run_with(
        application,
        title="Casewright",
        favicon=None,
        dark=None,
        language="en-GB",
        reconnect_timeout=RECONNECT,
        gzip_middleware_factory=None,  # the application compresses, after the nonce is in the page
        tailwind=False,  # the design is our own
        show_welcome_message=False,
        on_air=None,
    )
