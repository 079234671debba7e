"""libyaml's events made into nodes; what the language does not have is refused on the way."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

import yaml

from definitions.diagnostics import Diagnostic, Span
from definitions.yaml_text import refusals
from definitions.yaml_text.nodes import Entry, Mapping, Node, Scalar, Sequence, Style, Typed
from definitions.yaml_text.scalars import Refused, resolve
from definitions.yaml_text.text import SourceText

MOST_DEPTH = 24
MOST_EVENTS = 50_000

_Mark: TypeAlias = "yaml.error.Mark | yaml._yaml.Mark"
_STYLES: dict[str | None, Style] = {"'": "single", '"': "double", "|": "literal", ">": "folded"}


@dataclass(slots=True)
class _Open:
    """A collection whose end has not come yet."""

    start: Span
    flow: bool
    is_mapping: bool
    items: list[Node] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    seen: dict[str, Span] = field(default_factory=dict)
    key: Scalar | None = None
    wants_key: bool = True
    in_list: bool = False  # an entry of a list that is written with dashes
    again: int | None = None  # where among the problems its first key is told as repeated
    dash_missing: bool = False  # the entries of several maps, as they were meant, stand in it
    cut: int | None = None  # where among them a list is told that a comma has cut
    is_refused: bool = False  # its very presence was a mistake: its content is not judged again


class TreeBuilder:
    """Takes the events of one file in order. Offers the root and the problems found so far."""

    def __init__(self, source: SourceText) -> None:
        self.root: Node | None = None
        self.problems: list[Diagnostic] = []
        self.texts_over_lines: list[Span] = []  # quoted and block texts, in which a tab is content
        self.last: Node | None = None
        self._source = source
        self._open: list[_Open] = []
        self.events = 0
        self._documents = 0

    def feed(self, event: yaml.Event) -> bool:
        """Take one event. False when reading has to stop: a limit is passed, or a second document begins."""
        self.events += 1
        if self.events > MOST_EVENTS:
            self._limit("CW104", f"the file has more than {MOST_EVENTS:,} parts", event)
            return False
        if isinstance(event, yaml.ScalarEvent):
            self._scalar(event)
        elif isinstance(event, yaml.DocumentStartEvent):
            return self._document(event)
        elif isinstance(event, yaml.CollectionStartEvent):
            return self._begin(event)
        elif isinstance(event, yaml.CollectionEndEvent):
            self._end(event)
        elif isinstance(event, yaml.AliasEvent):
            span = self._span(event)
            self.problems.append(refusals.alias(self._source, event, span))
            self._add(Scalar(span, "", "plain", None))
        return True

    def _span(self, event: yaml.Event) -> Span:
        start, end = _marks(event)
        return self._source.span((start.line, start.column), (end.line, end.column))

    def _limit(self, code: str, message: str, event: yaml.Event) -> None:
        advice = "Split the process: a part of it can be a process of its own."
        self.problems.append(self._source.diagnose(code, message, self._span(event), advice=advice))

    def _report(self, problem: Diagnostic | None) -> None:
        if problem is not None:
            self.problems.append(problem)

    def _refuse_properties(self, event: yaml.NodeEvent) -> None:
        if event.anchor is None and getattr(event, "tag", None) is None:
            return
        start, _ = _marks(event)
        self.problems.extend(refusals.properties(self._source, event, start.index, self._span(event)))

    def _document(self, event: yaml.DocumentStartEvent) -> bool:
        self._documents += 1
        span = self._span(event)
        if self._documents > 1:
            self._report(refusals.second_document(self._source, span))
            return False
        if event.version or event.tags:
            first = self._source.stretch(span.line - 1, 0, len(self._source.line(span.line)))
            self._report(refusals.directive(self._source, first))
        return True

    # Collections

    def _begin(self, event: yaml.CollectionStartEvent) -> bool:
        if len(self._open) >= MOST_DEPTH:
            self._limit("CW105", f"this is nested more than {MOST_DEPTH} levels deep", event)
            return False
        self._refuse_properties(event)
        opened = _Open(self._span(event), bool(event.flow_style), isinstance(event, yaml.MappingStartEvent))
        if self._open and opened.is_mapping and opened.flow:
            self._refuse_misread_map(self._open[-1], opened)
        opened.in_list = bool(self._open) and not (opened.flow or self._open[-1].is_mapping)
        self._open.append(opened)
        return True

    def _refuse_misread_map(self, outer: _Open, opened: _Open) -> None:
        line, column = opened.start.line - 1, opened.start.column - 1
        if outer.is_refused:
            opened.is_refused = True
        elif outer.is_mapping and outer.flow and _begins_beside(outer.start, opened.start):
            outer.is_refused = opened.is_refused = True
            self._report(refusals.braces(self._source, line, column - 1))
        elif not outer.is_mapping and opened.start.column == opened.start.end_column:
            opened.is_refused = True
            self._report(refusals.pair_in_list(self._source, line, column))

    def _end(self, event: yaml.CollectionEndEvent) -> None:
        done = self._open.pop()
        end = self._span(event) if done.flow else _last_span(done)
        start = done.start
        span = Span(start.file, start.line, start.column, end.end_line, end.end_column)
        if done.dash_missing:
            for part in _parted(done.entries):
                self._add(part)
        elif done.is_mapping:
            self._add(Mapping(span, tuple(done.entries)))
        else:
            self._add(Sequence(span, tuple(done.items)))

    def _add(self, node: Node) -> None:
        self.last = node
        if not self._open:
            self.root = node
            return
        parent = self._open[-1]
        if not parent.is_mapping:
            parent.items.append(node)
        elif parent.wants_key:
            parent.key = self._key(parent, node)
            parent.wants_key = False
        else:
            self._value(parent, node)
            parent.wants_key = True

    def _key(self, parent: _Open, node: Node) -> Scalar | None:
        """The node as a key, or None when it cannot be one. A repeated key is kept; the first one counts."""
        if not isinstance(node, Scalar):
            if not parent.is_refused:
                self._report(refusals.not_a_key(self._source, node.span))
            return None
        if not parent.is_refused and not _is_cut(parent):
            self._judge_key(parent, node)
        return node

    def _judge_key(self, parent: _Open, node: Scalar) -> None:
        self._report(refusals.key(self._source, node))
        first = parent.seen.setdefault(node.text, node.span)
        if first is not node.span:
            self._repeated(parent, node, first)

    def _repeated(self, parent: _Open, node: Scalar, first: Span) -> None:
        """A key for the second time. Where an entry's first key is followed by others of it, they are those
        of a next entry without its dash, and told as one.
        """
        opens = parent.in_list and bool(parent.entries) and parent.entries[0].key.text == node.text
        if not opens and parent.again is not None:
            told = self.problems[parent.again]
            parent.dash_missing = True
            self.problems[parent.again] = refusals.dash_missing(self._source, told.span, parent.start)
            return
        if opens:
            parent.again = len(self.problems)
        self.problems.append(refusals.repeated(self._source, node, first))

    def _value(self, parent: _Open, node: Node) -> None:
        key = parent.key
        if key is None:
            return
        if _is_cut(parent):
            if _is_nothing_after(key, node):
                self._put_back(parent, key)
                return
            self._judge_key(parent, key)
        parent.cut = None
        parent.entries.append(Entry(key, node))
        if parent.flow and not parent.is_refused and _is_nothing_after(key, node):
            self._report(refusals.key_without_value(self._source, key))

    def _put_back(self, parent: _Open, key: Scalar) -> None:
        """A key that YAML has cut from the list in brackets before it; the list is told once."""
        before, value = parent.entries[-1].key, parent.entries[-1].value
        if not isinstance(value, Scalar):
            return
        start, text = value.span, f"{value.text}, {key.text}"
        span = Span(start.file, start.line, start.column, key.span.end_line, key.span.end_column)
        parent.entries[-1] = Entry(before, Scalar(span, text, "plain", text))
        if parent.cut is None:
            parent.cut = len(self.problems)
        self.problems[parent.cut : parent.cut + 1] = [refusals.list_cut(self._source, span, text)]

    # Scalars

    def _scalar(self, event: yaml.ScalarEvent) -> None:
        self._refuse_properties(event)
        style = _STYLES.get(event.style, "plain")
        raw, span = self._written(event)
        value: Typed = event.value
        if style == "plain":
            value = self._plain(event, raw, span)
        else:
            if style == "double" and "\\" in raw:
                self._report(refusals.escapes(self._source, event.value, span))
            if span.line != span.end_line:
                self.texts_over_lines.append(span)
        bare = event.anchor is None and event.tag is None
        self._add(Scalar(span, event.value, style, value, raw if bare else ""))

    def _written(self, event: yaml.ScalarEvent) -> tuple[str, Span]:
        """The scalar as it stands in the file; a block text without the empty lines that follow it."""
        start, end = _marks(event)
        written = self._source.content[start.index : end.index]
        if event.style not in {"|", ">"}:
            return written, self._span(event)
        written = written.rstrip()
        rows = SourceText(self._source.file, written).lines
        end_column = len(rows[-1]) + (start.column if len(rows) == 1 else 0)
        last = (start.line + len(rows) - 1, end_column)
        return written, self._source.span((start.line, start.column), last)

    def _plain(self, event: yaml.ScalarEvent, raw: str, span: Span) -> Typed:
        self._report(refusals.swallowed(self._source, _marks(event)[1].index, span))
        if span.line != span.end_line:
            self._report(refusals.joined_entry(self._source, raw, span))
        value = resolve(event.value)
        if isinstance(value, Refused):
            self._report(self._source.diagnose(value.code, value.message, span, advice=value.advice))
            return event.value
        return value


def _marks(event: yaml.Event) -> tuple[_Mark, _Mark]:
    start, end = event.start_mark, event.end_mark
    if start is None or end is None:
        raise TypeError("libyaml gives every event its marks; this event has none")
    return start, end


def _begins_beside(outer: Span, inner: Span) -> bool:
    return outer.line == inner.line and outer.column + 1 == inner.column


def _is_nothing_after(key: Scalar, value: Node) -> bool:
    """True for the empty value that libyaml invents right behind a key that has no colon."""
    end = (key.span.end_line, key.span.end_column)
    return isinstance(value, Scalar) and not value.text and (value.span.line, value.span.column) == end


def _parted(entries: list[Entry]) -> list[Mapping]:
    """The maps that were meant, each from where the first key stands again."""
    starts = [index for index, entry in enumerate(entries) if entry.key.text == entries[0].key.text]
    parts = [tuple(entries[start:end]) for start, end in zip(starts, [*starts[1:], None], strict=True)]
    return [Mapping(_around(part[0].key.span, part[-1].value.span), part) for part in parts]


def _around(first: Span, last: Span) -> Span:
    return Span(first.file, first.line, first.column, last.end_line, last.end_column)


def _is_cut(parent: _Open) -> bool:
    """True in braces behind a value whose round bracket a comma has cut."""
    reads = parent.flow and parent.entries and not parent.is_refused
    value = parent.entries[-1].value if reads else None
    return isinstance(value, Scalar) and value.style == "plain" and _is_open(value.text)


def _is_open(text: str) -> bool:
    """True for a text with a round bracket that it does not close."""
    return text.count("(") > text.count(")")


def _last_span(done: _Open) -> Span:
    """The place where a block collection ends; libyaml's own mark is the beginning of what follows."""
    if done.entries:
        entry = done.entries[-1]
        return max(entry.key.span, entry.value.span, key=lambda span: (span.end_line, span.end_column))
    return done.items[-1].span if done.items else done.start
