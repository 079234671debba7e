from __future__ import annotations

import os
from decimal import Decimal
from pathlib import Path

import pytest

from definitions.diagnostics import Span
from definitions.source import Document, parse, read
from definitions.yaml_text.nodes import Mapping, Scalar, Sequence

TEXT = """\
process: food-bank
steps:
  - id: ask
    title: Ask for food
    due: {after: 2 days, to: = case.owner}
  - id: tell
    when: ask.done is yes
price: 1.50
tags: [a, b]
"""


def document(text: str = TEXT) -> Document:
    return parse(text.encode(), "x.yaml")


def place(span: Span) -> tuple[int, int, int, int]:
    return span.line, span.column, span.end_line, span.end_column


def codes(of: Document) -> list[str]:
    return [diagnostic.code for diagnostic in of.diagnostics]


def test_a_clean_file_gives_plain_values() -> None:
    read_document = document()
    assert read_document.diagnostics == ()
    assert read_document.value() == {
        "process": "food-bank",
        "steps": [
            {"id": "ask", "title": "Ask for food", "due": {"after": "2 days", "to": "= case.owner"}},
            {"id": "tell", "when": "ask.done is yes"},
        ],
        "price": Decimal("1.50"),
        "tags": ["a", "b"],
    }


def test_values_and_keys_have_their_places() -> None:
    source = document()
    assert place(source.span(("steps", 0, "title"))) == (4, 12, 4, 24)
    assert place(source.span(("steps", 0, "title"), of="key")) == (4, 5, 4, 10)
    assert place(source.span(("steps", 0, "due", "to"))) == (5, 30, 5, 42)
    assert place(source.span(("steps", 0, "due"))) == (5, 10, 5, 43)
    assert place(source.span(["tags", 1])) == (9, 11, 9, 12)


def test_a_block_ends_where_its_last_value_ends() -> None:
    source = document()
    assert place(source.span(("steps", 0))) == (3, 5, 5, 43)
    assert place(source.span(("steps",))) == (3, 3, 7, 26)
    assert place(source.span(())) == (1, 1, 9, 13)


def test_a_place_that_is_missing_falls_back_to_the_nearest_parent() -> None:
    source = document()
    assert source.span(("steps", 1, "title")) == source.span(("steps", 1))
    assert source.span(("steps", 1, "title"), of="key") == source.span(("steps", 1))
    assert source.span(("steps", 7, "title")) == source.span(("steps",))
    assert source.span(("process", "deeper")) == source.span(("process",))
    assert source.span(("steps", "0")) == source.span(("steps",))


def test_a_node_is_found_by_its_path_or_not_at_all() -> None:
    source = document()
    title = source.node(("steps", 0, "title"))
    assert isinstance(title, Scalar)
    assert title.text == "Ask for food"
    assert isinstance(source.node(("steps",)), Sequence)
    assert isinstance(source.node(()), Mapping)
    assert source.node(("steps", 9)) is None


def test_a_diagnostic_about_a_path_carries_place_and_line() -> None:
    source = document()
    problem = source.diagnose("CW301", "wrong", ("steps", 1, "when"), allowed=["a"], advice="Do so.")
    assert place(problem.span) == (7, 11, 7, 26)
    assert problem.source_line == "    when: ask.done is yes"
    assert (problem.severity, problem.allowed, problem.advice) == ("error", ("a",), "Do so.")
    whole = source.diagnose("CW301", "wrong", problem.span, severity="warning")
    assert (whole.span, whole.severity) == (problem.span, "warning")


def test_lines_are_counted_from_one_and_an_unknown_line_is_empty() -> None:
    source = document()
    assert source.line(1) == "process: food-bank"
    assert source.line(0) == source.line(99) == ""
    assert source.lines[-1] == ""
    assert source.text == TEXT


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_every_end_of_line_gives_the_same_places(line_end: str) -> None:
    source = parse(TEXT.replace("\n", line_end).encode(), "x.yaml")
    assert source.value() == document().value()
    assert place(source.span(("steps", 0, "title"))) == (4, 12, 4, 24)


