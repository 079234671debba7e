"""`casewright hooks`: what administrators do on the command line."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hook_receiver import Receiver, receiver
from hook_world import verified
from typer.testing import CliRunner

from models import Case, Client
from ops.composition import Engine, open_engine
from ops.main import app
from ops.settings import load_settings

pytestmark = pytest.mark.sqlite("what the commands do is held on both databases by the tests of the API")


@pytest.fixture
def listening() -> Iterator[Receiver]:
    with receiver() as made:
        yield made


@pytest.fixture
def office(home: Path, listening: Receiver, monkeypatch: pytest.MonkeyPatch) -> Receiver:
    monkeypatch.setenv("CASEWRIGHT_SECRET", "a secret of the tests, long enough to be one")
    monkeypatch.setenv("CASEWRIGHT_HOOK_HOSTS", "127.0.0.1")
    return listening


def said(*arguments: str, status: int = 0) -> Any:
    result = CliRunner().invoke(app, ["hooks", *arguments, "--json"])
    assert result.exit_code == status, result.output
    return json.loads(result.stdout) if result.stdout else None


def test_a_hook_is_made_tried_paused_and_removed(office: Receiver) -> None:
    made = said("add", f"{office.url}/in", "--name", "Portal", "--event", "case.opened")
    assert made["hook"]["events"] == ["case.opened"]
    assert said("test", "Portal")["answer"] == 204
    (heard,) = office.heard
    assert verified(heard, made["secret"])
    office.answers.append(503)
    assert said("test", made["hook"]["id"], status=1)["error"] == "it answered with 503"
    assert said("pause", "Portal")["hook"]["state"] == "paused"
    assert said("pause", "Portal", "--resume")["hook"]["state"] == "on"
    moved = said("change", "Portal", "--address", f"{office.url}/new", "--event", "task.created")["hook"]
    assert (moved["name"], moved["events"]) == ("Portal", ["task.created"])
    assert said("change", "Portal", "--name", "Gate")["hook"]["url"] == f"{office.url}/new"
    assert said("test", "Gate")["told"]
    assert (office.heard[-1].path, verified(office.heard[-1], made["secret"])) == ("/new", True)
    said("change", "Gate", "--name", "Portal")
    assert said("rotate", "Portal")["secret"] != made["secret"]
    assert [each["name"] for each in said("list")["hooks"]] == ["Portal"]
    said("remove", "Portal")
    assert said("list")["hooks"] == []


def test_what_cannot_be_done_is_said_in_words(office: Receiver) -> None:
    for arguments, words in (
        (("test", "nobody"), "there is no webhook `nobody`"),
        (("add", "http://10.0.0.1/", "--name", "x"), "has to travel over TLS"),
        (("add", f"{office.url}/", "--name", "x", "--event", "case.open"), "the events of a webhook are"),
        (("add", f"{office.url}/", "--name", "x", "--owner", "nobody"), "there is no account `nobody`"),
        (("change", "nobody"), "give --name, --address or --event"),
        (("change", "nobody", "--name", "x"), "there is no webhook `nobody`"),
    ):
        result = CliRunner().invoke(app, ["hooks", *arguments])
        assert result.exit_code == 1
        assert words in result.output


def a_case(engine: Engine) -> None:
    now = engine.runtime.clock()
    client = Client(given_name="Rosa", family_name="Vega", created_at=now)
    with engine.store.write() as session:
        session.add(client)
        session.add(Case(number="2026-1", client_id=client.id, received_at=now, created_at=now))


def test_a_process_that_lives_on_tells_what_happens(office: Receiver) -> None:
    made = said("add", f"{office.url}/in", "--name", "Portal")
    with open_engine(load_settings()) as engine:
        a_case(engine)
        assert engine.tell_hooks() == 1
        assert engine.tell_hooks() == 0
    (heard,) = office.heard
    assert verified(heard, made["secret"])


def test_a_process_without_the_secret_leaves_it_to_others_and_says_so_once(
    office: Receiver, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    said("add", f"{office.url}/in", "--name", "Portal")
    monkeypatch.delenv("CASEWRIGHT_SECRET")
    with open_engine(load_settings()) as engine:
        assert engine.tell_hooks() == 0
        assert caplog.messages == []
        a_case(engine)
        assert [engine.tell_hooks(), engine.tell_hooks()] == [0, 0]
    assert office.heard == []
    assert [each for each in caplog.messages if "CASEWRIGHT_SECRET" in each] == [
        "webhooks are left to other processes: this one does not know CASEWRIGHT_SECRET"
    ]
