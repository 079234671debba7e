"""Incidents, holding, resuming and cancelling on the command line, without Prefect."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from office import FOOD_BANK

pytestmark = pytest.mark.usefixtures("tuesday")

Cli = Callable[..., Any]
Write = Callable[[str, str], Path]
DIRECT = "--no-prefect"

BY_NUMBER = FOOD_BANK.replace("client: {type: Client, title: Client}", "number: {type: text, title: Number}")
BY_NUMBER = BY_NUMBER.replace("id: = inputs.client.id", "reference: = inputs.number")
BY_NUMBER = BY_NUMBER.replace(
    "    do: assign_task", "    when: profile.language is known\n    do: assign_task"
)


@pytest.fixture
def stuck(office: Cli, write: Write) -> dict[str, Any]:
    """An incident: nobody is known by the number that was given. With it the `instance`."""
    page = office("run", write("f.yaml", BY_NUMBER), "-i", "number=C-7", DIRECT, "--json").json
    (row,) = office("incidents", "--json").json["incidents"]
    assert row["instance"] == page["instances"][0]["id"]
    return dict(row)


def steps(office: Cli, instance: str) -> dict[str, str]:
    page = office("show", instance, "--json").json
    return {step["step"]: step["state"] for step in page["instances"][0]["steps"]}


def intake(office: Cli) -> tuple[str, str]:
    """The case and the instance of an intake that waits for its assessment."""
    page = office("run", "intake", "-i", "client=C-1", "-i", "received_at=now", DIRECT, "--json").json
    return page["case"]["number"], page["instances"][0]["id"]


def test_the_list_says_what_stands_still_where_and_with_whom(office: Cli, stuck: dict[str, Any]) -> None:
    assert (stuck["process"], stuck["step"], stuck["position"]) == ("food-bank", "profile", "f.yaml:8:5")
    assert stuck["code"] == "no_record"
    text = office("incidents").out
    assert stuck["id"] in text
    assert "food-bank profile" in text
    assert "casewright incidents INCIDENT" in text


def test_one_incident_shows_its_lines_its_inputs_and_what_can_be_done(
    office: Cli, stuck: dict[str, Any]
) -> None:
    text = office("incidents", stuck["id"][-6:]).out
    assert "    8 |   - id: profile" in text
    assert "      reference: = inputs.number" in text
    assert "parcel" not in text.split("What it had read")[0].split("8 |")[1]
    assert "inputs.number: C-7" in text
    assert f"casewright skip {stuck['id']} --reason WHY --output record=..." in text
    page = office("incidents", stuck["id"], "--json").json
    assert page["schema"] == "casewright/incident/1"
    assert page["outputs"] == [{"name": "record", "type": "a Client record", "read_by": ["parcel"]}]


def test_without_any_the_list_says_so(office: Cli) -> None:
    assert office("incidents").out == "No open incidents.\n"
    assert office("incidents", "--json").json == {
        "schema": "casewright/incidents/1",
        "incidents": [],
        "held": [],
    }


def test_a_task_that_is_no_incident_is_told(office: Cli) -> None:
    intake(office)
    (task,) = office("tasks", "--json").json["tasks"]
    for command in (("incidents", task["id"]), ("retry", task["id"]), ("skip", task["id"], "--reason", "x")):
        assert "no incident" in office(*command, ok=False).err.replace("not an incident", "no incident")


def test_an_input_is_corrected_and_the_step_tried_again(office: Cli, stuck: dict[str, Any]) -> None:
    refused = office("retry", stuck["id"], "--set", "number=C-1", DIRECT, ok=False)
    assert "needs a reason" in refused.err
    done = office("retry", stuck["id"], "--set", "number=C-1", "--reason", "a digit", DIRECT, "--json").json
    assert (done["changed"], done["repeated"]) == (["number"], False)
    assert steps(office, stuck["instance"]) == {"profile": "completed", "parcel": "waiting"}
    assert office("incidents").out == "No open incidents.\n"


def test_a_step_is_skipped_with_the_record_that_the_others_need(office: Cli, stuck: dict[str, Any]) -> None:
    refused = office("skip", stuck["id"], "--reason", "found by hand", DIRECT, ok=False)
    assert "`parcel` (f.yaml:" in refused.err
    assert "--output record=" in refused.err
    unknown = office("skip", stuck["id"], "--reason", "x", "--output", "record=C-99", DIRECT, ok=False)
    assert "there is no Client `C-99`" in unknown.err
    done = office("skip", stuck["id"], "--reason", "found by hand", "--output", "record=C-1", DIRECT)
    assert done.out == "The step is skipped.\n"
    assert steps(office, stuck["instance"]) == {"profile": "skipped", "parcel": "waiting"}
    assert "skipped by a person: found by hand" in office("show", stuck["instance"]).out


def test_a_case_is_held_and_resumed(office: Cli) -> None:
    case, instance = intake(office)
    held = office("hold", case, "--reason", "the court decides", DIRECT)
    assert held.out == f"Held: instance {instance}.\n"
    assert "safety_alert" in held.err
    assert "Held: the court decides" in office("show", case).out
    (row,) = office("incidents", "--json").json["held"]
    assert (row["case"], row["process"], row["reason"]) == (case, "intake", "the court decides")
    assert "the court decides" in office("incidents").out
    (task,) = office("tasks", "--json").json["tasks"]
    office("book", task["id"], "--at", "2026-03-06T10:00", "--place", "Office", DIRECT)
    assert steps(office, instance)["assessment"] == "completed"  # the safety alert waits for it
    assert steps(office, instance)["appointment_email"] == "not started"
    resumed = office("resume", case, DIRECT, "--json").json
    assert resumed["instances"] == [
        {"instance_id": instance, "changed": True, "alerts": [], "undoing": False}
    ]
    assert steps(office, instance)["appointment_email"] == "completed"
    assert office("resume", case, DIRECT).out == f"It was not held: instance {instance}.\n"


def test_danger_is_told_at_once_though_the_case_is_held(office: Cli) -> None:
    case, instance = intake(office)
    (task,) = office("tasks", "--json").json["tasks"]
    office("book", task["id"], "--at", "2026-03-06T10:00", "--place", "Office", DIRECT)
    office("hold", case, "--reason", "a complaint", DIRECT)
    office("answer", task["id"], "immediate_danger", "yes", DIRECT)
    page = office("show", case, "--json").json
    sms = [each for each in page["messages"] if each["channel"] == "sms"]
    assert [(each["status"], each["priority"]) for each in sms] == [("delivered", "critical")]
    assert page["instances"][0]["status"] == "held"
    assert steps(office, instance)["risk"] == "not started"
    office("resume", case, DIRECT)


def test_a_case_is_cancelled_and_its_tasks_are_withdrawn(office: Cli) -> None:
    case, instance = intake(office)
    assert "Missing option '--reason'" in office("cancel", case, ok=False).err
    done = office("cancel", case, "--reason", "came to the wrong office", DIRECT)
    assert done.out == f"Cancelled: instance {instance}.\n"
    assert office("tasks").out == "No open tasks.\n"
    assert "Cancelled: came to the wrong office" in office("show", case).out
    again = office("cancel", instance, "--reason", "came to the wrong office", DIRECT)
    assert again.out == f"It was cancelled already: instance {instance}.\n"
    assert "what goes on: none" in office("hold", case, "--reason", "x", ok=False).err


def test_a_safety_alert_is_not_cancelled_by_the_way(office: Cli, write: Write) -> None:
    case, instance = intake(office)
    (task,) = office("tasks", "--json").json["tasks"]
    office("book", task["id"], "--at", "2026-03-06T10:00", "--place", "Office", DIRECT)
    office("answer", task["id"], "immediate_danger", "yes", "--later")
    refused = office("cancel", case, "--reason", "a mistake", DIRECT, ok=False)
    assert "safety alert that has not ended (`safety_alert`)" in refused.err
    assert steps(office, instance)["safety_alert"] == "not started"
    office("cancel", case, "--reason", "a mistake", "--with-alerts", DIRECT)
    assert office("show", case, "--json").json["messages"][-1]["channel"] == "email"


def test_several_processes_of_a_case_are_not_cancelled_by_one_word(office: Cli) -> None:
    case, instance = intake(office)
    more = ("-i", f"case={case}", DIRECT, "--json")
    other = office("run", "docs/examples/food-bank.yaml", *more).json["instances"]
    refused = office("cancel", case, "--reason", "x", DIRECT, ok=False)
    assert "several processes run" in refused.err
    assert "food-bank-referral" in office("hold", case, "--reason", "x", "--process", "intak", ok=False).err
    assert len(office("hold", case, "--reason", "x", DIRECT, "--json").json["instances"]) == 2
    done = office("cancel", case, "--process", "intake", "--reason", "x", DIRECT, "--json").json
    assert [each["instance_id"] for each in done["instances"]] == [instance]
    assert len(other) == 1


SHARED = FOOD_BANK.replace(
    "inputs:\n", "inputs:\n  people: {type: number, title: People}\n  secret: {type: text, title: Secret}\n"
).replace(
    "  - id: parcel\n",
    "  - id: share\n    title: Share the parcel\n    do: calculate\n    set:\n"
    '      note: "= coalesce(inputs.secret, \\"\\")"\n      each: = 12 / inputs.people\n  - id: parcel\n',
)


def test_an_incident_shows_the_expression_with_its_place_and_the_value_of_each_name(
    office: Cli, write: Write, caplog: pytest.LogCaptureFixture
) -> None:
    given = ("-i", "people=0", "-i", "secret=Rosebud")
    page = office("run", write("f.yaml", SHARED), "-i", "client=C-1", *given, DIRECT, "--json").json
    (row,) = office("incidents", "--json").json["incidents"]
    lines = office("incidents", row["id"]).out.split("\n")
    marked = next(index for index, line in enumerate(lines) if "each: = 12 / inputs.people" in line)
    shown = lines[marked + 1]
    assert lines[marked][shown.index("^") : shown.index("^") + shown.count("^")] == "12 / inputs.people"
    place = lines.index("No value for `each`: 12 / inputs.people")
    assert lines[place + 1] == "  inputs.people: 0"
    assert "  inputs.secret: Rosebud" in lines[place:]
    answer = office("incidents", row["id"], "--json").json
    assert answer["expression"] == "12 / inputs.people"
    assert answer["values"] == {"inputs.people": "0"}
    assert answer["marked"]["key"] == "each"
    shown = office("show", page["instances"][0]["id"]).out
    assert "a division by zero, in `12 / inputs.people` (f.yaml:" in shown
    assert "in `12 / inputs.people`" in office("tasks", row["id"]).out
    assert "Rosebud" not in caplog.text


ROUNDS = """\
process: rounds
title: Rounds
purpose: Share it out.
owner: intake_team
inputs:
  client: {type: Client, title: Client}
  kinds: {type: choices, title: Kinds, options: {food_parcel: Food, money: Money}}
  people: {type: number, title: People}
