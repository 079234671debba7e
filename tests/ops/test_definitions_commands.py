"""check, explain, schema, new."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from office import FOOD_BANK

from definitions import PROCESSES

Cli = Callable[..., Any]
Write = Callable[[str, str], Path]

BROKEN = FOOD_BANK.replace("do: fetch_record", "do: fetch_recrod").replace(
    "group referral_team", "group referal_team"
)


def test_the_shipped_definitions_are_sound(cli: Cli) -> None:
    said = cli("check", PROCESSES)
    assert said.out.endswith("files: no problems\n")


def test_a_definition_of_ones_own_is_sound(cli: Cli, write: Write) -> None:
    assert cli("check", write("own/food-bank.yaml", FOOD_BANK)).out == "1 file: no problems\n"


def test_every_problem_of_every_file_is_shown_with_place_caret_and_suggestion(cli: Cli, write: Write) -> None:
    first = write("own/a.yaml", BROKEN)
    second = write("own/b.yaml", "process: b\nprocess: c\n")
    said = cli("check", first.parent, ok=False)
    assert said.status == 1
    assert f"{first}:10:9: error CW232: there is no step kind `fetch_recrod`" in said.out
    assert "^^^^^^^^^^^^" in said.out
    assert 'did you mean "fetch_record"?' in said.out
    assert "referral_team" in said.out
    assert f"{second}:2:1: error CW110" in said.out
    assert "2 files: " in said.out


def test_problems_as_json_have_a_stable_shape(cli: Cli, write: Write) -> None:
    said = cli("check", write("own/a.yaml", BROKEN), "--json", ok=False)
    answer = said.json
    assert said.status == 1
    assert answer["schema"] == "casewright/check/1"
    assert set(answer) == {"schema", "files", "errors", "warnings", "diagnostics"}
    assert answer["errors"] == sum(each["severity"] == "error" for each in answer["diagnostics"]) > 0
    assert set(answer["diagnostics"][0]) == {
        "code", "severity", "message", "span", "source_line", "allowed", "suggestion", "advice", "related",
        "step", "step_title",
    }  # fmt: skip


def test_sarif_holds_the_problems_of_all_files_in_one_run(cli: Cli, write: Write) -> None:
    folder = write("own/a.yaml", BROKEN).parent
    write("own/b.yaml", "process: b\nprocess: c\n")
    said = cli("check", folder, "--format", "sarif", ok=False)
    assert said.status == 1
    (run,) = json.loads(said.out)["runs"]
    assert len(run["artifacts"]) == 2
    assert {"CW110", "CW232"} <= {each["ruleId"] for each in run["results"]}
    assert cli("check", folder, "--format", "json", ok=False).json["schema"] == "casewright/check/1"
    assert cli("check", folder, "--format", "xml", ok=False).status == 2


def test_two_files_with_the_same_process_are_reported(cli: Cli, write: Write) -> None:
    write("own/a.yaml", FOOD_BANK)
    said = cli("check", write("own/b.yaml", FOOD_BANK).parent, ok=False)
    assert "error CW616: another file defines the process `food-bank` too" in said.out
    assert "a.yaml:1:10: the first one, which counts" in said.out


def test_a_file_that_is_not_there_is_a_problem_of_that_file(cli: Cli, tmp_path: Path) -> None:
    said = cli("check", tmp_path / "nowhere.yaml", ok=False)
    assert said.status == 1
    assert "error CW100" in said.out


def test_an_empty_folder_is_told(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert "holds no definitions" in cli("check", tmp_path / "empty", ok=False).err


def test_a_folder_is_checked_with_its_own_vocabulary(cli: Cli, write: Write) -> None:
    from definitions import SHIPPED

    words = SHIPPED.read_text(encoding="utf-8").replace(
        "referral_team: Referral team", "food_team: Food team"
    )
    write("own/vocabulary.yaml", words)
    file = write("own/food-bank.yaml", FOOD_BANK)
    for path in (file.parent, file):
        assert "CW605" in cli("check", path, ok=False).out
    assert "CW605" in cli("explain", file, ok=False).err
    assert cli("check", write("own/food-bank.yaml", FOOD_BANK.replace("referral_team", "food_team")).parent)


def test_a_broken_vocabulary_is_reported_with_its_place(cli: Cli, write: Write) -> None:
    file = write("own/vocabulary.yaml", "groups: {}\n")
    said = cli("check", file.parent, ok=False)
    assert f"{file}:1:" in said.out


def test_explain_says_the_sixteen_steps_in_words(cli: Cli) -> None:
    said = cli("explain", "intake")
    assert "16. Remove duplicate contact" in said.out
    assert "Starts after:" in said.out
    steps = cli("explain", "intake", "--json").json["steps"]
    assert len(steps) == 16
    assert all(step["ends_when"] for step in steps)


def test_explain_says_what_a_code_means(cli: Cli) -> None:
    said = cli("explain", "cw110").out
    assert said.startswith("CW110: a key stands twice\n=====")
    assert "Why it matters." in said
    assert "    due: 5 days" in said
    answer = cli("explain", "CW110", "--json").json
    assert answer["schema"] == "casewright/explain-code/1"
    assert answer["action"].startswith("Keep one of the two")
    assert [each["role"] for each in answer["examples"]] == ["wrong", "text", "right"]
    assert "there is no code CW000" in cli("explain", "CW000", ok=False).err


def test_explain_of_a_faulty_file_shows_its_problems(cli: Cli, write: Write) -> None:
    said = cli("explain", write("a.yaml", BROKEN), ok=False)
    assert said.status == 1
    assert "CW232" in said.err


def test_a_process_that_is_not_known_is_named(cli: Cli) -> None:
    assert "did you mean intake?" in cli("explain", "intaek", ok=False).err


def test_schema_is_a_json_schema(cli: Cli) -> None:
    schema = json.loads(cli("schema").out)
    assert schema["title"] == "Casewright process definition"
    assert "do_send_sms" in schema["$defs"]


def test_there_is_a_schema_for_each_kind_of_file(cli: Cli) -> None:
    for kind in ("scorecard", "checklist", "table"):
        schema = json.loads(cli("schema", "--shared", kind).out)
        assert schema["title"] == f"Casewright {kind}"
        assert kind in schema["required"]
    assert json.loads(cli("schema", "--scenario").out)["title"] == "Casewright scenarios"
    assert cli("schema", "--shared", "vocabulary", ok=False).status == 2
    assert "give --scenario or --shared" in cli("schema", "--scenario", "--shared", "table", ok=False).err


def test_new_begins_with_a_shipped_process_that_checks(cli: Cli, tmp_path: Path) -> None:
    cli("new", "our-intake", "--from", "intake", "--to", tmp_path)
    assert (tmp_path / "our-intake.yaml").read_text(encoding="utf-8").count("process: our-intake") == 1
    cli("check", tmp_path / "our-intake.yaml")


@pytest.mark.parametrize("name", ["Our Intake", "../x", "intake_2", "class!"])
def test_new_refuses_names_that_no_process_may_have(cli: Cli, tmp_path: Path, name: str) -> None:
    assert cli("new", name, "--to", tmp_path, ok=False).status == 1
    assert list(tmp_path.iterdir()) == []


def test_new_never_overwrites(cli: Cli, tmp_path: Path) -> None:
    file = tmp_path / "our-intake.yaml"
    file.write_text("mine", encoding="utf-8")
    assert "left as it is" in cli("new", "our-intake", "--to", tmp_path, ok=False).err
    assert file.read_text(encoding="utf-8") == "mine"


SHARED_CARD = """\
scorecard: daily
title: Daily living
inputs:
  eats: {type: yes_no, title: Eats alone}
