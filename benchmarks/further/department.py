"""A department for the further measures: a place, its engine in this process, and cases in bulk."""

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from shutil import rmtree

from sqlalchemy.engine import make_url

from benchmarks.house.office import add_clients, open_office
from benchmarks.house.people import People
from benchmarks.house.processes import settings_of
from benchmarks.place import Place
from benchmarks.servers import Servers
from flows.instances import start_in
from ops.composition import Engine, Published, open_engine, publish_known
from ops.settings import load_settings

AT_ONCE = 500
"""Cases started in one transaction."""


@dataclass(frozen=True, slots=True)
class Department:
    """One database with its people and clients. `settings` are those of its processes."""

    engine: Engine
    intake: Published
    settings: Mapping[str, str]
    people: People

    def start(self, numbers: Sequence[int]) -> dict[int, str]:
        """New clients with these numbers and an intake for each; returns the instances."""
        clients = add_clients(self.engine.store, numbers)
        now = datetime.now(UTC).isoformat()
        found = {}
        for at in range(0, len(numbers), AT_ONCE):
            with self.engine.store.write() as session:
                for number in numbers[at : at + AT_ONCE]:
                    inputs = {"client": clients[number], "received_at": now}
                    plan, version = self.intake.plan, self.intake.version
                    started = start_in(session, self.engine.runtime, plan, version, inputs)
                    found[number] = started.instance.id
        return found


@contextmanager
def department(
    place: Place, api: str | None = None, more: Mapping[str, str] | None = None
) -> Iterator[Department]:
    """The shipped definitions, published in this place, and a staff."""
    settings = {**settings_of(place, api), **(more or {})}
    with open_engine(load_settings(settings)) as engine:
        known, errors = publish_known(engine)
        if errors:
            raise RuntimeError("the shipped definitions have errors here")
        open_office(engine.store)
        yield Department(engine, known["intake"], settings, People.of(engine))


@contextmanager
def new_place(servers: Servers, folder: Path, database: str) -> Iterator[Place]:
    """An empty place on this database, with one on Debian's PostgreSQL for Prefect if it is a server."""
    home = Path(tempfile.mkdtemp(dir=folder))
    if database == "sqlite":
        yield Place(f"sqlite:///{home / 'records.db'}", home)
        rmtree(home)
        return
    clusters = [each for each in (servers.records(), servers.prefect()) if each is not None]
    names = [each.new_database() for each in clusters]
    urls = [each.address.format(database=name) for each, name in zip(clusters, names, strict=True)]
    drivers = [
        make_url(url).set(drivername=f"postgresql+{driver}")
        for url, driver in zip(urls, ("psycopg", "asyncpg"), strict=False)
    ]
    addresses = [each.render_as_string(hide_password=False) for each in drivers]
    try:
        yield Place(addresses[0], home, addresses[1] if len(addresses) > 1 else None)
    finally:
        for cluster, name in zip(clusters, names, strict=True):
            cluster.drop(name)
        rmtree(home)