steps:
  - id: everyone
    title: Everyone
    for_each: {kind: = inputs.kinds}
    steps:
      - id: rounds
        title: Rounds
        repeat: {until: share.value > 0, at_most: 2}
        steps:
          - {id: share, title: Share, do: calculate, value: = 12 / inputs.people}
"""


def test_an_incident_in_a_loop_is_told_by_member_and_round(office: Cli, write: Write) -> None:
    given = ("-i", "client=C-1", "-i", "kinds=food_parcel, money", "-i", "people=0")
    office("run", write("r.yaml", ROUNDS), *given, DIRECT, "--json")
    rows = office("incidents", "--json").json["incidents"]
    assert [(row["iteration"], row["part"]) for row in rows] == [
        ("food_parcel/1", "kind: food parcel, round 1"),
        ("money/1", "kind: money, round 1"),
    ]
    assert "share (kind: food parcel, round 1)" in office("incidents").out
    page = office("incidents", rows[1]["id"]).out
    assert f"Incident {rows[1]['id']}, kind: money, round 1" in page
    assert "--output value=...\n      value: a number; needed by rounds" in page
    done = office("skip", rows[1]["id"], "--reason", "by hand", "--output", "value=3", DIRECT)
    assert done.out == "The step is skipped.\n"
    office("retry", rows[0]["id"], "--set", "people=4", "--reason", "counted anew", DIRECT)
    assert office("incidents").out == "No open incidents.\n"
