"""Fresh places: an empty database for the records, and one for Prefect that has its tables already.

Prefect takes seconds to make its tables; it does so once in a run, and each place gets a copy.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sqlalchemy.engine import make_url

from benchmarks.place import Place
from benchmarks.prefect_server import quiet_prefect
from benchmarks.servers import Cluster, Servers

TEMPLATE: Final = "prefect_template"


@dataclass(frozen=True, slots=True)
class Fresh:
    """A place, and the servers outside whose CPU belongs to what happens there."""

    place: Place
    watched: tuple[int, ...] = ()


@contextmanager
def fresh_place(servers: Servers, folder: Path, database: str, *, prefect: bool = True) -> Iterator[Fresh]:
    """An empty place on this database, gone afterwards. With `prefect` it has a database for Prefect's
    server too: on Debian's PostgreSQL beside PostgreSQL, else a file.
    """
    home = Path(tempfile.mkdtemp(dir=folder))
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, home, ignore_errors=True)
        if database == "sqlite":
            url, watched = f"sqlite:///{home / 'records.db'}", []
        else:
            url, watched = _on(stack, servers.records(), "psycopg"), [servers.records().pid]
        cluster = servers.prefect() if prefect and watched else None
        own = None
        if cluster is not None:
            own = _on(stack, cluster, "asyncpg", _server_template(servers, cluster))
            watched.append(cluster.pid)
        elif prefect:
            shutil.copy(_file_template(servers), home / "prefect.db")
            own = _file(home / "prefect.db")
        yield Fresh(Place(url, home, own), tuple(watched))


def _on(stack: ExitStack, cluster: Cluster, driver: str, template: str | None = None) -> str:
    name = cluster.new_database(template)
    stack.callback(cluster.drop, name)
    return _address(cluster, name, driver)


def _address(cluster: Cluster, name: str, driver: str) -> str:
    url = make_url(cluster.address.format(database=name)).set(drivername=f"postgresql+{driver}")
    return url.render_as_string(hide_password=False)


def _file(path: Path) -> str:
    return f"sqlite+aiosqlite:///{path}"


def _file_template(servers: Servers) -> Path:
    file = servers.folder / f"{TEMPLATE}.db"
    if not file.exists():
        _make_tables(servers.folder, _file(file))
    return file


def _server_template(servers: Servers, cluster: Cluster) -> str:
    if TEMPLATE not in servers.prepared:
        cluster.create(TEMPLATE)
        _make_tables(servers.folder, _address(cluster, TEMPLATE, "asyncpg"))
        servers.prepared.add(TEMPLATE)
    return TEMPLATE


def _make_tables(folder: Path, database: str) -> None:
    """Prefect's tables, made by its own command."""
    home = folder / "prefect-home"
    home.mkdir(exist_ok=True)
    settings = {**quiet_prefect(home, None), "PREFECT_API_DATABASE_CONNECTION_URL": database}
    command = [sys.executable, "-m", "prefect", "server", "database", "upgrade", "--yes"]
    done = subprocess.run(  # noqa: S603 - our own command
        command, env={**os.environ, **settings}, cwd=home, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(f"Prefect's tables were not made: {done.stderr[-2000:]}")
