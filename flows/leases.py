"""Leases: which carrier may move which instances (engine.md R2.2).

One lease row per pass; each claim raises the instances' fence. Renewal writes only the lease row, from a
thread and a connection of its own, so it never waits for a step's transaction on another row.
"""

import logging
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, exists, update
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlmodel import Session, col, select

from flows.events import LeasesTakenOver
from flows.runtime import Runtime
from models import Carrier, Instance, InstanceStatus, Lease, Wake

log = logging.getLogger(__name__)

CLAIMABLE = (
    InstanceStatus.RUNNING,
    InstanceStatus.WAITING,
    InstanceStatus.INCIDENT,
    InstanceStatus.COMPLETED,  # a corrected answer may still move it
    InstanceStatus.CANCELLED,  # its late wakes are cleared away
)


@dataclass(frozen=True, slots=True)
class Claim:
    """The instances that a lease holds, each with the fence that its claim raised."""

    lease_id: str
    fences: dict[str, int]


def ready(now: datetime) -> ColumnElement[bool]:
    """Ready means: a wake exists and no live lease (engine.md R2.1). There is no ready flag."""
    return _waked() & ~exists().where(*_live(now))


def urgent(now: datetime) -> ColumnElement[bool]:
    """What the critical lane may claim: it takes an instance away from any carrier but another lane. Fences
    make that safe, and waiting for an ordinary batch would delay an alert.
    """
    return _waked() & ~exists().where(*_live(now), col(Lease.carrier) == Carrier.CRITICAL)


def _waked() -> ColumnElement[bool]:
    waked = exists().where(col(Wake.instance_id) == Instance.id)
    return waked & col(Instance.status).in_(CLAIMABLE)


def _live(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        col(Lease.id) == Instance.lease_id,
        col(Lease.released_at).is_(None),
        col(Lease.expires_at) > now,
    )


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
    now = runtime.clock()
    wanted = urgent(now) if carrier is Carrier.CRITICAL else ready(now)
    with runtime.store.write() as session:
        query = (
            select(Instance)
            .where(col(Instance.id).in_(ids), col(Instance.version_id) == version_id, wanted)
            .order_by(col(Instance.id))
            .limit(runtime.limits.batch)
            .with_for_update(skip_locked=True, key_share=True)
        )
        rows = session.exec(query).all()
        found = {row.id: row.fence + 1 for row in rows}
        orphans = _left_behind(session, [row.lease_id for row in rows if row.lease_id is not None])
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
            session.exec(
                update(Instance)
                .where(col(Instance.id).in_(found))
                .values(lease_id=lease.id, fence=col(Instance.fence) + 1)
                .execution_options(synchronize_session=False)
            )
        runtime.reach("claim.before_commit")
    runtime.reach("claim.after_commit")
    if orphans:
        runtime.observe(LeasesTakenOver(orphans))
    return Claim(lease.id, found)


def adopt(runtime: Runtime, lease_id: str, *, holder: str, carrier_run_id: str | None) -> Claim | None:
    """Take over what a dispatcher has claimed for this carrier, once. None when that claim has run out, was
    given back or was taken over already: then its instances are ready again, or somebody else's.
    """
    now = runtime.clock()
    with runtime.store.write() as session:
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
        runtime.reach("adopt.before_commit")
    runtime.reach("adopt.after_commit")
    return Claim(lease_id, found)


def _left_behind(session: Session, lease_ids: Sequence[str]) -> int:
    """How many of these instances lie with a lease that ran out without being given back."""
    if not lease_ids:
        return 0
    open_ = select(Lease.id).where(col(Lease.id).in_(set(lease_ids)), col(Lease.released_at).is_(None))
    dead = set(session.exec(open_))
    return sum(lease_id in dead for lease_id in lease_ids)


def owned(session: Session, claimed: Claim, ids: Sequence[str]) -> set[str]:
    """Lock these instances in id order and return those whose fence is still ours (engine.md R2.3)."""
    rows = session.exec(
        select(Instance.id, Instance.fence)
        .where(col(Instance.id).in_(ids))
        .order_by(col(Instance.id))
        .with_for_update(key_share=True)
    )
    return {row_id for row_id, fence in rows if claimed.fences.get(row_id) == fence}


def release(runtime: Runtime, claimed: Claim) -> None:
    """Give the lease back; instances that it still holds become free for the next carrier."""
    if not claimed.fences:
        return
    with runtime.store.write() as session:
        session.exec(
            update(Lease).where(col(Lease.id) == claimed.lease_id).values(released_at=runtime.clock())
        )
        runtime.reach("release.before_commit")
    runtime.reach("release.after_commit")


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
            except (OperationalError, InterfaceError) as trouble:
                log.warning("lease %s was not renewed: %s", claimed.lease_id, type(trouble.orig).__name__)

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
        session.exec(
            update(Lease)
            .where(col(Lease.id) == claimed.lease_id)
            .values(expires_at=runtime.clock() + runtime.limits.lease)
        )
