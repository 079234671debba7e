"""Metrics for Prometheus: what happens in this process is counted, how things stand is read when asked.

Labels are processes, step kinds, channels, statuses and types of errors: as many as there are definitions and
code, never as many as there are cases. Nothing names a person or a case.
"""

import logging
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, Final

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Histogram,
    disable_created_metrics,
    generate_latest,
    start_http_server,
)
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from flows.events import (
    CriticalHandled,
    Event,
    HookTried,
    IncidentRaised,
    LeasesTakenOver,
    MessageLeft,
    PassEnded,
    Retried,
    StepDone,
    StepSlow,
    TimersFired,
    TransactionRepeated,
)
from flows.figures import Figures, figures
from models import Channel
from ops.composition import Engine
from ops.errors import OpsError

log = logging.getLogger(__name__)

PREFIX: Final = "casewright_"
SHORT: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.5, 1, 2, 5)
"""Buckets, in seconds, of transactions and passes; a transaction is meant to last 0.2, a pass 2."""

LONG: Final = (0.1, 0.25, 0.5, 1, 2, 5, 15, 60, 300, 3600)
"""Buckets, in seconds, of what waits for its turn."""

REST: Final = 50
"""How many times as long as reading the figures took they are kept, so that asking never becomes a load."""

LEAST_REST: Final = 1.0
"""Seconds for which the figures are kept at least."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A metric that this process counts. `buckets` makes it a histogram of seconds, else it is a counter."""

    name: str
    meaning: str
    labels: tuple[str, ...] = ()
    buckets: tuple[float, ...] = ()

    @property
    def shown(self) -> str:
        """The name as a monitor reads it, without its prefix."""
        return self.name if self.buckets else f"{self.name}_total"


@dataclass(frozen=True, slots=True)
class Read:
    """A metric that is read from the database, the same in every process: by label, or alone."""

    name: str
    meaning: str
    label: tuple[str, ...]
    value: Callable[[Figures], Mapping[tuple[str, ...], float]]


def _alone(value: Callable[[Figures], float]) -> Callable[[Figures], Mapping[tuple[str, ...], float]]:
    return lambda now: {(): value(now)}


KEPT: Final = (
    Kept("passes", "passes that ended; broke: the type of the error that ended it", ("process", "broke")),
    Kept("pass_seconds", "time from claim to release", ("process",), SHORT),
    Kept("step_seconds", "transactions of one step over a batch", ("kind",), SHORT),
    Kept("step_instances", "instances that a step was done for", ("kind",)),
    Kept("retries", "errors of steps that are tried again later", ("kind",)),
    Kept("incidents_raised", "errors of steps that a person was asked about", ("kind",)),
    Kept("transactions_repeated", "transactions tried again after trouble of the database", ("trouble",)),
    Kept("transactions_slow", "transactions of a step that kept others waiting for long", ("kind",)),
    Kept("timers_fired", "timers that fired"),
    Kept("timer_lag_seconds", "by how much the first of a batch of timers was late", (), LONG),
    Kept("instances_taken_over", "instances taken over from a carrier that stopped renewing its lease"),
    Kept("critical_seconds", "critical lane: from the wake to the end of the pass", (), LONG),
    Kept("messages", "messages offered to a provider, by what came of it", ("channel", "outcome")),
    Kept("message_wait_seconds", "from when it could leave to the call", ("channel", "priority"), LONG),
    Kept("provider_seconds", "calls of a provider", ("channel",), LONG),
    Kept("hook_tries", "tries to tell a webhook, by what came of it", ("outcome",)),
    Kept("hook_seconds", "calls of webhooks", (), LONG),
)
"""Every metric of what happens in a process."""

READ: Final = (
    Read(
        "instances",
        "instances by status",
        ("status",),
        lambda now: {(status.value,): count for status, count in now.by_status.items()},
    ),
    Read("wakes", "wakes that wait to be handled", (), _alone(lambda now: now.wakes)),
    Read(
        "dispatch_lag_seconds",
        "for how long the oldest ready wake has waited",
        (),
        _alone(lambda now: now.lag.total_seconds()),
    ),
    Read("passes_in_flight", "live leases", (), _alone(lambda now: now.in_flight)),
    Read(
        "instances_in_flight",
        "instances of live leases",
        (),
        _alone(lambda now: sum(each.instances for each in now.holders)),
    ),
    Read("instances_lapsed", "instances of leases that ran out", (), _alone(lambda now: now.lapsed)),
    Read("incidents_open", "incidents that wait for a person", (), _alone(lambda now: now.incidents)),
    Read(
        "outbox",
        "messages that have not left",
        ("channel",),
        lambda now: {(each.value,): now.outbox[each].unsent if each in now.outbox else 0 for each in Channel},
    ),
    Read(
        "outbox_oldest_seconds",
        "for how long the oldest of them could have left",
        ("channel",),
        lambda now: {(each.value,): now.age(each).total_seconds() for each in Channel},
    ),
    Read("timers_overdue", "timers that are due and have not fired", (), _alone(lambda now: now.overdue)),
    Read(
        "timers_overdue_seconds",
        "by how much the first of them is late",
        (),
        _alone(lambda now: now.lateness.total_seconds()),
    ),
    Read(
        "scheduler_leads",
        "1 while a process ticks, 0 while none does",
        (),
        _alone(lambda now: float(now.leader is not None and not now.leader.lapsed)),
    ),
    Read("hooks_untold", "events that webhooks have not heard yet", (), _alone(lambda now: now.hooks.untold)),
    Read(
        "hooks_oldest_seconds",
        "for how long the oldest of them could have been told",
        (),
        _alone(lambda now: now.hook_age.total_seconds()),
    ),
    Read(
        "hooks_stopped",
        "webhooks that were switched off because nothing reached them",
        (),
        _alone(lambda now: now.hooks.stopped),
    ),
    Read("audit_unsealed", "rows of the audit without a seal", (), _alone(lambda now: now.unsealed)),
)
"""Every metric of how things stand."""

