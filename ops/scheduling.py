"""The scheduler in a process: leadership, timers and duties, each in a thread of its own.

`casewright scheduler` has nothing else; another process that lives on can host it beside its own work.
"""

import logging
import os
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from flows.leadership import Standing
from flows.scheduler import Duty, Scheduler
from models import new_id
from ops.composition import Engine
from ops.duties import DUTIES
from ops.failures import told
from ops.pulse import Pulse, pulsing

log = logging.getLogger(__name__)

Tell = Callable[[str, Mapping[str, Any]], None]
"""Told what happens: `leader`, `fired`, `done`, `trouble`, each with its facts."""


def _logged(event: str, facts: Mapping[str, Any]) -> None:
    level = logging.WARNING if event == "trouble" else logging.INFO
    log.log(level, "scheduler: %s %s", event, ", ".join(f"{name}={value}" for name, value in facts.items()))


@contextmanager
def scheduling(engine: Engine, tell: Tell = _logged) -> Iterator[Scheduler]:
    """Stand for the leadership and, while this process has it, tick; until the block ends. Then what is under
    way is finished and the leadership is given up. Without `tell` what happens goes into the log.
    """
    limits = engine.runtime.limits

    def changed(standing: Standing) -> None:
        tell("leader", {"leader": standing.leader, "term": standing.term, "mine": standing.mine})

    scheduler = Scheduler(engine.runtime, engine.plans, own_name(), DUTIES, changed)
    pulses = [
        Pulse("lead", limits.leadership_renewal, scheduler.lead),
        Pulse("tick", limits.tick, lambda: _fire(scheduler, tell)),
        *(Pulse(duty.name, duty.every, _doing(scheduler, duty, tell)) for duty in scheduler.duties),
    ]
    try:
        with pulsing(pulses, lambda name, error: _trouble(name, error, tell)):
            try:
                yield scheduler
            finally:
                scheduler.finish()
    finally:
        scheduler.stop()


def own_name() -> str:
    """A name that no other process has: host, process, and a part for hosts that share both."""
    return f"{socket.gethostname()}:{os.getpid()}:{new_id()[-6:].lower()}"


def _fire(scheduler: Scheduler, tell: Tell) -> None:
    fired = scheduler.fire()
    if fired:
        tell("fired", {"timers": fired})


def _doing(scheduler: Scheduler, duty: Duty, tell: Tell) -> Callable[[], None]:
    def do() -> None:
        done = scheduler.do(duty)
        if done:
            tell("done", {"duty": duty.name, "count": done})

    return do


def _trouble(name: str, error: Exception, tell: Tell) -> None:
    message = told(error) or f"unexpected {type(error).__name__}"  # its text could hold personal data
    tell("trouble", {"what": name, "message": message})
