"""A message template is checked when a definition names it, not when a client is waiting."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from definitions.catalogue import Catalogue, Template
from definitions.checker import check
from definitions.source import parse

STEP = "{id: a, title: A, do: tell, to: client, template: safety_alert}"
GOOD = {("body", "en"): "Please call {{ phone }}", ("body", "es"): "Llame al {{ phone }}"}


def faults(catalogue: Catalogue, text: str, template: Template) -> list[tuple[str, str]]:
    found = check(parse(text.encode(), "x.yaml"), replace(catalogue, templates={template.name: template}))
    return [(each.code, each.message) for each in found.diagnostics]


@pytest.mark.parametrize(
    ("template", "code", "word"),
    [
        (Template("safety_alert", "sms", GOOD, frozenset({"phone", "risk_level"})), "CW610", "risk_level"),
        (Template("safety_alert", "sms", GOOD, frozenset(), {"en": 1, "es": 2}), "CW612", "(es) takes 2 SMS"),
        (Template("safety_alert", "email", GOOD, frozenset()), "CW613", "email"),
        (
            Template("safety_alert", "sms", {**GOOD, ("body", "en"): "You are in Danger"}, frozenset()),
            "CW611",
            "`danger`",
        ),
    ],
    ids=["a variable that nobody fills", "too long", "another channel", "a sensitive word"],
)
def test_what_keeps_a_template_from_being_sent(
    catalogue: Catalogue, definition: Callable[..., str], template: Template, code: str, word: str
) -> None:
    found = faults(catalogue, definition(STEP), template)
    assert [each for each, _ in found] == [code]
    assert word in found[0][1]


def test_a_word_is_not_found_inside_another_one(catalogue: Catalogue, definition: Callable[..., str]) -> None:
    texts = {**GOOD, ("body", "en"): "A brisk walk to the office"}
    assert faults(catalogue, definition(STEP), Template("safety_alert", "sms", texts, frozenset())) == []


def test_the_body_of_an_email_may_say_more_than_its_subject(
    catalogue: Catalogue, definition: Callable[..., str]
) -> None:
    step = STEP.replace("safety_alert", "appointment")
    subjects = {("subject", "en"): "Your appointment", ("subject", "es"): "Su cita"}
    bodies = {("body", "en"): "About your benefit", ("body", "es"): "Sobre su ayuda"}
    template = Template("appointment", "email", {**subjects, **bodies}, frozenset())
    assert faults(catalogue, definition(step), template) == []
    told = replace(template, texts={**template.texts, ("subject", "en"): "Your benefit"})
    assert [code for code, _ in faults(catalogue, definition(step), told)] == ["CW611"]
