"""What people do with a case as a whole: each deed has a page that says first what will happen."""

from typing import Final

from fastapi import Request
from fastapi.responses import Response

from web.access.actions import Action
from web.api.problem import not_there
from web.pages.case.frame import CasePage, Looking, Tab, case_framed
from web.pages.frame import markup, page_at
from web.reading.case.deeds import Running, Startable, Transfer, running, startable_now, transfer_of
from web.reading.case.handover import Readiness, readiness
from web.reading.case.stage import CLOSING

CANCEL: Final = Tab("cancel", "Cancel a process", "/cancel", ("processes",), Action.MANAGE_CASE)


@page_at("/cases/{case_id}/start")
async def start_page(request: Request, case_id: str) -> Response | None:
    """Start a process for the case."""
    return await case_framed(request, case_id, "start", _startable, _show_start)


@page_at("/cases/{case_id}/close")
async def close_page(request: Request, case_id: str) -> Response | None:
    """Close the case: by the process that does it, never by a status alone."""
    return await case_framed(request, case_id, "close", _closing, _show_close)


@page_at("/cases/{case_id}/hold")
async def hold_page(request: Request, case_id: str) -> Response | None:
    """Let what runs for the case rest, and go on."""
    return await case_framed(request, case_id, "hold", _running, _show_hold)


@page_at("/cases/{case_id}/cancel")
async def cancel_page(request: Request, case_id: str) -> Response | None:
    """End one process of the case for good."""
    return await case_framed(request, case_id, CANCEL, _one_running, _show_cancel)


@page_at("/cases/{case_id}/transfer")
async def transfer_page(request: Request, case_id: str) -> Response | None:
    """Hand the case over."""
    return await case_framed(request, case_id, "transfer", _transfer, _show_transfer)


def _startable(looking: Looking) -> tuple[Startable, ...]:
    found = startable_now(looking.session, looking.visit.web.plans.of, looking.case)
    return tuple(each for each in found if each.process != CLOSING)


def _closing(looking: Looking) -> Startable | None:
    found = startable_now(looking.session, looking.visit.web.plans.of, looking.case)
    return next((each for each in found if each.process == CLOSING), None)


def _running(looking: Looking) -> tuple[Running, ...]:
    return running(looking.session, looking.visit.web.plans.of, looking.case)


def _one_running(looking: Looking) -> Running:
    wanted = looking.query.get("process")
    found = next((each for each in _running(looking) if each.id == wanted), None)
    if found is None:
        raise not_there()
    return found


def _transfer(looking: Looking) -> tuple[Transfer, Readiness]:
    web, case, now = looking.visit.web, looking.case, looking.now
    return (
        transfer_of(looking.session, case, web.groups, now),
        readiness(looking.session, [case.id], now, web.zone)[case.id],
    )


def _show_start(page: CasePage[tuple[Startable, ...]]) -> None:
    markup("case_start.html", **page.values)


def _show_close(page: CasePage[Startable | None]) -> None:
    markup("case_close.html", **page.values)


def _show_hold(page: CasePage[tuple[Running, ...]]) -> None:
    markup("case_hold.html", **page.values)


def _show_cancel(page: CasePage[Running]) -> None:
    markup("case_cancel.html", **page.values)


def _show_transfer(page: CasePage[tuple[Transfer, Readiness]]) -> None:
    transfer, ready = page.content
    markup("case_transfer.html", transfer=transfer, ready=ready, **page.values)
