"""The board: what supervisors and managers answer for, in figures that open their cases."""

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final
from urllib.parse import urlencode

from fastapi import Request
from fastapi.responses import Response
from nicegui import ui

from web.access.actions import Action
from web.access.policy import may
from web.access.watching import searched, watched
from web.api.board import FIELDS, counted, mine
from web.pages.frame import framed, markup, page_at, styled
from web.pages.missing import missing
from web.pages.office.charts import Columns, columns
from web.pages.rendering import render
from web.pages.wording import Wording, plain
from web.reading.board import bands, caseload, due, incidents, messages, ready, referrals, visits, waiting
from web.reading.board.kept import Shown
from web.reading.board.narrowed import PERIODS, Narrowed
from web.reading.board.opening import Opened
from web.visitor import Visit, visit_of

LOOK: Final = 60.0
"""Seconds after which the figures are counted again."""

MOMENT: Final = 0.05
"""Seconds that the page waits for its figures before it shows what there is."""

HEAD: Final = "board_head.html"
FILTERS: Final = "board_filters.html"
"""They stay as they are while the page is open: somebody may be choosing."""

PARTS: Final = (
    *("board_strip.html", "board_caseload.html", "board_due.html", "board_ready.html"),
    *("board_waiting.html", "board_bands.html", "board_trouble.html"),
)
"""The parts of the page, each of which is drawn anew when its figures have changed."""

MOST_ROWS: Final = 20
"""Rows of one figure. Who answers for more narrows the board to a team, or exports it."""


MOST_STEPS: Final = 12
"""Steps at which cases wait; the fullest come first."""


@page_at("/board")
async def board_page(request: Request) -> Response | None:
    """The board, with what the address asks for; for others there is no such page. Where counting takes
    longer than a moment, what was counted last is shown first, or that it is being counted.
    """
    visit, narrowed = visit_of(request), Narrowed.read(request.query_params)
    if not await asyncio.to_thread(_arrive, visit):
        return missing(request)
    counting = asyncio.wrap_future(counted(visit, narrowed))
    done, _ = await asyncio.wait({counting}, timeout=MOMENT)
    found = counting.result() if done else visit.web.boards.last(mine(visit, narrowed))
    styled(visit, "board.css")
    with framed(visit, "Board", "board"):
        drawn = Drawn(visit, ui.element("div"))
        drawn.draw(found)
    ui.timer(0.1, lambda: _arrived(drawn, counting), once=True)
    ui.timer(LOOK, lambda: _look(drawn, visit, narrowed), immediate=False)
    return None


@dataclass
class Drawn:
    """What stands on the page: its parts by template, each with what was drawn last."""

    visit: Visit
    whole: ui.element
    parts: dict[str, ui.html] = field(default_factory=dict)

    def draw(self, found: Shown | None) -> None:
        """Show these figures, or that there are none yet; what has not changed stays as it is."""
        if found is None:
            with self.whole:
                markup("board_counting.html")
            return
        values = _values(self.visit, found)
        if self.parts:
            for name, element in self.parts.items():
                drawn = render(name, values)
                if name != FILTERS and drawn != element.content:
                    element.set_content(drawn)
            return
        self.whole.clear()
        with self.whole:
            self.parts = {name: markup(name, **values) for name in (HEAD, FILTERS, PARTS[0])}
            with ui.element("div").classes("board"):
                self.parts |= {name: markup(name, **values) for name in PARTS[1:]}


def _arrive(visit: Visit) -> bool:
    """Whether this person has a board; then that they looked at it is written down."""
    now = visit.web.now()
    with watched(visit.web.store) as session:
        if not may(session, visit.actor, Action.READ_BOARD, now=now):
            return False
        searched(session, visit.actor.staff_id, "Board", FIELDS, now)
    return True


async def _arrived(drawn: Drawn, counting: "asyncio.Future[Shown]") -> None:
    drawn.draw(await counting)


async def _look(drawn: Drawn, visit: Visit, narrowed: Narrowed) -> None:
    again = await asyncio.to_thread(visit.still)
    if again is None:
        ui.navigate.to("/login")
    elif not again.actor.leads_people:
        ui.navigate.to("/")
    else:
        found = await asyncio.wrap_future(counted(again, narrowed))
        drawn.draw(found)


def _values(visit: Visit, found: Shown) -> dict[str, Any]:
    now, asked = found.board, found.board.narrowed.said()

    def cases(figure: str, *key: str | None) -> str:
        return Opened(figure, "/".join("-" if part is None else part for part in key), now.narrowed).address

    return {
        "board": now,
        "choices": found.choices,
        "groups": visit.web.groups,
        "words": Wording(visit.web.zone, now.at),
        "periods": PERIODS,
        "period": PERIODS[now.narrowed.days],
        "cases": cases,
        "exported": lambda what, form: f"/api/v1/exports/{what}?{urlencode({'format': form, **asked})}",
        "length": length,
        "most_rows": MOST_ROWS,
        "most_steps": MOST_STEPS,
        "visits_chart": _visits(now.visits, cases),
        "bands_charts": [(each, _bands(each, cases)) for each in now.bands],
        "caseload": caseload,
        "due": due,
        "ready": ready,
        "waiting": waiting,
        "referrals": referrals,
        "visits": visits,
        "bands": bands,
        "incidents": incidents,
        "messages": messages,
    }


def _visits(found: visits.Visits, cases: Any) -> Columns:
    kinds = {visits.KEPT: "good", visits.MISSED: "danger", visits.UNKNOWN: "open"}
    return columns(
        [each.begin for each in found.spans],
        {state: found.counts[state] for state in kinds},
        kinds,
        lambda state, begin: cases(visits.NAME, state, begin.isoformat()),
    )


def _bands(found: bands.Bands, cases: Any) -> Columns:
    ramp = ("step-1", "step-2", "step-3", "step-4", "step-5")
    last = max(len(found.counts) - 1, 1)
    kinds = {band: ramp[round(at * (len(ramp) - 1) / last)] for at, band in enumerate(found.counts)}
    return columns(
        [each.begin for each in found.spans],
        found.counts,
        kinds,
        lambda band, begin: cases(bands.NAME, found.name, band, begin.isoformat()),
        titles={band: plain(band) for band in found.counts},
    )


def length(much: timedelta) -> str:
    """A length of time as a table has it: `5 h`, `3 days`."""
    hours = much.total_seconds() / 3600
    if hours < 1:
        return "< 1 h"
    return f"{int(hours)} h" if hours < 48 else f"{int(hours // 24)} days"