REACHABLE: Final = "database_reachable"


class Metrics:
    """The metrics of one process. `observe` is its observer of the engine's events."""

    def __init__(self, read: Callable[[], Figures]) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call]
        self._registry = CollectorRegistry()
        self._registry.register(_Standing(read))
        self._kept: dict[str, Any] = {each.name: self._made(each) for each in KEPT}

    def _made(self, metric: Kept) -> Counter | Histogram:
        name = PREFIX + metric.name
        if not metric.buckets:
            return Counter(name, metric.meaning, metric.labels, registry=self._registry)
        return Histogram(name, metric.meaning, metric.labels, registry=self._registry, buckets=metric.buckets)

    @property
    def registry(self) -> CollectorRegistry:
        """Where they are kept."""
        return self._registry

    def observe(self, event: Event) -> None:
        """Count an event."""
        match event:
            case PassEnded():
                self._count("passes", event.process, event.broke)
                self._time("pass_seconds", event.seconds, event.process)
            case StepDone():
                self._time("step_seconds", event.seconds, event.kind)
                self._count("step_instances", event.kind, by=event.instances)
            case Retried():
                self._count("retries", event.kind)
            case IncidentRaised():
                self._count("incidents_raised", event.kind)
            case TransactionRepeated():
                self._count("transactions_repeated", event.trouble)
            case StepSlow():
                self._count("transactions_slow", event.kind)
            case TimersFired():
                self._count("timers_fired", by=event.count)
                self._time("timer_lag_seconds", event.lag)
            case LeasesTakenOver():
                self._count("instances_taken_over", by=event.instances)
            case CriticalHandled():
                self._time("critical_seconds", event.latency)
            case MessageLeft():
                self._count("messages", event.channel, event.outcome)
                priority = "critical" if event.critical else "ordinary"
                self._time("message_wait_seconds", event.latency, event.channel, priority)
                self._time("provider_seconds", event.seconds, event.channel)
            case HookTried():
                self._count("hook_tries", event.outcome)
                self._time("hook_seconds", event.seconds)

    def _count(self, name: str, *labels: str, by: int = 1) -> None:
        metric = self._kept[name]
        (metric.labels(*labels) if labels else metric).inc(by)

    def _time(self, name: str, seconds: float, *labels: str) -> None:
        metric = self._kept[name]
        (metric.labels(*labels) if labels else metric).observe(seconds)


@dataclass(slots=True, eq=False)
class _Standing(Collector):
    """Reads the figures when they are asked for, and keeps them for a while."""

    read: Callable[[], Figures]
    known: Figures | None = None
    until: float = 0.0
    lock: Any = field(default_factory=Lock)

    def collect(self) -> Iterable[Metric]:
        """One family per metric. A database that does not answer leaves `database_reachable` alone, at 0."""
        now = self._now()
        yield GaugeMetricFamily(
            PREFIX + REACHABLE, "1 while the database answers", value=float(now is not None)
        )
        if now is not None:
            for metric in READ:
                family = GaugeMetricFamily(PREFIX + metric.name, metric.meaning, labels=metric.label)
                for labels, value in metric.value(now).items():
                    family.add_metric(labels, value)
                yield family

    def _now(self) -> Figures | None:
        with self.lock:
            started = time.monotonic()
            if started >= self.until:
                try:
                    self.known = self.read()
                except Exception as error:  # whoever asks must see that the database is gone, and the rest
                    log.warning("the figures could not be read: %s", type(error).__name__)
                    self.known = None
                ended = time.monotonic()
                self.until = ended + max(LEAST_REST, REST * (ended - started))
            return self.known


def standing_text(engine: Engine) -> str:
    """How things stand, as Prometheus reads it; what a process counts is not in it."""
    registry = CollectorRegistry()
    registry.register(_Standing(lambda: figures(engine.runtime)))
    return generate_latest(registry).decode()


def metrics_of(engine: Engine) -> Metrics:
    """The metrics of this engine; from now on they count what happens in it."""
    metrics = Metrics(lambda: figures(engine.runtime))
    engine.runtime.observe.add(metrics.observe)
    return metrics


@contextmanager
def serve_metrics(engine: Engine) -> Iterator[int | None]:
    """Serve this process's metrics at http://ADDRESS:PORT/metrics, as the settings have them, for as long as
    the block lasts; without a port, don't. Port 0 is any free one; the one taken is given. OpsError when it
    cannot be had.
    """
    port = engine.settings.metrics_port
    if port is None:
        yield None
        return
    address = engine.settings.metrics_address
    try:
        server, thread = start_http_server(port, address, metrics_of(engine).registry)
    except OSError as error:
        raise OpsError(
            f"metrics can't be served at {address}:{port}: {error.strerror}",
            action="give a free port: --metrics-port N",
        ) from error
    try:
        yield int(server.server_port)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
