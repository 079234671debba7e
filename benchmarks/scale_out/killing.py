"""The blow: one worker and the leading scheduler are killed at the same moment, and what came of it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from sqlmodel import Session, col, select

from benchmarks.scale_out.hosts import Process
from flows.figures import figures
from models import Instance, Lease
from ops.composition import Engine

Claims = Mapping[str, Mapping[str, int]]
"""By lease: the fences of the instances that it has."""


@dataclass(frozen=True, slots=True)
class Held:
    """What the dead worker had claimed: instances and leases, and the seconds from the kill until the first
    and the last of them was claimed by another (None where it has not been).
    """

    leases: int
    instances: int
    first_after: float | None
    last_after: float | None
    left: int


@dataclass
class Blow:
    """Who was killed when; `led` is the process of them that led. `passes` are those that the worker had
    under way, `claims` all that were alive.
    """

    at: datetime
    worker: str
    scheduler: str
    leader: str
    led: str
    passes: Sequence[str]
    claims: Claims
    next_leader: str | None = None
    taken_over_after: float | None = None
    went_on: dict[str, float] = field(default_factory=dict)
    _alive: set[str] = field(default_factory=set)
    _dead: set[str] = field(default_factory=set)

    def look(self, engine: Engine) -> None:
        """See whether another leads by now, whose claims died, and which instances another carrier has."""
        if self.next_leader is None:
            now = figures(engine.runtime).leader
            if now is not None and now.name != self.leader:
                self.next_leader = now.name
                self.taken_over_after = (now.since - self.at).total_seconds()
        if not self.healed:
            with engine.store.read() as session:
                self._tell_apart(session)
                self._see_what_went_on(session)

    @property
    def healed(self) -> bool:
        """Whether another leads, and all that the dead worker had claimed went on."""
        known = self._alive | self._dead
        return self.next_leader is not None and known == set(self.claims) and not self.held.left

    @property
    def held(self) -> Held:
        """What the dead worker had claimed, as far as it is known by now, and when that went on."""
        had = [instance for lease in sorted(self._dead) for instance in self.claims[lease]]
        waits = [self.went_on[each] for each in had if each in self.went_on]
        left = len(had) - len(waits)
        return Held(len(self._dead), len(had), min(waits, default=None), max(waits, default=None), left)

    def _tell_apart(self, session: Session) -> None:
        """A carrier that lives gives its claim back before it runs out, or renews it."""
        unknown = set(self.claims) - self._alive - self._dead
        self._dead |= unknown & set(self.passes)
        for lease in session.exec(select(Lease).where(col(Lease.id).in_(unknown))):
            over = lease.released_at or datetime.now(UTC)
            if over >= lease.expires_at:
                self._dead.add(lease.id)
            elif lease.released_at is not None and lease.id not in self._dead:
                self._alive.add(lease.id)

    def _see_what_went_on(self, session: Session) -> None:
        fences = {each: fence for claim in self.claims.values() for each, fence in claim.items()}
        pending = {each: fence for each, fence in fences.items() if each not in self.went_on}
        after = (datetime.now(UTC) - self.at).total_seconds()
        query = select(Instance.id, Instance.fence).where(col(Instance.id).in_(pending))
        for each, fence in session.exec(query):
            if fence > pending[each]:
                self.went_on[each] = after


def strike(engine: Engine, workers: Sequence[Process], schedulers: Sequence[Process]) -> Blow | None:
    """Kill a worker that has a pass under way and a scheduler, one of which leads; None where that is not to
    be had now. It is a scheduler that leads, unless a worker has taken over.

    The worker is stopped first, and looked at while it stands still, so that the pass is certainly under way.
    """
    leads = figures(engine.runtime).leader
    processes = (*schedulers, *workers)
    leading = [each for each in processes if leads and f":{each.pid}:" in leads.name]
    if leads is None or not leading:  # they are changing it just now
        return None
    scheduler = next((each for each in leading if each in schedulers), schedulers[0])
    for worker in [each for each in leading if each in workers] or workers:
        if not passes_under_way(worker):
            continue
        worker.stop_here()
        passes = passes_under_way(worker)
        claims = _claims(engine)
        if any(each in claims for each in passes):
            worker.kill()
            at = datetime.now(UTC)
            scheduler.kill()
            return Blow(at, worker.name, scheduler.name, leads.name, leading[0].name, passes, claims)
        worker.go_on()
    return None


def passes_under_way(worker: Process) -> list[str]:
    """The passes that a worker's log says have begun and not ended."""
    begun: dict[str, None] = {}
    for line in worker.log.read_text(errors="replace").splitlines():
        if '"event":"pass_' not in line:
            continue
        try:
            told = json.loads(line)
        except ValueError:  # the last line, half written
            continue
        if told["event"] == "pass_began":
            begun[told["pass"]] = None
        else:
            begun.pop(told["pass"], None)
    return list(begun)


def _claims(engine: Engine) -> Claims:
    """All that is claimed now."""
    query = select(Lease.id, Instance.id, Instance.fence).where(
        Instance.lease_id == Lease.id, col(Lease.released_at).is_(None)
    )
    found: dict[str, dict[str, int]] = {}
    with engine.store.read() as session:
        for lease, instance, fence in session.exec(query):
            found.setdefault(lease, {})[instance] = fence
    return found
