"""The chronology of a case."""

from dataclasses import dataclass

from fastapi import Request
from fastapi.responses import Response
from nicegui import ui

from web.pages.case_frame import CasePage, Looking, case_framed
from web.pages.frame import markup
from web.reading.case import MOST_ENTRIES, Entry, chronology
from web.reading.names import Names


@ui.page("/cases/{case_id}/history")
async def history_page(request: Request, case_id: str) -> Response | None:
    """What has happened in the case."""
    return await case_framed(request, case_id, "history", _read, _show)


@dataclass(frozen=True, slots=True)
class History:
    """The entries that are shown, and whether there are more."""

    entries: tuple[Entry, ...]
    more: bool


def _read(looking: Looking) -> History:
    found = chronology(looking.session, looking.case, Names(looking.session))
    return History(found[:MOST_ENTRIES], len(found) > MOST_ENTRIES)


def _show(page: CasePage[History]) -> None:
    markup("case_history.html", **page.values)
