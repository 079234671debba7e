"""Named points at which the engine can be made to die, so that crash tests can enumerate them.

In operation `reach` does nothing. A crash test passes a function that ends the process at the point it is
about.
"""

from collections.abc import Callable
from typing import Final

Reach = Callable[[str], None]

FAULT_POINTS: Final = (
    "start.before_commit",
    "start.after_commit",
    "wake.before_commit",
    "wake.after_commit",
    "batch.collected",
    "batch.carried",
    "claim.before_commit",
    "claim.after_commit",
    "renew.before_commit",
    "renew.after_commit",
    "journal.loaded",
    "step.before_handler",
    "step.after_handler",
    "step.before_commit",
    "step.after_commit",
    "failure.before_commit",
    "failure.after_commit",
    "settle.before_commit",
    "settle.after_commit",
    "tick.before_commit",
    "tick.after_commit",
    "release.before_commit",
    "release.after_commit",
)
"""Every point of runner, journal, wakes, leases, dispatch and timers that `reach` is called at. Names are
never reused for another place. `wake` is a command of a person: what it changes and the wake that it makes.
"""

SCHEDULER_POINTS: Final = (
    "lead.before_commit",
    "lead.after_commit",
    "seal.before_commit",
    "seal.after_commit",
)
"""Points of the process that leads; cases run without one."""

CARRIER_POINTS: Final = (
    "dispatch.claimed",
    "dispatch.carried",
    "adopt.before_commit",
    "adopt.after_commit",
    "critical.judged",
    "critical.claimed",
    "critical.done",
    "begin.before_commit",
    "begin.after_commit",
    "report.before_told",
    "report.told",
    "report.ends_told",
    "close.before_commit",
    "close.after_commit",
)
"""Every point of dispatch, carrier and critical lane, which a pass without Prefect does not reach. `report`
is what Prefect is told afterwards, `close` that it is known to have heard. `begin` is a process that the lane
begins.
"""


def pass_by(point: str) -> None:
    """The `reach` of normal operation."""
    del point
