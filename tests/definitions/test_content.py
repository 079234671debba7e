from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest

from definitions.catalogue import Catalogue
from definitions.checker import Checked, check
from definitions.content import from_materials, materials
from definitions.diagnostics import DefinitionError
from definitions.plan import Plan
from definitions.source import parse
from definitions.vocabulary import Vocabulary
from definitions.vocabulary_file import from_plain

STEPS = (
    "{id: a, title: A, do: tell, to: client, template: safety_alert, priority: critical}",
    "{id: b, title: B, do: ask, to: group referral_team, ends: created}",
    "{id: c, title: C, do: say, process: other}",
)
VALUE_SET = (
    "process: small\ntitle: S\npurpose: P\nowner: intake_team\n"
    "inputs: {needs: {type: choices, title: N, options: categories of referral}}\n"
)


@pytest.fixture
def text(definition: Callable[..., str]) -> str:
    return definition(*STEPS, header=VALUE_SET)


def plan_of(text: str, catalogue: Catalogue) -> Plan:
    plan = check(parse(text.encode(), "small.yaml"), catalogue).plan
    assert plan is not None
    return plan


def with_vocabulary(catalogue: Catalogue, path: tuple[str, ...], value: Any) -> Catalogue:
    """The catalogue with one value of the vocabulary's file changed."""
    plain: dict[str, Any] = {
        "languages": {
            "declared": list(catalogue.vocabulary.languages),
            "fallback": catalogue.vocabulary.fallback,
        },
        "calendar": catalogue.vocabulary.default_calendar,
    }
    for (section, name), entry in catalogue.vocabulary.entries.items():
        plain.setdefault(section, {})[name] = json.loads(json.dumps(entry))
    place = plain
    for part in path[:-1]:
        place = place[part]
    place[path[-1]] = value
    vocabulary, problems = from_plain(plain)
    assert problems == ()
    assert vocabulary is not None
    return replace(catalogue, vocabulary=vocabulary)


def test_the_same_content_has_the_same_hash_under_any_file_name(text: str, catalogue: Catalogue) -> None:
    one = plan_of(text, catalogue)
    other = check(parse(text.encode(), "elsewhere.yaml"), catalogue).plan
    assert other is not None
    assert one.hash == other.hash
    assert len(one.hash) == 64


def test_the_text_is_part_of_the_hash(text: str, catalogue: Catalogue) -> None:
    assert plan_of(text, catalogue).hash != plan_of(text + "# a remark\n", catalogue).hash


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("groups", "intake_team"), "Another title"),
        (("groups", "referral_team"), "Another title"),
        (("groups", "duty_managers"), "Another title"),
        (("rotas", "duty_manager", "title"), "Another title"),
        (("rotas", "manager", "title"), "Another title"),
        (("calendars", "office", "zone"), "America/Chicago"),
        (("value_sets", "categories of referral", "stress"), "Much to do"),
        (("templates", "safety_alert", "parts"), 2),
        (("languages", "fallback"), "es"),
    ],
)
def test_each_entry_that_is_used_is_part_of_the_hash(
    text: str, catalogue: Catalogue, path: tuple[str, ...], value: object
) -> None:
    assert plan_of(text, with_vocabulary(catalogue, path, value)).hash != plan_of(text, catalogue).hash


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("groups", "managers_of_the_north"), "Unused"),
        (("calendars", "night"), {"zone": "UTC", "hours": {"mon-fri": "00:00-06:00"}, "holidays": "none"}),
        (("value_sets", "colours"), {"red": "Red"}),
        (("templates", "appointment", "parts"), 3),
    ],
)
def test_an_entry_that_is_not_used_is_not(
    text: str, catalogue: Catalogue, path: tuple[str, ...], value: object
) -> None:
    assert plan_of(text, with_vocabulary(catalogue, path, value)).hash == plan_of(text, catalogue).hash


def test_template_texts_that_are_used_are_part_of_the_hash(text: str, catalogue: Catalogue) -> None:
    def with_text(name: str, body: str) -> Catalogue:
        template = catalogue.templates[name]
        changed = replace(template, texts={**template.texts, ("body", "en"): body})
        return replace(catalogue, templates={**catalogue.templates, name: changed})

    before = plan_of(text, catalogue).hash
    assert plan_of(text, with_text("safety_alert", "Call {{ phone }} now")).hash != before
    assert plan_of(text, with_text("half", "Something else")).hash == before


def test_the_number_of_a_kind_is_part_of_the_hash(text: str, catalogue: Catalogue) -> None:
    def with_number(name: str) -> Catalogue:
        return replace(catalogue, kinds={**catalogue.kinds, name: replace(catalogue.kinds[name], number=2)})

    before = plan_of(text, catalogue).hash
    assert plan_of(text, with_number("ask")).hash != before
    assert plan_of(text, with_number("change")).hash == before


def rebuilt(plan: Plan, kept: Mapping[str, Any], catalogue: Catalogue) -> Plan:
    return from_materials(plan.source, plan.file, kept, catalogue.kinds, catalogue.records, {})


def test_a_plan_is_built_again_from_what_was_kept(text: str, catalogue: Catalogue) -> None:
    plan = plan_of(text, catalogue)
    kept = json.loads(json.dumps(materials(plan)))
    again = rebuilt(plan, kept, catalogue)
    assert again.hash == plan.hash
    assert again.steps == plan.steps
    assert again.vocabulary == plan.vocabulary
    assert again.templates == plan.templates
    assert materials(again) == kept


def test_a_plan_holds_no_more_vocabulary_than_it_uses(text: str, catalogue: Catalogue) -> None:
    vocabulary: Vocabulary = plan_of(text, catalogue).vocabulary
    assert set(vocabulary.groups) == {"intake_team", "referral_team", "duty_managers", "managers"}
    assert set(vocabulary.templates) == {"safety_alert"}
    assert set(vocabulary.rotas) == {"duty_manager", "manager"}
    assert vocabulary.calendar() == catalogue.vocabulary.calendar("office")


def test_another_number_of_a_kind_refuses_an_old_version(text: str, catalogue: Catalogue) -> None:
    plan = plan_of(text, catalogue)
    newer = replace(catalogue, kinds={**catalogue.kinds, "ask": replace(catalogue.kinds["ask"], number=2)})
    with pytest.raises(DefinitionError, match="published with `ask` number 1; number 2 is installed"):
        rebuilt(plan, materials(plan), newer)
    fewer = replace(catalogue, kinds={name: kind for name, kind in catalogue.kinds.items() if name != "ask"})
    with pytest.raises(DefinitionError, match="the step kind `ask` is not installed"):
        rebuilt(plan, materials(plan), fewer)


def test_a_version_that_no_longer_checks_is_refused_with_its_problems(
    checked: Callable[..., Checked], catalogue: Catalogue
) -> None:
    plan = checked("{id: a, title: A, do: say, anything: = inputs.client.given_name}").plan
    assert plan is not None
    records = {**catalogue.records, "Client": {}}
    with pytest.raises(DefinitionError, match="given_name"):
        from_materials(plan.source, plan.file, materials(plan), catalogue.kinds, records, {})
