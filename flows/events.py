"""What the engine tells whoever looks on: frozen values, given to plain functions once per step and batch.

An event carries ids, names of processes and kinds, numbers and seconds; never personal data. It is told
after the transaction that it is about has been committed.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class PassBegan:
    """A pass has claimed its instances. `pass_id` is the id of its lease, `carrier_run_id` that of its
    Prefect flow run.
    """

    pass_id: str
    process: str
    version_id: str
    carrier_run_id: str | None
    instances: int


@dataclass(frozen=True, slots=True)
class PassEnded:
    """A pass has given its lease back. `steps` is how many pieces of work it did, `failures` how many
    instances a step failed for, `incidents` how many of these need a person. `broke` names the type of the
    error that ended it, such as a database that is gone; empty for none.
    """

    pass_id: str
    process: str
    instances: int
    steps: int
    failures: int
    incidents: int
    seconds: float
    broke: str = ""


@dataclass(frozen=True, slots=True)
class StepDone:
    """One piece of work of a pass is done for `instances`, of which `waiting` wait now. `kind` is the step
    kind; for corrections and timers, which belong to no step alone, `step` is empty and `kind` the phase.
    `begins`: the step began in it for some instance. `seconds` is the time of its transactions.
    """

    pass_id: str
    process: str
    step: str
    kind: str
    begins: bool
    instances: int
    waiting: int
    failures: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Retried:
    """A step's own error; it is tried again later by its `retry`."""

    process: str
    step: str
    kind: str
    instance_id: str
    code: str


@dataclass(frozen=True, slots=True)
class IncidentRaised:
    """A step's own error; a person is asked."""

    process: str
    step: str
    kind: str
    instance_id: str
    code: str


@dataclass(frozen=True, slots=True)
class TransactionRepeated:
    """The database's own trouble undid a step's transaction; it is tried again. `trouble` is the type of the
    error.
    """

    process: str
    trouble: str


@dataclass(frozen=True, slots=True)
class StepSlow:
    """A step's functions took longer in one transaction than `limits.slow_transaction`: meanwhile it held the
    locks of its instances, on SQLite the only write lock. `kind` as in `StepDone`.
    """

    process: str
    step: str
    kind: str
    instances: int
    seconds: float


@dataclass(frozen=True, slots=True)
class TimersFired:
    """Timers that were due have fired; `lag` is by how many seconds the one that was due first was late."""

    count: int
    lag: float


@dataclass(frozen=True, slots=True)
class LeasesTakenOver:
    """Instances of carriers that had stopped renewing were claimed by another."""

    instances: int


@dataclass(frozen=True, slots=True)
class CriticalHandled:
    """The critical lane ran these instances; `latency` is the time in seconds from the oldest wake's commit
    to the end of their pass.
    """

    process: str
    instances: int
    latency: float


@dataclass(frozen=True, slots=True)
class MessageLeft:
    """A message was offered to its provider. `outcome` is a word of `notifications.deliver_due`; `latency`
    the seconds from when it could leave to when the provider was called, `seconds` what that call took.
    """

    message_id: str
    channel: str
    critical: bool
    outcome: str
    latency: float
    seconds: float
    instance_id: str | None
    step_run_id: str | None


@dataclass(frozen=True, slots=True)
class HookTried:
    """A hook was told something, or it was tried. `event` is the type, `outcome` a word of
    `notifications.hooks.tell_hooks`, `seconds` what the call took.
    """

    hook_id: str
    event: str
    outcome: str
    seconds: float


Event = (
    PassBegan
    | PassEnded
    | StepDone
    | Retried
    | IncidentRaised
    | TransactionRepeated
    | StepSlow
    | TimersFired
    | LeasesTakenOver
    | CriticalHandled
    | MessageLeft
    | HookTried
)
"""Every event of the engine."""

Observer = Callable[[Event], None]
"""Is told each event, in the thread in which it happened. It must be quick."""


class Observers:
    """Tells events to its observers. One that fails is written into the log, once, and harms nothing."""

    __slots__ = ("_failed", "_told")

    def __init__(self, *observers: Observer) -> None:
        self._told = list(observers)
        self._failed: set[int] = set()

    def add(self, observer: Observer) -> None:
        """Tell this one too, from now on."""
        self._told.append(observer)

    def __call__(self, event: Event) -> None:
        """Tell all observers."""
        for index, observer in enumerate(self._told):
            try:
                observer(event)
            except Exception as error:  # looking on must never harm what is looked at
                if index not in self._failed:
                    self._failed.add(index)
                    name = getattr(observer, "__qualname__", type(observer).__qualname__)
                    log.exception("observer %s failed: %s", name, type(error).__name__)

    def __bool__(self) -> bool:
        return bool(self._told)
