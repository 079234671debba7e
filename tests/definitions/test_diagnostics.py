from __future__ import annotations

import json
import pickle

import pytest

from definitions.diagnostics import (
    DefinitionError,
    Diagnostic,
    Span,
    as_json,
    hidden,
    printable,
    render,
    suggest,
)


def diagnostic(line: str, column: int, end_column: int, **more: object) -> Diagnostic:
    span = Span("x.yaml", 3, column, 3, end_column)
    return Diagnostic("CW101", "error", "it is wrong", span, line, **more)  # type: ignore[arg-type]


def carets(rendered: str) -> tuple[str, str]:
    _, source, run = rendered.split("\n")[:3]
    return source, run


def test_a_rendered_diagnostic_shows_position_line_caret_and_every_help() -> None:
    other = Span("x.yaml", 1, 1, 1, 6)
    shown = render(
        diagnostic(
            "    tow: caseworker",
            5,
            8,
            allowed=("to", "do"),
            suggestion="to",
            advice="Write to.",
            related=((other, "it begins here"),),
        )
    )
    assert shown.split("\n") == [
        "x.yaml:3:5: error CW101: it is wrong",
        "    3 |     tow: caseworker",
        "      |     ^^^",
        "      allowed: to, do",
        '      did you mean "to"?',
        "      advice: Write to.",
        "      see x.yaml:1:1: it begins here",
    ]


def test_the_caret_stands_under_the_mistake_after_wide_characters_and_tabs() -> None:
    source, run = carets(render(diagnostic("名:\tab", 4, 6)))
    assert source == "    3 | 名:    ab"
    assert run == "      | " + " " * 7 + "^^"  # two columns for the sign, one for the colon, four for the tab


def test_a_combining_mark_takes_no_column() -> None:
    _, run = carets(render(diagnostic("e\u0301x", 3, 4)))
    assert run == "      |  ^"


def test_hidden_characters_are_shown_by_code_point_everywhere() -> None:
    shown = render(diagnostic("a\u202eb", 3, 4, advice="not \x1b[31m"))
    assert shown.isprintable() is False  # the line breaks
    assert "a<U+202E>b" in shown
    assert "not <U+001B>[31m" in shown
    assert carets(shown)[1] == "      |          ^"


def test_a_long_line_is_cut_around_the_mistake() -> None:
    source, run = carets(render(diagnostic("a" * 400 + "!" + "b" * 400, 401, 402)))
    assert source.startswith("    3 | …a")
    assert source.endswith("b…")
    assert source[run.index("^")] == "!"
    assert len(source) < 120


def test_a_span_over_several_lines_is_marked_to_the_end_of_its_first() -> None:
    span = Span("x.yaml", 1, 3, 4, 2)
    _, run = carets(render(Diagnostic("CW101", "error", "m", span, "a: bcd")))
    assert run == "      |   ^^^^"


def test_a_span_behind_the_end_of_its_line_still_has_a_caret() -> None:
    _, run = carets(render(diagnostic("abc", 4, 4)))
    assert run == "      |    ^"


def test_a_long_list_of_what_is_allowed_is_shortened() -> None:
    shown = render(diagnostic("a", 1, 2, allowed=tuple(f"k{number}" for number in range(15))))
    assert shown.endswith("k10, k11 and 3 more")


def test_json_carries_everything_and_can_be_dumped() -> None:
    other = Span("x.yaml", 1, 1, 1, 6)
    values = as_json(diagnostic("tow: x", 1, 4, allowed=("to",), suggestion="to", related=((other, "here"),)))
    assert json.loads(json.dumps(values)) == {
        "code": "CW101",
        "severity": "error",
        "message": "it is wrong",
        "span": {"file": "x.yaml", "line": 3, "column": 1, "end_line": 3, "end_column": 4},
        "source_line": "tow: x",
        "allowed": ["to"],
        "suggestion": "to",
        "advice": None,
        "related": [
            {
                "span": {"file": "x.yaml", "line": 1, "column": 1, "end_line": 1, "end_column": 6},
                "message": "here",
            }
        ],
        "step": None,
        "step_title": None,
    }


def test_the_error_prints_every_diagnostic() -> None:
    first, second = diagnostic("a", 1, 2), diagnostic("b", 1, 2)
    error = DefinitionError([first, second])
    assert error.diagnostics == (first, second)
    assert str(error) == render(first) + "\n\n" + render(second)


def test_the_error_survives_the_way_to_another_process() -> None:
    error = DefinitionError([diagnostic("a", 1, 2)])
    copy = pickle.loads(pickle.dumps(error))
    assert copy.diagnostics == error.diagnostics
    assert str(copy) == str(error)


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("tittle", "title"),
        ("Title", "title"),
        ("assign-task", "assign_task"),
        ("assign task", "assign_task"),
        ("steps", None),
        ("", None),
        ("t" * 1000, None),
    ],
)
def test_a_near_miss_is_suggested_and_nothing_else(word: str, meant: str | None) -> None:
    assert suggest(word, ["to", "title", "assign_task"]) == meant


@pytest.mark.parametrize(
    "character", ["\x00", "\x7f", "\u200b", "\u202e", "\u2028", "\ue000", "\u3164", "\ufffe", "\udc80"]
)
def test_a_character_without_a_mark_of_its_own_is_hidden(character: str) -> None:
    assert hidden(character)
    assert printable(character) == f"<U+{ord(character):04X}>"


@pytest.mark.parametrize("character", ["a", " ", "é", "ы", "字", "👩", "\u0301", "\ufe0f"])
def test_letters_marks_and_emoji_are_not_hidden(character: str) -> None:
    assert not hidden(character)
    assert printable(character) == character
