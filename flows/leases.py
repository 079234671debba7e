"""Leases: which carrier may move which instances (engine.md R2.2).

One lease row per pass; each claim raises the instances' fence. Renewal writes only the lease row, from a
thread and a connection of its own, so it never waits for a step's transaction on another row.
"""

import logging
import threading
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, Connection, bindparam, delete, exists, func, update
from sqlmodel import Session, col, select

from flows.errors import FencedError
from flows.events import LeasesTakenOver
from flows.runtime import LeaseClock, Runtime
from flows.steps.failure import infrastructure
from models import PEEK, Carrier, Instance, Lease, UtcDateTime, Wake, among, many

log = logging.getLogger(__name__)

_CLEARED_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Claim:
    """The instances that a lease holds, each with the fence that its claim raised."""

    lease_id: str
    fences: dict[str, int]


def ready(now: datetime) -> ColumnElement[bool]:
    """Ready means: a wake exists and no live lease (engine.md R2.1). There is no ready flag.

    Whatever its status: a corrected answer may move a completed instance, a held one goes on with its
    critical steps, and the late wakes of a cancelled one are cleared away.
    """
    return _waked() & ~exists().where(*_live(now))


def free(now: datetime) -> ColumnElement[bool]:
    """`ready` for a query over wakes, joined with their instances and, by an outer join, with leases."""
    dead = col(Lease.id).is_(None) | col(Lease.released_at).is_not(None) | (col(Lease.expires_at) <= now)
    return dead & col(Wake.parked).is_(False)


def urgent(now: datetime) -> ColumnElement[bool]:
    """What the critical lane may claim: it takes an instance away from any carrier but another lane. Fences
    make that safe, and waiting for an ordinary batch would delay an alert.
    """
    return _waked() & outside_lanes(now)


def outside_lanes(now: datetime) -> ColumnElement[bool]:
    """Instances that no critical lane has."""
    return ~exists().where(*_live(now), col(Lease.carrier) == Carrier.CRITICAL)


def _waked() -> ColumnElement[bool]:
    return exists().where(col(Wake.instance_id) == Instance.id, col(Wake.parked).is_(False))


def _live(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        col(Lease.id) == Instance.lease_id,
        col(Lease.released_at).is_(None),
        col(Lease.expires_at) > now,
    )


def lease_now(runtime: Runtime, session: Session) -> datetime:
    """The moment that leases are compared with: by the database's clock, the same for all machines, or by the
    runtime's (`Runtime.lease_clock`). SQLite has no clock but that of the one machine that it is on.
    """
    if runtime.lease_clock is LeaseClock.OWN or runtime.store.dialect == "sqlite":
        return runtime.clock()
    return session.exec(select(func.clock_timestamp(type_=UtcDateTime()))).one()


def claim(
    runtime: Runtime,
    version_id: str,
    ids: Sequence[str],
    *,
    holder: str,
    carrier: Carrier = Carrier.DIRECT,
    carrier_run_id: str | None = None,
    lasting: timedelta | None = None,
) -> Claim:
    """Claim those of `ids` that are ready; the others belong to somebody else or have nothing to do.

    `carrier` says what carries the pass, `lasting` how long the claim lasts without renewal (`limits.lease`).
    """
    claimable = urgent if carrier is Carrier.CRITICAL else ready
    with runtime.store.write() as session:
        now = lease_now(runtime, session)
        # `|| ''`, since the ids find the instances: by an index of versions SQLite reads all of this one
        asked = among(Instance.id, ids) & (col(Instance.version_id).concat("") == version_id)
        wait = carrier is Carrier.CRITICAL  # until a step of another carrier is committed, not for its pass
        rows = _locked(session, asked, lambda: claimable(now), runtime.limits.batch, wait=wait)
        found = {row.id: row.fence + 1 for row in rows}
        orphans = _left_behind(session, [row.lease_id for row in rows if row.lease_id is not None], now)
        lease = Lease(
            id=runtime.new_id(),
            holder=holder,
            acquired_at=now,
            expires_at=now + (lasting or runtime.limits.lease),
            carrier=carrier,
            carrier_run_id=carrier_run_id,
            version_id=version_id,
            instances=sorted(found) if carrier is Carrier.CRITICAL else [],
        )
        if found:
            session.add(lease)
            session.flush()
            session.connection().execute(_CLAIMED, {"ids": list(found), "lease": lease.id})
        runtime.reach("claim.before_commit")
    runtime.reach("claim.after_commit")
    if orphans:
        runtime.observe(LeasesTakenOver(orphans))
    return Claim(lease.id, found)


