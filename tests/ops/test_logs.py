"""The log: one line per record, for people or as JSON, with ids and without what a step had read."""

import io
import json
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from flows.events import (
    IncidentRaised,
    MessageLeft,
    PassBegan,
    PassEnded,
    StepDone,
)
from ops.composition import open_engine
from ops.errors import SettingsError
from ops.logs import OURS, EventLog, logging_to
from ops.settings import Settings, load_settings

FLOWS = logging.getLogger("flows.runner")
BEGAN = PassBegan("01P", "intake", "01V", "0a-prefect", 40)
DONE = StepDone("01P", "intake", "fetch", "fetch_record", True, 40, 0, 1, 0.0213)
ENDED = PassEnded("01P", "intake", 40, 3, 1, 1, 0.5)


@pytest.fixture
def settings(home: Path) -> Settings:
    return replace(load_settings(), log="json", log_level="debug")


@contextmanager
def read(settings: Settings) -> Iterator[Callable[[], list[Any]]]:
    """A function that gives the lines which were written, JSON ones as values."""
    stream = io.StringIO()

    def lines() -> list[Any]:
        written = stream.getvalue().splitlines()
        return [json.loads(line) for line in written] if settings.log == "json" else written

    with logging_to(logging.StreamHandler(stream), settings):
        yield lines


def test_an_event_of_the_engine_is_a_line_with_its_ids_and_figures(settings: Settings) -> None:
    with read(settings) as lines:
        EventLog().observe(ENDED)
        (line,) = lines()
    assert line.pop("time").endswith("+00:00")
    assert line == {
        "level": "info",
        "logger": "ops.logs",
        "event": "pass_ended",
        "pass": "01P",
        "process": "intake",
        "instances": 40,
        "steps": 3,
        "failures": 1,
        "incidents": 1,
        "seconds": 0.5,
        "broke": "",
    }


def test_what_is_said_during_a_pass_bears_its_ids_and_what_comes_after_does_not(settings: Settings) -> None:
    with read(settings) as lines:
        observer = EventLog()
        observer.observe(BEGAN)
        FLOWS.warning("a step's transaction is tried again: %s", "OperationalError")
        observer.observe(ENDED)
        FLOWS.warning("later")
        _, during, _, after = lines()
    assert (during["pass"], during["process"], during["carrier_run"]) == ("01P", "intake", "0a-prefect")
    assert during["message"] == "a step's transaction is tried again: OperationalError"
    assert "pass" not in after


def test_plain_lines_say_the_same_for_people(settings: Settings) -> None:
    with read(replace(settings, log="plain")) as lines:
        EventLog().observe(DONE)
        (line,) = lines()
    assert line.split(" ", 1)[1] == (
        "DEBUG ops.logs: step done (pass=01P process=intake step=fetch kind=fetch_record begins=True "
        "instances=40 waiting=0 failures=1 seconds=0.021)"
    )


def test_what_needs_somebody_is_a_warning(settings: Settings) -> None:
    with read(replace(settings, log_level="warning")) as lines:
        observer = EventLog()
        for event in (
            BEGAN,
            DONE,
            ENDED,
            replace(ENDED, broke="OperationalError"),
            IncidentRaised("intake", "fetch", "fetch_record", "01I", "no_rule"),
            MessageLeft("01M", "sms", True, "sent", 0.4, 0.1, "01I", "01S"),
            MessageLeft("01M", "sms", True, "failed", 0.4, 0.1, "01I", "01S"),
        ):
            observer.observe(event)
        assert [line["event"] for line in lines()] == ["pass_ended", "incident_raised", "message_left"]


@pytest.mark.parametrize("form", ["json", "plain"])
def test_an_error_is_told_by_its_type_and_place_never_by_its_text(form: str, settings: Settings) -> None:
    with read(replace(settings, log=form)) as lines:
        try:
            raise ValueError("Rosa Vega, +12125550100")
        except ValueError:
            FLOWS.exception("dispatching failed")
        (line,) = lines()
    text = str(line)
    assert "Rosa" not in text
    assert "ValueError" in text
    assert "test_logs.py:" in text


@pytest.mark.parametrize("form", ["json", "plain"])
def test_a_record_is_one_line_whatever_it_says(form: str, settings: Settings) -> None:
    with read(replace(settings, log=form)) as lines:
        FLOWS.warning("one\ntwo\x1b[2J")
        assert len(lines()) == 1
        assert "\x1b" not in str(lines()[0]) or form == "json"


def test_an_engine_logs_on_the_standard_error_once_and_leaves_the_loggers_as_they_were(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with open_engine(load_settings()) as engine, open_engine(load_settings()):
        engine.runtime.observe(IncidentRaised("intake", "fetch", "fetch_record", "01I", "no_rule"))
    assert capsys.readouterr().err.count("incident raised") == 1
    for name in OURS:
        assert logging.getLogger(name).handlers == []
        assert logging.getLogger(name).level == logging.NOTSET


@pytest.mark.parametrize(
    ("name", "value", "allowed"),
    [("LOG", "xml", "plain, json"), ("LOG_LEVEL", "loud", "debug, info, warning")],
)
def test_another_form_or_level_is_refused(
    name: str, value: str, allowed: str, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"CASEWRIGHT_{name}", value)
    with pytest.raises(SettingsError, match=rf"CASEWRIGHT_{name}: one of {allowed}"):
        load_settings()
