"""Whoever reads only `docs/` can write every key: each is in the reference, and what it shows is right."""

import re
from collections.abc import Iterator
from dataclasses import replace
from textwrap import dedent, indent
from typing import Final

import pytest
from pydantic import BaseModel
from written_docs import DOCS, installation

from definitions import Diagnostic, check, check_shared, parse, render, shared_of
from definitions.beginnings import BeginningKeys
from definitions.blocks import (
    BranchKeys,
    Choose,
    ChosenKeys,
    Each,
    FirstOf,
    Group,
    LeaveLater,
    Parallel,
    ParallelKeys,
    Repeat,
    RepeatKeys,
)
from definitions.scenarios.people import (
    Booking,
    Correction,
    Decision,
    Doing,
    GoalLine,
    Planning,
)
from definitions.scenarios.shape import (
    ACTS,
    Deciding,
    Expect,
    ExpectedMessage,
    ExpectedTask,
    Scenario,
    ScenarioFile,
    Signalling,
)
from definitions.schema import (
    Deadline,
    Escalation,
    InputSpec,
    NotAccepted,
    Otherwise,
    Retry,
    ReworkKeys,
    Save,
)
from definitions.tables.notation import Facets, OutputSpec, RowSpec, TableSpec
from definitions.vocabulary_file import (
    LanguagesSpec,
    RotaSpec,
    SignalSpec,
    TemplateSpec,
    VocabularySpec,
    vocabulary_of,
)
from tasks.deciding.shared_table import SharedInput, SharedTable
from tasks.people.form_items import FormItem
from tasks.people.shared_checklist import SharedChecklist
from tasks.records.record_catalogue import record_types
from tasks.scoring.shared_card import SharedCard

LANGUAGE: Final = (DOCS / "language.md").read_text(encoding="utf-8")
SCENARIOS: Final = (DOCS / "scenarios.md").read_text(encoding="utf-8")

WHERE: Final[dict[str, tuple[type[BaseModel], ...]]] = {
    "Header": (InputSpec,),
    "Beginnings": (BeginningKeys,),
    "Steps": (Deadline, Escalation, NotAccepted, Otherwise, Save),
    "Order, conditions, waiting": (ReworkKeys, Retry),
    "Blocks": (
        *(Group, Choose, Parallel, FirstOf, Each, Repeat),
        *(BranchKeys, ChosenKeys, ParallelKeys, LeaveLater, RepeatKeys),
    ),
    "The questions of a form": (FormItem,),
    "Decision tables": (TableSpec, RowSpec, OutputSpec, Facets, SharedTable, SharedInput),
    "Scorecards": (SharedCard, SharedChecklist),
    "Vocabulary": (VocabularySpec, LanguagesSpec, RotaSpec, TemplateSpec, SignalSpec),
}
"""The models whose keys a section of docs/language.md explains."""

IN_SCENARIOS: Final = (
    *(ScenarioFile, Scenario, Expect, ExpectedTask, ExpectedMessage),
    *(Doing, Booking, Correction, Decision, Deciding, Signalling, Planning, GoalLine),
)


def section(heading: str) -> str:
    found = re.search(rf"^## {heading}\n(.*?)(?=^## |\Z)", LANGUAGE, re.DOTALL | re.MULTILINE)
    assert found, heading
    return found[1]


def named(text: str) -> set[str]:
    """Every word that stands as code in a text: between backticks, or as a key of an example."""
    spans = re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", text, flags=re.DOTALL))
    keys = re.findall(r"^\s*(?:- )?([a-z_]+):", text, re.MULTILINE)
    inner = re.findall(r"[{,] ?([a-z_]+):", text)
    return {word for span in spans for word in re.findall(r"[a-z_]+", span)} | {*keys, *inner}


def keys(model: type[BaseModel]) -> set[str]:
    return {info.alias or name for name, info in model.model_fields.items()}


