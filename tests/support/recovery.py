"""How long it takes until the work of a killed process has moved on."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from sqlmodel import Session, col, select

from models import Carrier, Instance, Leadership, Lease, StepRun

STANDSTILL = 5.0
PREFECT, DATABASE = "Prefect's server", "postgresql"

Moved = Callable[[Session], bool]


class Clock:
    """Seconds, without those in which the whole machine stood still: they say nothing of the engine."""

    def __init__(self) -> None:
        self._lost = 0.0
        threading.Thread(target=self._watch, daemon=True).start()

    def __call__(self) -> float:
        return time.monotonic() - self._lost

    def _watch(self) -> None:
        before = time.monotonic()
        while True:
            time.sleep(0.5)
            now = time.monotonic()
            if now - before > STANDSTILL:
                self._lost += now - before - 0.5
            before = now


@dataclass
class Recovery:
    """Who was killed, and how many seconds it took until what they had in hand went on, for each thing that
    they had: an instance, the leadership, the passes of all workers, the database.
    """

    took: dict[str, list[float]] = field(default_factory=dict)
    clock: Clock = field(default_factory=Clock)
    _waiting: dict[str, tuple[str, float, Moved]] = field(default_factory=dict)

    def killed(self, session: Session, victim: str, pid: int) -> None:
        """A process of ours is killed now: remember what it holds."""
        held = select(Instance).join(Lease, col(Lease.id) == Instance.lease_id)
        for instance in session.exec(
            held.where(col(Lease.released_at).is_(None), col(Lease.holder).like(f"%:{pid}"))
        ):
            self._wait(instance.id, victim, _gone_on(instance.id, instance.fence))
        leads = select(Leadership).where(col(Leadership.holder).like(f"%:{pid}:%"))
        for row in session.exec(leads):
            self._wait(f"{row.id} {row.term}", victim, _led_anew(row.id, row.term))

    def without(self, victim: str, since: datetime) -> None:
        """What all processes need is killed now."""
        self._wait(f"{victim} {since}", victim, (_carried if victim == PREFECT else _stepped)(since))

    def look(self, session: Session) -> None:
        """Which of them have moved on?"""
        for key, (victim, since, moved) in list(self._waiting.items()):
            if moved(session):
                self.took.setdefault(victim, []).append(self.clock() - since)
                del self._waiting[key]

    def all(self) -> list[float]:
        """Whoever was killed."""
        return [seconds for each in self.took.values() for seconds in each]

    @property
    def over(self) -> bool:
        """Whether nothing is waited for any more."""
        return not self._waiting

    def _wait(self, key: str, victim: str, moved: Moved) -> None:
        self._waiting.setdefault(key, (victim, self.clock(), moved))


def _gone_on(instance_id: str, fence: int) -> Moved:
    def moved(session: Session) -> bool:
        query = select(Instance.fence, Instance.lease_id).where(Instance.id == instance_id)
        now, lease_id = session.exec(query).one()
        return now > fence or lease_id is None

    return moved


def _led_anew(office: str, term: int) -> Moved:
    def moved(session: Session) -> bool:
        query = select(Leadership.term).where(Leadership.id == office)
        return session.exec(query).one() > term

    return moved


def _carried(since: datetime) -> Moved:
    """Somebody has begun a pass that Prefect carries."""

    def moved(session: Session) -> bool:
        query = select(Lease.id).where(Lease.carrier == Carrier.PREFECT, col(Lease.acquired_at) > since)
        return session.exec(query.where(col(Lease.taken_at).is_not(None))).first() is not None

    return moved


def _stepped(since: datetime) -> Moved:
    def moved(session: Session) -> bool:
        return session.exec(select(StepRun.id).where(col(StepRun.started_at) > since)).first() is not None

    return moved
