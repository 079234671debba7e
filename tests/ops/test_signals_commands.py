"""`signal` and `beginnings`, and what may not be run by hand."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.usefixtures("tuesday")

Cli = Callable[..., Any]
Write = Callable[[str, str], Path]
DIRECT = "--no-prefect"

CRISIS = """\
process: crisis
title: Crisis
purpose: To make somebody safe
owner: intake_team
starts:
  - start: on signal danger_reported
    with:
      case: = signal.case
inputs:
  case:
    type: Case
    title: Case
steps:
  - id: note
    title: Note
    do: calculate
    value: 1
"""


def test_a_signal_begins_a_process_until_people_stop_that(office: Cli, write: Write) -> None:
    assert office("beginnings").out == "Nothing begins by itself.\n"
    page = office("run", "intake", "-i", "client=C-1", "-i", "received_at=now", DIRECT, "--json").json
    case = page["case"]["number"]
    shown = office("beginnings", "crisis-intervention").out
    assert "v1: on signal danger_reported, unless one is before the end of `safety`\n" in shown
    office("beginnings", "crisis-intervention", "--stop", "--reason", "not in use here")
    refused = office("run", write("crisis.yaml", CRISIS), DIRECT, ok=False)
    assert "`crisis` is not started by hand: it begins on signal danger_reported" in refused.err
    assert office("beginnings", "crisis").out == "crisis v1: on signal danger_reported\n"

    told = office("signal", "danger_reported", "--case", case, "--value", "reason=Shouting", DIRECT, "--json")
    assert (told.json["schema"], told.json["case"]) == ("casewright/signal/1", case)
    assert running(office, case) == ["crisis", "intake"]

    needs_reason = office("beginnings", "crisis", "--stop", ok=False)
    assert "needs a reason" in needs_reason.err
    stopped = office("beginnings", "crisis", "--stop", "--reason", "under review")
    assert stopped.out == "crisis v1: on signal danger_reported; stopped: under review\n"
    office("signal", "danger_reported", "--case", case, DIRECT)
    assert running(office, case) == ["crisis", "intake"]

    office("beginnings", "crisis", "--again")
    office("signal", "danger_reported", "--case", case, DIRECT)
    assert running(office, case) == ["crisis", "crisis", "intake"]
    (row,) = office("beginnings", "crisis", "--json").json["beginnings"]
    assert (row["at"], row["unless_open"]) == (None, None)
    assert (row["begins"], row["stopped_at"]) == ("on signal danger_reported", None)


def running(office: Cli, case: str) -> list[str]:
    return sorted(each["process"] for each in office("show", case, "--json").json["instances"])


def test_what_cannot_be_signalled_or_stopped_is_said(office: Cli) -> None:
    page = office("run", "intake", "-i", "client=C-1", "-i", "received_at=now", DIRECT, "--json").json
    case = page["case"]["number"]
    unknown = office("signal", "danger_reportet", "--case", case, DIRECT, ok=False)
    assert "did you mean danger_reported" in unknown.err
    assert "there is no case" in office("signal", "danger_reported", "--case", "2020-1", ok=False).err
    assert (
        "does not begin by itself" in office("beginnings", "intake", "--stop", "--reason", "x", ok=False).err
    )
    assert "exclude each other" in office("beginnings", "intake", "--stop", "--again", ok=False).err
    assert "it is about one process" in office("beginnings", "--again", ok=False).err
