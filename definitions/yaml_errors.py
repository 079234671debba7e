"""libyaml's own errors in words that help: where the mistake is, not where libyaml noticed it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

import yaml

from definitions.diagnostics import Span
from definitions.nodes import Mapping, Node, Scalar, Sequence
from definitions.refusals import in_quotes
from definitions.text import SourceText

TAB_MESSAGE = "a tab in the indentation"
TAB_ADVICE = "Indent with spaces; an editor can replace all tabs at once."

_NO_SPACE = re.compile(r"\s*(?:- +)*[\w-]+(:)[^\s:/]")
_ESCAPE = re.compile(r"\\(?:[xuU][0-9A-Fa-f]*|.)?")
_ENTRY = re.compile(r"\s*-(?:\s|$)")


@dataclass(frozen=True, slots=True)
class Fatal:
    """An error after which libyaml reads no further.

    `patch` is one character of the file, as (line, column, character) counted from 0, that lets libyaml read
    on to look for more problems; None when what follows could not be judged fairly.
    """

    code: str
    message: str
    span: Span
    advice: str
    related: tuple[tuple[Span, str], ...] = ()
    patch: tuple[int, int, str] | None = None


@dataclass(frozen=True, slots=True)
class _Scene:
    """What is known when libyaml gives up: its words, the two places it names, the node it read last."""

    source: SourceText
    problem: str
    context: str
    line: int
    column: int
    context_line: int
    context_column: int
    last: Node | None

    @property
    def text(self) -> str:
        return self.source.lines[self.line]

    @property
    def before(self) -> str:
        return self.text[: self.column]

    @property
    def character(self) -> str:
        return self.text[self.column : self.column + 1]

    def here(self, length: int = 1) -> Span:
        return self.source.stretch(self.line, self.column, length)

    def there(self, length: int = 1) -> Span:
        return self.source.stretch(self.context_line, self.context_column, length)


def explain(error: yaml.MarkedYAMLError, source: SourceText, last: Node | None) -> Fatal:
    """What the author of the file has to change. `last` is the node that was read before the error."""
    scene = _scene(error, source, last)
    if scene.character == "\t":
        return _tab(scene)
    for words, answer in _ANSWERS:
        if words in scene.problem or words in scene.context:
            return answer(scene)
    return _unknown(scene)


def _scene(error: yaml.MarkedYAMLError, source: SourceText, last: Node | None) -> _Scene:
    mark = error.problem_mark or error.context_mark
    context = error.context_mark or mark
    rows = len(source.lines) - 1
    line, context_line = (min(each.line, rows) if each else 0 for each in (mark, context))
    return _Scene(
        source,
        error.problem or "",
        error.context or "",
        line,
        mark.column if mark else 0,
        context_line,
        context.column if context else 0,
        last,
    )


def _tab(scene: _Scene) -> Fatal:
    return Fatal("CW109", TAB_MESSAGE, scene.here(), TAB_ADVICE)


def _special_beginning(scene: _Scene, line: int, column: int) -> Fatal:
    """Unquoted text that begins with a character of YAML's own."""
    rest = scene.source.lines[line][column:].strip()
    return Fatal(
        "CW128",
        f'unquoted text cannot begin with "{rest[:1]}"',
        scene.source.stretch(line, column),
        in_quotes(rest),
        patch=(line, column, "x"),
    )


def _at_problem(scene: _Scene) -> Fatal:
    return _special_beginning(scene, scene.line, scene.column)


def _at_context(scene: _Scene) -> Fatal:
    return _special_beginning(scene, scene.context_line, scene.context_column)


def _list_beside_key(scene: _Scene) -> Fatal:
    advice = in_quotes(scene.text[scene.column :].strip())
    return Fatal(
        "CW128",
        "a list cannot begin on the line of its key",
        scene.here(),
        f"{advice} (a list begins on the next line)",
        patch=(scene.line, scene.column, "x"),
    )


