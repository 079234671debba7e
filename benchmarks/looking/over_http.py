"""How long somebody waits for a whole page of a large department: asked of `casewright web` over HTTP, by
people who have logged in, until the last byte of its HTML.
"""

import itertools
import random
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Final

import httpx

from benchmarks.further.department import Department
from benchmarks.house.processes import web
from benchmarks.looking.crowd import SYLLABLES, TEAMS, WORKERS, People, team
from benchmarks.prefect_server import free_port
from ops.keys import keys_of, make_secret
from ops.settings import load_settings
from web.access.actor import Actor
from web.accounts.commands import make_account
from web.reading import cases
from web.reading.board.narrowed import PERIODS
from web.reading.work import asked as inbox

PASSPHRASE: Final = "nine synthetic readers wait"  # noqa: S105 (of a database that is thrown away)
PATIENCE: Final = 60.0
WARM: Final = 3
"""Pages that are asked for before the clock runs: the first ones compile their statements and templates."""

Addresses = Iterator[str]


@contextmanager
def served(house: Department, people: People) -> Iterator[Callable[[Actor], httpx.Client]]:
    """The application on this department; gives a browser in which an actor has logged in."""
    settings, store = load_settings(house.settings), house.engine.store
    make_secret(settings)
    for each in (people.caseworker, people.supervisor, people.manager):
        make_account(
            store,
            keys_of(settings).passwords,
            each.staff_id,
            each.roles,
            by="system:benchmark",
            now=datetime.now(UTC),
            login=each.staff_id,
            password=PASSPHRASE,
        )
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    browsers = []

    def browser(actor: Actor) -> httpx.Client:
        client = httpx.Client(base_url=base, timeout=PATIENCE, headers={"Origin": base})
        browsers.append(client)
        client.post("/login", data={"login": actor.staff_id, "password": PASSPHRASE})
        return client

    with web(house.settings, port):
        try:
            yield browser
        finally:
            for client in browsers:
                client.close()


def pages(actor: Actor, people: People, real: list[str], chance: random.Random) -> Mapping[str, Addresses]:
    """The addresses that an actor opens one after the other, by the page."""
    whose = inbox.Asked(whose=inbox.Whose.TEAM if actor.leads else inbox.Whose.ALL)
    words = ("".join(chance.choices(SYLLABLES, k=3)) for _ in itertools.count())
    found: dict[str, Addresses] = {
        "inbox": itertools.repeat(whose.address()),
        "cases": itertools.repeat(cases.Asked().address(1)),
        "search": (cases.Asked(search=word).address(1) for word in words),
        "case": (f"/cases/{chance.choice(real)}" for _ in itertools.count()),
    }
    if actor.leads:
        whom = _teams() if actor is people.manager else _workers(people)
        found["board"] = itertools.repeat("/board")
        found["board_first"] = (f"/board?{each}&days={days}" for each in whom for days in PERIODS)
    return found


def wait_for(client: httpx.Client, addresses: Addresses, samples: int) -> list[float]:
    """Milliseconds of each page; RuntimeError for one that does not come."""
    taken = []
    for at, address in zip(range(-WARM, samples), addresses, strict=False):
        began = time.perf_counter()
        answer = client.get(address)
        spent = time.perf_counter() - began
        if answer.status_code != httpx.codes.OK:
            raise RuntimeError(f"{address.partition('?')[0]} answers {answer.status_code}")
        if at >= 0:
            taken.append(spent * 1000)
    return taken


def _teams() -> Iterator[str]:
    return (f"team={team(number)}" for number in range(TEAMS))


def _workers(people: People) -> Iterator[str]:
    """Those of the supervisor's team."""
    each = WORKERS // TEAMS
    first = int(people.caseworker.staff_id[-6:])
    return (f"worker=WORK{number:022d}" for number in range(first, first + each))
