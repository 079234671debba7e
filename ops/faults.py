"""`CASEWRIGHT_FAULT=NAME[:n]`: this process kills itself when it reaches a named point for the n-th time.

For crash tests. SIGKILL leaves no handler and no `finally` a chance, as a power cut would.
"""

import os
import signal
from collections.abc import Callable
from itertools import count

from flows.faults import CARRIER_POINTS, FAULT_POINTS, SCHEDULER_POINTS, Reach, pass_by
from notifications import FAULT_POINTS as OUTBOX_POINTS
from ops.errors import SettingsError

POINTS = (*FAULT_POINTS, *SCHEDULER_POINTS, *CARRIER_POINTS, *OUTBOX_POINTS)
"""Every point at which the process can be made to die."""


def reach_of(fault: str | None, die: Callable[[], None] | None = None) -> Reach:
    """The `reach` that a setting asks for; without one, the `reach` of normal operation.

    `die` replaces the SIGKILL, for tests. Raises SettingsError for a point that does not exist.
    """
    if not fault:
        return pass_by
    point, _, times = fault.partition(":")
    if point not in POINTS or not (times or "1").isdecimal() or int(times or 1) < 1:
        raise SettingsError(
            f"CASEWRIGHT_FAULT is `{fault}`",
            action=f"write NAME or NAME:n, n from 1; the points are {', '.join(POINTS)}",
        )
    last, reached, end = int(times or 1), count(1), die or _kill

    def reach(passed: str) -> None:
        if passed == point and next(reached) == last:
            end()

    return reach


def _kill() -> None:
    os.kill(os.getpid(), signal.SIGKILL)