@pytest.mark.parametrize(
    ("heading", "model"),
    [(heading, model) for heading, models in WHERE.items() for model in models],
    ids=lambda each: each if isinstance(each, str) else each.__name__,
)
def test_every_key_is_in_its_section(heading: str, model: type[BaseModel]) -> None:
    assert keys(model) - named(section(heading)) == set()


@pytest.mark.parametrize("model", IN_SCENARIOS, ids=lambda model: model.__name__)
def test_every_key_of_a_scenario_is_on_its_page(model: type[BaseModel]) -> None:
    assert keys(model) - named(SCENARIOS) == set()
    assert set(ACTS) <= named(SCENARIOS)


def test_every_record_has_its_fields_on_the_page() -> None:
    page = (DOCS / "records.md").read_text(encoding="utf-8")
    for record, fields in record_types().items():
        text = page.split(f"### {record}\n")[1].split("\n##")[0]
        assert {name for name in fields if f"| `{name}` |" not in text} == set()


# -- what the page shows

AROUND: Final = """\
process: example
title: Example
purpose: To read the fragments of the page in.
owner: intake_team
inputs:
  case: {type: Case, title: Case}
steps:
  - id: findings
    title: Findings
    do: complete_checklist
    to: caseworker
    items:
      - {id: immediate_danger, ask: Danger?, type: yes_no}
      - {id: housing, ask: Housing?, type: choice, options: {stable: S, at_risk: A, homeless: H}}
      - {id: needs, ask: Needs?, type: choices, options: categories of referral}
  - id: draft
    title: Draft
    do: assign_task
    to: caseworker
  - id: form
    title: Form
    do: complete_checklist
    to: caseworker
    items:
      - {id: age, ask: Age?, type: number}
  - id: rating
    title: Rating
    do: calculate
    set:
      band: {first: [{when: form.age < 6, use: high}], otherwise: low}
"""
RETRY: Final = "  - id: tried\n    title: Tried\n    do: calculate\n    value: 1\n"


def fragments() -> Iterator[tuple[str, str]]:
    """The definitions, or parts of them, that the page shows by hand, each with its section."""
    for heading in ("Beginnings", "Order, conditions, waiting", "Blocks", "Decision tables"):
        for found in re.findall(r"^ *```yaml\n(.*?)^ *```", section(heading), re.DOTALL | re.MULTILINE):
            yield heading, dedent(found)


FRAGMENTS: Final = list(fragments())
TABLES: Final = shared_of(
    parse(text.encode(), "decisions/response-time.yaml") for _, text in FRAGMENTS if text.startswith("table:")
)


def problems(text: str) -> tuple[Diagnostic, ...]:
    catalogue = replace(installation().catalogue, shared=TABLES)
    if text.startswith("table:"):
        return check_shared(parse(text.encode(), "decisions/response-time.yaml"), catalogue)
    if text.startswith("starts:"):
        whole = AROUND.replace("steps:\n", f"{text}steps:\n", 1)
    elif text.startswith("retry:"):
        whole = AROUND + RETRY + indent(text, "    ")
    else:
        whole = AROUND + indent(text.replace("case.status", "inputs.case.status"), "  ")
    return check(parse(whole.encode(), "example.yaml"), catalogue).diagnostics


def test_the_page_shows_fragments() -> None:
    assert len(FRAGMENTS) >= 7
    assert TABLES


@pytest.mark.parametrize(
    "text", [text for _, text in FRAGMENTS], ids=[text.split("\n")[0] for _, text in FRAGMENTS]
)
def test_a_fragment_of_the_page_has_no_error(text: str) -> None:
    assert [render(each) for each in problems(text) if each.severity == "error"] == []


def test_the_vocabulary_of_the_page_has_no_problem() -> None:
    (text,) = re.findall(r"```yaml\n(.*?)```", section("Vocabulary"), re.DOTALL)
    found = vocabulary_of(parse(text.encode(), "vocabulary.yaml"))
    assert [render(each) for each in found.diagnostics] == []
    assert found.vocabulary is not None
