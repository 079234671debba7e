"""The board: what supervisors and managers answer for, in figures that open their cases."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from urllib.parse import urlencode

from fastapi import Request
from fastapi.responses import Response
from nicegui import ui

from web.access.actions import Action
from web.access.policy import may
from web.access.watching import searched, watched
from web.api.board import FIELDS
from web.pages.charts import Columns, columns
from web.pages.frame import framed, markup, styled
from web.pages.missing import missing
from web.pages.rendering import render
from web.pages.wording import Wording, plain
from web.reading.board import bands, caseload, due, incidents, messages, referrals, visits, waiting
from web.reading.board.narrowed import PERIODS, Mine, Narrowed
from web.reading.board.opening import Opened
from web.reading.board.whole import Board, Choices, board, choices
from web.visitor import Visit, visit_of

LOOK: Final = 60.0
"""Seconds after which the figures are counted again."""

PARTS: Final = (
    *("board_strip.html", "board_caseload.html", "board_due.html", "board_visits.html"),
    *("board_waiting.html", "board_bands.html", "board_trouble.html"),
)
"""The parts of the page, each of which is drawn anew when its figures have changed."""

MOST_ROWS: Final = 20
"""Rows of one figure. Who answers for more narrows the board to a team, or exports it."""


MOST_STEPS: Final = 12
"""Steps at which cases wait; the fullest come first."""


@ui.page("/board")
async def board_page(request: Request) -> Response | None:
    """The board, with what the address asks for; for others there is no such page."""
    visit, narrowed = visit_of(request), Narrowed.read(request.query_params)
    found = await asyncio.to_thread(_read, visit, narrowed)
    if found is None:
        return missing(request)
    styled(visit, "board.css")
    with framed(visit, "Board", "board"):
        head = markup("board_head.html", **_values(visit, found))
        markup("board_filters.html", **_values(visit, found))
        strip = {PARTS[0]: markup(PARTS[0], **_values(visit, found))}
        with ui.element("div").classes("board"):
            shown = strip | {part: markup(part, **_values(visit, found)) for part in PARTS[1:]}
    _keep_fresh(visit, narrowed, head, shown)
    return None


@dataclass(frozen=True, slots=True)
class Shown:
    """The figures, and what they can be narrowed to."""

    board: Board
    choices: Choices


def _read(visit: Visit, narrowed: Narrowed) -> Shown | None:
    web, now = visit.web, visit.web.now()
    with watched(web.store) as session:
        if not may(session, visit.actor, Action.READ_BOARD, now=now):
            return None
        mine = Mine(visit.actor, now, web.zone, narrowed)
        shown = Shown(board(session, mine, web.plans.of), choices(session, mine))
        # last, because on SQLite nobody else can write from here on
        searched(session, visit.actor.staff_id, "Board", FIELDS, now)
        return shown


def _keep_fresh(visit: Visit, narrowed: Narrowed, head: ui.html, shown: Mapping[str, ui.html]) -> None:
    async def look() -> None:
        actor = await asyncio.to_thread(visit.still)
        if actor is None:
            ui.navigate.to("/login")
            return
        fresh = await asyncio.to_thread(_read, Visit(visit.web, actor, visit.token), narrowed)
        if fresh is None:
            ui.navigate.to("/")
            return
        values = _values(visit, fresh)
        head.set_content(render("board_head.html", values))
        for part, element in shown.items():
            drawn = render(part, values)
            if drawn != element.content:
                element.set_content(drawn)

    ui.timer(LOOK, look, immediate=False)


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
