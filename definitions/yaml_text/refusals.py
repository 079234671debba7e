"""Constructs that libyaml reads without complaint and that the language refuses, each with its advice.

They are YAML's silent losses (a comment that swallows text, a key that nobody wrote) and the parts of YAML
that let one place of a file change the meaning of another (anchors, aliases, tags, merge keys).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import yaml

from definitions.diagnostics import Diagnostic, Span
from definitions.yaml_text.characters import is_refused, named
from definitions.yaml_text.nodes import Scalar
from definitions.yaml_text.text import SourceText

_WORD = re.compile(r"[^\s,\[\]{}]+")
_SWALLOWED = re.compile(r"[ \t](#[^\s#][^\r\n]*)")
_JOINED_ENTRY = re.compile(r"[\r\n]([ \t]*)- ")
_EXPLICIT_KEY = re.compile(r"(?:^|[\s{,\[])\?[ \t]+$")
_MISREAD_KEYS = frozenset({"on", "off"})  # YAML 1.1 readers make true and false of them
_SHOWN = 60


def short(text: str) -> str:
    """`text`, or its beginning when it is too long for a message."""
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "…"


def in_quotes(text: str) -> str:
    """The advice to put `text` in quotes, spelled out when it is short and stands outside brackets."""
    if len(text) > _SHOWN or text.count("]") > text.count("[") or text.count("}") > text.count("{"):
        return "Put the text in quotes"
    if '"' in text or "\\" in text:
        return "Put the text in quotes: '" + text.replace("'", "''") + "'"
    return f'Put the text in quotes: "{text}"'


def properties(source: SourceText, event: yaml.NodeEvent, start: int, span: Span) -> Iterator[Diagnostic]:
    """Refuse an anchor and a tag of a node that begins at offset `start` of the file."""
    for present, code, kind, sign in (
        (event.anchor, "CW112", "anchor", "&"),
        (getattr(event, "tag", None), "CW114", "tag", "!"),
    ):
        if present is None:
            continue
        found = _WORD.search(source.content, source.content.find(sign, start))
        written = found.group() if found else sign
        column = source.line(span.line).find(written, span.column - 1)
        yield source.diagnose(
            code,
            f'"{short(written)}" is read as a YAML {kind}, which definitions do not have',
            source.stretch(span.line - 1, max(column, span.column - 1), len(written)),
            advice=f'Delete it, or put the whole text in quotes if "{sign}" belongs to it.',
        )


def alias(source: SourceText, event: yaml.AliasEvent, span: Span) -> Diagnostic:
    """Refuse an alias."""
    return source.diagnose(
        "CW113",
        f'"*{short(str(event.anchor))}" is read as a YAML alias, which definitions do not have',
        span,
        advice='Write the value out, or put the whole text in quotes if "*" belongs to it.',
    )


def directive(source: SourceText, span: Span) -> Diagnostic:
    """Refuse a line such as `%YAML 1.2`."""
    return source.diagnose(
        "CW117",
        "definitions do not have YAML directives",
        span,
        advice='Delete the line that begins with "%".',
    )


def second_document(source: SourceText, span: Span) -> Diagnostic:
    """Refuse what follows the first document."""
    return source.diagnose(
        "CW115",
        "a second document begins here",
        span,
        advice="Keep one process in one file: move what follows to a file of its own.",
    )


def braces(source: SourceText, line: int, column: int) -> Diagnostic:
    """Refuse an unquoted `{{`, which YAML reads as a map in a map."""
    text = source.lines[line]
    close = text.find("}}", column, column + 2 * _SHOWN)
    inner = text[column + 2 : close].strip() if close > 0 else ""
    return source.diagnose(
        "CW124",
        'YAML reads an unquoted "{{" as a map',
        source.stretch(line, column, close + 2 - column if close > 0 else 2),
        advice=f"For a value write: = {inner or '...'} (in running text put the whole text in quotes)",
    )


def pair_in_list(source: SourceText, line: int, column: int) -> Diagnostic:
    """Refuse `[Call: client]`, which YAML reads as a list with a map in it."""
    colon = source.lines[line].find(":", column)
    return source.diagnose(
        "CW126",
        "the colon makes a map of this list entry",
        source.stretch(line, max(colon, column)),
        advice="Put the entry in quotes if it is text, or in { } if it is a map.",
    )


def repeated(source: SourceText, key: Scalar, first: Span) -> Diagnostic:
    """Refuse a key that its mapping already has; both places are named."""
    return source.diagnose(
        "CW110",
        f'the key "{short(key.text)}" stands twice',
        key.span,
        advice="Keep one of the two.",
        related=((first, "it stands here first"),),
    )


def dash_missing(source: SourceText, key: Span, first: Span) -> Diagnostic:
    """Refuse the keys of a list's next entry that stand in the entry before, for want of a dash."""
    written = source.line(key.line)[key.column - 1 :].split(" #")[0].strip()
    return source.diagnose(
        "CW110",
        "a dash is missing here: these keys stand in the list entry before, a second time",
        key,
        advice=f"Write `- {short(written)}`, with the dash below the one above.",
        related=((first, "the entry before begins here"),),
    )