def _second_colon(scene: _Scene) -> Fatal:
    """`title: Note: call`, or a key that is indented under a value."""
    start = re.match(r"\s*(?:- +)*", scene.before)
    own = scene.before[start.end() if start else 0 :]
    if ": " not in own and not own.endswith(":"):
        return _too_deep(scene, len(scene.before) - len(own))
    value = scene.text[scene.text.index(":") + 1 :].strip()
    return Fatal(
        "CW126",
        "a second colon on one line: unquoted text cannot hold a colon followed by a blank",
        scene.here(),
        in_quotes(value),
        patch=(scene.line, scene.column, "x"),
    )


def _too_deep(scene: _Scene, column: int) -> Fatal:
    above = scene.last.span if isinstance(scene.last, Scalar) else None
    if above is not None and above.line - 1 < scene.line:
        missing = _missing_space(scene, above.line - 1)
        if missing:
            return missing
    return Fatal(
        "CW101",
        "this key is indented under a line that already has a value",
        scene.source.stretch(scene.line, column, scene.column - column),
        "Begin it in the column of the keys that it belongs to.",
        ((above, "the value begins here"),) if above else (),
    )


def _missing_space(scene: _Scene, line: int) -> Fatal | None:
    found = _NO_SPACE.match(scene.source.lines[line])
    if not found:
        return None
    colon = found.start(1)
    text = scene.source.lines[line].strip()
    return Fatal(
        "CW126",
        "a space is missing after the colon",
        scene.source.stretch(line, colon),
        f"Write: {text[:60].replace(':', ': ', 1)}",
    )


def _neither_key_nor_entry(scene: _Scene) -> Fatal:
    line = scene.context_line
    missing = _missing_space(scene, line)
    if missing:
        return missing
    text = scene.source.lines[line].rstrip()
    return Fatal(
        "CW101",
        "this line has no colon, so it is neither a key nor a part of the text above",
        scene.source.stretch(line, scene.context_column, max(1, len(text) - scene.context_column)),
        'Write "key: value", or indent the line if it continues the text above.',
        patch=(line, scene.context_column, "#"),
    )


def _expected_key(scene: _Scene) -> Fatal:
    """A block of keys is interrupted: by text behind a finished value, or by a line in the wrong column."""
    if scene.before.strip():
        return _after_value(scene)
    if scene.character == ":":
        return Fatal(
            "CW111", "a key is missing before the colon", scene.here(), "Write a name before the colon."
        )
    if _ENTRY.match(scene.text):
        if isinstance(scene.last, Sequence):
            return _entry_beside_list(scene, scene.last)
        message = "a list entry stands where a key was expected"
        advice = "Indent it under the key that it belongs to; that key has no value of its own."
        return Fatal("CW101", message, scene.here(), advice)
    return _wrong_column(scene)


def _entry_beside_list(scene: _Scene, above: Sequence) -> Fatal:
    column = above.span.column
    message = f"this list entry begins in column {scene.column + 1}, the list above it in column {column}"
    return Fatal("CW101", message, scene.here(), "Begin all entries of a list in the same column.")


def _expected_entry(scene: _Scene) -> Fatal:
    if scene.before.strip():
        return _after_value(scene)
    if scene.column == scene.context_column:
        message = "a list was begun here, and this line is no entry of it"
        return Fatal("CW101", message, scene.here(), 'Begin the line with "- ", or indent it under an entry.')
    return _wrong_column(scene)


def _wrong_column(scene: _Scene) -> Fatal:
    return Fatal(
        "CW101",
        f"this line begins in column {scene.column + 1}, where no line above it begins",
        scene.here(max(1, len(scene.text.split("#")[0].rstrip()) - scene.column)),
        "Lines that belong together begin in the same column.",
    )


def _after_value(scene: _Scene) -> Fatal:
    """Text after a closing quote or bracket."""
    last = scene.last
    if isinstance(last, Mapping | Sequence):
        return _special_beginning(scene, last.span.line - 1, last.span.column - 1)
    if isinstance(last, Scalar) and last.style in {"single", "double"}:
        return Fatal(
            "CW131",
            "text goes on after the closing quote",
            scene.here(max(1, len(scene.text.rstrip()) - scene.column)),
            "Put one pair of quotes around the whole text; inside '...' an apostrophe is written twice.",
            ((last.span, "the quoted text is this"),),
            patch=(last.span.line - 1, last.span.column - 1, "x")
            if last.span.line == last.span.end_line
            else None,
        )
    return _unknown(scene)


