"""Spans: a pass, its steps, and messages that link to the step that queued them."""

import subprocess
import sys
import types
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from databases import in_memory
from engine_world import World, step, world_on
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

from flows.events import MessageLeft, PassBegan, PassEnded
from ops.composition import open_engine
from ops.errors import OpsError
from ops.settings import load_settings
from ops.tracing import SCOPE, Tracing, ids_of, provider_of

Spans = dict[str, Any]


class Collector:
    """A world whose events become spans, kept in memory."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._exporter = InMemorySpanExporter()
        self.provider = provider_of({"service.name": "test"})
        self.provider.add_span_processor(SimpleSpanProcessor(self._exporter))
        world.runtime.observe.add(Tracing(self.provider.get_tracer(SCOPE), world.runtime.store).observe)

    def spans(self) -> list[Any]:
        """What was ended since it was last asked."""
        found = list(self._exporter.get_finished_spans())
        self._exporter.clear()
        return found

    def by_name(self) -> Spans:
        """The same by name."""
        return {span.name: span for span in self.spans()}


@pytest.fixture
def collector() -> Iterator[Collector]:
    store = in_memory()
    made = Collector(world_on(store))
    yield made
    made.provider.shutdown()
    store.close()


def test_a_pass_is_a_span_and_its_steps_lie_below_it(collector: Collector) -> None:
    world = collector.world
    world.publish(step("say", "one", 0), step("ask", "two", 1, implied="one"))
    world.run(*world.start(3))
    spans = collector.by_name()
    whole = spans["pass test"]
    assert whole.parent is None
    assert whole.attributes["casewright.instances"] == 3
    for name in ("step one", "step two"):
        assert spans[name].parent.span_id == whole.context.span_id
        assert spans[name].context.trace_id == whole.context.trace_id
        assert whole.start_time <= spans[name].end_time <= whole.end_time
    assert spans["step two"].attributes["casewright.waiting"] == 3
    assert spans["step one"].status.status_code is StatusCode.UNSET


def test_a_step_that_fails_and_its_pass_are_marked(collector: Collector) -> None:
    world = collector.world
    world.publish(step("fragile", "risky", 0))
    (instance,) = world.start()
    world.trouble.errors[instance] = ZeroDivisionError("Rosa Vega")
    world.run(instance)
    spans = collector.by_name()
    assert {spans[name].status.status_code for name in ("pass test", "step risky")} == {StatusCode.ERROR}
    assert "Rosa" not in "".join(span.to_json() for span in spans.values())


def test_a_message_links_to_the_step_that_queued_it_also_from_another_process(collector: Collector) -> None:
    world = collector.world
    world.publish(step("ask", "question", 0))
    (instance,) = world.start()
    world.run(instance)
    asked = collector.by_name()["step question"]
    run = world.runs(instance)["question", ""]
    other = Collector(replace_world(world))
    other.world.runtime.observe(MessageLeft("01M", "sms", True, "retry", 0.4, 0.1, instance, run.id))
    (sent,) = other.spans()
    other.provider.shutdown()
    assert (sent.name, sent.kind, sent.status.description) == ("send sms", SpanKind.CLIENT, "retry")
    assert [link.context.span_id for link in sent.links] == [asked.context.span_id]
    assert [link.context.trace_id for link in sent.links] == [asked.context.trace_id]
    assert sent.attributes["casewright.step_run"] == run.id
    assert sent.end_time - sent.start_time == pytest.approx(100_000_000)


def replace_world(world: World) -> World:
    """The same world as another process has it, with observers of its own."""
    other = world_on(world.runtime.store)
    return replace(other, plan=world.plan, version=world.version)


def test_a_message_of_no_step_links_to_nothing(collector: Collector) -> None:
    collector.world.runtime.observe(MessageLeft("01M", "email", False, "sent", 0.4, 0.1, None, None))
    (sent,) = collector.spans()
    assert (list(sent.links), sent.status.status_code) == ([], StatusCode.UNSET)


def test_an_answer_that_a_step_goes_on_with_has_a_span_of_its_own(collector: Collector) -> None:
    world = collector.world
    world.publish(step("ask", "question", 0))
    (instance,) = world.start()
    world.run(instance)
    collector.spans()
    world.complete_tasks(instance)
    world.run(instance)
    spans = collector.by_name()
    lease = spans["pass test"].attributes["casewright.pass"]
    assert spans["pass test"].context.span_id == ids_of(lease)[1]
    assert spans["step question"].context.span_id != ids_of(lease, "question")[1]


def test_ids_are_those_that_opentelemetry_takes() -> None:
    trace, span = ids_of("01ABC", "step")
    assert 0 < trace < 1 << 128
    assert 0 < span < 1 << 64
    assert ids_of("01ABC", "step") == (trace, span)
    assert ids_of("01ABC") == (trace, ids_of("01ABC")[1]) != (trace, span)


def test_a_collector_without_its_exporter_is_told_with_what_to_install(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "opentelemetry.exporter.otlp.proto.http.trace_exporter", None)
    monkeypatch.setenv("CASEWRIGHT_OTLP_ENDPOINT", "http://127.0.0.1:4318")
    with pytest.raises(OpsError, match="extra `telemetry`"), open_engine(load_settings()):
        pass


def test_spans_are_sent_to_the_collector_before_the_engine_is_closed(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a stand-in for the exporter, which is an extra that need not be installed here."""
    sent: list[tuple[str, str]] = []

    class Exporter(InMemorySpanExporter):
        def __init__(self, endpoint: str) -> None:
            super().__init__()
            self.endpoint = endpoint

        def export(self, spans: Any) -> Any:
            sent.extend((self.endpoint, span.name) for span in spans)
            return super().export(spans)

    whole = "opentelemetry.exporter.otlp.proto.http.trace_exporter"
    for end in range(2, len(whole.split(".")) + 1):
        name = ".".join(whole.split(".")[:end])
        stand_in: Any = types.ModuleType(name)
        stand_in.__path__ = []
        stand_in.OTLPSpanExporter = Exporter
        monkeypatch.setitem(sys.modules, name, stand_in)
    monkeypatch.setenv("CASEWRIGHT_OTLP_ENDPOINT", "http://127.0.0.1:4318/")
    with open_engine(load_settings()) as engine:
        engine.runtime.observe(PassBegan("01P", "intake", "01V", None, 1))
        engine.runtime.observe(PassEnded("01P", "intake", 1, 1, 0, 0, 0.1))
    assert sent == [("http://127.0.0.1:4318/v1/traces", "pass intake")]


def test_without_a_collector_opentelemetry_is_not_even_imported(home: Path) -> None:
    code = (
        "import sys\nfrom ops.composition import open_engine\nfrom ops.settings import load_settings\n"
        "with open_engine(load_settings()) as engine:\n    pass\n"
        "assert 'opentelemetry' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
