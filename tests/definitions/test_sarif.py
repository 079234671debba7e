"""`check --format sarif`: what SARIF 2.1.0 asks of a log, and that its fixes mend what they say they mend."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

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


def closed(required: str, **properties: Any) -> dict[str, Any]:
    """An object with these properties and no others; those named in `required` have to be there."""
    return {
        "type": "object",
        "required": required.split(),
        "properties": properties,
        "additionalProperties": False,
    }


def listed(items: dict[str, Any], least: int = 0) -> dict[str, Any]:
    return {"type": "array", "items": items, "minItems": least, "uniqueItems": True}


TEXT = {"type": "string"}
FROM_ONE = {"type": "integer", "minimum": 1}
FROM_ZERO = {"type": "integer", "minimum": 0}
CONTENT = closed("text", text=TEXT)  # 3.3: text or binary
ARTIFACT = closed("uri", uri={"type": "string", "format": "uri-reference"}, uriBaseId=TEXT)  # 3.4
MESSAGE = closed("text", text={"type": "string", "pattern": r"^([^{}]|\{\{|\}\})+$"})  # 3.11.2, 3.11.5
FORMATS = closed("text", text=TEXT, markdown=TEXT)  # 3.12
REGION = closed(  # 3.30: a region of text begins with a line; lines and columns count from 1
    "startLine",
    **dict.fromkeys(("startLine", "startColumn", "endLine", "endColumn"), FROM_ONE),
    snippet=CONTENT,
)
PLACE = closed(
    "artifactLocation region", artifactLocation=ARTIFACT, region=REGION, contextRegion=REGION
)  # 3.29
LOGICAL = closed("name", name=TEXT, fullyQualifiedName=TEXT, kind={"const": "object"})  # 3.33
LOCATION = closed(  # 3.28
    "physicalLocation",
    id=FROM_ZERO,
    physicalLocation=PLACE,
    logicalLocations=listed(LOGICAL),
    message=MESSAGE,
)
REPLACEMENT = closed("deletedRegion", deletedRegion=REGION, insertedContent=CONTENT)  # 3.57
CHANGE = closed(  # 3.56
    "artifactLocation replacements", artifactLocation=ARTIFACT, replacements=listed(REPLACEMENT, 1)
)
FIX = closed("artifactChanges", description=MESSAGE, artifactChanges=listed(CHANGE, 1))  # 3.55
RESULT = closed(  # 3.27
    "message ruleId ruleIndex level locations",
    ruleId=TEXT,
    ruleIndex=FROM_ZERO,
    level={"enum": ["none", "note", "warning", "error"]},
    message=MESSAGE,
    locations=listed(LOCATION, 1),
    relatedLocations=listed(LOCATION),
    partialFingerprints={"type": "object", "additionalProperties": TEXT},
    fixes=listed(FIX),
)
RULE = closed("id", id=TEXT, shortDescription=FORMATS, fullDescription=FORMATS, help=FORMATS)  # 3.49
DRIVER = closed("name", name=TEXT, version=TEXT, rules=listed(RULE))  # 3.19
BASE = closed("uri", uri={"type": "string", "format": "uri", "pattern": "/$"})  # 3.14.14: ends with a slash
RUN = closed(  # 3.14
    "tool results",
    tool=closed("driver", driver=DRIVER),
    columnKind={"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
    originalUriBaseIds={"type": "object", "additionalProperties": BASE},
    artifacts=listed(closed("location", location=ARTIFACT)),
    results={"type": "array", "items": RESULT},
)
LOG = closed(  # 3.13
    "version runs",
    **{"$schema": {"type": "string", "format": "uri"}},
    version={"const": "2.1.0"},
    runs={"type": "array", "items": RUN},
)
"""What SARIF 2.1.0 demands of the objects that a log of ours has; the numbers are its sections."""


def test_a_log_has_what_the_specification_demands_and_nothing_that_it_does_not_know(
    log: dict[str, Any],
) -> None:
    Draft202012Validator.check_schema(LOG)
    found = Draft202012Validator(LOG).iter_errors(log)
    assert [f"{error.json_path}: {error.message}" for error in found] == []


def test_a_snippet_is_what_the_region_marks_and_its_context_is_more(log: dict[str, Any]) -> None:
    places = [each["locations"][0]["physicalLocation"] for each in log["runs"][0]["results"]]
    with_context = [each for each in places if "contextRegion" in each]
    assert len(with_context) > len(places) / 2
    for place in with_context:
        region, line = place["region"], place["contextRegion"]["snippet"]["text"]
        assert region["snippet"]["text"] == line[region["startColumn"] - 1 : region["endColumn"] - 1]
        assert region["snippet"]["text"] != line


def test_braces_of_a_message_are_no_placeholders() -> None:
    span = Span("a.yaml", 1, 1, 1, 2)
    problem = Diagnostic("CW211", "error", "write {{ x }}", span, related=((span, "not {x}"),))
    (result,) = sarif([problem], [], Path(), "1.0")["runs"][0]["results"]
    assert result["message"]["text"] == "Write {{{{ x }}}}."
    assert result["relatedLocations"][0]["message"]["text"] == "Not {{x}}."


def test_a_file_that_was_named_twice_is_one_artifact() -> None:
    run = sarif([], ["a.yaml", "./a.yaml", "b.yaml"], Path(), "1.0")["runs"][0]
    assert [each["location"]["uri"] for each in run["artifacts"]] == ["a.yaml", "b.yaml"]


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
