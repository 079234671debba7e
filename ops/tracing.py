"""Spans for OpenTelemetry: a pass, its steps below it, and each message, linked to the step that queued it.

The engine's events are turned into spans after the fact. Ids follow from the journal: a pass's trace from its
lease, the span of a step that began from lease and step. So a message that leaves in another process, hours
later, links to its step without anything being kept for that.
"""

import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final

from flows.events import Event, MessageLeft, Observer, PassBegan, PassEnded, StepDone
from flows.runtime import Runtime
from models import StepRun, Store
from ops.errors import OpsError
from ops.settings import Settings

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.trace import Link, Span, SpanContext, Tracer

SCOPE: Final = "casewright"
SECOND: Final = 1_000_000_000
"""A second in OpenTelemetry's nanoseconds."""

Ids = tuple[int, int]
_wanted: ContextVar[Ids | None] = ContextVar("ids of the next span", default=None)


def ids_of(pass_id: str, step: str = "") -> Ids:
    """The trace and the span of a pass, or of a step that began in it. The same everywhere."""
    trace = int.from_bytes(sha256(f"pass:{pass_id}".encode()).digest()[:16])
    return trace, int.from_bytes(sha256(f"pass:{pass_id}:{step}".encode()).digest()[:8])


class Tracing:
    """Makes spans of the engine's events. `observe` is the observer."""

    def __init__(self, tracer: "Tracer", store: Store) -> None:
        self._tracer = tracer
        self._store = store
        self._passes: dict[str, Span] = {}
        self._begun: dict[str, set[str]] = {}

    def observe(self, event: Event) -> None:
        """Begin, add or end a span."""
        match event:
            case PassBegan():
                self._begin(event)
            case StepDone():
                self._step(event)
            case PassEnded():
                self._end(event)
            case MessageLeft():
                self._message(event)

    def _begin(self, event: PassBegan) -> None:
        attributes: dict[str, Any] = {
            "casewright.pass": event.pass_id,
            "casewright.process": event.process,
            "casewright.version": event.version_id,
            "casewright.instances": event.instances,
        }
        if event.carrier_run_id is not None:
            attributes["prefect.flow_run.id"] = event.carrier_run_id
        with _ids(ids_of(event.pass_id)):
            span = self._tracer.start_span(f"pass {event.process}", attributes=attributes)
        self._passes[event.pass_id], self._begun[event.pass_id] = span, set()

    def _step(self, event: StepDone) -> None:
        from opentelemetry.trace import set_span_in_context

        parent = self._passes.get(event.pass_id)
        if parent is None:  # tracing began in the middle of the pass
            return
        begun = self._begun[event.pass_id]
        first = event.begins and event.step not in begun
        begun.add(event.step)
        now = time.time_ns()
        with _ids(ids_of(event.pass_id, event.step) if first else None):
            span = self._tracer.start_span(
                f"step {event.step or event.kind}",
                context=set_span_in_context(parent),
                start_time=now - int(event.seconds * SECOND),
                attributes={
                    "casewright.step": event.step,
                    "casewright.kind": event.kind,
                    "casewright.begins": event.begins,
                    "casewright.instances": event.instances,
                    "casewright.waiting": event.waiting,
                    "casewright.failures": event.failures,
                },
            )
        _mark(span, f"{event.failures} instances failed" if event.failures else "")
        span.end(now)

    def _end(self, event: PassEnded) -> None:
        span = self._passes.pop(event.pass_id, None)
        self._begun.pop(event.pass_id, None)
        if span is not None:
            span.set_attribute("casewright.incidents", event.incidents)
            _mark(span, event.broke or ("a person is asked" if event.incidents else ""))
            span.end()

    def _message(self, event: MessageLeft) -> None:
        from opentelemetry.trace import SpanKind

        now = time.time_ns()
        attributes: dict[str, Any] = {
            "casewright.message": event.message_id,
            "casewright.channel": event.channel,
            "casewright.critical": event.critical,
            "casewright.outcome": event.outcome,
            "casewright.waited": event.latency,
        }
        given = {"casewright.instance": event.instance_id, "casewright.step_run": event.step_run_id}
        span = self._tracer.start_span(
            f"send {event.channel}",
            kind=SpanKind.CLIENT,
            links=self._links(event.step_run_id),
            start_time=now - int(event.seconds * SECOND),
            attributes={**attributes, **{name: value for name, value in given.items() if value is not None}},
        )
        _mark(span, "" if event.outcome == "sent" else event.outcome)
        span.end(now)

    def _links(self, step_run_id: str | None) -> "list[Link]":
        from opentelemetry.trace import Link

        if step_run_id is None:
            return []
        with self._store.read() as session:
            run = session.get(StepRun, step_run_id)
            if run is None or run.lease_id is None:
                return []
            return [Link(_context(ids_of(run.lease_id, run.step)))]