_CLAIMED: Final = (
    update(Instance)
    .where(among(Instance.id, many("ids")))
    .values(lease_id=bindparam("lease"), fence=col(Instance.fence) + 1)
)


@dataclass(frozen=True, slots=True)
class _Row:
    id: str
    fence: int
    lease_id: str | None


def _locked(
    session: Session,
    asked: ColumnElement[bool],
    claimable: Callable[[], ColumnElement[bool]],
    most: int,
    *,
    wait: bool,
) -> list[_Row]:
    """Lock what can be claimed of what is asked for, in id order. Rows that another transaction holds are
    passed over, unless it is to `wait` for them.

    Whether an instance is ready was judged by what was committed when the statement began. On PostgreSQL
    another carrier may have claimed it, done its work and let go of the row before we locked it. So it is
    judged once more, by a statement of its own, now that nobody else can write the row; what is read for the
    claim is what that statement sees.
    """
    columns = select(Instance.id, Instance.fence, Instance.lease_id).order_by(col(Instance.id))
    first = (
        columns.where(asked, claimable()).limit(most).with_for_update(skip_locked=not wait, key_share=True)
    )
    rows = session.exec(first).all()
    if rows and session.get_bind().dialect.name == "postgresql":
        held = [row[0] for row in rows]
        rows = session.exec(columns.where(among(Instance.id, held), claimable())).all()
    return [_Row(*row) for row in rows]


def adopt(runtime: Runtime, lease_id: str, *, holder: str, carrier_run_id: str | None) -> Claim | None:
    """Take over what a dispatcher has claimed for this carrier, once. None when that claim has run out, was
    given back or was taken over already: then its instances are ready again, or somebody else's. A claim of
    which the critical lane has taken every instance meanwhile is empty, and given back at once.
    """
    with runtime.store.write() as session:
        now = lease_now(runtime, session)
        taking = (
            update(Lease)
            .where(
                col(Lease.id) == lease_id,
                col(Lease.taken_at).is_(None),
                col(Lease.released_at).is_(None),
                col(Lease.expires_at) > now,
            )
            .values(
                holder=holder,
                carrier_run_id=carrier_run_id,
                taken_at=now,
                expires_at=now + runtime.limits.lease,
            )
        )
        if session.exec(taking).rowcount != 1:
            return None
        rows = session.exec(select(Instance.id, Instance.fence).where(Instance.lease_id == lease_id))
        found = dict(sorted(rows.all()))
        if not found:  # nobody releases an empty claim, so it would count as under way until it runs out
            session.exec(update(Lease).where(col(Lease.id) == lease_id).values(released_at=now))
        runtime.reach("adopt.before_commit")
    runtime.reach("adopt.after_commit")
    return Claim(lease_id, found)


def _left_behind(session: Session, lease_ids: Sequence[str], now: datetime) -> int:
    """How many of these instances lie with a lease that ran out without being given back. The critical lane
    also takes some from carriers that live.
    """
    if not lease_ids:
        return 0
    open_ = select(Lease.id).where(among(Lease.id, set(lease_ids)), col(Lease.released_at).is_(None))
    dead = set(session.exec(open_.where(col(Lease.expires_at) <= now)))
    return sum(lease_id in dead for lease_id in lease_ids)


