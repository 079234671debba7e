"""A home with synthetic cases, a real Prefect server, and processes of ours beside them."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
from intake_world import client, services, staff
from invariants import violations
from recovery import Recovery
from sqlalchemy import func
from sqlmodel import col, select

from definitions import Plan
from flows.instances import start_in
from models import Carrier, DefinitionVersion, Instance, Lease, Staff, Store, Wake, open_store
from ops.composition import Engine, open_engine, publish_known
from ops.settings import load_settings

PATIENCE = 120.0
"""Seconds that another process is waited for; a busy machine is no fault of the code."""

ROOT = Path(__file__).parents[2]


def until(true: Callable[[], Any], what: str, seconds: float = PATIENCE) -> Any:
    """Wait for something that other processes do; says what did not come."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = true()
        if found:
            return found
        time.sleep(0.1)  # no process tells us; we look
    raise AssertionError(f"{what} did not come in {seconds:.0f} s")


@dataclass
class Served:
    """One home, with its settings as environment variables, and Prefect's API for it."""

    home: Path
    api: str
    pool: str
    settings: dict[str, str] = field(default_factory=dict)
    started: list[str] = field(default_factory=list)

    @property
    def environment(self) -> dict[str, str]:
        """What the processes of this home are started with."""
        plain = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("CASEWRIGHT_", "PREFECT_"))
        }
        own = {
            "CASEWRIGHT_HOME": str(self.home),
            "CASEWRIGHT_PREFECT_API_URL": self.api,
            "CASEWRIGHT_POOL": self.pool,
            "PYTHONPATH": str(ROOT),
        }
        return {**plain, **own, **self.settings}

    @contextmanager
    def engine(self) -> Iterator[Engine]:
        """The engine of this home, in the test's process, without Prefect."""
        own = {name: value for name, value in self.environment.items() if name.startswith("CASEWRIGHT_")}
        with open_engine(load_settings({**own, "CASEWRIGHT_FAULT": ""})) as engine:
            yield engine

    @contextmanager
    def store(self) -> Iterator[Store]:
        """The database of this home."""
        own = {name: value for name, value in self.environment.items() if name.startswith("CASEWRIGHT_")}
        with open_store(load_settings({**own, "CASEWRIGHT_FAULT": ""}).database_url) as store:
            yield store

    def begin(self, count: int) -> list[str]:
        """Start so many intakes of new synthetic clients in one transaction; returns their ids."""
        now = datetime.now(UTC)
        with self.engine() as engine:
            known, _ = publish_known(engine)
            intake = known["intake"]
            with engine.store.write() as session:
                if session.exec(select(Staff)).first() is None:
                    session.add_all([*staff(), *services()])
                people = [client(number) for number in range(count)]
                for rows in people:
                    session.add_all(rows)
            with engine.store.write() as session:
                ids = [
                    start_in(
                        session,
                        engine.runtime,
                        intake.plan,
                        intake.version,
                        {"client": rows[0].id, "received_at": now.isoformat()},
                    ).instance.id
                    for rows in people
                ]
        self.started += ids
        return ids

    def quiet(self) -> bool:
        """Whether nothing is ready or under way."""
        with self.store() as store, store.read() as session:
            wakes = session.exec(select(func.count()).select_from(Wake)).one()
            open_ = select(func.count()).select_from(Lease).where(col(Lease.released_at).is_(None))
            return wakes == 0 and session.exec(open_).one() == 0

    def reported(self) -> bool:
        """Whether Prefect has been told of all that was carried."""
        with self.store() as store, store.read() as session:
            untold = col(Lease.closed_at).is_(None) & (col(Lease.carrier) != Carrier.DIRECT)
            return session.exec(select(func.count()).select_from(Lease).where(untold)).one() == 0

    def left_by(self, dead: "subprocess.Popen[str]") -> Recovery:
        """What a process of this home had in hand that has just been killed."""
        recovery = Recovery(clock=time.monotonic)
        with self.store() as store, store.read() as session:
            recovery.killed(session, str(dead.args), dead.pid)
        return recovery

    def gone_on(self, recovery: Recovery) -> bool:
        """Whether all of that has gone on."""
        with self.store() as store, store.read() as session:
            recovery.look(session)
        return recovery.over

    def statuses(self) -> list[str]:
        """The status of each started instance."""
        with self.store() as store, store.read() as session:
            rows = session.exec(select(Instance.status).where(col(Instance.id).in_(self.started)))
            return sorted(status.value for status in rows)

    def runs(self) -> list[dict[str, Any]]:
        """The flow runs of this home's pool, as Prefect has them."""
        pool = {"work_pools": {"name": {"any_": [self.pool]}}}
        answer = httpx.post(
            f"{self.api}/flow_runs/filter", json={**pool, "sort": "START_TIME_ASC"}, timeout=20
        )
        found: list[dict[str, Any]] = answer.raise_for_status().json()
        return found

    def worker_is_known(self) -> bool:
        """Whether a worker has made itself known to Prefect."""
        answer = httpx.post(f"{self.api}/work_pools/{self.pool}/workers/filter", json={}, timeout=20)
        return answer.status_code == 200 and bool(answer.json())

    def said(self) -> str:
        """What the processes of this home have said so far."""
        return "".join(path.read_text() for path in sorted(self.home.parent.glob("*.log")))

    def cancel(self, run_id: str) -> None:
        """What the button does in Prefect's pages."""
        state = {"state": {"type": "CANCELLING", "name": "Cancelling"}}
        httpx.post(f"{self.api}/flow_runs/{run_id}/set_state", json=state, timeout=20).raise_for_status()

    def command(self, *arguments: str, **more: str) -> "subprocess.CompletedProcess[str]":
        """A command of ours, run to its end."""
        return subprocess.run(
            [sys.executable, "-m", "casewright", *arguments],
            env={**self.environment, **more},
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE,
        )

    @contextmanager
    def process(
        self, *arguments: str, program: Sequence[str] = ("-m", "casewright"), **more: str
    ) -> Iterator["subprocess.Popen[str]"]:
        """A process that lives on, killed at the end of the block if it still does."""
        path = self.home.parent / f"{'-'.join(arguments[:1])}-{time.monotonic_ns()}.log"
        log = path.open("w")
        with (
            log,
            subprocess.Popen(
                [sys.executable, *program, *arguments],
                env={**self.environment, **more},
                stdout=log,
                stderr=log,
                text=True,
                cwd=self.home.parent,
            ) as process,
        ):
            try:
                yield process
            except BaseException as error:
                error.add_note("\n".join(path.read_text().splitlines()[-25:]))
                raise
            finally:
                process.kill()


def broken(served: Served) -> list[str]:
    """What is broken in a home in which nothing is ready or under way (`invariants`)."""
    with served.engine() as engine, engine.store.read() as session:

        def plan_of(instance: Instance) -> Plan:
            return engine.plans.of(session.get_one(DefinitionVersion, instance.version_id))

        return list(violations(session, plan_of, datetime.now(UTC)))


def end(process: "subprocess.Popen[str]", seconds: float = PATIENCE) -> int:
    """SIGTERM, and the status with which the process ends within so many seconds."""
    process.send_signal(signal.SIGTERM)
    return process.wait(seconds)


def states(runs: Sequence[Mapping[str, Any]]) -> list[str]:
    """The states of flow runs."""
    return sorted(str(run["state_name"]) for run in runs)
