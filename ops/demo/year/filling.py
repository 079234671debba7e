"""Filling an empty home with a year that ends now."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Final

from sqlalchemy import event
from sqlmodel import select

from flows.simulation import VirtualClock
from models import Client, Store
from ops.composition import open_engine
from ops.demo.year.accounts import make_accounts
from ops.demo.year.guarding import guard_cases
from ops.demo.year.living import YEAR, Lived, live_a_year
from ops.demo.year.together import share_work
from ops.demo.year.words import write_words
from ops.settings import Settings

CASES: Final = 200
"""As many as a minute has time for, with all that starts meanwhile."""


def fill(
    settings: Settings,
    now: datetime,
    *,
    cases: int = CASES,
    length: timedelta = YEAR,
    tell: Callable[[date], None] = lambda _: None,
) -> Lived | None:
    """Live a year (or `length`) up to now in the home of `settings` (`year_settings`).

    None when somebody is there already: synthetic people are never put among others.
    """
    write_words(settings)
    until = now.astimezone(UTC)
    clock = VirtualClock(until - length)
    with open_engine(settings, clock, holder="demo") as engine:
        with engine.store.read() as session:
            if session.exec(select(Client.id).limit(1)).first() is not None:
                return None
        with _on_disk_at_the_end(engine.store):
            lived = live_a_year(engine, clock, until, cases, tell=tell)
            make_accounts(engine.store, until)
            share_work(engine, until)
            guard_cases(engine, until)
        return lived


@contextmanager
def _on_disk_at_the_end(store: Store) -> Iterator[None]:
    """Wait for the disk once, not for each of ten thousand commits: a year that was broken off is begun anew,
    so nothing of it has to outlast a power cut before it is whole.
    """

    def hurry(connection: sqlite3.Connection, *_: object) -> None:
        connection.execute("PRAGMA synchronous = OFF").close()

    event.listen(store.engine, "checkout", hurry)
    try:
        yield
    finally:
        event.remove(store.engine, "checkout", hurry)
        store.engine.dispose()  # what connects from now on waits for the disk again
    with closing(store.engine.raw_connection()) as connection:
        connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