def test_a_byte_order_mark_is_skipped_and_moves_nothing() -> None:
    source = parse(b"\xef\xbb\xbf" + TEXT.encode(), "x.yaml")
    assert source.diagnostics == ()
    assert place(source.span(("process",), of="key")) == (1, 1, 1, 8)
    assert source.text == TEXT


def test_characters_outside_the_basic_plane_count_as_one_column() -> None:
    source = document("a: {b: 👩👩, c: x}\n")
    assert place(source.span(("a", "c"))) == (1, 15, 1, 16)


def test_every_comment_that_is_one_is_left_alone() -> None:
    source = document(
        "# first\na: x # one blank each side\nb: y  #two blanks\nc: 'z' #quoted\nd: #\n  - e  ## f\n"
    )
    assert source.diagnostics == ()
    assert source.value() == {"a": "x", "b": "y", "c": "z", "d": ["e"]}


def test_a_hash_inside_a_word_or_quotes_is_text() -> None:
    source = document("a: Flat#3\nb: 'Flat #3'\nc: |\n  Flat #3\n")
    assert source.value() == {"a": "Flat#3", "b": "Flat #3", "c": "Flat #3\n"}
    assert source.diagnostics == ()


def test_a_tab_is_content_inside_a_text_and_between_key_and_value() -> None:
    source = document('a:\tx\nb: |\n  code\n  \tmore\nc: "one\n\ttwo"\n')
    assert source.diagnostics == ()
    assert source.value() == {"a": "x", "b": "code\n\tmore\n", "c": "one two"}


def test_a_document_may_be_opened_and_closed() -> None:
    source = document("---\na: x\n...\n")
    assert source.diagnostics == ()
    assert source.value() == {"a": "x"}


def test_a_question_with_a_comma_after_it_is_read_as_libyaml_reads_it() -> None:
    assert document("{ask: Is it so?, type: x}\n").value() == {"ask": "Is it so?", "type": "x"}


def test_of_a_key_that_stands_twice_the_first_counts() -> None:
    source = document("a: 1\na: 2\n")
    assert codes(source) == ["CW110"]
    assert source.value() == {"a": 1}
    assert place(source.span(("a",))) == (1, 4, 1, 5)


def test_a_text_that_had_to_be_patched_to_read_on_has_no_values() -> None:
    source = document("a: b: c\nd: @e\nf: 01\n")
    assert codes(source) == ["CW126", "CW128", "CW120"]
    assert source.root is None
    assert source.value() is None
    assert place(source.span(("d",))) == (1, 1, 1, 2)


def test_a_hidden_character_does_not_stop_the_search_for_other_problems() -> None:
    source = document("a: x\u202ey\nb: 01\n")
    assert codes(source) == ["CW108", "CW120"]
    assert source.root is None
    assert source.diagnostics[0].source_line == "a: x\u202ey"


def test_diagnostics_come_in_the_order_of_the_file() -> None:
    source = document("a: x: y\nb: 1\nb: 2\nc: z: y\n")
    assert [diagnostic.span.line for diagnostic in source.diagnostics] == [1, 3, 4]


def test_a_file_is_read_under_its_own_name(tmp_path: Path) -> None:
    file = tmp_path / "intake.yaml"
    file.write_text(TEXT, encoding="utf-8")
    source = read(file)
    assert source.value() == document().value()
    assert source.span(()).file == str(file)


def test_a_file_that_cannot_be_opened_is_a_diagnostic(tmp_path: Path) -> None:
    assert codes(read(tmp_path / "nowhere.yaml")) == ["CW100"]
    assert codes(read(tmp_path)) == ["CW100"]
    assert "is not a file" in read(tmp_path).diagnostics[0].message


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no named pipes")
def test_a_pipe_is_refused_instead_of_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.yaml")
    assert codes(read(tmp_path / "pipe.yaml")) == ["CW100"]


def test_a_large_file_is_not_read_to_its_end(tmp_path: Path) -> None:
    file = tmp_path / "big.yaml"
    file.write_bytes(b"a: " + b"x" * 5_000_000)
    source = read(file)
    assert codes(source) == ["CW103"]
    assert source.text == ""
