"""libyaml's own errors in words that help: where the mistake is, not where libyaml noticed it."""

from __future__ import annotations

import re
from collections.abc import Callable

import yaml

from definitions.diagnostics import Span
from definitions.yaml_text.nodes import Node, Scalar, Sequence
from definitions.yaml_text.refusals import in_quotes
from definitions.yaml_text.text import SourceText
from definitions.yaml_text.yaml_scene import Fatal, Scene, scene_of

TAB_MESSAGE = "a tab in the indentation"
TAB_ADVICE = "Indent with spaces; an editor can replace all tabs at once."

_NO_SPACE = re.compile(r"\s*(?:- +)*[\w-]+(:)[^\s:/]")
_ESCAPE = re.compile(r"\\(?:[xuU][0-9A-Fa-f]*|.)?")
_ENTRY = re.compile(r"\s*-(?:\s|$)")


def explain(error: yaml.MarkedYAMLError, source: SourceText, last: Node | None) -> Fatal:
    """What the author of the file has to change. `last` is the node that was read before the error."""
    scene = scene_of(error, source, last)
    if scene.character == "\t":
        return _tab(scene)
    for words, answer in _ANSWERS:
        if words in scene.problem or words in scene.context:
            return answer(scene)
    return _unknown(scene)


def _tab(scene: Scene) -> Fatal:
    return Fatal("CW109", TAB_MESSAGE, scene.here(), TAB_ADVICE)


def _special_beginning(scene: Scene, line: int, column: int) -> Fatal:
    """Unquoted text that begins with a character of YAML's own."""
    rest = scene.source.lines[line][column:].strip()
    return Fatal(
        "CW128",
        f'unquoted text cannot begin with "{rest[:1]}"',
        scene.source.stretch(line, column),
        in_quotes(rest),
        patch=(line, column, "x"),
    )


def _at_problem(scene: Scene) -> Fatal:
    return _special_beginning(scene, scene.line, scene.column)


def _at_context(scene: Scene) -> Fatal:
    return _special_beginning(scene, scene.context_line, scene.context_column)


def _list_beside_key(scene: Scene) -> Fatal:
    advice = in_quotes(scene.text[scene.column :].strip())
    return Fatal(
        "CW128",
        "a list cannot begin on the line of its key",
        scene.here(),
        f"{advice} (a list begins on the next line)",
        patch=(scene.line, scene.column, "x"),
    )


def _second_colon(scene: Scene) -> Fatal:
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


def _too_deep(scene: Scene, column: int) -> Fatal:
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


def _missing_space(scene: Scene, line: int) -> Fatal | None:
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


def _neither_key_nor_entry(scene: Scene) -> Fatal:
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


def _expected_key(scene: Scene) -> Fatal:
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


def _entry_beside_list(scene: Scene, above: Sequence) -> Fatal:
    column = above.span.column
    message = f"this list entry begins in column {scene.column + 1}, the list above it in column {column}"
    return Fatal("CW101", message, scene.here(), "Begin all entries of a list in the same column.")


def _expected_entry(scene: Scene) -> Fatal:
    if scene.before.strip():
        return _after_value(scene)
    if scene.column == scene.context_column:
        message = "a list was begun here, and this line is no entry of it"
        return Fatal("CW101", message, scene.here(), 'Begin the line with "- ", or indent it under an entry.')
    return _wrong_column(scene)


def _wrong_column(scene: Scene) -> Fatal:
    return Fatal(
        "CW101",
        f"this line begins in column {scene.column + 1}, where no line above it begins",
        scene.here(max(1, len(scene.text.split("#")[0].rstrip()) - scene.column)),
        "Lines that belong together begin in the same column.",
    )


def _after_value(scene: Scene) -> Fatal:
    """Text after a closing quote or bracket."""
    last = scene.last
    if scene.before.rstrip().endswith(("}", "]")) and _is_nothing(last):
        return _after_bracket(scene)
    if last is None or (isinstance(last, Scalar) and last.style not in {"single", "double"}):
        return _unknown(scene)
    over_lines = last.span.line != last.span.end_line
    line, column = last.span.line - 1, last.span.column - 1
    if isinstance(last, Scalar):
        return _late_quote(scene, last.span) if over_lines else _after_quote(scene, last.span)
    if not over_lines and scene.source.lines[line][column : column + 1] in {"[", "{"}:
        return _special_beginning(scene, line, column)
    if scene.before.rstrip().endswith(("}", "]")):
        return _after_bracket(scene)
    return _unknown(scene)


