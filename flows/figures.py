"""How things stand, in figures: what is ready, in flight, waiting, overdue, unsent. For monitors and people.

Each figure is one query on an index, so that asking costs little however many cases are stored; what is
counted are rows of a queue, or an index without its table.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import case, func, text
from sqlmodel import Session, col, select

from flows.leadership import SCHEDULER
from flows.leases import lease_now, ready
from flows.runtime import Runtime
from flows.timers import next_due
from models import (
    TASK_ENDED,
    AuditEvent,
    Channel,
    Hook,
    HookDelivery,
    HumanTask,
    Instance,
    InstanceStatus,
    Leadership,
    Lease,
    Message,
    MessageStatus,
    Timer,
    Wake,
)

_PAGE: Final = 200
_UNSENT: Final = (MessageStatus.QUEUED, MessageStatus.SENDING)


@dataclass(frozen=True, slots=True)
class Queue:
    """Messages of one channel that have not left. `oldest` is since when the longest waiting one could
    have; None when all are put off until later.
    """

    unsent: int
    oldest: datetime | None


@dataclass(frozen=True, slots=True)
class Holder:
    """A process that has passes in flight: how many, over how many instances."""

    name: str
    passes: int
    instances: int


@dataclass(frozen=True, slots=True)
class Leader:
    """The process that ticks, since when; `lapsed` when it has not said so lately."""

    name: str
    since: datetime
    lapsed: bool


@dataclass(frozen=True, slots=True)
class HookQueue:
    """What hooks have not heard yet: how much, since when the oldest of it could have been told, and how many
    hooks are switched off because nothing reached them. What waits for a paused hook is not in it.
    """

    untold: int
    oldest: datetime | None
    stopped: int


@dataclass(frozen=True, slots=True)
class Figures:
    """How things stood at a moment. `instances` is by process and status; `oldest_ready` since when the
    longest waiting ready wake waits; `lapsed` how many instances lie with a carrier that stopped renewing
    its lease; `overdue_since` when the first of the overdue timers was due; `leader` None where none leads;
    `unsealed` how many audit rows have no seal yet.
    """

    at: datetime
    instances: Mapping[str, Mapping[InstanceStatus, int]]
    wakes: int
    oldest_ready: datetime | None
    holders: tuple[Holder, ...]
    lapsed: int
    incidents: int
    outbox: Mapping[Channel, Queue]
    overdue: int
    overdue_since: datetime | None
    next_due: datetime | None
    leader: Leader | None
    unsealed: int
    hooks: HookQueue = HookQueue(0, None, 0)

    @property
    def by_status(self) -> Mapping[InstanceStatus, int]:
        """Instances of all processes."""
        return {
            status: sum(counts.get(status, 0) for counts in self.instances.values())
            for status in InstanceStatus
        }

    @property
    def in_flight(self) -> int:
        """Passes that are under way."""
        return sum(each.passes for each in self.holders)

    @property
    def lag(self) -> timedelta:
        """For how long the longest waiting ready wake waits; zero when nothing is ready."""
        return self._since(self.oldest_ready)

    @property
    def lateness(self) -> timedelta:
        """By how much the first timer that has not fired is late; zero when none is."""
        return self._since(self.overdue_since)

    def age(self, channel: Channel) -> timedelta:
        """For how long the longest waiting message of a channel could have left."""
        queue = self.outbox.get(channel)
        return self._since(None if queue is None else queue.oldest)

    @property
    def hook_age(self) -> timedelta:
        """For how long the oldest of what hooks have not heard could have been told."""
        return self._since(self.hooks.oldest)

    def _since(self, moment: datetime | None) -> timedelta:
        return timedelta(0) if moment is None else max(timedelta(0), self.at - moment)


def figures(runtime: Runtime) -> Figures:
    """How things stand now. Only reads."""
    with runtime.store.read() as session:
        return _read(session, runtime.clock(), lease_now(runtime, session))


def _read(session: Session, now: datetime, of_leases: datetime) -> Figures:
    overdue, overdue_since = _overdue(session, now)
    holders, lapsed = _held(session, of_leases)
    return Figures(
        at=now,
        instances=_instances(session),
        wakes=session.exec(select(func.count()).where(col(Wake.parked).is_(False))).one(),
        oldest_ready=_oldest_ready(session, of_leases),
        holders=holders,
        lapsed=lapsed,
        incidents=_incidents(session),
        outbox=_outbox(session, now),
        overdue=overdue,
        overdue_since=overdue_since,
        next_due=next_due(session),
        leader=_leader(session, now),
        unsealed=_unsealed(session),
        hooks=_hooks(session),
    )


def _instances(session: Session) -> Mapping[str, Mapping[InstanceStatus, int]]:
    found: dict[str, dict[InstanceStatus, int]] = {}
    grouped = select(Instance.status, Instance.process, func.count()).group_by(
        col(Instance.status), col(Instance.process)
    )
    for status, process, count in session.exec(grouped):
        found.setdefault(process, {})[InstanceStatus(status)] = count
    return found


def _oldest_ready(session: Session, now: datetime) -> datetime | None:
    """Ids of wakes rise with time, so the search ends with the first that is ready."""
    after = ""
    while True:
        page = session.exec(
            select(Wake.id, Wake.instance_id, Wake.created_at)
            .where(col(Wake.id) > after, col(Wake.parked).is_(False))
            .order_by(col(Wake.id))
            .limit(_PAGE)
        ).all()
        if not page:
            return None
        woken = {instance_id for _, instance_id, _ in page}
        free = set(session.exec(select(Instance.id).where(col(Instance.id).in_(woken), ready(now))))
        found = [created_at for _, instance_id, created_at in page if instance_id in free]
        if found or len(page) < _PAGE:
            return min(found, default=None)
        after = page[-1][0]


def _held(session: Session, now: datetime) -> tuple[tuple[Holder, ...], int]:
    """Who has passes in flight, and how many instances lie with a lease that ran out without being given
    back. Only instances under way point to a lease, so they are found by a short index.
    """
    grouped = select(Instance.lease_id, func.count()).where(col(Instance.lease_id).is_not(None))
    counts = dict(session.exec(grouped.group_by(col(Instance.lease_id))).all())
    if not counts:
        return (), 0
    query = select(Lease).where(col(Lease.id).in_(counts), col(Lease.released_at).is_(None))
    lapsed = 0
    live: dict[str, Holder] = {}
    for lease in session.exec(query.order_by(col(Lease.holder))):
        if lease.expires_at <= now:
            lapsed += counts[lease.id]
            continue
        known = live.get(lease.holder, Holder(lease.holder, 0, 0))
        live[lease.holder] = Holder(lease.holder, known.passes + 1, known.instances + counts[lease.id])
    return tuple(live.values()), lapsed


def _incidents(session: Session) -> int:
    # written out, so that the database sees that the index of incidents serves
    query = select(func.count()).select_from(HumanTask).where(text("human_tasks.kind = 'incident'"))
    return session.exec(query.where(col(HumanTask.status).not_in(TASK_ENDED))).one()


def _outbox(session: Session, now: datetime) -> Mapping[Channel, Queue]:
    free = func.coalesce(Message.next_attempt_at, Message.not_before, Message.created_at)
    query = (
        select(Message.channel, func.count(), func.min(case((free <= now, free))))
        .where(col(Message.status).in_(_UNSENT))
        .group_by(col(Message.channel))
    )
    return {Channel(channel): Queue(count, oldest) for channel, count, oldest in session.exec(query)}


def _overdue(session: Session, now: datetime) -> tuple[int, datetime | None]:
    query = select(func.count(), func.min(Timer.due_at)).where(
        col(Timer.fired_at).is_(None), col(Timer.withdrawn_at).is_(None), col(Timer.due_at) <= now
    )
    return session.exec(query).one()


def _leader(session: Session, now: datetime) -> Leader | None:
    row = session.get(Leadership, SCHEDULER)
    if row is None or row.holder is None:
        return None
    return Leader(row.holder, row.acquired_at, lapsed=row.expires_at <= now)


def _unsealed(session: Session) -> int:
    return session.exec(
        select(func.count()).select_from(AuditEvent).where(col(AuditEvent.seal).is_(None))
    ).one()


def _hooks(session: Session) -> HookQueue:
    heard = (col(Hook.removed_at).is_(None), col(Hook.paused_at).is_(None), col(Hook.stopped_at).is_(None))
    count, oldest = session.exec(
        select(func.count(), func.min(HookDelivery.happened_at)).where(
            col(HookDelivery.ended_at).is_(None), col(HookDelivery.hook_id).in_(select(Hook.id).where(*heard))
        )
    ).one()
    stopped = select(func.count()).where(col(Hook.stopped_at).is_not(None), col(Hook.removed_at).is_(None))
    return HookQueue(count, oldest, session.exec(stopped).one())
