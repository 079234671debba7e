"""The critical lane: what concerns somebody's safety is run at once, by any live process, beside Prefect
(engine.md R3.2, R3.3). Prefect is told afterwards (`flows.carrier.reports`).
"""

import logging
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from definitions import DefinitionError, Plan
from flows.events import CriticalHandled
from flows.leases import claim
from flows.runner import open_pass
from flows.runtime import Runtime
from flows.steps.failure import infrastructure
from flows.steps.state import Phase
from flows.urgent import begin_now, urgent_beginnings
from flows.versions import Plans
from flows.waking.courtesy import Courtesy
from flows.waking.judging import judge, mark_ordinary, unordinary
from models import Carrier, CohortSession, DefinitionVersion, Wake

log = logging.getLogger(__name__)

LOOK: Final = 200
"""Wakes that are judged together."""

LANES: Final = 2
"""Passes that the lane has under way at once, so that a long one does not hold up the next alert."""


def nothing() -> None:
    """What is done where nobody wants to be told."""


@dataclass(frozen=True, slots=True)
class Urgent:
    """Instances of one version that are critical now; `since` is when the oldest of their wakes came."""

    plan: Plan
    version_id: str
    instances: tuple[str, ...]
    since: datetime


class CriticalLane:
    """One process's lane; any number of processes may have one.

    `sent` is called when a critical step is done, since its message must leave at once; `judged` when wakes
    were found to be ordinary, so that somebody may dispatch them; `done` after each pass, since more may have
    come for its instances meanwhile.
    """

    def __init__(
        self,
        runtime: Runtime,
        plans: Plans,
        courtesy: Courtesy,
        *,
        sent: Callable[[], None] = nothing,
        judged: Callable[[], None] = nothing,
        done: Callable[[], None] = nothing,
    ) -> None:
        self._runtime = replace(runtime, turn=nullcontext)  # others give way to us
        self._plans = plans
        self._courtesy = courtesy
        self._sent = sent
        self._told_ordinary = judged
        self._done = done
        self._lanes = ThreadPoolExecutor(LANES, thread_name_prefix="critical")
        self._lock = threading.Lock()
        self._busy: set[str] = set()

    def turn(self) -> int:
        """Look at all wakes that nobody has judged; returns how many instances are on their way, which it
        does not wait for. Those that ordinary passes shall run are marked so. After the alerts of processes
        that run it begins those that begin with one.
        """
        under_way = 0
        while True:
            wakes, found, ordinary = self._look()
            for each in found:
                self._hand(each)
            under_way += sum(len(each.instances) for each in found)
            if ordinary:
                with self._runtime.store.write() as session:
                    mark_ordinary(session, ordinary)
                self._runtime.reach("critical.judged")
                self._told_ordinary()
            begun = self._begin()
            if wakes < LOOK and not begun:
                return under_way

    def finish(self) -> None:
        """Wait for what is under way."""
        self._lanes.shutdown(wait=True)

    def _look(self) -> tuple[int, list[Urgent], list[str]]:
        """How many wakes were looked at, what is critical of them, and which are ordinary."""
        found: list[Urgent] = []
        ordinary: list[str] = []
        with self._lock:
            busy = set(self._busy)
        with self._runtime.store.read() as session:
            rows = unordinary(self._runtime, session, LOOK, busy)
            for version_id in sorted({version_id for _, version_id in rows}):
                wakes = [wake for wake, each in rows if each == version_id]
                plan = self._plan(session, version_id)
                if plan is None:
                    ordinary += [wake.id for wake in wakes]  # whoever dispatches asks a person about it
                    continue
                urgent = self._judged(session, plan, wakes)
                ordinary += [wake.id for wake in wakes if wake.instance_id not in urgent]
                if urgent:
                    since = min(wake.created_at for wake in wakes if wake.instance_id in urgent)
                    found.append(Urgent(plan, version_id, tuple(sorted(urgent)), since))
        return len(rows), found, ordinary

    def _begin(self) -> bool:
        """Whether something was begun that is critical, and so is to be looked at."""
        due = urgent_beginnings(self._runtime, self._plans)
        if not due:
            return False
        with self._courtesy.first():
            return begin_now(self._runtime, self._plans, due) > 0

    def _judged(self, session: CohortSession, plan: Plan, wakes: Sequence[Wake]) -> set[str]:
        try:
            return judge(self._runtime, session, plan, wakes)
        except Exception as error:
            if infrastructure(error):
                raise
            log.exception("wakes of `%s` were not judged: %s", plan.process, type(error).__name__)
            return {wake.instance_id for wake in wakes}  # better run at once what is not urgent

    def _plan(self, session: CohortSession, version_id: str) -> Plan | None:
        try:
            return self._plans.of(session.get_one(DefinitionVersion, version_id))
        except DefinitionError:
            return None

    # -- running

    def _hand(self, urgent: Urgent) -> None:
        with self._lock:
            self._busy.update(urgent.instances)
        self._lanes.submit(self._carry, urgent).add_done_callback(_told)

    def _carry(self, urgent: Urgent) -> None:
        try:
            with self._courtesy.first():
                self._pass(urgent)
        finally:
            with self._lock:
                self._busy.difference_update(urgent.instances)
            self._done()

    def _pass(self, urgent: Urgent) -> None:
        runtime, version_id, ids = self._runtime, urgent.version_id, urgent.instances
        claimed = claim(runtime, version_id, ids, holder=runtime.holder, carrier=Carrier.CRITICAL)
        if not claimed.fences:
            return  # another process was faster
        runtime.reach("critical.claimed")
        with open_pass(runtime, urgent.plan, version_id, ids, claimed=claimed) as under_way:
            while (work := under_way.next()) is not None:
                under_way.do(work)
                if work.phase is Phase.CRITICAL:
                    self._sent()
        runtime.reach("critical.done")
        latency = (runtime.clock() - urgent.since).total_seconds()
        runtime.observe(CriticalHandled(urgent.plan.process, len(claimed.fences), max(0.0, latency)))


def _told(done: "Future[None]") -> None:
    error = done.exception()
    if error is not None:  # the wakes are there; the next turn finds them
        log.error("a critical pass broke off: %s", type(error).__name__, exc_info=error)
