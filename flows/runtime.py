"""What the engine runs with: the database, the step kinds, the clock. Built once, in `ops` or by
`simulate`.
"""

import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import Enum
from hashlib import sha256
from typing import Any

from definitions.catalogue import Catalogue
from flows.events import Observers
from flows.faults import Reach, pass_by
from flows.limits import Limits
from models import Store, new_id
from tasks.call import Watch
from tasks.registry import Handler


def system_clock() -> datetime:
    """Now, in UTC."""
    return datetime.now(UTC)


def drawn(name: str) -> float:
    """A number from 0 to 1 (exclusive) that is spread evenly over names."""
    return int.from_bytes(sha256(name.encode()).digest()[:6]) / 2**48


class LeaseClock(Enum):
    """Which clock says until when a lease lasts (`flows.leases.lease_now`)."""

    OWN = "own"
    """The runtime's: one machine, or a virtual time."""

    DATABASE = "database"
    """The database's, the only one that several machines share; theirs may differ by more than a lease."""


@dataclass(frozen=True, slots=True)
class Runtime:
    """The engine's surroundings, handed in so that tests and `simulate` can give others. `clock` is the time
    of day, `stopwatch` counts the seconds that work takes, `lease_clock` says which clock leases go by;
    `observe` is told what happens (`flows.events`); `turn` surrounds each transaction of a pass.
    `draw` gives a number from 0 to 1 for a name, always the same for the same name. `watch` is told which way
    conditions and rules went, before it is known whether the transaction commits. `address` is where browsers
    reach the pages, for links in notices and in Prefect; empty where nobody has said.
    """

    store: Store
    handlers: Mapping[str, Handler[Any]]
    catalogue: Catalogue
    clock: Callable[[], datetime] = system_clock
    new_id: Callable[[], str] = new_id
    limits: Limits = field(default_factory=Limits)
    reach: Reach = pass_by
    holder: str = "in-process"
    stopwatch: Callable[[], float] = time.monotonic
    observe: Observers = field(default_factory=Observers)
    lease_clock: LeaseClock = LeaseClock.OWN
    turn: Callable[[], AbstractContextManager[None]] = nullcontext
    draw: Callable[[str], float] = drawn
    watch: Watch | None = None
    address: str = ""

    def __post_init__(self) -> None:
        self.store.listening.clock = self.clock  # what a commit sets going is due by the engine's clock