items:
  eats: {of: = inputs.eats, points: {"yes": 0, "no": 1}}
bands: {alone: 0, help: 1}
"""
SHARED_LIST = (
    "checklist: daily\ntitle: Daily living\nitems:\n  - {id: eats, ask: Eats alone?, type: yes_no}\n"
)
SHARING = """\
process: help-at-home
title: Help at home
purpose: See how much help is needed.
owner: intake_team
outputs:
  band: = rating.band
steps:
  - {id: form, title: Form, do: complete_checklist, to: caseworker, checklist: daily}
  - {id: rating, title: Rating, do: score, scorecard: daily, from: = form}
"""
SHARING_SCENARIO = """\
process: help-at-home
scenarios:
  - name: Needs help
    acts:
      - people: {form: {answers: {eats: no}}}
      - expect: {process: completed, outputs: {band: help}}
"""


def test_what_processes_share_is_found_beside_them_by_every_command(cli: Cli, write: Write) -> None:
    write("own/scorecards/daily.yaml", SHARED_CARD)
    write("own/checklists/daily.yaml", SHARED_LIST)
    process = write("own/help-at-home.yaml", SHARING)
    write("own/help-at-home.scenario.yaml", SHARING_SCENARIO)
    assert cli("check", process).out == "1 file: no problems\n"
    assert cli("check", process.parent).out == "4 files: no problems\n"
    assert "Uses the scorecard `daily`." in cli("explain", process).out
    assert "pass  Needs help" in cli("test", process).out


def test_a_shared_file_is_checked_by_itself_and_only_told_once(cli: Cli, write: Write) -> None:
    card = write("own/scorecards/daily.yaml", SHARED_CARD.replace("help: 1", "help: 2"))
    write("own/checklists/daily.yaml", SHARED_LIST)
    process = write("own/help-at-home.yaml", SHARING)
    for path in (card, process, process.parent):
        assert cli("check", path, ok=False).out.count("error CW701") == 1


def test_a_fault_of_a_shared_file_belongs_to_no_step_that_takes_the_same_lines(
    cli: Cli, write: Write
) -> None:
    card = "# Written\n# by hand\n" + SHARED_CARD.replace("help: 1", "help: over 1")
    shared = write("own/scorecards/daily.yaml", card)
    write("own/checklists/daily.yaml", SHARED_LIST)
    process = write("own/help-at-home.yaml", SHARING)
    assert process.read_text().splitlines()[8].startswith("  - {id: rating")
    for path in (shared, process, process.parent):
        said = cli("check", path, ok=False).out
        assert said.count("daily.yaml:9:25: error CW702") == said.count("CW702: `over 1`") == 1
        assert "in step" not in said


def test_two_shared_files_of_one_name_are_reported(cli: Cli, write: Write) -> None:
    write("own/scorecards/a.yaml", SHARED_CARD)
    said = cli("check", write("own/scorecards/b.yaml", SHARED_CARD).parent, ok=False)
    assert "error CW715: another file is the scorecard `daily` too" in said.out