def _is_nothing(node: Node | None) -> bool:
    """True for the empty value that libyaml puts where it finds none."""
    return isinstance(node, Scalar) and not node.text


def _after_bracket(scene: Scene) -> Fatal:
    return Fatal(
        "CW101",
        f'text goes on after the closing "{scene.before.rstrip()[-1]}"',
        scene.here(max(1, len(scene.text.rstrip()) - scene.column)),
        "Begin a new line, or put the whole text in quotes.",
    )


def _after_quote(scene: Scene, text: Span) -> Fatal:
    return Fatal(
        "CW131",
        "text goes on after the closing quote",
        scene.here(max(1, len(scene.text.rstrip()) - scene.column)),
        "Put one pair of quotes around the whole text; inside '...' an apostrophe is written twice.",
        ((text, "the quoted text is this"),),
        patch=(text.line - 1, text.column - 1, "x"),
    )


def _late_quote(scene: Scene, text: Span) -> Fatal:
    """The quote that ends a text over several lines was probably meant to begin another one."""
    return Fatal(
        "CW131",
        f"the quote opened here is only closed in line {text.end_line}, and text goes on after it",
        scene.source.stretch(text.line - 1, text.column - 1),
        "Close it where its text ends; inside '...' an apostrophe is written twice.",
        ((scene.here(), "the text after the closing quote"),),
    )


def _before_first_key(scene: Scene) -> Fatal:
    """Something complete stands at the beginning, and the file goes on after it."""
    if scene.last is None or scene.before.strip():
        return _after_value(scene)
    return Fatal(
        "CW101",
        "this stands before the first key and belongs to nothing",
        scene.last.span,
        'Delete it, or begin it with "# " if it is a comment.',
        ((scene.here(), "the file goes on here"),),
    )


def _colon_in_brackets(scene: Scene) -> Fatal:
    return Fatal(
        "CW126",
        "a colon inside unquoted text",
        scene.here(),
        "Put the text in quotes, or write one key per line without { }.",
        patch=(scene.line, scene.column, "x"),
    )


def _in_flow(scene: Scene) -> Fatal:
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
        return _colon_in_brackets(scene)
    return Fatal(
        "CW101",
        f'"," or "{closing}" was expected here',
        scene.here(),
        "Put the text in quotes, or write one key per line without brackets.",
    )


def _no_content(scene: Scene) -> Fatal:
    if "flow" in scene.context:
        message = (
            f'an entry is missing before "{scene.character}"' if scene.character else "an entry is missing"
        )
        return Fatal("CW101", message, scene.here(), "Write the entry, or delete the comma.")
    return _at_problem(scene)


def _open_quote(scene: Scene) -> Fatal:
    return Fatal(
        "CW101",
        "the quote opened here is never closed",
        scene.there(),
        "Close it, or put the text in the other kind of quotes if this one belongs to the text.",
    )


def _bad_escape(scene: Scene) -> Fatal:
    start = max(0, scene.text.rfind("\\", 0, scene.column + 1))
    found = _ESCAPE.match(scene.text, start)
    written = found.group() if found else "\\"
    return Fatal(
        "CW101",
        f'"{written}" is not an escape that YAML knows',
        scene.source.stretch(scene.line, start, len(written)),
        "Write the backslash twice, or use '...' instead of \"...\".",
    )


def _directive(scene: Scene) -> Fatal:
    return Fatal(
        "CW117",
        "definitions do not have YAML directives",
        scene.there(max(1, len(scene.source.lines[scene.context_line]))),
        'Delete the line, or put the text in quotes if "%" belongs to it.',
    )


def _tag(scene: Scene) -> Fatal:
    rest = scene.source.lines[scene.context_line][scene.context_column :].strip()
    return Fatal("CW114", 'text that begins with "!" is read as a YAML tag', scene.there(), in_quotes(rest))


def _unknown(scene: Scene) -> Fatal:
    words = scene.problem or scene.context or "the text breaks the rules of YAML"
    advice = (
        "Compare the line and the one above it with a definition that works; check quotes and indentation."
    )
    return Fatal("CW101", f"YAML cannot be read here ({words})", scene.here(), advice)


_ANSWERS: tuple[tuple[str, Callable[[Scene], Fatal]], ...] = (
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
    ("found unexpected ':'", _colon_in_brackets),
    ("expected node content", _no_content),
    ("<document start>", _before_first_key),
    ("unexpected end of stream", _open_quote),
    ("unexpected document indicator", _open_quote),
    ("escape", _bad_escape),
    ("hexdecimal", _bad_escape),
)
