"""Inputs too big for the corpus: each is refused by a limit, so none costs more than that."""

from __future__ import annotations

import pytest

from definitions.source import MOST_BYTES, MOST_PROBLEMS, parse
from definitions.yaml_text.tree import MOST_DEPTH, MOST_EVENTS


def codes(text: str) -> list[str]:
    return [diagnostic.code for diagnostic in parse(text.encode(), "x.yaml").diagnostics]


def nested(depth: int) -> str:
    return "[" * depth + "]" * depth + "\n"


def test_the_deepest_nesting_is_accepted_and_one_more_is_not() -> None:
    assert codes(nested(MOST_DEPTH)) == []
    assert codes(nested(MOST_DEPTH + 1)) == ["CW105"]
    block = "".join("  " * depth + "a:\n" for depth in range(MOST_DEPTH + 1))
    assert codes(block) == ["CW105"]


@pytest.mark.parametrize("opening", ["[", "{", "- ", "[{a: ", "? "])
def test_a_wall_of_brackets_is_refused_by_its_depth(opening: str) -> None:
    assert "CW105" in codes(opening * (MOST_BYTES // len(opening)))


def test_the_largest_file_is_accepted_and_one_byte_more_is_not() -> None:
    text = "a: " + "x" * (MOST_BYTES - 4) + "\n"
    assert codes(text) == []
    assert codes(text + "\n") == ["CW103"]


def test_a_million_entries_are_refused_by_size() -> None:
    assert codes("- x\n" * 1_000_000) == ["CW103"]


def test_too_many_parts_are_refused() -> None:
    few = MOST_EVENTS - 6  # the stream, the document and the list have a beginning and an end each
    assert codes("- x\n" * few) == []
    assert codes("- x\n" * (few + 1)) == ["CW104"]


def test_an_alias_bomb_is_not_unfolded() -> None:
    lines = ["a0: &a0 [x]"] + [f"a{n}: &a{n} [" + f"*a{n - 1}, " * 9 + "]" for n in range(1, 30)]
    source = parse("\n".join(lines).encode(), "x.yaml")
    found = [diagnostic.code for diagnostic in source.diagnostics]
    assert set(found) == {"CW112", "CW113", "CW129"}
    assert len(found) == MOST_PROBLEMS + 1


def test_beyond_the_first_problems_only_their_number_is_told() -> None:
    source = parse(b"a: 1\n" * 1000, "x.yaml")
    assert len(source.diagnostics) == MOST_PROBLEMS + 1
    assert source.diagnostics[-1].code == "CW129"
    assert source.diagnostics[-1].message == f"{999 - MOST_PROBLEMS} more problems are not shown"


def test_a_large_file_of_broken_lines_is_not_read_again_for_each() -> None:
    source = parse(b"- x\n" * 15_000 + b"- @x\n" * 15, "x.yaml")
    found = [diagnostic.span.line for diagnostic in source.diagnostics]
    assert found[0] == 15_001
    assert len(found) < 15


def test_a_small_file_of_broken_lines_is_read_to_its_end() -> None:
    source = parse(b"- @x\n" * 15, "x.yaml")
    assert [diagnostic.span.line for diagnostic in source.diagnostics] == list(range(1, 16))


def test_a_file_that_is_no_text_gets_one_answer() -> None:
    assert codes("a\x00b " * 1000) == ["CW106"]
    noise = bytes(range(128, 256)) + b"\n"
    assert [each.code for each in parse(noise * 100, "x.yaml").diagnostics] == ["CW106"]


def test_a_number_of_fifty_thousand_digits_is_refused_and_not_repeated() -> None:
    (problem,) = parse(b"a: " + b"7" * 50_000, "x.yaml").diagnostics
    assert problem.code == "CW122"
    assert len(problem.message) + len(problem.advice or "") < 200


def test_a_very_long_key_is_not_repeated_in_the_message() -> None:
    key = "k" * 900
    (problem,) = parse(f"{key}: 1\n{key}: 2\n".encode(), "x.yaml").diagnostics
    assert len(problem.message) < 100
