"""The shipped definitions, checked against everything that is installed."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from definitions import (
    Catalogue,
    explain,
    from_materials,
    is_scenario,
    json_schema,
    load,
    materials,
    new,
    parse,
    render,
    shared_schema,
    signatures,
)
from definitions.checker import check
from definitions.plan import Need, Plan
from definitions.scenarios import scenario_schema
from definitions.shipped import PROCESSES, process_files
from definitions.source import read

TITLES = (
    "Retrieve client profile",
    "Initialize case record",
    "Assign intake assessment task",
    "Intake assessment checklist",
    "Update risk level",
    "Calculate vulnerability score",
    "Fetch household members",
    "Sum household income",
    "Create referral task",
    "Notify client of appointment",
    "Send safety alert SMS",
    "Create referral record",
    "Update case status to 'Active'",
    "Schedule follow-up visit",
    "Generate monthly case summary",
    "Remove duplicate contact",
)


def shipped(name: str, catalogue: Catalogue) -> Plan:
    found = load(PROCESSES / f"{name}.yaml", catalogue)
    assert found.diagnostics == (), "\n".join(render(each) for each in found.diagnostics)
    assert found.plan is not None
    return found.plan


@pytest.mark.parametrize("path", process_files(), ids=lambda path: path.stem)
def test_each_shipped_definition_is_clean_and_named_like_its_file(
    path: Path, real_catalogue: Catalogue
) -> None:
    assert shipped(path.stem, real_catalogue).process == path.stem


def test_intake_has_the_sixteen_steps_of_the_source_in_its_order(real_catalogue: Catalogue) -> None:
    plan = shipped("intake", real_catalogue)
    assert tuple(step.title for step in plan.steps) == TITLES


def test_the_safety_alert_waits_for_one_answer_only(real_catalogue: Catalogue) -> None:
    alert = shipped("intake", real_catalogue).step("safety_alert")
    assert alert.needs == (Need("findings", "immediate_danger"),)
    assert alert.critical


def test_every_step_is_explained_in_sentences(real_catalogue: Catalogue) -> None:
    for path in process_files():
        for words in explain(shipped(path.stem, real_catalogue)):
            assert words.does
            assert all(re.search(r"[.!?]$", sentence) for sentence in words.does), words


@pytest.mark.parametrize("path", process_files(), ids=lambda path: path.stem)
def test_each_plan_is_built_again_from_its_materials(path: Path, real_catalogue: Catalogue) -> None:
    plan = shipped(path.stem, real_catalogue)
    kept = materials(plan)
    again = from_materials(plan.source, plan.file, kept, real_catalogue.kinds, real_catalogue.records, {})
    assert again.hash == plan.hash
    assert again.steps == plan.steps


@pytest.fixture(scope="module")
def validator(real_catalogue: Catalogue) -> Draft202012Validator:
    schema = json_schema(real_catalogue)
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


def values(name: str) -> dict[str, Any]:
    value = read(PROCESSES / f"{name}.yaml").value()
    assert isinstance(value, dict)
    return value


EXAMPLES = PROCESSES.parents[1] / "docs" / "examples"
SHARING = {"scorecards": "scorecard", "checklists": "checklist", "decisions": "table"}


def written() -> list[Path]:
    """Every file of the language that comes with the project."""
    files = [*PROCESSES.glob("*.yaml"), *EXAMPLES.rglob("*.yaml")]
    return sorted(file for file in files if file.name != "vocabulary.yaml")


@pytest.fixture(scope="module")
def validators(real_catalogue: Catalogue, validator: Draft202012Validator) -> dict[str, Draft202012Validator]:
    """A validator for each kind of file; that of scenarios knows the examples too."""
    documents = [read(file) for file in written() if kind_of(file) == "process"]
    known = replace(real_catalogue, processes=signatures(documents, real_catalogue.vocabulary))
    schemas = {key: shared_schema(key, known) for key in SHARING.values()}
    schemas |= {"scenario": scenario_schema(known), "process": json_schema(known)}
    for schema in schemas.values():
        Draft202012Validator.check_schema(schema)
    return {key: Draft202012Validator(schema) for key, schema in schemas.items()}


def kind_of(path: Path) -> str:
    if is_scenario(path):
        return "scenario"
    return SHARING.get(path.parent.name, "process")


@pytest.mark.parametrize("path", written(), ids=lambda path: f"{path.parent.name}/{path.name}")
def test_the_schemas_accept_what_the_checker_accepts(
    path: Path, validators: dict[str, Draft202012Validator]
) -> None:
    found = validators[kind_of(path)].iter_errors(read(path).value())
    assert [f"{error.json_path}: {error.message}" for error in found] == []


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("scorecard", "scorecard: a\ntitle: A\ninputs: {}\nbandz: {low: 0}\n"),
        ("scorecard", "scorecard: Not A Name\ntitle: A\ninputs: {a: {type: text, title: A}}\n"),
        ("checklist", "checklist: a\ntitle: A\nitems: [{id: a, ask: A, typ: text}]\n"),
        ("checklist", "checklist: a\ntitle: A\nitems: []\n"),
        ("table", "table: a\ntitle: A\ninputs: {a: {type: text, title: A}}\nrows: []\n"),
        ("table", "table: a\ntitle: A\nrows: [{when: {}, then: {b: 1}}]\noutputs: {b: {type: number}}\n"),
        ("scenario", "process: intake\nscenarios: [{name: A, acts: [{wiat: 1 day}]}]\n"),
    ],
)
def test_the_schemas_of_other_files_refuse_a_wrong_key_or_name(
    kind: str, text: str, validators: dict[str, Draft202012Validator]
) -> None:
    assert not validators[kind].is_valid(parse(text.encode(), "a.yaml").value())


@pytest.mark.parametrize(
    ("where", "key", "value"),
    [
        ((), "version", 3),
        ((), "owner", "nobody"),
        ((), "starts", "each month"),
        (("steps", 0), "recrod", "Client"),
        (("steps", 0), "record", "Cleint"),
        (("steps", 0), "do", "fetch"),
        (("steps", 0), "id", "Not an id"),
        (("steps", 0), "due", "3 days"),
        (("steps", 2), "ends", "sent"),
        (("steps", 3, "items", 0), "requird", True),
        (("steps", 9), "template", "appointmnt"),
    ],
)
def test_the_schema_refuses_a_wrong_key_or_name(
    validator: Draft202012Validator, where: tuple[str | int, ...], key: str, value: object
) -> None:
    intake = values("intake")
    place: Any = intake
    for part in where:
        place = place[part]
    place[key] = value
    assert not validator.is_valid(intake)


def test_a_new_process_is_a_shipped_one_under_another_name(real_catalogue: Catalogue) -> None:
    source = (PROCESSES / "intake.yaml").read_text(encoding="utf-8")
    text = new("food-bank", source)
    assert "# a person picks" in text
    assert text.count("\n") == source.count("\n")
    plan = check(parse(text.encode(), "food-bank.yaml"), real_catalogue).plan
    assert plan is not None
    assert (plan.process, plan.title) == ("food-bank", "Food bank")
