"""The blow: one worker and the leading scheduler are killed at the same moment, and what came of it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from sqlmodel import col, select

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
    """Who was killed when. `passes` are those that the worker had under way, `claims` all that were alive."""

    at: datetime
    worker: str
    scheduler: str
    leader: str
    passes: Sequence[str]
    claims: Claims
    next_leader: str | None = None
    taken_over_after: float | None = None
    went_on: dict[str, float] = field(default_factory=dict)

    def look(self, engine: Engine) -> None:
        """See whether another leads by now, and which instances another carrier has claimed."""
        if self.next_leader is None:
            now = figures(engine.runtime).leader
            if now is not None and now.name != self.leader:
                self.next_leader = now.name
                self.taken_over_after = (now.since - self.at).total_seconds()
        fences = {each: fence for claim in self.claims.values() for each, fence in claim.items()}
        pending = {each: fence for each, fence in fences.items() if each not in self.went_on}
        if pending:
            after = (datetime.now(UTC) - self.at).total_seconds()
            query = select(Instance.id, Instance.fence).where(col(Instance.id).in_(pending))
            with engine.store.read() as session:
                for each, fence in session.exec(query):
                    if fence > pending[each]:
                        self.went_on[each] = after

    def held(self, engine: Engine) -> Held:
        """What the dead worker had claimed, and when that went on."""
        query = select(Lease).where(col(Lease.id).in_(self.claims))
        with engine.store.read() as session:
            dead = [lease.id for lease in session.exec(query) if lease.id in self.passes or _died(lease)]
        had = [instance for lease in dead for instance in self.claims[lease]]
        waits = [self.went_on[each] for each in had if each in self.went_on]
        left = len(had) - len(waits)
        return Held(len(dead), len(had), min(waits, default=None), max(waits, default=None), left)


def strike(engine: Engine, workers: Sequence[Process], schedulers: Sequence[Process]) -> Blow | None:
    """Kill a worker that has a pass under way, and the leading scheduler; None where there is none now.

    The worker is stopped first, and looked at while it stands still, so that the pass is certainly under way.
    """
    leads = figures(engine.runtime).leader
    leading = next((each for each in schedulers if leads and f":{each.pid}:" in leads.name), None)
    if leads is None or leading is None:
        return None
    for worker in workers:
        if not passes_under_way(worker):
            continue
        worker.stop_here()
        passes = passes_under_way(worker)
        claims = _claims(engine)
        if any(each in claims for each in passes):
            worker.kill()
            at = datetime.now(UTC)
            leading.kill()
            return Blow(at, worker.name, leading.name, leads.name, passes, claims)
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


def _died(lease: Lease) -> bool:
    """It ran out: a carrier that lives gives its claim back before that, or renews it."""
    return lease.released_at is None or lease.released_at >= lease.expires_at
