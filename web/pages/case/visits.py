"""The visits and appointments of a case: what is planned, what was kept, missed or moved."""

from dataclasses import dataclass

from fastapi import Request
from fastapi.responses import Response

from web.pages.case.frame import CasePage, Looking, case_framed
from web.pages.frame import markup, page_at, styled
from web.reading.case.visits import Visits, visits_of
from web.reading.work.booking import AppointmentView, appointments_of


@dataclass(frozen=True, slots=True)
class Shown:
    """What the page shows."""

    visits: Visits
    appointments: tuple[AppointmentView, ...]


@page_at("/cases/{case_id}/visits")
async def visits_page(request: Request, case_id: str) -> Response | None:
    """Visits and appointments."""
    return await case_framed(request, case_id, "visits", _read, _show)


def _read(looking: Looking) -> Shown:
    session, case, now = looking.session, looking.case, looking.now
    return Shown(visits_of(session, case, now), appointments_of(session, case, now))


def _show(page: CasePage[Shown]) -> None:
    styled(page.visit, "casework.css", "casework.js")
    markup("case_visits.html", **page.values)
