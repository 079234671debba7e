"""The database as the rest of the code sees it: reading and writing transactions."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, Self, cast

from pydantic_core import from_json
from sqlalchemy import URL, Connection, Engine, create_engine
from sqlalchemy.engine import make_url

from models import sqlite
from models.alongside import ALONGSIDE
from models.base import Record, RecordError, new_id
from models.beginning import LISTENING, Listening
from models.cohort import CohortSession
from models.hint import announced
from models.sqlite import Late

if TYPE_CHECKING:
    from models.postgresql import Notifier


class Store:
    """A database of records. Build one with `open_store` or `in_memory`; close it when done."""

    def __init__(self, engine: Engine, *, kept_open: Connection | None = None) -> None:
        self._engine = engine
        self._reading = engine.execution_options(**_reading(engine))
        self._kept_open = kept_open
        self._notifier = _notifier(engine)
        self.listening = Listening()
        """Which records processes begin on, and what hooks hear of."""
        self.reach: Callable[[str], None] = _pass_by
        """Called at the fault points of named transactions; a crash test ends the process there."""

    @property
    def engine(self) -> Engine:
        """The SQLAlchemy engine, for migrations and statements outside a session."""
        return self._engine

    @property
    def dialect(self) -> str:
        """`sqlite` or `postgresql`."""
        return self._engine.dialect.name

    @contextmanager
    def write(self, name: str | None = None, *, late: Late | None = None) -> Iterator[CohortSession]:
        """One writing transaction: committed at the end, rolled back on any exception.

        On SQLite it holds the write lock from its start (BEGIN IMMEDIATE), so what it read stays true. On
        PostgreSQL (READ COMMITTED) only what it has locked stays true: lock a row before deciding by it, or
        let a unique constraint decide. With `late` that goes for SQLite too, which then takes the write lock
        at the first statement that writes or locks. Do not open a second transaction of the same store
        inside it.

        What a request is to write along (`ALONGSIDE`) is written in it first.

        One with a name passes the fault points `NAME.before_commit` and `NAME.after_commit`.
        """
        with self._session() as session, session.begin():
            if late is not None and self.dialect == "sqlite":
                session.connection(execution_options={sqlite.LATE: late})
            along = ALONGSIDE.get()
            if along is not None:
                along.write(session)
            yield session
            if name is not None:
                self.reach(f"{name}.before_commit")
        if along is not None:
            along.written()
        if name is not None:
            self.reach(f"{name}.after_commit")
        topics = announced(session)
        if topics and self._notifier is not None:
            self._notifier.notify(topics)

    def _session(self) -> CohortSession:
        return CohortSession(self._engine, expire_on_commit=False, info={LISTENING: self.listening})

    @contextmanager
    def read(self) -> Iterator[CohortSession]:
        """One reading transaction, which sees one moment and is always rolled back. The database refuses to
        change anything in it.
        """
        with CohortSession(self._reading, expire_on_commit=False) as session:
            yield session

    def create_tables(self) -> None:
        """All tables at once, for databases in memory; files and servers are built by `migrations`."""
        Record.metadata.create_all(self._engine)

    def image(self) -> Image:
        """All that a database in memory holds now, to `return_to`. RecordError for any other database."""
        return Image(_driver(self._memory()).serialize())

    def return_to(self, image: Image) -> None:
        """Make a database in memory hold what the image holds and nothing else; takes about a millisecond."""
        image.copy_into(_driver(self._memory()))

    def glance(self, sql: str, values: Mapping[str, Any]) -> tuple[Any, ...]:
        """The one row that a query gives in a database in memory, past SQLAlchemy: some thirty times faster,
        for what is asked again and again. Moments are given and come as the database keeps them.
        """
        row: tuple[Any, ...] = _driver(self._memory()).execute(sql, values).fetchone()
        return row

    def _memory(self) -> Connection:
        if self._kept_open is None:
            raise RecordError("Only a database in memory can do this. Use in_memory().")
        return self._kept_open

    def close(self) -> None:
        """Gives all connections back."""
        if self._kept_open is not None:
            self._kept_open.close()
        if self._notifier is not None:
            self._notifier.close()
        self._engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Image:
    """The content of a database in memory at one moment."""

    def __init__(self, content: bytes) -> None:
        self._source = sqlite3.connect(":memory:", check_same_thread=False)
        self._source.deserialize(content)

    def copy_into(self, connection: sqlite3.Connection) -> None:
        """Replace everything in the other database."""
        self._source.backup(connection)

    def close(self) -> None:
        """Let go of it."""
        self._source.close()


def _pass_by(point: str) -> None:
    """The `reach` of normal operation."""
    del point


def open_store(url: str) -> Store:
    """The store at a database URL: `sqlite:///path/to/file.db` or `postgresql+psycopg://...`.

    SQLite runs with WAL, synchronous FULL, foreign keys and a busy timeout, because several processes share
    the file; PostgreSQL with READ COMMITTED. On both an acknowledged write survives a power cut. Nothing is
    connected yet. Raises RecordError for any other database.
    """
    parsed = make_url(url)
    backend = parsed.get_backend_name()
    if backend not in ("sqlite", "postgresql"):
        raise RecordError(f"The database is sqlite or postgresql, not {backend}. Correct its URL.")
    if backend == "sqlite" and parsed.database in (None, "", ":memory:"):
        raise RecordError("A database in memory would be another one for each connection. Use in_memory().")
    return Store(_engine(parsed))


def in_memory() -> Store:
    """A new, empty SQLite database in memory, its tables made; it is gone when the store is closed.

    It lies in SQLite's `memdb` file system, which locks as a file does, so threads can share it.
    """
    engine = _engine(make_url(f"sqlite:///file:/casewright-{new_id()}?vfs=memdb&uri=true"))
    first = engine.connect()
    with closing(sqlite3.connect(":memory:")) as source:
        source.deserialize(_tables_made(tuple(Record.metadata.tables)))
        source.backup(_driver(first))
    return Store(engine, kept_open=first)


@lru_cache(maxsize=1)
def _tables_made(_names: tuple[str, ...]) -> bytes:
    """An empty database with these tables; copying it is some thirty times faster than making them anew."""
    engine = create_engine("sqlite://")
    with engine.connect() as connection:
        Record.metadata.create_all(connection)
        connection.commit()
        image = _driver(connection).serialize()
    engine.dispose()
    return image


def _driver(connection: Connection) -> sqlite3.Connection:
    return cast(sqlite3.Connection, connection.connection.driver_connection)


MOST_STATEMENTS: Final = 2_000
"""Statements that are kept compiled. All that steps and pages say are more than SQLAlchemy's usual 500, and
one that fell out takes longer to put together again than to run.
"""


def _engine(url: URL) -> Engine:
    # hide_parameters: the message of a failed statement can reach logs, and its parameters are personal data
    usual: dict[str, Any] = {
        "hide_parameters": True,
        "json_serializer": _json,
        "json_deserializer": from_json,  # a small value takes a tenth of the time; a case reads some 360
        "query_cache_size": MOST_STATEMENTS,
    }
    if url.get_backend_name() == "sqlite":
        engine = create_engine(url, **usual, connect_args=sqlite.CONNECTING)
        sqlite.prepare(engine)
        return engine
    from models import postgresql  # its driver takes a while to import

    url = postgresql.with_driver(url)
    options = postgresql.engine_options(url)
    engine = create_engine(url, **usual, **options)
    postgresql.prepare(engine)
    return engine


def _notifier(engine: Engine) -> Notifier | None:
    if engine.dialect.name == "sqlite":
        return None
    from models import postgresql

    return postgresql.Notifier(engine)


def _reading(engine: Engine) -> Mapping[str, Any]:
    if engine.dialect.name == "sqlite":
        return {sqlite.READING: True}
    from models import postgresql

    return postgresql.READING


_json = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode
