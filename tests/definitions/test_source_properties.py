"""Whatever the bytes: reading never raises, places lie inside the file, clean files mean what YAML says."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from definitions.diagnostics import Span, render
from definitions.source import Document, parse
from definitions.yaml_text.nodes import Entry, Mapping, Node, Scalar

# Pieces that YAML gives a meaning to, so that random texts reach deep into the reader.
PIECES = st.sampled_from(
    [
        *(
            "a",
            "b: ",
            "key: ",
            "- ",
            "\n",
            "\n  ",
            "\n    ",
            "\n- ",
            "\r\n",
            "\t",
            " #3",
            " # c",
            "#",
            ": ",
            ":",
            ", ",
        ),
        *(
            "[",
            "]",
            "{",
            "}",
            "{{ x }}",
            "'",
            '"',
            "\\",
            "\\u202e",
            "|\n",
            ">\n",
            "&a ",
            "*a",
            "!t ",
            "!",
            "@",
            "%",
            "`",
        ),
        *(
            "? ",
            "---\n",
            "...\n",
            "%YAML 1.2\n",
            "<<: ",
            "on: ",
            "01",
            "1e5",
            ".nan",
            "yes",
            "~",
            "1.5",
            "名",
            "👩",
            "\u0301",
        ),
        *("\u202e", "\u200b", "\u00a0", "\x00", "\ufeff", "\u2028", "\x85", "\ufffe"),
    ]
)
BYTES = st.one_of(
    st.lists(PIECES, max_size=40).map(lambda pieces: "".join(pieces).encode()),
    st.text(max_size=60).map(lambda text: text.encode("utf-8", "replace")),
    st.binary(max_size=60),
)

WORDS = st.from_regex(r"[A-Za-z_][A-Za-z0-9_ ]{0,10}[a-z]", fullmatch=True).filter(
    lambda word: word.lower() not in {"on", "off", "true", "false", "null", "~"}
)
VALUES = st.one_of(
    WORDS,
    st.integers(-(10**17), 10**17),
    st.decimals(-1000, 1000, places=2),
    st.booleans(),
    st.none(),
    st.sampled_from(
        ["yes", "no", "1:30", "2026-02-01", "0123", "on", "a: b", "Flat #3", "= x", "", "é 名", "it's"]
    ),
)
STRUCTURES = st.recursive(
    VALUES,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(WORDS, inner, max_size=4)),
    max_leaves=12,
)


def spans(node: Node | None) -> list[Span]:
    if node is None or isinstance(node, Scalar):
        return [node.span] if node else []
    if isinstance(node, Mapping):
        return [node.span] + [span for entry in node.entries for span in entry_spans(entry)]
    return [node.span] + [span for item in node.items for span in spans(item)]


def entry_spans(entry: Entry) -> list[Span]:
    return [entry.key.span, *spans(entry.value)]


def assert_inside(span: Span, document: Document) -> None:
    assert 1 <= span.line <= span.end_line <= len(document.lines)
    assert 1 <= span.column <= len(document.line(span.line)) + 1
    assert 1 <= span.end_column <= len(document.line(span.end_line)) + 1
    assert (span.line, span.column) <= (span.end_line, span.end_column)


@settings(max_examples=400, deadline=None)
@given(BYTES)
def test_reading_never_raises_and_every_place_lies_inside_the_file(content: bytes) -> None:
    document = parse(content, "x.yaml")
    for diagnostic in document.diagnostics:
        assert_inside(diagnostic.span, document)
        assert diagnostic.source_line == document.line(diagnostic.span.line)
        for span, _ in diagnostic.related:
            assert_inside(span, document)
        assert render(diagnostic).encode()
    for span in spans(document.root):
        assert_inside(span, document)
    assert document.root is not None or document.diagnostics


@settings(max_examples=200, deadline=None)
@given(BYTES)
def test_every_visible_part_of_every_text_has_a_place(content: bytes) -> None:
    document = parse(content, "x.yaml")
    for scalar in scalars(document.root):
        for start in range(min(len(scalar.text), 8)):
            assert_inside(scalar.offset_span(start, start + 1), document)


def scalars(node: Node | None) -> list[Scalar]:
    if node is None or isinstance(node, Scalar):
        return [node] if node else []
    if isinstance(node, Mapping):
        return [scalar for entry in node.entries for scalar in (entry.key, *scalars(entry.value))]
    return [scalar for item in node.items for scalar in scalars(item)]


class CoreLoader(yaml.SafeLoader):
    """PyYAML's own loader with the YAML 1.2 core types: the oracle."""

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012 - PyYAML's own attribute, here without 1.1's types


for tag, pattern, first in (
    ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    ("bool", r"true|True|TRUE|false|False|FALSE", list("tTfF")),
    ("int", r"[-+]?[0-9]+", list("-+0123456789")),
    ("float", r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", list("-+.0123456789")),
):
    CoreLoader.add_implicit_resolver(f"tag:yaml.org,2002:{tag}", re.compile(f"^(?:{pattern})$"), first)
CoreLoader.add_constructor("tag:yaml.org,2002:int", lambda loader, node: int(loader.construct_scalar(node)))
CoreLoader.add_constructor(
    "tag:yaml.org,2002:float", lambda loader, node: Decimal(loader.construct_scalar(node))
)


class CoreDumper(yaml.SafeDumper):
    """Writes what the YAML 1.2 core types read back; quotes what they would take for something else."""

    def ignore_aliases(self, data: object) -> bool:
        return True


CoreDumper.add_representer(
    Decimal, lambda dumper, value: dumper.represent_scalar("tag:yaml.org,2002:float", f"{value:.2f}")
)


@settings(max_examples=300, deadline=None)
@given(STRUCTURES, st.sampled_from([True, False, None]))
def test_a_clean_file_means_what_the_core_types_of_yaml_say(structure: object, flow: bool | None) -> None:
    text = yaml.dump(structure, Dumper=CoreDumper, default_flow_style=flow, allow_unicode=True, width=1000)
    document = parse(text.encode(), "x.yaml")
    expected = yaml.load(text, Loader=CoreLoader)
    if expected is None:
        assert [diagnostic.code for diagnostic in document.diagnostics] == ["CW102"]
    else:
        assert document.diagnostics == ()
        assert document.value() == expected
