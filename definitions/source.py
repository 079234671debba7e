"""A definition file read: YAML text in; values with positions and every problem of the text out.

Stands on libyaml's events (`yaml.CSafeLoader`), one parser only, because others read some lines otherwise.
Reading never raises for what a file holds: it collects diagnostics (CW1xx).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import chain, islice
from pathlib import Path
from typing import Literal, TypeAlias

import yaml

from definitions.collecting import without_collecting
from definitions.diagnostics import Diagnostic, Severity, Span
from definitions.yaml_text.characters import REPLACEMENT, bad_bytes, hidden_characters, without_hidden
from definitions.yaml_text.nodes import Mapping, Node, Plain, Scalar, Sequence, plain
from definitions.yaml_text.text import SourceText
from definitions.yaml_text.tree import TreeBuilder
from definitions.yaml_text.yaml_errors import TAB_ADVICE, TAB_MESSAGE, explain
from definitions.yaml_text.yaml_scene import Fatal

MOST_BYTES = 512 * 1024
MOST_PROBLEMS = 200
MOST_BAD_CHARACTERS = 20  # beyond that the file is no text, and YAML's opinion of it would be noise
MOST_READINGS = 20  # of one text, each with one more character patched
MOST_EVENTS_READ = 75_000  # in all readings together, and so on for characters
MOST_CHARACTERS_READ = 1_500_000

KeyPath: TypeAlias = "tuple[str | int, ...] | list[str | int]"

_TAB = re.compile(r" *\t[ \t]*(?=\S)")
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
# Problems of a line after which libyaml's own complaint about the same line is only their consequence.
_CAUSES = frozenset({"CW112", "CW113", "CW114", "CW123", "CW124", "CW126", "CW130"})


@dataclass(frozen=True, slots=True)
class Document:
    """One file as read. `root` is None when the text could not be read as it is written.

    `diagnostics` holds the problems of the YAML text in the order of the file. With any of them, `root` may
    lack what they are about.
    """

    source: SourceText
    root: Node | None
    diagnostics: tuple[Diagnostic, ...]

    @property
    def file(self) -> str:
        """The name under which the file was read."""
        return self.source.file

    @property
    def text(self) -> str:
        """The text, without a byte order mark."""
        return self.source.content

    @property
    def lines(self) -> tuple[str, ...]:
        """The lines without their ends."""
        return self.source.lines

    def line(self, number: int) -> str:
        """Line `number`, counted from 1; empty when there is no such line."""
        return self.source.line(number)

    def value(self) -> Plain:
        """The content as plain Python: dict, list, str, int, Decimal, bool, None."""
        return None if self.root is None else plain(self.root)

    def node(self, path: KeyPath) -> Node | None:
        """The node at `path`, or None."""
        node, _, rest = self._walk(path)
        return None if rest else node

    def span(self, path: KeyPath, *, of: Literal["key", "value"] = "value") -> Span:
        """Where the value at `path` stands, or its key. Falls back to the nearest parent that exists."""
        node, key, rest = self._walk(path)
        if node is None:
            return self.source.stretch(0, 0)
        return key if of == "key" and key is not None and not rest else node.span

    def diagnose(
        self,
        code: str,
        message: str,
        where: Span | KeyPath,
        *,
        severity: Severity = "error",
        allowed: Iterable[str] = (),
        suggestion: str | None = None,
        advice: str | None = None,
        related: tuple[tuple[Span, str], ...] = (),
    ) -> Diagnostic:
        """A diagnostic about a place of this file, with its source line."""
        span = where if isinstance(where, Span) else self.span(where)
        return self.source.diagnose(
            code,
            message,
            span,
            severity=severity,
            allowed=tuple(allowed),
            suggestion=suggestion,
            advice=advice,
            related=related,
        )

    def _walk(self, path: KeyPath) -> tuple[Node | None, Span | None, bool]:
        """The last node of `path` that exists, its key's span, and whether a part of the path is left."""
        node, key = self.root, None
        for step in path:
            if isinstance(node, Mapping) and isinstance(step, str) and (entry := node.entry(step)):
                node, key = entry.value, entry.key.span
            elif isinstance(node, Sequence) and isinstance(step, int) and 0 <= step < len(node.items):
                node, key = node.items[step], None
            else:
                return node, key, True
        return node, key, False


def read(path: Path) -> Document:
    """Read the file at `path`. A file that cannot be opened is a diagnostic too (CW100)."""
    try:
        if path.exists() and not path.is_file():
            return _unreadable(str(path), "is not a file")
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else None
        return _unreadable(str(path), f"cannot be read: {reason or error}")
    return parse(content, str(path))


@without_collecting()
def parse(content: bytes, file: str) -> Document:
    """Read YAML from UTF-8 bytes, byte order mark or not; `file` is the name that diagnostics carry."""
    if len(content) > MOST_BYTES:
        advice = "Split it into several processes; long texts belong into message templates."
        message = f"the file is larger than {MOST_BYTES // 1024} KiB"
        return _refused(SourceText(file, ""), "CW103", message, advice)
    if _is_utf16(content):
        return _refused(SourceText(file, ""), "CW106", "the file is UTF-16, not UTF-8", "Save it as UTF-8.")
    decoded = content.decode("utf-8-sig", "surrogateescape")
    shown = re.sub("[\udc80-\udcff]", REPLACEMENT, decoded)
    source = SourceText(file, shown)
    found = chain(bad_bytes(SourceText(file, decoded)), hidden_characters(source))
    bad = list(islice(found, MOST_BAD_CHARACTERS + 1))
    if len(bad) > MOST_BAD_CHARACTERS:
        return Document(source, None, (_not_text(source, bad[0].span),))
    root, problems = _read_yaml(SourceText(file, without_hidden(shown)))
    if root is None and not problems and not bad:
        return _refused(source, "CW102", "the file is empty", "Begin with: casewright new NAME --from intake")
    return Document(source, None if bad else root, _in_order([*bad, *problems], source))