_FENCES: Final = (
    select(Instance.id, Instance.fence).where(among(Instance.id, many("ids"))).order_by(col(Instance.id))
)
_FENCES_LOCKED: Final = _FENCES.with_for_update(key_share=True).execution_options(**{PEEK: True})
"""Made once, as all that every transaction of a pass says."""


def owned(session: Session, claimed: Claim, ids: Collection[str]) -> set[str]:
    """Lock these instances in id order and return those whose fence is still ours (engine.md R2.3). A late
    transaction on SQLite locks nothing yet; it asks `still_owned` when it is the writer.
    """
    rows = session.exec(_FENCES_LOCKED, params={"ids": list(ids)})
    return {row_id for row_id, fence in rows if claimed.fences.get(row_id) == fence}


def still_owned(connection: Connection, claimed: Claim, ids: Collection[str]) -> None:
    """FencedError if one of these instances belongs to another carrier by now."""
    rows = connection.execute(_FENCES, {"ids": list(ids)}).all()
    if any(claimed.fences[row_id] != fence for row_id, fence in rows):
        raise FencedError("another carrier has claimed an instance of this transaction")


def release(runtime: Runtime, claimed: Claim) -> None:
    """Give the lease back; instances that it still holds become free for the next carrier."""
    if not claimed.fences:
        return
    with runtime.store.write() as session:
        now = lease_now(runtime, session)
        session.connection().execute(_RELEASED, {"lease": claimed.lease_id, "now": now})
        runtime.reach("release.before_commit")
    runtime.reach("release.after_commit")


_RELEASED: Final = (
    update(Lease).where(col(Lease.id) == bindparam("lease")).values(released_at=bindparam("now"))
)


@contextmanager
def kept(runtime: Runtime, claimed: Claim) -> Iterator[None]:
    """Renew the lease in the background for as long as the block runs.

    A database that does not answer costs one renewal of the several that fit into a lease, not the renewing.
    """
    done = threading.Event()

    def keep_renewing() -> None:
        while not done.wait(runtime.limits.renewal.total_seconds()):
            try:
                renew(runtime, claimed)
            except Exception as trouble:
                if not infrastructure(trouble):
                    raise
                log.warning("lease %s was not renewed: %s", claimed.lease_id, type(trouble).__name__)

    thread = threading.Thread(target=keep_renewing, name=f"lease-{claimed.lease_id}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def renew(runtime: Runtime, claimed: Claim) -> None:
    """Keep the lease for as long again, from now. Writes the lease row and nothing else."""
    with runtime.store.write() as session:
        until = lease_now(runtime, session) + runtime.limits.lease
        session.exec(update(Lease).where(col(Lease.id) == claimed.lease_id).values(expires_at=until))
        runtime.reach("renew.before_commit")
    runtime.reach("renew.after_commit")


def clear_away(runtime: Runtime) -> int:
    """Delete leases that ended `limits.lease_kept` ago, that no instance points to and that Prefect need not
    be told of any more; returns how many.

    They are kept for that while so that a carrier's end can still be looked into. At most a few hundred rows
    at once; the sweep calls it.
    """
    with runtime.store.write() as session:
        before = lease_now(runtime, session) - runtime.limits.lease_kept
        held = exists().where(col(Instance.lease_id) == Lease.id)
        told = col(Lease.closed_at).is_not(None) | (col(Lease.carrier) == Carrier.DIRECT)
        old = (
            select(Lease.id)
            .where(col(Lease.expires_at) < before, told, ~held)
            .order_by(col(Lease.expires_at), col(Lease.id))
            .limit(_CLEARED_AT_ONCE)
            .with_for_update(skip_locked=True)
        )
        ids = session.exec(old).all()
        if ids:
            session.exec(delete(Lease).where(col(Lease.id).in_(ids)))
        return len(ids)
