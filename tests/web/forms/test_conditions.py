"""Conditions of questions in words, for paper."""

import pytest

from web.forms.conditions import condition_in_words

FORM = [
    {"step": "s", "id": "needs", "ask": "What is needed?", "options": {"food": "Food"}},
    {"step": "s", "id": "housing", "ask": "Housing", "options": {"at_risk": "At risk of losing it"}},
    {"step": "t", "id": "other", "ask": "Of another step"},
]


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("count(needs) > 0", "how many of “What is needed?” is more than 0"),
        ("housing is at_risk", "“Housing” is At risk of losing it"),
        ("housing is not known", "“Housing” is not known"),
        ("inputs.client.age is other", "inputs.client.age is other"),
    ],
)
def test_questions_and_options_are_named_as_people_know_them(written: str, words: str) -> None:
    item = {"step": "s", "id": "asked", "ask": "Asked?", "only_if": written}
    assert condition_in_words([*FORM, item], item) == words


def test_a_question_that_is_always_asked_has_none() -> None:
    assert condition_in_words(FORM, FORM[0]) == ""
