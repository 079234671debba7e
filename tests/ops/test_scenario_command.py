"""`casewright test`: what it says, its JSON, its JUnit file and its exit status."""

import json
from collections.abc import Sequence
from pathlib import Path
from xml.etree import ElementTree

import pytest
from typer.testing import CliRunner, Result

from definitions import PROCESSES, scenario_files
from ops.main import app

pytestmark = pytest.mark.sqlite("scenarios have a database in memory of their own")

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"
SLIP = "          process: completed"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CASEWRIGHT_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("COLUMNS", "200")


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, ["test", *map(str, arguments)])


def copied(folder: Path, *slips: tuple[str, str]) -> Path:
    for name in ("food-bank.yaml", "food-bank.scenario.yaml"):
        text = (EXAMPLES / name).read_text(encoding="utf-8")
        if "scenario" in name:
            for right, wrong in slips:
                assert right in text
                text = text.replace(right, wrong)
        (folder / name).write_text(text, encoding="utf-8")
    return folder / "food-bank.scenario.yaml"


def test_the_shipped_definitions_are_played_through_every_step_and_branch() -> None:
    result = run("--json", "--jobs", "1")
    assert result.exit_code == 0, result.output
    answer = json.loads(result.stdout)
    assert list(answer) == ["scenarios", "failed", "step_coverage", "branch_coverage", "uncovered"]
    assert answer["scenarios"] >= 30
    assert (answer["failed"], answer["step_coverage"], answer["branch_coverage"]) == (0, 1.0, 1.0)
    assert answer["uncovered"] == []


@pytest.mark.parametrize("name", ["food-bank.scenario.yaml", "food-bank.yaml", ""])
def test_a_path_is_a_scenario_file_a_definition_or_a_folder(tmp_path: Path, name: str) -> None:
    copied(tmp_path)
    result = run(tmp_path / name)
    assert result.exit_code == 0, result.output
    assert "  pass  The food bank gets the referral (" in result.stdout
    assert "1 scenario: all passed; steps 100.0%, branches 100.0%" in result.stdout


@pytest.mark.parametrize("folder", [EXAMPLES, EXAMPLES / "procedures"], ids=lambda folder: folder.name)
def test_the_examples_are_played_through_every_step_and_branch(folder: Path) -> None:
    result = run(*scenario_files(folder), "--json", "--jobs", "1")
    answer = json.loads(result.stdout)
    assert (answer["failed"], answer["uncovered"]) == (0, []), result.stderr
    assert (answer["step_coverage"], answer["branch_coverage"]) == (1.0, 1.0)


def test_what_failed_is_told_with_its_place_and_ends_with_1(tmp_path: Path) -> None:
    file = copied(tmp_path, (SLIP, SLIP.replace("completed", "waiting")))
    junit = tmp_path / "junit.xml"
    result = run(file, "--junit", junit)
    assert result.exit_code == 1
    assert f"{file}:8:20: the process: expected waiting; got completed" in result.stdout
    case = ElementTree.parse(junit).getroot().find(".//testcase")
    assert case is not None
    failure = case.find("failure")
    assert failure is not None
    assert (case.get("name"), failure.get("message")) == (
        "The food bank gets the referral",
        "the process: expected waiting; got completed",
    )
    plain = run(file, "--json")
    assert plain.exit_code == 1
    assert json.loads(plain.stdout)["failed"] == 1
    assert "expected waiting; got completed" in plain.stderr


@pytest.mark.parametrize(
    "slips", [[("talk:", "tlak:")], [("acts:", "actz:")], [(SLIP, "          process: [")]], ids=str
)
def test_a_faulty_file_ends_with_2_and_nothing_is_played(
    tmp_path: Path, slips: Sequence[tuple[str, str]]
) -> None:
    result = run(copied(tmp_path, *slips))
    assert result.exit_code == 2
    assert "nothing was played" in result.stderr
    assert "food-bank.scenario.yaml:" in result.stderr


def test_a_faulty_definition_ends_with_2(tmp_path: Path) -> None:
    file = copied(tmp_path)
    definition = tmp_path / "food-bank.yaml"
    definition.write_text(definition.read_text().replace("do: create_referral", "do: create_referal"))
    result = run(file)
    assert result.exit_code == 2
    assert "create_referral" in result.stderr


def test_some_scenarios_can_be_chosen_by_name() -> None:
    result = run(PROCESSES / "welfare-check.yaml", "-k", "not well", "--repeat", "2")
    assert result.exit_code == 0, result.output
    assert "2 scenarios: all passed" in result.stdout
    assert ", 2 times)" in result.stdout
    assert run(PROCESSES, "-k", "no such thing").exit_code == 1


def test_a_folder_without_scenarios_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("process: a\n")
    result = run(tmp_path)
    assert result.exit_code == 1
    assert "put a file NAME.scenario.yaml beside the definition" in result.stderr


def test_check_looks_at_scenario_files_too(tmp_path: Path) -> None:
    copied(tmp_path, ("talk:", "tlak:"))
    result = CliRunner().invoke(app, ["check", str(tmp_path)])
    assert result.exit_code == 1
    assert 'did you mean "talk"?' in result.stdout
    assert "2 files: 1 error" in result.stdout


SCREEN = """process: screen
title: Screen
purpose: To be played with a shared scorecard.
owner: intake_team
inputs:
  wish: {type: yes_no, title: Wish}
  thoughts: {type: yes_no, title: Thoughts}
  act: {type: yes_no, title: Act}
outputs: {band: = screen.band}
steps:
  - id: screen
    title: Screen
    do: score
    scorecard: suicide-screen
    inputs:
      wish: = inputs.wish
      thoughts: = inputs.thoughts
      act: = inputs.act
"""
SCREENED = """process: screen
scenarios:
  - name: nothing
    inputs: {wish: no, thoughts: no, act: no}
    acts:
      - expect:
          outputs: {band: none}
          branches: {screen.items.method.only_if: does not hold}
"""


def test_a_shared_scorecard_is_covered_where_it_is_used(tmp_path: Path) -> None:
    card = EXAMPLES / "scorecards" / "suicide-screen.yaml"
    (tmp_path / "scorecards").mkdir()
    (tmp_path / "scorecards" / card.name).write_text(card.read_text(encoding="utf-8"), encoding="utf-8")
    (tmp_path / "screen.yaml").write_text(SCREEN, encoding="utf-8")
    (tmp_path / "screen.scenario.yaml").write_text(SCREENED, encoding="utf-8")
    result = run(tmp_path, "--json")
    assert result.exit_code == 0, result.output
    left = {(each["branch"], each["way"]) for each in json.loads(result.stdout)["uncovered"]}
    assert left == {
        (f"screen.items.{item}.only_if", "holds") for item in ("method", "intent", "plan", "recent")
    }
