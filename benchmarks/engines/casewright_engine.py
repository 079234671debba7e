"""Casewright, everything included: dispatch, Prefect, a worker, leases, journal, outbox, chronology, audit.

Prefect's server, the worker and the scheduler are processes of their own, as in an installation. This
process is where people's commands are given: one after the other, each its own commit.
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from sqlmodel import col, func, select

from benchmarks.house.office import add_clients, open_office
from benchmarks.house.people import People
from benchmarks.house.processes import deploy, scheduler, settings_of, workers
from benchmarks.place import Deadline, Place
from benchmarks.prefect_server import prefect_server
from flows.instances import start
from models import Instance, InstanceStatus, StepRun
from ops.composition import Engine, Published, open_engine, publish_known
from ops.settings import load_settings

LOOK: Final = 0.2
"""Seconds between two looks of people who have nothing to do."""

GLANCE: Final = 0.004
"""Seconds between two looks at a lone case."""

PATIENCE: Final = 60.0
"""Seconds for which a lone case is waited for."""

NEXT: Final = {"book": "findings", "findings": "risk", "referral": "referral"}
"""The first step that each round of answers makes possible, by the round's first answer."""


@dataclass
class Casewright:
    """A department whose work other processes do."""

    engine: Engine
    intake: Published
    clients: Mapping[int, str]
    people: People

    def burst(self, numbers: Sequence[int], deadline: Deadline) -> None:
        """Start all cases, then answer whatever is asked until all have come to their end."""
        for number in numbers:
            self.begin(number)
            deadline.check()
        while True:
            if not self.people.act(deadline.check):
                if self.finished() >= len(numbers):
                    return
                time.sleep(LOOK)
            deadline.check()

    def lone(self, number: int) -> list[float]:
        """One case; the waits are seen by looking at its journal."""
        instance = self.begin(number)
        waits = []
        for step in NEXT.values():
            self._asked(instance)
            self._answer(instance)
            answered = time.perf_counter()
            self._until(lambda step=step: self._has(instance, step), GLANCE)
            waits.append(time.perf_counter() - answered)
        self._until(lambda: self._ended(instance), LOOK)
        return waits

    def begin(self, number: int) -> str:
        """Start the intake of a client; returns the instance's id."""
        inputs = {"client": self.clients[number], "received_at": datetime.now(UTC).isoformat()}
        plan, version = self.intake.plan, self.intake.version
        return start(self.engine.runtime, plan, version, inputs, key=f"intake-{number}").instance.id

    def finished(self) -> int:
        """How many cases have come to their end."""
        query = select(func.count(col(Instance.id))).where(Instance.status == InstanceStatus.COMPLETED)
        with self.engine.store.read() as session:
            return session.exec(query).one()

    def _asked(self, instance: str) -> None:
        self._until(lambda: any(each == instance for each, _ in self.people.to_do()), GLANCE)

    def _answer(self, instance: str) -> None:
        for whose, command in list(self.people.to_do()):
            if whose == instance:
                command()

    def _until(self, true, every: float) -> None:  # type: ignore[no-untyped-def]
        deadline = time.monotonic() + PATIENCE
        while not true():
            if time.monotonic() > deadline:
                raise TimeoutError("a lone case does not move")
            time.sleep(every)  # other processes work; nothing tells us when they have

    def _has(self, instance: str, step: str) -> bool:
        query = select(StepRun.id).where(StepRun.instance_id == instance, StepRun.step == step)
        with self.engine.store.read() as session:
            return session.exec(query).first() is not None

    def _ended(self, instance: str) -> bool:
        with self.engine.store.read() as session:
            return session.get_one(Instance, instance).status is InstanceStatus.COMPLETED


@contextmanager
def open_casewright(place: Place, numbers: Sequence[int]) -> Iterator[Casewright]:
    """A department with these clients, a Prefect server, a scheduler, and one worker.

    Options: `workers`, and `scheduler=0` to leave that out.
    """
    with ExitStack() as stack:
        api = stack.enter_context(prefect_server(place.home / "prefect-server", place.prefect_database))
        settings = settings_of(place, api)
        engine = stack.enter_context(open_engine(load_settings(settings)))
        known, errors = publish_known(engine)
        if errors:
            raise RuntimeError("the shipped definitions have errors here")
        open_office(engine.store)
        clients = add_clients(engine.store, numbers)
        deploy(settings)
        stack.enter_context(workers(settings, place.setting("workers", 1)))
        if place.setting("scheduler", 1):
            stack.enter_context(scheduler(settings))
        yield Casewright(engine, known["intake"], clients, People.of(engine))
