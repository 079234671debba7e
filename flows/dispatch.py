"""Bringing ready instances to a carrier: in batches by version, until nothing is ready.

The carrier is a function: `run_pass` itself, or one that calls the compiled Prefect flow (`flows.carrier`).
"""

import logging
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import func, text
from sqlmodel import col, select
from sqlmodel.sql.expression import SelectOfScalar

from definitions import DefinitionError
from definitions.plan import Plan
from flows.incidents import ask_about_version
from flows.leases import Claim, claim, free, lease_now, release
from flows.runner import PassReport, run_pass
from flows.runtime import Runtime
from flows.timers import tick
from flows.versions import Plans
from flows.waking.judging import UNORDINARY
from models import Carrier, DefinitionVersion, Instance, Lease, Wake

log = logging.getLogger(__name__)

Carry = Callable[[Runtime, Plan, DefinitionVersion, Sequence[str]], PassReport]
"""Runs one pass of these instances and says what it did."""

Deliver = Callable[[], int]
"""Sends and follows what lies in the outbox; returns how many messages changed."""

OnPass = Callable[[Plan, PassReport], None]
"""Told after each pass; for progress."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Ready instances of one version, in id order."""

    version: DefinitionVersion
    instances: tuple[str, ...]


def directly(runtime: Runtime, plan: Plan, version: DefinitionVersion, ids: Sequence[str]) -> PassReport:
    """The carrier without Prefect."""
    return run_pass(runtime, plan, version.id, ids)


def ready_batches(
    runtime: Runtime,
    *,
    ordinary: bool = False,
    batches: int | None = None,
    without: Collection[str] = (),
) -> list[Batch]:
    """What is ready now, by version; at most `limits.batch` instances each. `ordinary` leaves out what the
    critical lane has or has not judged yet; `batches` says that no more than so many are wanted now;
    `without` names versions by id.

    It goes by the wakes: instances that wait, of which there may be a hundred thousand, cost nothing.
    """
    by_version: dict[str, list[str]] = {}
    with runtime.store.read() as session:
        now = lease_now(runtime, session)
        query = (
            select(Wake.instance_id, Instance.version_id)
            .join(Instance, col(Instance.id) == Wake.instance_id)
            .join(Lease, col(Lease.id) == Instance.lease_id, isouter=True)
            .where(free(now))
            .distinct()
            .order_by(col(Wake.instance_id))
        )
        if ordinary:
            query = query.where(col(Wake.instance_id).not_in(_unordinary()))
        if without:
            query = query.where(col(Instance.version_id).not_in(without))
        if batches is not None:
            query = query.limit(batches * runtime.limits.batch)
        for instance_id, version_id in session.exec(query):
            by_version.setdefault(version_id, []).append(instance_id)
        found = session.exec(select(DefinitionVersion).where(col(DefinitionVersion.id).in_(by_version)))
        versions = {each.id: each for each in found}
    size = runtime.limits.batch
    return [Batch(versions[key], tuple(ids[:size])) for key, ids in by_version.items()]


def _unordinary() -> SelectOfScalar[str]:
    """Instances that the critical lane has or has still to judge (`flows.waking.judging`)."""
    return select(Wake.instance_id).where(text(UNORDINARY), col(Wake.parked).is_(False))


def run_ready(runtime: Runtime, plans: Plans, carry: Carry, on_pass: OnPass | None = None) -> int:
    """One pass for everything that is ready now; returns the number of passes.

    Instances of a version that can't run here keep their wakes, and a person is asked; the others go on.
    """
    run = 0
    batches = ready_batches(runtime)
    runtime.reach("batch.collected")
    for batch in batches:
        plan = runnable(runtime, plans, batch)
        if plan is None:
            continue
        run += 1
        report = carry(runtime, plan, batch.version, batch.instances)
        runtime.reach("batch.carried")
        if on_pass is not None:
            on_pass(plan, report)
    return run


def runnable(runtime: Runtime, plans: Plans, batch: Batch) -> Plan | None:
    """The plan of a batch; None where its version can't run here: then a person is asked."""
    try:
        return plans.of(batch.version)
    except DefinitionError as error:  # the program is another one than it was published with
        log.error("%s v%s can't run here: %s", batch.version.process, batch.version.number, error)
        ask_about_version(runtime, batch.version, batch.instances, error)
        return None


def run_until_quiet(
    runtime: Runtime,
    plans: Plans,
    *,
    carry: Carry = directly,
    deliver: Deliver | None = None,
    on_pass: OnPass | None = None,
) -> int:
    """Fire what is due, run what is ready, send what is queued, until nothing moves any more. Returns the
    passes run.
    """
    passes = 0
    while True:
        fired = tick(runtime, plans)
        run = run_ready(runtime, plans, carry, on_pass)
        sent = deliver() if deliver is not None else 0
        passes += run
        if not (fired or run or sent):
            return passes


@dataclass(frozen=True, slots=True)
class Dispatched:
    """A batch that is claimed for a carrier that is still to start."""

    version: DefinitionVersion
    claim: Claim

    @property
    def instances(self) -> tuple[str, ...]:
        """The instances that were claimed."""
        return tuple(self.claim.fences)


class Dispatcher:
    """Makes batches of what is ready and claims them for carriers; any number of processes may have one.

    The claim is what tells others, and this one, that a carrier is on its way. It lasts `limits.start`; a
    carrier that begins takes it over (`flows.leases.adopt`), one that comes later finds it gone.
    """

    def __init__(self, runtime: Runtime, plans: Plans) -> None:
        self._runtime = runtime
        self._plans = plans
        self._broken: set[str] = set()
        self._last: str | None = None

    def take(self) -> Dispatched | None:
        """The next batch, claimed; None when nothing is ready, or others were faster. What is ready of other
        versions goes before the one that was taken last, so that few cases don't wait behind thousands.
        """
        taken = None if self._last is None else self._take({self._last})
        taken = taken or self._take(set())
        if taken is not None:
            self._last = taken.version.id
        return taken

    def _take(self, without: set[str]) -> Dispatched | None:
        few, passed_over = self._runtime.limits.passes, self._broken | without
        for batch in ready_batches(self._runtime, ordinary=True, batches=few, without=passed_over):
            if runnable(self._runtime, self._plans, batch) is None:
                self._broken.add(batch.version.id)  # until this program is replaced, and so restarted
                continue
            claimed = claim(
                self._runtime,
                batch.version.id,
                batch.instances,
                holder=self._runtime.holder,
                carrier=Carrier.PREFECT,
                lasting=self._runtime.limits.start,
            )
            self._runtime.reach("dispatch.claimed")
            if claimed.fences:
                return Dispatched(batch.version, claimed)
        return None

    def give_back(self, dispatched: Dispatched) -> None:
        """Nobody carries this batch: its instances are ready again at once."""
        release(self._runtime, dispatched.claim)

    def under_way(self) -> int:
        """How many batches Prefect carries now, whoever dispatched them: the bound for those who hand over
        to workers elsewhere.
        """
        with self._runtime.store.read() as session:
            query = select(func.count()).where(
                Lease.carrier == Carrier.PREFECT,
                col(Lease.released_at).is_(None),
                col(Lease.expires_at) > lease_now(self._runtime, session),
            )
            return session.exec(query).one()
