"""`casewright status`: how things stand, in the terminal and for programs."""

import json
import os
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest

from flows.figures import Figures, Holder, Leader, Queue
from models import Channel, InstanceStatus
from ops.commands.watching import watch_as_json, watch_as_text
from ops.composition import Engine, open_engine
from ops.pages.status_page import StatusPage
from ops.pages.status_text import duration, figure_rows, process_rows
from ops.prefect_status import Prefect, Worker
from ops.settings import load_settings

NOW = datetime(2026, 3, 2, 14, tzinfo=UTC)
BUSY = Figures(
    at=NOW,
    instances={
        "intake": {InstanceStatus.WAITING: 40, InstanceStatus.INCIDENT: 2},
        "welfare-check": {InstanceStatus.COMPLETED: 7},
    },
    wakes=12,
    oldest_ready=NOW - timedelta(seconds=3),
    holders=(Holder("host:1", 2, 100),),
    lapsed=5,
    incidents=2,
    outbox={Channel.SMS: Queue(3, NOW - timedelta(minutes=2, seconds=5))},
    overdue=4,
    overdue_since=NOW - timedelta(days=1, hours=4),
    next_due=NOW - timedelta(days=1, hours=4),
    leader=Leader("host:2", NOW - timedelta(hours=1), lapsed=False),
    unsealed=0,
)


def rows(figures: Figures, engine: Engine, prefect: Prefect = Prefect(None)) -> dict[str, str]:  # noqa: B008  (frozen)
    return dict(figure_rows(StatusPage(figures, prefect), engine.zone))


@pytest.fixture
def engine(home: Path) -> Iterator[Engine]:
    with open_engine(load_settings()) as made:
        yield made


@contextmanager
def a_server(answers: Mapping[str, object]) -> Iterator[str]:
    """An HTTP server that has these answers by the end of the path, and 404 for all others."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found = next((answer for path, answer in answers.items() if self.path.endswith(path)), None)
            self.send_response(404 if found is None else 200)
            self.end_headers()
            self.wfile.write(json.dumps(found).encode())

        do_POST = do_GET  # noqa: N815  (the name is http.server's)

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Answer)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/api"
    server.shutdown()
    server.server_close()
    thread.join()


def test_processes_stand_with_the_statuses_that_occur() -> None:
    assert process_rows(BUSY) == (
        ("Process", "waiting", "incident", "completed"),
        [("intake", "40", "2", "0"), ("welfare-check", "0", "0", "7")],
    )


def test_each_figure_is_told_in_words(engine: Engine) -> None:
    assert rows(BUSY, engine) == {
        "ready": "12 wakes, the oldest has waited 3 s",
        "under way": "host:1: 2 passes, 100 instances",
        "left behind": "5 instances of a carrier that stopped; taken over next",
        "incidents": "2 to decide: casewright incidents",
        "email": "nothing to send",
        "sms": "3 to send, the oldest has waited 2 min 5 s",
        "time": "4 timers overdue, the first by 1 d 4 h",
        "scheduler": "host:2 leads since 2026-03-02 08:00",
        "prefect": "no server known; each command that needs one starts its own",
    }


def test_a_control_character_in_a_name_does_not_reach_the_terminal(engine: Engine) -> None:
    from dataclasses import replace

    odd = replace(BUSY, holders=(Holder("host\x1b[2J", 1, 1),))
    assert "\x1b" not in rows(odd, engine)["under way"]


@pytest.mark.parametrize(
    ("span", "words"),
    [
        (timedelta(milliseconds=200), "less than 1 s"),
        (timedelta(seconds=59), "59 s"),
        (timedelta(minutes=61), "1 h 1 min"),
        (timedelta(days=3, seconds=4), "3 d 4 s"),
    ],
)
def test_a_length_of_time_is_told_in_its_two_largest_units(span: timedelta, words: str) -> None:
    assert duration(span) == words


def test_it_works_while_nothing_runs_and_says_that_nobody_ticks(cli: Callable[..., Any]) -> None:
    said = cli("status").out
    assert "No case has begun." in said
    assert "start `casewright scheduler`" in said


def test_the_same_is_given_to_programs(cli: Callable[..., Any]) -> None:
    said = cli("status", "--json").json
    assert said["schema"] == "casewright/status/1"
    assert said["ready"] == {"wakes": 0, "lag_seconds": 0.0}
    assert said["outbox"]["sms"] == {"unsent": 0, "oldest_seconds": 0.0}
    assert (said["scheduler"], said["prefect"]) == (None, {"api": None, "reachable": False, "workers": []})


WORKERS = [{"name": "host-b", "status": "ONLINE"}, {"name": "host-a", "status": "OFFLINE"}]


@pytest.mark.parametrize(
    ("answers", "reachable", "workers"),
    [
        (
            {"/health": True, "/work_pools/casewright/workers/filter": WORKERS},
            True,
            [{"name": "host-a", "online": False}, {"name": "host-b", "online": True}],
        ),
        ({"/health": True}, True, []),
        ({"/health": True, "/workers/filter": {"detail": "odd"}}, True, []),
        ({}, False, []),
    ],
    ids=["workers", "no pool yet", "odd answer", "not healthy"],
)
def test_a_prefect_server_is_asked_whether_it_is_there_and_for_its_workers(
    answers: dict[str, object],
    reachable: bool,
    workers: list[object],
    cli: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with a_server(answers) as api:
        monkeypatch.setenv("CASEWRIGHT_PREFECT_API_URL", api)
        said = cli("status", "--json").json["prefect"]
    assert said == {"api": api, "reachable": reachable, "workers": workers}


def test_workers_are_told_those_that_have_gone_by_their_number(engine: Engine) -> None:
    there = Prefect("http://host/api", True, (Worker("host-a", False), Worker("host-b", True)))
    assert rows(BUSY, engine, there)["workers"] == "host-b (1 more have gone)"
    alone = Prefect("http://host/api", True)
    assert rows(BUSY, engine, alone)["workers"] == "none; start `casewright worker`"


def test_a_prefect_server_that_is_not_there_is_told(
    cli: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CASEWRIGHT_PREFECT_API_URL", "http://127.0.0.1:1/api")
    assert "does not answer" in cli("status").out


class Looks(Event):
    """Stops after some looks."""

    def __init__(self, count: int) -> None:
        super().__init__()
        self.left = count

    def wait(self, timeout: float | None = None) -> bool:
        self.left -= 1
        return self.left == 0


def test_watching_looks_again_and_again(engine: Engine, capsys: pytest.CaptureFixture[str]) -> None:
    watch_as_json(engine, Looks(3))
    lines = capsys.readouterr().out.splitlines()
    assert [json.loads(line)["schema"] for line in lines] == ["casewright/status/1"] * 3
    watch_as_text(engine, Looks(2))
    assert "nothing is due" in capsys.readouterr().out


def test_whoever_holds_a_lease_is_told_with_host_and_process(home: Path) -> None:
    with open_engine(load_settings(), holder="worker") as engine:
        assert engine.runtime.holder == f"worker {socket.gethostname()}:{os.getpid()}"
