"""A vocabulary of one's own: shipped processes that do not fit it stop nobody who does not need them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Cli = Callable[..., Any]
Write = Callable[[str, str], Path]
pytestmark = pytest.mark.sqlite("files are checked and played, no database of one's own takes part")

VOCABULARY = """\
languages: {declared: [en], fallback: en}
calendar: office
calendars:
  office: {zone: Europe/London, hours: {mon-thu: 09:00-17:00}, holidays: none}
groups: {night_team: Night team}
rotas: {duty_manager: {title: Duty manager, group: night_team}}
"""
HELLO = """\
process: hello
title: Hello
purpose: Try my own words.
owner: night_team
inputs: {case: {type: Case, title: Case}}
steps:
  - id: call
    title: Call
    do: assign_task
    to: group night_team
"""
NEEDS = HELLO.replace("inputs:", "references: [case-closure]\ninputs:")
SCENARIO = """\
process: hello
scenarios:
  - name: It is called
    acts: [{expect: {process: waiting}}]
"""


@pytest.fixture
def folder(write: Write) -> Path:
    write("own/hello.scenario.yaml", SCENARIO)
    write("own/hello.yaml", HELLO)
    return write("own/vocabulary.yaml", VOCABULARY).parent


def test_shipped_processes_that_nobody_named_are_no_obstacle(
    cli: Cli, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "3 files: no problems" in cli("check", folder).out
    played = cli("test", folder, "--jobs", 1)
    assert "1 scenario: all passed" in played.out
    assert played.err == ""
    monkeypatch.setenv("CASEWRIGHT_DEFINITIONS", str(folder))
    refused = cli("run", "hello", "--no-prefect", ok=False)
    assert "case-closure" not in refused.err
    assert "CW" not in refused.err


def test_a_shipped_process_that_is_needed_is_told_as_such_by_every_command(
    cli: Cli, folder: Path, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = write("own/hello.yaml", NEEDS)
    monkeypatch.setenv("CASEWRIGHT_DEFINITIONS", str(folder))
    checked = cli("check", folder, ok=False)
    told = (checked.out, cli("test", folder, ok=False).err, cli("run", "hello", ok=False).err)
    for words in told:
        assert "there is no group `intake_team` (in `case-closure`, which comes with Casewright)" in words
        assert "put a file of your own for `case-closure` in your folder" in words
        assert "hello.yaml:5:14: `case-closure` is needed here" in words
        assert "case-assessment" not in words
    assert checked.status == 1
    assert str(file) in checked.out


def test_a_scenario_of_a_shipped_process_needs_it(cli: Cli, folder: Path, write: Write) -> None:
    write("own/hello.scenario.yaml", SCENARIO.replace("hello", "case-closure"))
    for command in ("check", "test"):
        said = cli(command, folder, ok=False)
        assert "there is no group `intake_team` (in `case-closure`" in said.out + said.err
