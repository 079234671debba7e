"""How the machinery runs, for administrators: figures only, of no case and nobody."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from flows.figures import Figures, Holder, HookQueue, Leader, Queue, figures
from models import Channel, InstanceStatus
from web.access.actions import Action
from web.api.declaring import Resource
from web.api.visiting import Visiting, allowed

router = Resource(tags=["machinery"])


@dataclass(frozen=True, slots=True)
class Ready:
    """How much is ready, and since when the longest waiting is."""

    wakes: int
    oldest: datetime | None


@dataclass(frozen=True, slots=True)
class Timers:
    """How many timers are overdue, since when the first is, and when the next is due."""

    overdue: int
    overdue_since: datetime | None
    next_due: datetime | None


@dataclass(frozen=True, slots=True)
class Machinery:
    """How the machinery runs. `processes` is by process and status, `outbox` by channel."""

    at: datetime
    processes: Mapping[str, Mapping[InstanceStatus, int]]
    ready: Ready
    in_flight: tuple[Holder, ...]
    lapsed_instances: int
    incidents: int
    outbox: Mapping[Channel, Queue]
    hooks: HookQueue
    timers: Timers
    scheduler: Leader | None
    unsealed: int


@router.get("/machinery")
def machinery(visit: Visiting) -> Machinery:
    """What is ready, under way, late and unsent; who ticks. Times since when are moments."""
    with visit.web.store.read() as session:
        allowed(session, visit.actor, Action.SEE_MACHINERY, visit.web.now())
    return told(figures(visit.web.runtime))


def told(now: Figures) -> Machinery:
    """The figures as they are answered."""
    return Machinery(
        at=now.at,
        processes=now.instances,
        ready=Ready(now.wakes, now.oldest_ready),
        in_flight=now.holders,
        lapsed_instances=now.lapsed,
        incidents=now.incidents,
        outbox=now.outbox,
        hooks=now.hooks,
        timers=Timers(now.overdue, now.overdue_since, now.next_due),
        scheduler=now.leader,
        unsealed=now.unsealed,
    )