def _context(ids: Ids) -> "SpanContext":
    from opentelemetry.trace import SpanContext, TraceFlags

    return SpanContext(ids[0], ids[1], is_remote=True, trace_flags=TraceFlags(TraceFlags.SAMPLED))


def _mark(span: "Span", trouble: str) -> None:
    from opentelemetry.trace import Status, StatusCode

    if trouble:
        span.set_status(Status(StatusCode.ERROR, trouble))


@contextmanager
def _ids(ids: Ids | None) -> Iterator[None]:
    token = _wanted.set(ids)
    try:
        yield
    finally:
        _wanted.reset(token)


def provider_of(attributes: Mapping[str, str]) -> "TracerProvider":
    """A provider of the SDK that gives spans the ids of the journal. Not the global one: what other libraries
    trace is their affair, and could hold more than ids.
    """
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.id_generator import RandomIdGenerator

    class JournalIds(RandomIdGenerator):
        """Ids that follow from the journal where the span is one of its own, random ones otherwise."""

        def generate_trace_id(self) -> int:
            wanted = _wanted.get()
            return super().generate_trace_id() if wanted is None else wanted[0]

        def generate_span_id(self) -> int:
            wanted = _wanted.get()
            return super().generate_span_id() if wanted is None else wanted[1]

    return TracerProvider(resource=Resource.create(attributes), id_generator=JournalIds())


@contextmanager
def traced(settings: Settings, runtime: Runtime) -> Iterator[None]:
    """Send spans while the block lasts, where the settings name a collector, or where this program was
    started with OpenTelemetry's SDK; else do nothing. What is left is sent at the end.

    OpsError when a collector is named and the exporter is not installed.
    """
    if settings.otlp_endpoint is None:
        observer = _of_surroundings(runtime.store)
        if observer is not None:
            runtime.observe.add(observer)
        yield
        return
    provider = _exporting(settings.otlp_endpoint, runtime.holder)
    runtime.observe.add(Tracing(provider.get_tracer(SCOPE), runtime.store).observe)
    try:
        yield
    finally:
        provider.shutdown()


def _of_surroundings(store: Store) -> Observer | None:
    """The observer for the SDK that somebody else has set up; None where nobody has."""
    if "opentelemetry.sdk.trace" not in sys.modules:
        return None
    from opentelemetry import trace
    from opentelemetry.sdk.trace import TracerProvider

    if not isinstance(trace.get_tracer_provider(), TracerProvider):
        return None
    return Tracing(trace.get_tracer(SCOPE), store).observe


def _exporting(endpoint: str, holder: str) -> "TracerProvider":
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError as error:
        raise OpsError(
            f"traces can't be sent: `{error.name}` is not installed",
            action="install Casewright with its extra `telemetry`, or unset CASEWRIGHT_OTLP_ENDPOINT",
        ) from error
    provider = provider_of({"service.name": SCOPE, "service.instance.id": holder})
    address = f"{endpoint.rstrip('/')}/v1/traces"
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=address)))
    return provider
