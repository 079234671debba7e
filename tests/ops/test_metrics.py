"""Metrics as Prometheus reads them."""

import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest
from prometheus_client.parser import text_string_to_metric_families

from flows.events import (
    CriticalHandled,
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
from models import Timer, TimerPurpose
from ops.composition import Engine, open_engine
from ops.errors import OpsError
from ops.metrics import KEPT, PREFIX, READ, metrics_of, serve_metrics
from ops.settings import load_settings

Samples = dict[str, float]
EVENTS = (
    PassEnded("01P", "intake", 40, 3, 1, 1, 0.5),
    StepDone("01P", "intake", "fetch", "fetch_record", True, 40, 0, 1, 0.02),
    Retried("intake", "fetch", "fetch_record", "01I", "no_rule"),
    IncidentRaised("intake", "fetch", "fetch_record", "01I", "no_rule"),
    TransactionRepeated("intake", "OperationalError"),
    StepSlow("intake", "profile", "fetch_record", 40, 2.5),
    TimersFired(7, 3.0),
    LeasesTakenOver(5),
    CriticalHandled("intake", 1, 0.3),
    MessageLeft("01M", "sms", True, "sent", 0.4, 0.1, "01I", "01S"),
    HookTried("01H", "case.opened", "told", 0.2),
)


@pytest.fixture
def engine(home: Path) -> Iterator[Engine]:
    with open_engine(load_settings()) as made:
        yield made


def at(engine: Engine, port: int) -> Engine:
    return replace(engine, settings=replace(engine.settings, metrics_port=port))


@contextmanager
def scraped(engine: Engine) -> Iterator[Any]:
    """A function that reads what is served."""
    with serve_metrics(at(engine, 0)) as port:
        yield lambda: samples(urlopen(f"http://127.0.0.1:{port}/metrics", timeout=20).read().decode())


def samples(text: str) -> Samples:
    return {
        f"{each.name}{sorted(each.labels.values()) if each.labels else ''}": each.value
        for family in text_string_to_metric_families(text)
        for each in family.samples
    }


def test_what_happens_is_counted_in_the_process_that_serves_it(engine: Engine) -> None:
    with scraped(engine) as read:
        for each in EVENTS:
            engine.runtime.observe(each)
        found = read()
    assert found["casewright_passes_total['', 'intake']"] == 1
    assert found["casewright_step_instances_total['fetch_record']"] == 40
    assert found["casewright_step_seconds_bucket['0.025', 'fetch_record']"] == 1
    assert found["casewright_retries_total['fetch_record']"] == 1
    assert found["casewright_incidents_raised_total['fetch_record']"] == 1
    assert found["casewright_transactions_repeated_total['OperationalError']"] == 1
    assert found["casewright_transactions_slow_total['fetch_record']"] == 1
    assert found["casewright_timers_fired_total"] == 7
    assert found["casewright_instances_taken_over_total"] == 5
    assert found["casewright_critical_seconds_sum"] == pytest.approx(0.3)
    assert found["casewright_messages_total['sent', 'sms']"] == 1
    assert found["casewright_message_wait_seconds_sum['critical', 'sms']"] == pytest.approx(0.4)


def test_every_event_that_matters_to_a_monitor_reaches_a_metric_and_every_metric_has_one(
    engine: Engine,
) -> None:
    metrics = metrics_of(engine)
    for each in EVENTS:
        metrics.observe(each)
    filled = {
        family.name for family in metrics.registry.collect() if any(each.value for each in family.samples)
    }
    assert {PREFIX + each.name for each in KEPT} <= filled


def test_how_things_stand_is_read_from_the_database(engine: Engine) -> None:
    now = datetime.now(UTC)
    with engine.store.write() as session:
        session.add(
            Timer(purpose=TimerPurpose.VISIT, key="late", due_at=now - timedelta(hours=1), created_at=now)
        )
    with scraped(engine) as read:
        found = read()
    assert found["casewright_database_reachable"] == 1
    assert found["casewright_timers_overdue"] == 1
    assert found["casewright_timers_overdue_seconds"] >= 3600
    assert found["casewright_scheduler_leads"] == 0
    assert found["casewright_instances['waiting']"] == 0
    assert {PREFIX + each.name for each in READ} <= {re.sub(r"\[.*", "", name) for name in found}


def test_a_database_that_is_gone_is_told_and_the_rest_is_served(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*_: object) -> None:
        raise OSError("the disk is gone")

    monkeypatch.setattr("ops.metrics.figures", gone)
    with scraped(engine) as read:
        engine.runtime.observe(TimersFired(7, 3.0))
        found = read()
    assert found["casewright_database_reachable"] == 0
    assert found["casewright_timers_fired_total"] == 7
    assert "casewright_wakes" not in found


def test_figures_are_kept_for_a_while_so_that_asking_is_no_load(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    import ops.metrics

    read, asked = ops.metrics.figures, []

    def counting(*arguments: Any) -> Any:
        asked.append(arguments)
        return read(*arguments)

    monkeypatch.setattr("ops.metrics.figures", counting)
    monkeypatch.setattr("ops.metrics.LEAST_REST", 3600)
    with scraped(engine) as scrape:
        scrape()
        scrape()
    assert len(asked) == 1


def test_metrics_are_served_to_this_machine_alone_unless_the_settings_say_otherwise(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert load_settings().metrics_address == "127.0.0.1"
    monkeypatch.setenv("CASEWRIGHT_METRICS_ADDRESS", "somewhere")
    with pytest.raises(OpsError, match=r"METRICS_ADDRESS: an IP address is wanted"):
        load_settings()


def test_a_port_that_is_taken_is_told_with_what_to_do(engine: Engine) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with (
            pytest.raises(OpsError, match=rf"127.0.0.1:{port}: .*give a free port"),
            serve_metrics(at(engine, port)),
        ):
            pass


def test_without_a_port_nothing_is_served(engine: Engine) -> None:
    with serve_metrics(engine) as port:
        assert port is None


def test_the_command_prints_how_things_stand_once(cli: Any) -> None:
    found = samples(cli("metrics").out)
    assert found["casewright_database_reachable"] == 1
    assert found["casewright_wakes"] == 0
    assert not any(name.startswith("casewright_passes_total") for name in found)
