"""What is wrong with a definition, where, and what to do about it."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from difflib import SequenceMatcher
from itertools import islice
from typing import Any, Literal

Severity = Literal["error", "warning"]

TAB_WIDTH = 4
SHOWN_WIDTH = 100  # characters of one source line that are printed around the caret
SHOWN_OPTIONS = 12  # names listed after "allowed:"
SHOWN_JSON_LINE = 500
LIKE_ENOUGH = 0.7
LONGEST_SUGGESTED = 64
MOST_COMPARED = 700  # options that a word is compared with

# Combining grapheme joiner, Hangul fillers, Khmer inherent vowels, blank Braille pattern.
_DRAWN_AS_NOTHING = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A stretch of one file. Lines and columns count characters from 1; the end is exclusive."""

    file: str
    line: int
    column: int
    end_line: int
    end_column: int


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One problem of one file, complete enough to be printed without reading the file again.

    `code` is registered in `definitions.codes`. `source_line` is the raw text of the span's first line.
    `allowed` lists what could stand there, `suggestion` is the near miss among them, `advice` the next
    action, `related` other places with a note each. `step` is the id of the step that it is about (`number 3`
    where it has none), `step_title` its title; None outside of steps.
    """

    code: str
    severity: Severity
    message: str
    span: Span
    source_line: str = ""
    allowed: tuple[str, ...] = ()
    suggestion: str | None = None
    advice: str | None = None
    related: tuple[tuple[Span, str], ...] = ()
    step: str | None = None
    step_title: str | None = None


class DefinitionError(Exception):
    """A definition was refused. `diagnostics` holds every problem found; the message prints them all."""

    def __init__(self, diagnostics: Iterable[Diagnostic]) -> None:
        self.diagnostics = tuple(diagnostics)
        super().__init__(self.diagnostics)  # so that a copy in another process is the same error

    def __str__(self) -> str:
        return "\n\n".join(render(each) for each in self.diagnostics)


class MessageError(DefinitionError):
    """A refusal without a place in a file: its message says all. Base of the errors that are one sentence."""

    def __init__(self, message: str) -> None:
        super().__init__(())
        self.message = message

    def __str__(self) -> str:
        return self.message


def render(diagnostic: Diagnostic) -> str:
    """The diagnostic as text for people: position, message, the user's line with a caret, advice.

    Control, bidirectional and invisible characters are shown by code point, so that the text is safe to
    print and the caret stands where the reader sees the problem.
    """
    span = diagnostic.span
    head = f"{place(span)}: {diagnostic.severity} {diagnostic.code}: {printable(diagnostic.message)}"
    return "\n".join([head, *_excerpt(span, diagnostic.source_line), *_help(diagnostic)])


def as_json(diagnostic: Diagnostic) -> dict[str, Any]:
    """The diagnostic as plain values for `--json`. A very long source line is cut."""
    return {
        **asdict(diagnostic),
        "source_line": diagnostic.source_line[:SHOWN_JSON_LINE],
        "allowed": list(diagnostic.allowed),
        "related": [{"span": asdict(span), "message": note} for span, note in diagnostic.related],
    }


def place(span: Span) -> str:
    """`file:line:column`, the form that editors and terminals turn into a link."""
    return f"{printable(span.file)}:{span.line}:{span.column}"


def suggest(word: str, options: Iterable[str]) -> str | None:
    """The option that `word` was probably meant to be, or None when none is near.

    Case and the choice between space, hyphen and underscore do not count as a difference.
    """
    if not word or len(word) > LONGEST_SUGGESTED:
        return None
    best, best_ratio = None, LIKE_ENOUGH
    matcher = SequenceMatcher(autojunk=False)
    matcher.set_seq2(_folded(word))
    for option in islice(options, MOST_COMPARED):
        matcher.set_seq1(_folded(option))
        if matcher.real_quick_ratio() < best_ratio or matcher.quick_ratio() < best_ratio:
            continue
        ratio = max(matcher.ratio(), LIKE_ENOUGH if _swapped(_folded(word), _folded(option)) else 0)
        if ratio > best_ratio or (best is None and ratio >= best_ratio):
            best, best_ratio = option, ratio
    return best


def printable(text: str) -> str:
    """`text` on one line and safe to print: what does not show is written as its code point, `<U+202E>`."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(_shown(character) for character in text)


