"""Where one measurement happens: a database of its own, a folder of its own, and the clock that stops it."""

import time
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import make_url

from benchmarks.bare import add_people, metadata


class OutOfTimeError(Exception):
    """The cap of a point was reached before its cases were done."""


@dataclass(frozen=True, slots=True)
class Place:
    """An empty database and an empty folder. `prefect_database` is for Prefect's server: its own file when
    None. `options` replace an engine's settings, for finding the best ones.
    """

    url: str
    home: Path
    prefect_database: str | None = None
    options: Mapping[str, Any] = field(default_factory=dict)

    def setting(self, name: str, usual: int) -> int:
        """A setting of the engine: `usual` is the one that was found best."""
        return int(self.options.get(name, usual))

    @property
    def is_sqlite(self) -> bool:
        """Whether the database is a file."""
        return make_url(self.url).get_backend_name() == "sqlite"

    @property
    def dialect(self) -> str:
        """`sqlite` or `postgresql`."""
        return make_url(self.url).get_backend_name()


@dataclass(frozen=True, slots=True)
class Deadline:
    """When a burst has to end."""

    at: float

    @classmethod
    def after(cls, seconds: float) -> "Deadline":
        """So many seconds from now."""
        return cls(time.monotonic() + seconds)

    def check(self) -> None:
        """OutOfTimeError once it has passed."""
        if time.monotonic() > self.at:
            raise OutOfTimeError


class Running(Protocol):
    """An engine that is set up, with its servers and workers running and its clients in the database."""

    def burst(self, numbers: Sequence[int], deadline: Deadline) -> None:
        """Start these cases and do everything until all are done; OutOfTimeError at the deadline."""

    def lone(self, number: int) -> list[float]:
        """Run one case while nothing else happens; the seconds from "answer committed" to "next step done"
        after each round of answers.
        """


class Opens(Protocol):
    """How an engine is set up for cases with these numbers."""

    def __call__(self, place: Place, numbers: Sequence[int]) -> AbstractContextManager[Running]:
        """Set it up; the block's end takes it down."""


def open_database(place: Place, **more: Any) -> Engine:
    """The database with the settings that all engines share: SQLite in WAL mode with synchronous FULL, each
    writing transaction begun IMMEDIATE; PostgreSQL as it comes, which is synchronous_commit on.
    """
    engine = create_engine(place.url, **more)
    if place.is_sqlite:
        event.listen(engine, "connect", _prepare)
        event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
    return engine


def with_bare_tables(place: Place, numbers: Sequence[int], **more: Any) -> Engine:
    """The database with the bare tables and their clients."""
    engine = open_database(place, **more)
    metadata.create_all(engine)
    with engine.begin() as connection:
        add_people(connection, numbers)
    return engine


def _prepare(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # BEGIN is ours
    for pragma in ("busy_timeout = 15000", "journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
        connection.execute(f"PRAGMA {pragma}").close()
