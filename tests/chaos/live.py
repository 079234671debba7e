"""Real processes under load, killed at random: workers, schedulers, Prefect's server, and the database's own.

At the end they are all left alone until nothing moves any more; then the invariants are asked.
"""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import TypeVar

import databases
from crash_figures import PART, Figures, of_kinds, percentiles
from figures import WAYS
from invariants import resends, violations
from ledger import Ledger, forgotten
from people import People, people
from prefect_server import PrefectServer
from recovery import DATABASE, PREFECT, Recovery
from served import Served
from sqlalchemy import func, text
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, col, select

from flows.steps.failure import infrastructure
from models import HumanTask, Instance, InstanceStatus, Lease, StepRun, Store, TaskKind, Wake
from ops.composition import Engine

T = TypeVar("T")
Tell = Callable[[str], None]

PROCESSES = {f"{what}-{number}": what for what in ("worker", "scheduler") for number in (1, 2)}
LEASE = {
    "CASEWRIGHT_LEASE_SECONDS": "10",
    "CASEWRIGHT_START_SECONDS": "10",
    "CASEWRIGHT_RENEWAL_SECONDS": "3",
}
"""Shorter than in operation, so that ten minutes see many recoveries."""

BETWEEN_KILLS = (2.0, 12.0)
BETWEEN_INTAKES = 2.0
BUSY = 0.7
"""The part of the kills that meet a process in the middle of a pass, where one is there."""

SELDOM = 0.1
"""The part of the kills that meet what takes long to start again."""

TICKING = timedelta(seconds=5)
"""So long a due date may wait for the next tick."""

PATIENCE = 240.0
"""Seconds without any progress after which what is left counts as stuck."""


@dataclass
class Crew:
    """The processes that are alive, each started again when it was killed."""

    served: Served
    prefect: PrefectServer
    alive: dict[str, "subprocess.Popen[bytes]"] = field(default_factory=dict)

    def start(self, name: str) -> None:
        log = (self.served.home.parent / f"{name}.log").open("ab")
        with log:
            self.alive[name] = subprocess.Popen(
                [sys.executable, "-m", "casewright", PROCESSES[name]],
                env=self.served.environment,
                cwd=self.served.home.parent,
                stdout=log,
                stderr=log,
            )

    def kill(self, name: str) -> None:
        self.alive[name].kill()
        self.alive[name].wait()

    def ended(self) -> list[str]:
        """Processes that have ended by themselves, which none should."""
        return [name for name, process in self.alive.items() if process.poll() is not None]

    def stop(self) -> None:
        for process in self.alive.values():
            process.terminate()
        for process in self.alive.values():
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def live(kind: str, root: Path, minutes: float, seed: int, tell: Tell) -> list[Figures]:
    """Crash a whole installation on one kind of database for so long; what came of it in all, and by whom it
    was that was killed.
    """
    databases.choose(kind)
    chance = Random(seed)
    home = root / "home"
    with ExitStack() as stack:
        tell("  Prefect's server starts")
        prefect = PrefectServer(home)
        stack.callback(prefect.stop)
        more = {} if kind == "sqlite" else {"CASEWRIGHT_DATABASE_URL": databases.postgresql_url("chaos")}
        served = Served(home, prefect.api, "chaos", {**LEASE, **more})
        engine = stack.enter_context(served.engine())
        crowd = people(engine, Ledger(root / "acknowledged"), chance)
        crew = Crew(served, prefect)
        stack.callback(crew.stop)
        for name in PROCESSES:
            crew.start(name)
        recovery = Recovery()
        kills = _storm(crew, crowd, recovery, chance, minutes * 60, tell)
        tell(f"  {kind}: {sum(kills.values())} kills, {crowd.begun} intakes; now all is left alone")
        _drain(engine, crowd, crew, recovery, tell)
        rested = datetime.now(UTC) - TICKING
        crew.stop()
        return _judged(kind, engine, crowd, kills, recovery, rested, tell)


def _storm(
    crew: Crew, crowd: People, recovery: Recovery, chance: Random, seconds: float, tell: Tell
) -> Counter[str]:
    """Load and kills until the time is up; how often what was killed."""
    kills: Counter[str] = Counter()
    start = time.monotonic()
    kill_at, intake_at, told_at = start + 10, start, start + 30
    while (now := time.monotonic()) < start + seconds:
        if now >= intake_at:
            crowd.begin()
            intake_at = now + BETWEEN_INTAKES
        crowd.answer()
        _look(crowd.engine, recovery.look)
        if now >= kill_at:
            kills[_kill_one(crew, crowd.engine, recovery, chance)] += 1
            kill_at = now + chance.uniform(*BETWEEN_KILLS)
        if now >= told_at:
            left = start + seconds - now
            tell(f"  {sum(kills.values())} kills, {crowd.begun} intakes, {left:.0f} s to go")
            told_at = now + 30
    return kills


