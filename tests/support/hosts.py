"""All that the processes of an installation do, in one process and one turn after the other, so that each of
its points can be crashed: leadership, timers, critical lane, dispatch, passes, post, housekeeping. Whoever
listens to Prefect is left out.
"""

import os
from collections.abc import Callable, Mapping
from dataclasses import replace

from crashes import Kill, pairs
from intake_world import IntakeWorld
from scenes import SCENES, Scene

from flows.critical import CriticalLane
from flows.dispatch import Deliver, Dispatcher
from flows.faults import CARRIER_POINTS, SCHEDULER_POINTS
from flows.leases import adopt
from flows.recovery import close
from flows.runner import run_pass
from flows.scheduler import Scheduler
from flows.waking.courtesy import Courtesy
from ops.duties import DUTIES

WITH_PREFECT = ("dispatch.carried", "report.before_told", "report.told", "report.ends_told")
"""Points where Prefect has just been asked or told something: real workers are crashed there."""

HOST_POINTS = tuple(point for point in (*SCHEDULER_POINTS, *CARRIER_POINTS) if point not in WITH_PREFECT)
"""Points that only a host passes."""


class Host:
    """An installation. `turn` lets each of its parts do what it can; it gives how much that was."""

    def __init__(self, world: IntakeWorld, deliver: Deliver) -> None:
        self._runtime, self._plans, self._deliver = world.runtime, world.plans, deliver
        self._name = f"host:{os.getpid()}"
        self._scheduler = Scheduler(self._runtime, self._plans, self._name, DUTIES)
        self._dispatcher = Dispatcher(self._runtime, self._plans)

    def turn(self) -> int:
        """One turn of everything. The lane is faster than whoever ticks, as it mostly is."""
        self._scheduler.lead()
        done = self._urgent() + self._scheduler.fire() + self._carry() + self._deliver()
        return done + sum(self._scheduler.do(duty) for duty in DUTIES)

    def _urgent(self) -> int:
        lane = CriticalLane(self._runtime, self._plans, Courtesy())
        found = lane.turn()
        lane.finish()
        return found

    def _carry(self) -> int:
        """Claim a batch as a dispatcher does, take it over as its carrier does, and close its lease as if
        Prefect had heard how it ended; until nothing is ready.
        """
        carried = 0
        while (dispatched := self._dispatcher.take()) is not None:
            lease_id = dispatched.claim.lease_id
            claimed = adopt(self._runtime, lease_id, holder=self._name, carrier_run_id=None)
            if claimed is not None:
                plan = self._plans.of(dispatched.version)
                run_pass(self._runtime, plan, dispatched.version.id, dispatched.instances, claimed)
                close(self._runtime, [lease_id])
            carried += 1
        return carried


def hosted(world: IntakeWorld, deliver: Deliver) -> Callable[[], None]:
    """What brings a scene to rest: a host."""
    host = Host(world, deliver)

    def rest() -> None:
        while host.turn():
            pass

    return rest


HOSTED: Mapping[str, Scene] = {
    f"{name} on a host": replace(scene, rests=hosted) for name, scene in SCENES.items()
}
"""The scenes, each on a host."""


def host_pairs(seen: Mapping[str, int], salt: str = "") -> list[tuple[Kill, Kill]]:
    """Pairs of points of which a host alone passes at least one; see `crashes.pairs`."""
    return [pair for pair in pairs(seen, salt) if any(kill.point in HOST_POINTS for kill in pair)]
