"""The chronology of a case, on the screen and for paper."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from fastapi import Request
from fastapi.responses import Response

from web.access.actions import Action
from web.pages.case.frame import CasePage, Looking, Tab, case_framed
from web.pages.frame import markup, page_at
from web.reading.case.chronology import KINDS, MOST, REST, Chronology, Wanted, chronology

ON_PAPER: Final = Tab(
    "history", "Chronology", "/history/print", ("chronology",), Action.PRINT_CASE, printed=True
)


@page_at("/cases/{case_id}/history")
async def history_page(request: Request, case_id: str) -> Response | None:
    """What has happened in the case, the latest first."""
    return await case_framed(request, case_id, "history", _read, _show)


@page_at("/cases/{case_id}/history/print")
async def print_page(request: Request, case_id: str) -> Response | None:
    """The same from the first day on, whole, for those who may print."""
    return await case_framed(request, case_id, ON_PAPER, _read_whole, _show_whole)


def _read(looking: Looking) -> Chronology:
    return chronology(looking.session, looking.case, Wanted.read(looking.query))


def _read_whole(looking: Looking) -> Chronology:
    wanted = replace(Wanted.read(looking.query), first=True, page=1)
    return chronology(looking.session, looking.case, wanted, size=MOST)


def _show(page: CasePage[Chronology]) -> None:
    markup("case_history.html", **_values(page))


def _show_whole(page: CasePage[Chronology]) -> None:
    markup("case_history_print.html", by=page.visit.actor.name, most=MOST, **_values(page))


def _values(page: CasePage[Chronology]) -> Mapping[str, Any]:
    kinds = {name: title for name, (title, _) in KINDS.items()} | dict([REST])
    return {**page.values, "wanted": Wanted.read(page.query), "kinds": kinds}