def _kill_one(crew: Crew, engine: Engine, recovery: Recovery, chance: Random) -> str:
    """Kill a process of ours, now and then Prefect's server, or one of PostgreSQL's processes, which restarts
    its whole server.
    """
    if engine.store.dialect == "postgresql" and chance.random() < SELDOM:
        recovery.without(DATABASE, datetime.now(UTC))
        _kill_backend(engine.store)
        return DATABASE
    if crew.prefect.up and chance.random() < SELDOM:
        recovery.without(PREFECT, datetime.now(UTC))
        crew.prefect.kill()
        return PREFECT
    busy = [name for name in sorted(crew.alive) if _look(engine, _has_work(crew.alive[name].pid))]
    name = chance.choice(busy if busy and chance.random() < BUSY else sorted(crew.alive))
    _look(engine, lambda session: recovery.killed(session, PROCESSES[name], crew.alive[name].pid))
    crew.kill(name)
    crew.start(name)
    return PROCESSES[name]


def _has_work(pid: int) -> Callable[[Session], bool]:
    """Whether a process has a pass under way."""
    query = select(Lease.id).where(col(Lease.released_at).is_(None), col(Lease.holder).like(f"%:{pid}"))
    return lambda session: session.exec(query).first() is not None


def _kill_backend(store: Store) -> None:
    """PostgreSQL ends all its sessions and recovers when one of its processes is killed."""
    with contextlib.suppress(DBAPIError), store.engine.connect() as connection:
        query = (
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        pids = connection.execute(text(query)).scalars().all()
    if pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pids[0], signal.SIGKILL)


def _look(engine: Engine, at: Callable[[Session], T]) -> T:
    """What a reading transaction sees, once the database is there; one that was killed is waited for."""
    while True:
        try:
            with engine.store.read() as session:
                return at(session)
        except DBAPIError as error:
            if not infrastructure(error):
                raise
            time.sleep(0.2)


def _drain(engine: Engine, crowd: People, crew: Crew, recovery: Recovery, tell: Tell) -> None:
    """Let everything come to its end, for as long as anything moves."""
    crew.prefect.wait()
    moved, seen = time.monotonic(), -1
    told_at = moved
    while time.monotonic() < moved + PATIENCE:
        for name in crew.ended():
            tell(f"  {name} has ended by itself; it is started again")
            crew.start(name)
        done = crowd.answer_all()
        _look(engine, recovery.look)
        if not done and _look(engine, _at_rest):
            return
        left, steps = _look(engine, _left), _look(engine, _ended_steps)
        if steps != seen:
            moved, seen = time.monotonic(), steps
        if time.monotonic() >= told_at:
            tell(f"  {left} intakes are still under way, {steps} steps have ended")
            told_at = time.monotonic() + 30
        time.sleep(0.5)
    tell(f"  nothing has moved for {PATIENCE:.0f} s")


def _ended_steps(session: Session) -> int:
    return session.exec(select(func.count()).where(col(StepRun.ended_at).is_not(None))).one()


def _at_rest(session: Session) -> bool:
    waked = session.exec(select(Wake.id)).first() is not None
    rows = session.exec(select(Instance.status).where(Instance.process == "intake"))
    return not waked and all(status is InstanceStatus.COMPLETED for status in rows)


def _left(session: Session) -> int:
    rows = session.exec(select(Instance.status).where(Instance.process == "intake"))
    return sum(status is not InstanceStatus.COMPLETED for status in rows)


def _judged(
    kind: str,
    engine: Engine,
    crowd: People,
    kills: Counter[str],
    recovery: Recovery,
    rested: datetime,
    tell: Tell,
) -> list[Figures]:
    """What came of it. What came due after it had come to rest was for nobody any more to fire."""
    with engine.store.read() as session:
        broken = [
            *violations(session, _plan_of(engine, session), rested),
            *forgotten(session, crowd.ledger),
            *_unfinished(session),
        ]
        sent_again = resends(session)
    for each in broken[:40]:
        tell(f"  BROKEN {each}")
    median, p95 = percentiles(recovery.all())
    whole = Figures(
        WAYS["live"],
        kind,
        crashes=sum(kills.values()),
        schedules=1,
        resent=sent_again,
        recovery_median_s=median,
        recovery_p95_s=p95,
        **of_kinds(Counter(each.partition(":")[0] for each in broken)),
    )
    return [whole, *(_of_victim(kind, victim, kills[victim], recovery) for victim in sorted(kills))]


def _of_victim(kind: str, victim: str, killed: int, recovery: Recovery) -> Figures:
    median, p95 = percentiles(recovery.took.get(victim, []))
    return Figures(f"{PART} {victim}", kind, killed, 0, recovery_median_s=median, recovery_p95_s=p95)


def _unfinished(session: Session) -> Iterator[str]:
    for instance in session.exec(select(Instance).where(Instance.process == "intake")):
        if instance.status is not InstanceStatus.COMPLETED:
            yield f"stuck: intake {instance.start_key} is {instance.status.value}"
    for task in session.exec(select(HumanTask).where(HumanTask.kind == TaskKind.INCIDENT)):
        yield f"incident: {task.title} ({task.description})"


def _plan_of(engine: Engine, session: Session) -> Callable[[Instance], object]:
    from models import DefinitionVersion

    return lambda instance: engine.plans.of(session.get_one(DefinitionVersion, instance.version_id))
