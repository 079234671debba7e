"""Characters that a definition must not hold: what nobody sees, and what is not text at all."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from definitions.diagnostics import Diagnostic, hidden
from definitions.yaml_text.text import SourceText

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"

# A space that is not YAML's own where YAML expects one: in the indentation, after a key, after "-".
_ODD_SPACE = re.compile(r"^([ ]*(?:-[ ]+)*(?:[\w-]+:|-)?)([^\S \t\r\n]+)", re.MULTILINE)
_JOINERS = "\u200c\u200d"  # they shape Persian, Indic and emoji; beside ASCII they only hide
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_BAD_BYTE = re.compile("[\udc80-\udcff]+")


def bad_bytes(source: SourceText) -> Iterator[Diagnostic]:
    """A diagnostic for each run of bytes that is not UTF-8, from a text decoded with `surrogateescape`."""
    for number, line in enumerate(source.lines):
        for run in _BAD_BYTE.finditer(line):
            byte = ord(run.group()[0]) - 0xDC00
            yield source.diagnose(
                "CW106",
                f"byte 0x{byte:02X} is not UTF-8 text",
                source.stretch(number, run.start(), run.end() - run.start()),
                advice="Save the file as UTF-8.",
            )


def hidden_characters(source: SourceText) -> Iterator[Diagnostic]:
    """A diagnostic for each control and invisible character, and for an odd space that YAML does not see."""
    for number, line in enumerate(source.lines):
        if line.isascii() and line.isprintable():
            continue
        odd = _ODD_SPACE.match(line)
        if odd and not hidden(odd.group(2)[0]):
            yield _refuse_space(source, number, odd.start(2), odd.group(2))
        for index, character in enumerate(line):
            if is_refused(line, index):
                code = "CW107" if unicodedata.category(character) == "Cc" else "CW108"
                yield _refuse(source, number, index, character, code)


def is_refused(text: str, index: int) -> bool:
    """True when the character at `index` may not stand there; tabs and line breaks may."""
    character = text[index]
    if character in "\t\r\n" or not hidden(character):
        return False
    if character in _JOINERS:
        beside = text[max(0, index - 1) : index] + text[index + 1 : index + 2]
        return len(beside) < 2 or any(other.isascii() or hidden(other) for other in beside)
    return True


def without_hidden(text: str) -> str:
    """The text with every refused character replaced, so that offsets stay and libyaml can read on."""
    if text.isascii() and not _CONTROL.search(text):
        return text
    text = _ODD_SPACE.sub(lambda found: found.group(1) + " " * len(found.group(2)), text)
    return "".join(
        REPLACEMENT if is_refused(text, index) else character for index, character in enumerate(text)
    )


def confusable(text: str) -> str | None:
    """The first non-ASCII character of `text` with its Unicode name, or None.

    For ids: a Cyrillic letter looks like a Latin one and is another.
    """
    for character in text:
        if not character.isascii():
            return f'"{character}" ({named(character)})'
    return None


def named(character: str) -> str:
    """`U+202E RIGHT-TO-LEFT OVERRIDE`."""
    return f"U+{ord(character):04X} {unicodedata.name(character, '')}".rstrip()


def _refuse_space(source: SourceText, line: int, column: int, run: str) -> Diagnostic:
    return source.diagnose(
        "CW108",
        f"a space that YAML does not take for one: {named(run[0])}",
        source.stretch(line, column, len(run)),
        advice="Replace it by an ordinary space.",
    )


def _refuse(source: SourceText, line: int, column: int, character: str, code: str) -> Diagnostic:
    what = "a control character" if code == "CW107" else "a character that cannot be seen"
    return source.diagnose(
        code,
        f"{what}: {named(character)}",
        source.stretch(line, column),
        advice="Delete it, and type the text around it again.",
    )
