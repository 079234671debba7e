"""`casewright test --record`: a scenario from a case, in which nobody can be found."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from office import ANSWERS
from sqlalchemy import String, select

from definitions import parse
from models import Record
from ops.composition import open_engine
from ops.settings import load_settings
from tasks.records.record_catalogue import RECORDS

pytestmark = [
    pytest.mark.usefixtures("tuesday"),
    pytest.mark.sqlite("a scenario is played in memory; what it is recorded from is read in one way on both"),
]

Cli = Callable[..., Any]
Write = Callable[[str, str], Path]
DIRECT = "--no-prefect"
SECRET = "The neighbour Mr. Quillfeather hears shouting, call 0170 5550199"

PERSONAL = {
    "Client": ("reference", "given_name", "family_name", "preferred_name", "other_names", "lone_visit_note"),
    "ContactPoint": ("value", "address_1", "city", "postal_code", "code_word", "who_shares_device"),
    "Involvement": ("name", "note", "organization"),
    "Staff": ("name", "email", "phone"),
    "Service": ("reference", "name", "organization", "phone", "email", "address"),
    "Household": ("reference", "name"),
    "Appointment": ("place", "uid"),
    "Case": ("number", "reason"),
    "Goal": ("specific", "indicator", "achievable"),
}


def written_of_people() -> set[str]:
    """Every name, number, address and text about people in the database, and every id."""
    found: set[str] = set()
    with open_engine(load_settings()) as engine, engine.store.read() as session:
        for kind, fields in PERSONAL.items():
            for row in session.execute(select(RECORDS[kind])).scalars():
                found |= {str(getattr(row, name)) for name in fields if getattr(row, name)}
        for table in Record.metadata.sorted_tables:
            if isinstance(table.c.id.type, String):
                found |= set(session.execute(select(table.c.id)).scalars())
    return {each for each in found if len(each) > 2}


def record(office: Cli, case: str) -> Any:
    said = office("test", "--record", case)
    assert said.err == ""
    document = parse(said.out.encode(), "recorded.scenario.yaml")
    assert not document.diagnostics
    return said.out, document.value()


def test_a_whole_intake_is_recorded_and_comes_out_the_same(office: Cli, write: Write, tmp_path: Path) -> None:
    answers = str(write("answers.yaml", ANSWERS))
    page = office(
        "run", "intake", "-i", "client=C-1", "-i", "received_at=now", DIRECT, "--json", "--answers", answers
    ).json
    text, scenario = record(office, page["case"]["number"])
    assert scenario["process"] == "intake"
    file = tmp_path / "recorded.scenario.yaml"
    file.write_text(text, encoding="utf-8")
    assert "1 scenario: all passed" in office("test", file).out
    assert {each for each in written_of_people() if each in text} == set()


def test_danger_corrections_and_texts_are_recorded_without_a_word_of_theirs(
    office: Cli, write: Write
) -> None:
    run = office("run", "intake", "-i", "client=C-1", "-i", "received_at=now", DIRECT, "--json")
    case = run.json["case"]["number"]
    (task,) = office("tasks", "--json").json["tasks"]
    office("book", task["id"], "--at", "2026-03-06T10:00", "--place", SECRET, DIRECT)
    office("answer", task["id"], "immediate_danger", "no", DIRECT)
    office("answer", task["id"], "immediate_danger", "yes", "--reason", SECRET, DIRECT)
    text, scenario = record(office, case)
    acts = scenario["scenarios"][0]["acts"]
    doings = [each["people"] for each in acts if "people" in each]
    assert doings[0]["assessment"]["book"]["place"] == "Recorded place"
    assert doings[-1]["findings"]["correct"] == {
        "item": "immediate_danger",
        "value": "yes",
        "reason": "Recorded",
    }
    assert acts[-1]["expect"]["steps"]["safety_alert"] == "completed"
    assert {word for word in SECRET.split() if word in text} == set()
    assert {each for each in written_of_people() if each in text} == set()


TALK = """\
process: talk
title: Talk
purpose: To be recorded.
owner: intake_team
inputs: {client: {type: Client, title: Client}, why: {type: text, title: Why}}
steps:
  - id: talk
    title: Talk
    do: complete_checklist
    to: group intake_team
    items:
      - {id: story, ask: What happened?, type: text}
      - {id: number, ask: Which number?, type: number}
      - {id: day, ask: When?, type: date}
      - {id: home, ask: Has a home?, type: yes_no}
"""


def test_what_was_written_and_numbers_to_call_do_not_survive(office: Cli, write: Write) -> None:
    file = write("talk.yaml", TALK)
    run = office("run", file, "-i", "client=C-1", "-i", f"why={SECRET}", DIRECT, "--json").json
    (task,) = office("tasks", "--json").json["tasks"]
    answers = f'story: "{SECRET}"\nnumber: 12125550101\nday: 2026-02-28\nhome: "no"\n'
    office("complete", task["id"], "--by", "ann@example.org", "--answers", write("a.yaml", answers), DIRECT)
    text, scenario = record(office, run["instances"][0]["id"])
    (only,) = scenario["scenarios"]
    assert only["inputs"] == {"client": "client", "why": "Recorded text"}
    sent = next(each["people"]["talk"] for each in only["acts"] if "people" in each)
    assert sent["answers"] == {
        "story": "Recorded text",
        "number": 1_000_000,
        "day": "2026-02-28",
        "home": "no",
    }
    assert "12125550101" not in text
    assert {word for word in SECRET.split() if word in text} == set()
    assert {each for each in written_of_people() if each in text} == set()