def _is_utf16(content: bytes) -> bool:
    """Recognised by its byte order mark, or by every second byte at the beginning being zero."""
    beginning = content[:40]
    zeros = (beginning[0::2], beginning[1::2])
    return content.startswith(_UTF16) or any(half and not half.strip(b"\0") for half in zeros)


def _unreadable(file: str, reason: str) -> Document:
    return _refused(
        SourceText(file, ""), "CW100", f"the file {reason}", "Check the path and its permissions."
    )


def _refused(source: SourceText, code: str, message: str, advice: str) -> Document:
    return Document(source, None, (source.diagnose(code, message, source.stretch(0, 0), advice=advice),))


def _not_text(source: SourceText, first: Span) -> Diagnostic:
    message = f"more than {MOST_BAD_CHARACTERS} characters that are not text, from here on"
    return source.diagnose("CW106", message, first, advice="Check that this is a text file, saved as UTF-8.")


def _in_order(problems: Iterable[Diagnostic], source: SourceText) -> tuple[Diagnostic, ...]:
    """Sorted by place, each with the user's own line; after too many a note that there are more."""
    ordered = sorted(problems, key=lambda problem: (problem.span, problem.code))
    shown = [replace(each, source_line=source.line(each.span.line)) for each in ordered[:MOST_PROBLEMS]]
    if len(ordered) > MOST_PROBLEMS:
        message = f"{len(ordered) - MOST_PROBLEMS} more problems are not shown"
        advice = "Correct the problems above first."
        shown.append(source.diagnose("CW129", message, ordered[MOST_PROBLEMS].span, advice=advice))
    return tuple(shown)


def _read_yaml(source: SourceText) -> tuple[Node | None, list[Diagnostic]]:
    """The root and all problems.

    After an error that stops libyaml, one character is patched and all is read again. So a file with five
    unquoted colons gets five diagnostics, not one. The values of a patched text are never handed out.
    """
    text, fatals, events = source, list[Fatal](), 0
    for reading in range(1, MOST_READINGS + 1):
        builder = TreeBuilder(text)
        fatal = _feed(builder, text)
        if fatal is None or _is_consequence(fatal, fatals, builder.problems):
            break
        fatals.append(fatal)
        events += builder.events
        if (
            fatal.patch is None
            or events > MOST_EVENTS_READ
            or reading * len(text.content) > MOST_CHARACTERS_READ
        ):
            break
        text = _patched(text, *fatal.patch)
    tabs = _tabs(source, builder.texts_over_lines, fatal)
    tab_lines = {tab.span.line for tab in tabs}
    stops = [
        _diagnostic(each, source)
        for each in fatals
        if each.code != "CW109" or each.span.line not in tab_lines
    ]
    root = None if fatal or fatals or _is_nothing(builder.root) else builder.root
    return root, [*builder.problems, *tabs, *stops]


def _feed(builder: TreeBuilder, source: SourceText) -> Fatal | None:
    """Give all events to the builder. The error that stopped libyaml, explained, or None."""
    try:
        for event in yaml.parse(source.content, Loader=yaml.CSafeLoader):
            if not builder.feed(event):
                break
    except yaml.MarkedYAMLError as error:
        return explain(error, source, builder.last)
    return None


def _is_consequence(fatal: Fatal, earlier: list[Fatal], problems: list[Diagnostic]) -> bool:
    """True when the cause is reported already, on that line or as a comment that cut off the line before."""
    line = fatal.span.line
    if any(line == other.span.line for other in earlier):
        return True
    return any(
        problem.span.line == line
        or (problem.code == "CW123" and problem.span.line == line - 1 and fatal.code == "CW101")
        for problem in problems
        if problem.code in _CAUSES
    )


def _patched(source: SourceText, line: int, column: int, character: str) -> SourceText:
    rows = list(source.lines)
    rows[line] = rows[line][:column] + character + rows[line][column + 1 :]
    return SourceText(source.file, "\n".join(rows))


def _diagnostic(fatal: Fatal, source: SourceText) -> Diagnostic:
    return source.diagnose(fatal.code, fatal.message, fatal.span, advice=fatal.advice, related=fatal.related)


def _tabs(source: SourceText, texts: list[Span], fatal: Fatal | None) -> list[Diagnostic]:
    """The tabs that indent a line. Inside a quoted or block text a tab is content.

    Behind an error nothing is known about texts; there only a tab at the very beginning of a line counts, and
    only when the error was a tab itself.
    """
    content = {number for span in texts for number in range(span.line + 1, span.end_line + 1)}
    found = []
    for index, line in enumerate(source.lines):
        tab = _TAB.match(line)
        if not tab or index + 1 in content:
            continue
        if fatal and index + 1 > fatal.span.line and not (fatal.code == "CW109" and line[0] == "\t"):
            continue
        span = source.stretch(index, line.index("\t"))
        found.append(source.diagnose("CW109", TAB_MESSAGE, span, advice=TAB_ADVICE))
    return found


def _is_nothing(root: Node | None) -> bool:
    return isinstance(root, Scalar) and root.value is None