def list_cut(source: SourceText, span: Span, text: str) -> Diagnostic:
    """Refuse `{when: x in (a, b)}`, where YAML ends the value at the comma."""
    return source.diagnose(
        "CW125",
        "inside { } the comma ends the value, so the list in brackets is cut in two",
        span,
        advice=f'Put quotes around it: "{text}"' if '"' not in text else f"Put quotes around it: '{text}'",
    )


def not_a_key(source: SourceText, span: Span) -> Diagnostic:
    """Refuse a list or a map as a key."""
    return source.diagnose("CW111", "a key has to be text, not a list or a map", span, advice="Write a name.")


def key(source: SourceText, node: Scalar) -> Diagnostic | None:
    """Refuse a key that is not plainly text."""
    before = source.line(node.span.line)[max(0, node.span.column - 41) : node.span.column - 1]
    if not node.text:
        return source.diagnose("CW111", "a key is empty", node.span, advice="Write a name before the colon.")
    if _EXPLICIT_KEY.search(before):
        advice = 'Delete the "?" and write the key, a colon and the value.'
        return source.diagnose("CW111", 'definitions do not have keys with "?"', node.span, advice=advice)
    if node.style in {"literal", "folded"}:
        return source.diagnose("CW111", "a key has to stand on one line", node.span, advice="Write a name.")
    if node.style != "plain":
        return None
    return _unquoted_key(source, node)


def _unquoted_key(source: SourceText, node: Scalar) -> Diagnostic | None:
    text = node.text
    if text == "<<":
        message = '"<<" is a YAML merge key, which definitions do not have'
        return source.diagnose("CW116", message, node.span, advice="Write the keys out.")
    if text.lower() in _MISREAD_KEYS:
        message = f'many YAML readers take the key "{text}" for true or false'
        advice = f'Use another word, or quotes if it has to be this one: "{text}".'
        return source.diagnose("CW127", message, node.span, advice=advice)
    if not isinstance(node.value, str):
        message = f'YAML does not read the key "{text}" as text'
        return source.diagnose("CW111", message, node.span, advice=f'Put it in quotes: "{text}".')
    return None


def key_without_value(source: SourceText, node: Scalar) -> Diagnostic:
    """Refuse `{title: Food, clothes}`, where `clothes` becomes a key."""
    text = node.text
    if ":" in text:
        return source.diagnose(
            "CW126",
            "a space is missing after the colon",
            node.offset_span(text.index(":"), text.index(":") + 1),
            advice=f"Write: {short(text).replace(':', ': ', 1)}",
        )
    return source.diagnose(
        "CW125",
        f'the comma ends the value before it, so YAML reads "{short(text)}" as a key',
        node.span,
        advice="Put the whole text in quotes, or write one key per line.",
    )


def swallowed(source: SourceText, end: int, span: Span) -> Diagnostic | None:
    """Refuse `Flat #3`: YAML takes one blank and `#` for the beginning of a comment.

    A comment is recognised by two blanks before the `#`, a blank after it, or a line of its own.
    `end` is where the unquoted value ends in the file.
    """
    found = _SWALLOWED.match(source.content, end)
    if not found:
        return None
    line, column = span.end_line - 1, span.end_column - 1
    value = source.lines[line][span.column - 1 if span.line == span.end_line else 0 :].strip()
    return source.diagnose(
        "CW123",
        f'YAML reads "{short(found.group(1).rstrip())}" as a comment, so it would be lost',
        source.stretch(line, column + 1, len(found.group(1).rstrip())),
        advice=f"{in_quotes(value)} (a comment has a blank after the #)",
    )


def joined_entry(source: SourceText, raw: str, span: Span) -> Diagnostic | None:
    """Refuse a list entry that is indented more than the entry above: YAML makes one text of the two."""
    found = _JOINED_ENTRY.search(raw)
    if not found:
        return None
    line = span.line - 1 + len(re.findall(r"\r\n|\r|\n", raw[: found.end(1)]))
    return source.diagnose(
        "CW130",
        "YAML reads this list entry as a part of the text above",
        source.stretch(line, len(found.group(1)), 1),
        advice="Begin it in the column of the entry above, or put the text in quotes.",
        related=((span, "the text begins here"),),
    )


def escapes(source: SourceText, text: str, span: Span) -> Diagnostic | None:
    """Refuse an escape in double quotes that stands for a hidden character."""
    if text.isprintable():
        return None
    for index, character in enumerate(text):
        if is_refused(text, index):
            return source.diagnose(
                "CW108",
                f"an escape stands for a character that cannot be seen: {named(character)}",
                span,
                advice="Delete it.",
            )
    return None
