"""`casewright scheduler` as real processes: one leads, another takes over, also after kill -9."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from queue import Empty, Queue
from typing import Any

import pytest
from crash_figures import Outcome
from crash_table import PROCESSES, CrashTable

from models import Timer, TimerPurpose, new_id
from ops.composition import Engine, open_engine
from ops.scheduling import scheduling
from ops.settings import load_settings

PATIENCE = 120.0
"""Seconds after which a test gives up; it never waits that long when all is well."""

SHORT = {
    "CASEWRIGHT_LEADERSHIP_SECONDS": "2",
    "CASEWRIGHT_LEADERSHIP_RENEWAL_SECONDS": "0.3",
    "CASEWRIGHT_TICK_SECONDS": "0.1",
}


class Process:
    """A `casewright scheduler --json` and what it says."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "casewright", "scheduler", "--json"],
            env={**os.environ, **SHORT, **environment},
            stdout=subprocess.PIPE,
            text=True,
        )
        self._lines: Queue[dict[str, Any]] = Queue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as lines:
            for line in lines:
                self._lines.put(json.loads(line))

    def until(self, event: str, **facts: Any) -> dict[str, Any]:
        """The next line of this event with these facts; the lines before it are passed over."""
        while True:
            try:
                line = self._lines.get(timeout=PATIENCE)
            except Empty:
                raise AssertionError(f"no `{event}` came") from None
            if line["event"] == event and facts.items() <= line.items():
                return line

    def end(self, number: int) -> int:
        """Send it a signal and wait for its end; its exit status."""
        self._process.send_signal(number)
        self._process.wait(timeout=PATIENCE)
        self._reader.join()
        return self._process.returncode


@pytest.fixture
def begin(home: Path, engine: Engine) -> Iterator[Callable[..., Process]]:
    """Begins a scheduler in the home; what still runs at the end of the test is killed."""
    begun: list[Process] = []

    def start(**environment: str) -> Process:
        begun.append(Process({"CASEWRIGHT_HOME": str(home), **environment}))
        return begun[-1]

    yield start
    for each in begun:
        each.end(signal.SIGKILL)


def a_timer(engine: Engine, key: str) -> str:
    """A timer that is due. Its visit is gone, so firing it asks a person; that is enough for these tests."""
    timer = Timer(
        purpose=TimerPurpose.VISIT,
        key=key,
        due_at=datetime(2026, 1, 1, tzinfo=UTC),
        created_at=datetime(2026, 1, 1, tzinfo=UTC),
        detail={"visit": new_id()},
    )
    with engine.store.write() as session:
        session.add(timer)
    return timer.id


def fired(engine: Engine, timer_id: str) -> bool:
    with engine.store.read() as session:
        return session.get_one(Timer, timer_id).fired_at is not None


def test_of_two_schedulers_one_leads_and_after_kill_9_the_other(
    begin: Callable[..., Process], engine: Engine, crash_table: CrashTable
) -> None:
    first = begin()
    leader = first.until("leader", mine=True)
    second = begin()
    assert second.until("leader")["leader"] == leader["leader"]
    one = a_timer(engine, "one")
    first.until("fired", timers=1)
    assert first.end(signal.SIGKILL) == -signal.SIGKILL
    killed = time.monotonic()
    two = a_timer(engine, "two")
    assert second.until("leader", mine=True)["term"] == leader["term"] + 1
    crash_table.add(PROCESSES, Outcome(1, (), 0))
    crash_table.took(PROCESSES, time.monotonic() - killed)
    second.until("fired", timers=1)
    assert fired(engine, one)
    assert fired(engine, two)


def test_sigterm_ends_it_with_0_and_gives_the_leadership_up_at_once(
    begin: Callable[..., Process],
) -> None:
    long = {"CASEWRIGHT_LEADERSHIP_SECONDS": "3600"}
    first = begin(**long)
    first.until("leader", mine=True)
    second = begin(**long)
    second.until("leader", mine=False)
    assert first.end(signal.SIGTERM) == 0
    first.until("stopped")
    second.until("leader", mine=True)  # long before an hour has passed


@pytest.mark.parametrize("point", ["lead.before_commit", "lead.after_commit"])
def test_one_that_dies_while_it_takes_over_leaves_the_office_to_the_next(
    point: str, begin: Callable[..., Process]
) -> None:
    dead = begin(CASEWRIGHT_FAULT=point)
    assert dead.end(0) == -signal.SIGKILL
    begin().until("leader", mine=True)


def following(told: "Queue[tuple[str, Mapping[str, Any]]]", event: str) -> Mapping[str, Any]:
    """The facts of the next event of this name; others, of duties for instance, are passed over."""
    while True:
        name, facts = told.get(timeout=PATIENCE)
        if name == event:
            return facts


def test_a_scheduler_can_be_hosted_by_another_process(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in SHORT.items():
        monkeypatch.setenv(name, value)
    told: Queue[tuple[str, Mapping[str, Any]]] = Queue()
    with open_engine(load_settings()) as engine:
        timer = a_timer(engine, "one")
        with scheduling(engine, lambda event, facts: told.put((event, facts))) as scheduler:
            assert following(told, "leader")["mine"]
            assert following(told, "fired") == {"timers": 1}
            assert scheduler.leads
        assert not scheduler.leads
        assert fired(engine, timer)


def test_trouble_of_the_database_is_told_and_ends_nothing(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in SHORT.items():
        monkeypatch.setenv(name, value)
    told: Queue[tuple[str, Mapping[str, Any]]] = Queue()

    def fail(*_: object, **__: object) -> int:
        raise ZeroDivisionError("a client's name")

    with open_engine(load_settings()) as engine:
        a_timer(engine, "one")
        monkeypatch.setattr("flows.scheduler.tick", fail)
        with scheduling(engine, lambda event, facts: told.put((event, facts))):
            seen = [following(told, "trouble") for _ in range(2)]
    assert seen == [{"what": "tick", "message": "unexpected ZeroDivisionError"}] * 2
