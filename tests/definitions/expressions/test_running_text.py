from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from definitions.expressions import (
    MISSING,
    ExpressionError,
    MappingEnvironment,
    Scope,
    fill,
    infer_running_text,
    parse_running_text,
)


def test_expressions_stand_between_plain_pieces() -> None:
    text = "Dear {{ name }}, {{number + 1}}{{ need }}."
    running = parse_running_text(text)
    assert [part if isinstance(part, str) else part.expression.text for part in running.parts] == [
        "Dear ",
        " name ",
        ", ",
        "number + 1",
        " need ",
        ".",
    ]
    assert [text[insert.offset :][:6] for insert in running.inserts] == [" name ", "number", " need "]


@pytest.mark.parametrize("text", ["", "plain", "a } b { c", "100 % {sure}"])
def test_text_without_expressions_is_itself(text: str) -> None:
    assert "".join(part for part in parse_running_text(text).parts if isinstance(part, str)) == text


@pytest.mark.parametrize(
    ("text", "code", "where"),
    [
        ("Dear {{ name", "CW314", "{{"),
        ("Dear name }}", "CW314", "}}"),
        ("{{ a {{ b }}", "CW314", "{{"),
        ("{% if sealed %}yes{% endif %}", "CW314", "{%"),
        ("{# note #}", "CW314", "{#"),
        ("{{ }}", "CW301", " "),
        ("Dear {{ number = 3 }}", "CW306", "="),
        ("{{ a }} {{ _b }}", "CW312", "_b"),
    ],
)
def test_a_fault_in_running_text_has_its_place(text: str, code: str, where: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        parse_running_text(text)
    (problem,) = caught.value.problems
    assert (problem.code, text[problem.start : problem.end]) == (code, where)


@pytest.mark.parametrize(
    ("text", "code", "where"),
    [
        ("Dear {{ nam }}", "CW321", "nam"),
        ("About {{ profile }}", "CW338", "profile"),
        ("It is {{ sealed }}", "CW338", "sealed"),
        ("With {{ household.members }}", "CW338", "household.members"),
        ("No {{ referral.id }}", "CW337", "referral.id"),
    ],
)
def test_what_cannot_be_put_into_words_is_told(text: str, code: str, where: str, scope: Scope) -> None:
    (problem,) = infer_running_text(parse_running_text(text), scope)
    assert (problem.code, text[problem.start : problem.end]) == (code, where)


def test_running_text_is_filled_in_the_words_of_the_caller() -> None:
    environment = MappingEnvironment(
        {"name": "Ann", "room": None}, datetime(2026, 1, 1, tzinfo=UTC), ZoneInfo("UTC")
    )
    running = parse_running_text("{{ name }} meets in {{ room }} on {{ today() }}")
    words = fill(running, environment, lambda value: "an unknown place" if value is MISSING else str(value))
    assert words == "Ann meets in an unknown place on 2026-01-01"


def test_a_text_with_very_many_expressions_is_refused() -> None:
    with pytest.raises(ExpressionError) as caught:
        parse_running_text("{{ a }}" * 5000)
    assert caught.value.problems[0].code == "CW302"
