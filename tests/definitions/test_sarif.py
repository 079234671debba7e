"""`check --format sarif`: what SARIF 2.1.0 asks of a log, and that its fixes mend what they say they mend."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from definitions.catalogue import Catalogue
from definitions.checker import check
from definitions.codes import CODES
from definitions.diagnostics import Diagnostic, Span
from definitions.sarif import sarif
from definitions.source import parse

CORPUS = Path(__file__).parent.parent / "corpus" / "bad" / "definitions"
LEVELS = {"error", "warning"}


def found(path: Path, catalogue: Catalogue) -> tuple[Diagnostic, ...]:
    return check(parse(path.read_bytes(), path.name), catalogue).diagnostics


@pytest.fixture(scope="module")
def log(real_catalogue: Catalogue) -> dict[str, Any]:
    files = sorted(CORPUS.glob("*.yaml"))
    problems = [each for path in files for each in found(path, real_catalogue)]
    made: dict[str, Any] = json.loads(
        json.dumps(sarif(problems, [path.name for path in files], Path(), "1.0"))
    )
    return made


def test_one_run_holds_all_files_and_every_result_points_to_a_rule_with_help(log: dict[str, Any]) -> None:
    assert log["version"] == "2.1.0"
    (run,) = log["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == sorted({rule["id"] for rule in rules})
    assert {rule["id"] for rule in rules} <= CODES.keys()
    assert all(rule["shortDescription"]["text"].endswith(".") for rule in rules)
    assert sum("help" in rule for rule in rules) > len(rules) / 2
    files = {each["location"]["uri"] for each in run["artifacts"]}
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["level"] in LEVELS
        assert result["message"]["text"]
        (place,) = result["locations"]
        assert place["physicalLocation"]["artifactLocation"]["uri"] in files


def test_regions_are_counted_from_one_and_end_behind_their_last_character(log: dict[str, Any]) -> None:
    for result in log["runs"][0]["results"]:
        regions = [result["locations"][0]["physicalLocation"]["region"]]
        regions += [each["physicalLocation"]["region"] for each in result.get("relatedLocations", ())]
        for region in regions:
            start = (region["startLine"], region["startColumn"])
            assert (1, 1) <= start <= (region["endLine"], region["endColumn"])


def test_results_name_their_step_and_other_places(log: dict[str, Any]) -> None:
    results = log["runs"][0]["results"]
    twice = next(each for each in results if "there is a step" in each["message"]["text"].lower())
    assert twice["locations"][0]["logicalLocations"][0]["name"] == "profile"
    assert twice["relatedLocations"][0]["id"] == 1
    assert twice["relatedLocations"][0]["message"]["text"] == "The first one."


def test_paths_are_relative_to_the_root_and_written_as_addresses() -> None:
    spans = [Span(f"/srv/our rules/{name}", 1, 1, 1, 2) for name in ("a.yaml", "über.yaml")]
    problems = [
        Diagnostic("CW201", "error", "m", span) for span in (*spans, replace(spans[0], file="/x.yaml"))
    ]
    run = sarif(problems, [], Path("/srv"), "1.0")["runs"][0]
    places = [each["locations"][0]["physicalLocation"]["artifactLocation"] for each in run["results"]]
    assert [place["uri"] for place in places] == [
        "our%20rules/a.yaml",
        "our%20rules/%C3%BCber.yaml",
        "file:///x.yaml",
    ]
    assert [place.get("uriBaseId") for place in places] == ["SRCROOT", "SRCROOT", None]
    assert run["originalUriBaseIds"]["SRCROOT"]["uri"] == "file:///srv/"


@pytest.mark.parametrize("path", sorted(CORPUS.glob("*.yaml")), ids=lambda path: path.stem)
def test_a_fix_mends_the_problem_that_it_is_for(path: Path, real_catalogue: Catalogue) -> None:
    text = path.read_text(encoding="utf-8")
    problems = found(path, real_catalogue)
    results = sarif(problems, [path.name], Path(), "1.0")["runs"][0]["results"]
    for problem, result in zip(problems, results, strict=True):
        for fix in result.get("fixes", ()):
            (replacement,) = fix["artifactChanges"][0]["replacements"]
            mended = _replaced(text, replacement["deletedRegion"], replacement["insertedContent"]["text"])
            left = check(parse(mended.encode(), path.name), real_catalogue).diagnostics
            here = [(each.code, each.message) for each in left if each.span.line == problem.span.line]
            assert (problem.code, problem.message) not in here


def _replaced(text: str, region: dict[str, int], new: str) -> str:
    lines = text.split("\n")
    line = lines[region["startLine"] - 1]
    lines[region["startLine"] - 1] = line[: region["startColumn"] - 1] + new + line[region["endColumn"] - 1 :]
    return "\n".join(lines)