def hidden(character: str) -> bool:
    """True for a character that leaves no mark of its own: controls, direction marks, joiners, fillers.

    The test is Unicode's general category (Cc, Cf, Cs, Zl, Zp, and Co, which has no agreed glyph), with the
    few letters and symbols that are drawn as nothing, and the code points that are never characters.
    """
    if (
        unicodedata.category(character) in {"Cc", "Cf", "Cs", "Zl", "Zp", "Co"}
        or character in _DRAWN_AS_NOTHING
    ):
        return True
    point = ord(character)
    return point & 0xFFFE == 0xFFFE or 0xFDD0 <= point <= 0xFDEF


def _folded(word: str) -> str:
    return word.casefold().replace("-", "_").replace(" ", "_")


def _swapped(word: str, option: str) -> bool:
    """Whether two neighbouring letters changed places, which counts for much in a short word."""
    if len(word) != len(option):
        return False
    apart = [index for index, letter in enumerate(word) if letter != option[index]]
    return (
        len(apart) == 2
        and apart[1] == apart[0] + 1
        and word[apart[0]] == option[apart[1]]
        and word[apart[1]] == option[apart[0]]
    )


def _shown(character: str) -> str:
    if character == "\t":
        return " " * TAB_WIDTH
    return f"<U+{ord(character):04X}>" if hidden(character) else character


def _excerpt(span: Span, source_line: str) -> list[str]:
    """The source line behind its number, and a caret run under the span."""
    line = source_line.rstrip("\r\n")
    if not line.strip():
        return []
    start = min(span.column - 1, len(line))
    end = min(span.end_column - 1, len(line)) if span.end_line == span.line else len(line)
    left, right = _window(start, len(line))
    before = ("…" if left else "") + printable(line[left:start])
    marked = printable(line[start : min(max(end, start), right)])
    after = printable(line[max(start, min(end, right)) : right]) + ("…" if right < len(line) else "")
    gutter = f"{span.line:>5} | "
    blank = " " * (len(gutter) - 2) + "| "
    carets = " " * _width(before) + "^" * max(1, _width(marked))
    return [(gutter + before + marked + after).rstrip(), blank + carets]


def _window(start: int, length: int) -> tuple[int, int]:
    """The part of a long line that is shown: it begins a little before the caret."""
    if length <= SHOWN_WIDTH:
        return 0, length
    left = max(0, min(start - SHOWN_WIDTH // 3, length - SHOWN_WIDTH))
    return left, left + SHOWN_WIDTH


def _width(text: str) -> int:
    """Columns that `text` takes in a terminal: wide characters two, combining marks none."""
    return sum(_columns(character) for character in text)


def _columns(character: str) -> int:
    if unicodedata.category(character) in {"Mn", "Me"}:
        return 0
    return 2 if unicodedata.east_asian_width(character) in {"W", "F"} else 1


def _help(diagnostic: Diagnostic) -> list[str]:
    lines = []
    if diagnostic.step is not None:
        title = f" ({printable(diagnostic.step_title)})" if diagnostic.step_title else ""
        lines.append(f"      in step: {printable(diagnostic.step)}{title}")
    if diagnostic.allowed:
        lines.append(f"      allowed: {_listed(diagnostic.allowed)}")
    if diagnostic.suggestion is not None:
        quote = "`" if '"' in diagnostic.suggestion else '"'
        lines.append(f"      did you mean {quote}{printable(diagnostic.suggestion)}{quote}?")
    if diagnostic.advice is not None:
        lines.append(f"      advice: {printable(diagnostic.advice)}")
    lines.extend(f"      see {place(span)}: {printable(note)}" for span, note in diagnostic.related)
    return lines


def _listed(options: Sequence[str]) -> str:
    shown = ", ".join(printable(option) for option in options[:SHOWN_OPTIONS])
    rest = len(options) - SHOWN_OPTIONS
    return f"{shown} and {rest} more" if rest > 0 else shown