def _in_flow(scene: _Scene) -> Fatal:
    """Inside { } or [ ]: a colon too many, or the bracket is never closed."""
    opening = scene.source.lines[scene.context_line][scene.context_column : scene.context_column + 1]
    closing = {"{": "}", "[": "]"}.get(opening, opening)
    if scene.line != scene.context_line:
        return Fatal(
            "CW101",
            f'the "{opening}" opened here is not closed',
            scene.there(),
            f'Write "{closing}" at its end, or put the text in quotes if "{opening}" belongs to it.',
            ((scene.here(), "reading stopped here"),),
        )
    if scene.character == ":":
        advice = "Put the text in quotes, or write one key per line without { }."
        return Fatal(
            "CW126",
            "a colon inside unquoted text",
            scene.here(),
            advice,
            patch=(scene.line, scene.column, "x"),
        )
    return Fatal(
        "CW101",
        f'"," or "{closing}" was expected here',
        scene.here(),
        "Put the text in quotes, or write one key per line without brackets.",
    )


def _no_content(scene: _Scene) -> Fatal:
    if "flow" in scene.context:
        message = (
            f'an entry is missing before "{scene.character}"' if scene.character else "an entry is missing"
        )
        return Fatal("CW101", message, scene.here(), "Write the entry, or delete the comma.")
    return _at_problem(scene)


def _open_quote(scene: _Scene) -> Fatal:
    return Fatal(
        "CW101",
        "the quote opened here is never closed",
        scene.there(),
        "Close it, or put the text in the other kind of quotes if this one belongs to the text.",
    )


def _bad_escape(scene: _Scene) -> Fatal:
    start = max(0, scene.text.rfind("\\", 0, scene.column + 1))
    found = _ESCAPE.match(scene.text, start)
    written = found.group() if found else "\\"
    return Fatal(
        "CW101",
        f'"{written}" is not an escape that YAML knows',
        scene.source.stretch(scene.line, start, len(written)),
        "Write the backslash twice, or use '...' instead of \"...\".",
    )


def _directive(scene: _Scene) -> Fatal:
    return Fatal(
        "CW117",
        "definitions do not have YAML directives",
        scene.there(max(1, len(scene.source.lines[scene.context_line]))),
        'Delete the line, or put the text in quotes if "%" belongs to it.',
    )


def _tag(scene: _Scene) -> Fatal:
    rest = scene.source.lines[scene.context_line][scene.context_column :].strip()
    return Fatal("CW114", 'text that begins with "!" is read as a YAML tag', scene.there(), in_quotes(rest))


def _unknown(scene: _Scene) -> Fatal:
    words = scene.problem or scene.context or "the text breaks the rules of YAML"
    advice = (
        "Compare the line and the one above it with a definition that works; check quotes and indentation."
    )
    return Fatal("CW101", f"YAML cannot be read here ({words})", scene.here(), advice)


_ANSWERS: tuple[tuple[str, Callable[[_Scene], Fatal]], ...] = (
    ("scanning a directive", _directive),
    ("%YAML", _directive),
    ("incompatible YAML document", _directive),
    ("cannot start any token", _at_problem),
    ("violates indentation", _tab),
    ("mapping values are not allowed", _second_colon),
    ("block sequence entries are not allowed", _list_beside_key),
    ("mapping keys are not allowed", _at_problem),
    ("scanning a block scalar", _at_context),
    ("scanning an anchor", _at_context),
    ("scanning an alias", _at_context),
    ("scanning a tag", _tag),
    ("undefined tag handle", _tag),
    ("could not find expected ':'", _neither_key_nor_entry),
    ("expected key", _expected_key),
    ("expected '-' indicator", _expected_entry),
    ("expected ',' or", _in_flow),
    ("expected node content", _no_content),
    ("<document start>", _after_value),
    ("unexpected end of stream", _open_quote),
    ("unexpected document indicator", _open_quote),
    ("escape", _bad_escape),
    ("hexdecimal", _bad_escape),
)
