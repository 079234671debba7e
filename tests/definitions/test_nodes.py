from __future__ import annotations

import pytest

from definitions.source import parse
from definitions.yaml_text.nodes import Mapping, Scalar


def scalar(content: str) -> Scalar:
    document = parse(content.encode(), "x.yaml")
    assert not document.diagnostics
    assert isinstance(document.root, Mapping)
    value = document.root.entries[0].value
    assert isinstance(value, Scalar)
    return value


def marked(content: str, wanted: str) -> str:
    """The text of the file that `offset_span` names for `wanted` inside the scalar's text."""
    value = scalar(content)
    start = value.text.index(wanted)
    span = value.offset_span(start, start + len(wanted))
    lines = content.splitlines()
    assert span.line == span.end_line
    return lines[span.line - 1][span.column - 1 : span.end_column - 1]


@pytest.mark.parametrize(
    "content",
    [
        "a: one == two\n",
        "a: 'it''s one == two'\n",
        'a: "\\"x\\" \\t\\u00e4 \\x20 one == two"\n',
        "a: |\n  first\n\n    one == two\n  last\n",
        "a: >\n  first line\n  and one == two\n\n  last\n",
        "a: first\n  and one == two\n  last\n",
        "a: 'first\n\n  and one == two\n  last'\n",
        'a: "first \\\n  and one == two\n  last"\n',
        "a: |2-\n    one == two\n",
        "a: > # a comment\n  one == two\n",
    ],
)
def test_a_part_of_any_scalar_is_found_in_the_file(content: str) -> None:
    assert marked(content, "== two") == "== two"
    assert marked(content, "one") == "one"


def test_an_escape_is_marked_whole() -> None:
    assert marked('a: "x\\u00e4y"\n', "ä") == "\\u00e4"
    assert marked("a: 'it''s'\n", "'") == "''"


def test_a_part_over_two_lines_ends_on_the_second() -> None:
    value = scalar("a: |\n  one\n  two\n")
    span = value.offset_span(1, 6)
    assert (span.line, span.column, span.end_line, span.end_column) == (2, 4, 3, 5)


@pytest.mark.parametrize(("start", "end"), [(-1, 2), (2, 2), (0, 99), (3, 4)])
def test_a_part_that_is_not_there_is_the_whole_scalar(start: int, end: int) -> None:
    value = scalar("a: one two\n")  # offset 3 is the blank between them
    assert value.offset_span(start, end) == value.span


def test_a_block_text_ends_with_its_last_line() -> None:
    value = scalar("a: |\n  one\n  two\n\n\nb: 1\n")
    assert (value.span.line, value.span.end_line, value.span.end_column) == (1, 3, 6)
    assert value.style == "literal"


@pytest.mark.parametrize(
    ("written", "style"),
    [("x", "plain"), ("'x'", "single"), ('"x"', "double"), ("|\n x", "literal"), (">\n x", "folded")],
)
def test_the_style_is_kept(written: str, style: str) -> None:
    assert scalar(f"a: {written}\n").style == style


def test_a_quoted_number_is_text() -> None:
    assert scalar("a: '12'\n").value == "12"
