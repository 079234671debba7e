"""Where a crashed run lives: its database, its folder of messages, its ledger. Cheap to make and to copy."""

import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import databases
import psycopg
from ledger import Ledger
from sqlalchemy import make_url

import migrations
from models import Store, new_id, open_store
from notifications import FolderChannel


@dataclass(frozen=True, slots=True)
class Place:
    """The home of one run: what a restarted process finds again."""

    url: str
    folder: Path

    @contextmanager
    def open(self, reach: Callable[[str], None] | None = None) -> Iterator[Store]:
        """The store, as a process opens it; with `reach` it is called at the store's fault points too."""
        with open_store(self.url) as store:
            if reach is not None:
                store.reach = reach
            yield store

    @property
    def messages(self) -> FolderChannel:
        """The provider: a folder, which remembers every message that it was given."""
        return FolderChannel(self.folder / "messages")

    @property
    def ledger(self) -> Ledger:
        """What was acknowledged here."""
        return Ledger(self.folder / "acknowledged")


class Homes(Protocol):
    """Makes places on one kind of database."""

    name: str

    def empty(self) -> Place:
        """A place with a database of this release and nothing in it."""

    def copy(self, place: Place) -> Place:
        """A second place with the same content. Nobody may be working on the first."""

    def drop(self, place: Place) -> None:
        """The place is not needed any more."""

    def settle(self, place: Place) -> None:
        """Wait until the database has taken notice of a process that was killed."""


def homes_on(kind: str, root: Path) -> Homes:
    """Places on `sqlite` or `postgresql`, below a folder."""
    return SqliteHomes(root / kind) if kind == "sqlite" else PostgresHomes(root / kind)


class _Folders:
    """Folders with names of their own, in every process that makes some."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._made = 0

    def next(self) -> Path:
        self._made += 1
        return self._root / f"{os.getpid()}-{self._made}"


class SqliteHomes:
    """Places on SQLite, one file each."""

    name = "sqlite"

    def __init__(self, root: Path) -> None:
        self._folders = _Folders(root)

    def empty(self) -> Place:
        place = self._place(self._folders.next())
        place.folder.mkdir(parents=True)
        _build(place)
        return place

    def copy(self, place: Place) -> Place:
        made = self._place(self._folders.next())
        shutil.copytree(place.folder, made.folder)
        return made

    def drop(self, place: Place) -> None:
        shutil.rmtree(place.folder)

    def settle(self, place: Place) -> None:
        """Locks of a dead process end with it."""

    def _place(self, folder: Path) -> Place:
        return Place(f"sqlite:///{folder / 'casewright.db'}", folder)


class PostgresHomes:
    """Places on the tests' PostgreSQL server, one database each, copied as templates.

    Each call connects anew: a fork must not use its parent's connections.
    """

    name = "postgresql"

    def __init__(self, root: Path) -> None:
        self._folders = _Folders(root)
        first = make_url(databases.postgresql_url("homes"))
        self._server = first.set(drivername="postgresql", database="postgres")

    def empty(self) -> Place:
        return self._made("template0", fill=_build)

    def copy(self, place: Place) -> Place:
        self.settle(place)
        return self._made(_database(place), lambda made: _copy_files(place, made))

    def drop(self, place: Place) -> None:
        self._execute(f'DROP DATABASE "{_database(place)}" WITH (FORCE)')
        shutil.rmtree(place.folder)

    def settle(self, place: Place) -> None:
        """The server notices a dead client at its next read; until then its locks stand."""
        with self._connected() as connection:
            query = "SELECT count(*) FROM pg_stat_activity WHERE datname = %s"
            while connection.execute(query, [_database(place)]).fetchone() != (0,):
                time.sleep(0.002)

    def _made(self, template: str, fill: Callable[[Place], None]) -> Place:
        folder = self._folders.next()
        folder.mkdir(parents=True)
        database = f"crash_{new_id().lower()}"
        self._execute(f'CREATE DATABASE "{database}" TEMPLATE "{template}"')
        url = self._server.set(drivername="postgresql+psycopg", database=database)
        place = Place(url.render_as_string(hide_password=False), folder)
        fill(place)
        return place

    def _execute(self, statement: str) -> None:
        with self._connected() as connection:
            connection.execute(statement.encode())

    def _connected(self) -> psycopg.Connection[tuple[object, ...]]:
        return psycopg.connect(self._server.render_as_string(hide_password=False), autocommit=True)


def _build(place: Place) -> None:
    with place.open() as store:
        migrations.upgrade(store.engine)


def _copy_files(place: Place, made: Place) -> None:
    shutil.copytree(place.folder, made.folder, dirs_exist_ok=True)


def _database(place: Place) -> str:
    return str(make_url(place.url).database)
