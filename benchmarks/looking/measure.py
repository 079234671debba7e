"""How long the reads of a page take in a large department, for each kind of actor, and how long the whole
page does over HTTP.

A sample of the reads is what the page does for one request: one transaction with its row of the audit. Which
case, which name is drawn anew for each, from a seed.
"""

import json
import random
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from statistics import median, quantiles
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlmodel import Session, select

from benchmarks.further.department import Department, department
from benchmarks.looking.crowd import SYLLABLES, People, adopt, fill
from benchmarks.looking.over_http import pages, served, wait_for
from benchmarks.places import fresh_place
from benchmarks.servers import Servers
from flows.viewing.case_view import Sources
from models import HumanTask, Store
from web.access.actions import Action
from web.access.actor import Actor
from web.access.policy import allowed_with
from web.access.watching import case_read, searched, watched
from web.api.visiting import allowed_case
from web.reading import cases
from web.reading.board.narrowed import Mine
from web.reading.board.whole import board, choices
from web.reading.case.head import case_head
from web.reading.case.overview import Shown, overview
from web.reading.case.whole import case_file
from web.reading.work import inbox
from web.reading.work.asked import Asked, Whose

SAMPLES: Final = 200
REAL: Final = 30
"""Cases that the engine itself has made, whose pages are read."""

ROUNDS: Final = 3
SEED: Final = 2026
ZONE: Final = ZoneInfo("America/New_York")


@dataclass(frozen=True, slots=True)
class Look:
    """What a page reads for somebody in a session."""

    store: Store
    sources: Sources
    now: datetime
    chance: random.Random
    real: list[str]

    def pages(self) -> Mapping[str, Callable[[Session, Actor], object]]:
        """The pages by name."""
        return {
            "inbox": self.inbox,
            "cases": lambda session, actor: self.cases(session, actor, cases.Asked()),
            "search": self.search,
            "case": self.case,
            "whole": self.whole_case,
            "board": self.board,
        }

    def inbox(self, session: Session, actor: Actor) -> object:
        """The inbox; of somebody who leads their team's."""
        whose = Whose.TEAM if actor.leads else Whose.ALL
        found = inbox.inbox(session, actor, Asked(whose=whose), self.now)
        searched(session, actor.staff_id, "HumanTask", ("title",), self.now)
        return found

    def cases(self, session: Session, actor: Actor, asked: cases.Asked) -> object:
        """The list of cases."""
        found = cases.cases(session, actor, asked, self.now, zone=ZONE)
        searched(session, actor.staff_id, "Case", ("number",), self.now)
        return found

    def search(self, session: Session, actor: Actor) -> object:
        """A search by the beginning of a family name."""
        word = "".join(self.chance.choices(SYLLABLES, k=3))
        return self.cases(session, actor, cases.Asked(search=word))

    def case(self, session: Session, actor: Actor) -> object:
        """The first page of one case, with its head and what may be done."""
        case = allowed_case(session, actor, Action.READ_CASE, self.chance.choice(self.real), self.now)
        may = allowed_with(session, actor, case, self.now)
        shown = Shown(actor, self.sources.plans.of, {}, {}, self.now, ZONE)
        found = may, case_head(session, case, self.now, ZONE), overview(session, case, shown)
        case_read(session, actor.staff_id, case, self.now, ("number",))
        return found

    def whole_case(self, session: Session, actor: Actor) -> object:
        """All that there is of one case, as the API gives it."""
        case = allowed_case(session, actor, Action.READ_CASE, self.chance.choice(self.real), self.now)
        found = case_file(session, self.sources, case, self.now, ZONE)
        case_read(session, actor.staff_id, case, self.now, ("number",))
        return found

    def board(self, session: Session, actor: Actor) -> object:
        """The board with all its figures."""
        mine = Mine(actor, self.now, ZONE)
        found = board(session, mine, self.sources.plans.of), choices(session, mine)
        searched(session, actor.staff_id, "Board", ("worker",), self.now)
        return found


def measure_pages(
    servers: Servers, folder: Path, database: str, samples: int, cases_stored: int, wanted: Collection[str]
) -> Iterator[Mapping[str, Any]]:
    """One finding for each page that is wanted, and kind of actor; those over HTTP are called `http_...`."""
    with ExitStack() as stack:
        place = stack.enter_context(fresh_place(servers, folder, database, prefect=False)).place
        house = stack.enter_context(department(place))
        look, people = prepare(house, cases_stored)
        for page, read in look.pages().items():
            if page in wanted:
                for kind, actor in _actors(people, page):
                    taken = _times(look.store, read, actor, samples)
                    yield _finding(database, cases_stored, page, kind, taken)
        if not any(each.startswith("http_") for each in wanted):
            return
        browser = stack.enter_context(served(house, people))
        for kind, actor in _everybody(people):
            client = browser(actor)
            for page, addresses in pages(actor, people, look.real, look.chance).items():
                if f"http_{page}" in wanted:
                    taken = wait_for(client, addresses, samples)
                    yield _finding(database, cases_stored, f"http_{page}", kind, taken)


def _finding(database: str, stored: int, page: str, kind: str, taken: list[float]) -> Mapping[str, Any]:
    return {
        "database": database,
        "cases": stored,
        "page": page,
        "actor": kind,
        "ms": {"p50": round(median(taken), 1), "p95": round(quantiles(taken, n=20)[-1], 1)},
        "samples": len(taken),
    }


def prepare(house: Department, cases_stored: int) -> tuple[Look, People]:
    """The department in this store, with some cases that the engine has brought on."""
    house.start(range(1, REAL + 1))
    house.engine.run()
    for _ in range(ROUNDS):
        house.people.act()
        house.engine.run()
    store, now = house.engine.store, datetime.now(UTC)
    people = fill(store, house.intake.version.id, _form(store), now, cases_stored)
    sources = Sources(house.engine.plans)
    return Look(store, sources, now, random.Random(SEED), adopt(store, people)), people  # noqa: S311 (not a secret)


def _form(store: Store) -> str:
    """The largest form that there is."""
    with store.read() as session:
        return max((json.dumps(each) for each in session.exec(select(HumanTask.form))), key=len)


def _everybody(people: People) -> list[tuple[str, Actor]]:
    return [
        ("caseworker", people.caseworker),
        ("supervisor of a team", people.supervisor),
        ("manager over all", people.manager),
    ]


def _actors(people: People, page: str) -> list[tuple[str, Actor]]:
    return _everybody(people)[page == "board" :]


def _times(store: Store, read: Callable[[Session, Actor], object], actor: Actor, samples: int) -> list[float]:
    """Milliseconds of each sample; the first ones, which compile their statements, are not counted."""
    taken = []
    for at in range(-3, samples):
        began = time.perf_counter()
        with watched(store) as session:
            read(session, replace(actor))
        if at >= 0:
            taken.append((time.perf_counter() - began) * 1000)
    return taken
