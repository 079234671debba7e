"""A department for the further measures: a place, its engine in this process, and cases in bulk."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from benchmarks.house.office import add_clients, open_office
from benchmarks.house.people import People
from benchmarks.house.processes import settings_of
from benchmarks.place import Place
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
