"""XML as a tree with line numbers. Hostile files are refused before they cost anything.

Document types are refused, and with them every entity of a file's own; so a file can neither grow while it is
read nor reach for another one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final
from xml.parsers import expat

from definitions.diagnostics import MessageError

LARGEST: Final = 4 * 1024 * 1024
MOST_ELEMENTS: Final = 50_000
DEEPEST: Final = 60


class XmlError(MessageError):
    """A file is no XML, or XML that is not read here; the message has the line."""


@dataclass(slots=True)
class Element:
    """One element: its name without prefix, its namespace, attributes, text and line."""

    name: str
    namespace: str
    attributes: dict[str, str]
    line: int
    children: list[Element] = field(default_factory=list)
    pieces: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """Its own text, without blanks around it."""
        return "".join(self.pieces).strip()

    @property
    def id(self) -> str:
        """Its `id`, or nothing."""
        return self.attributes.get("id", "")

    def all(self, name: str) -> list[Element]:
        """The children of this name in the same namespace."""
        return [each for each in self.children if each.name == name and each.namespace == self.namespace]

    def first(self, name: str) -> Element | None:
        """The first child of this name."""
        return next(iter(self.all(name)), None)

    def text_of(self, name: str) -> str:
        """The text of the first child of this name; nothing where there is none."""
        found = self.first(name)
        return "" if found is None else found.text

    def walk(self) -> Iterator[Element]:
        """The element and everything in it."""
        yield self
        for each in self.children:
            yield from each.walk()


def read_xml(content: bytes) -> Element:
    """The outermost element of a file.

    Raises:
        XmlError: it is too large, has a document type, or is not well formed.
    """
    if len(content) > LARGEST:
        raise XmlError(f"the file has more than {LARGEST // 1024 // 1024} MiB; split it")
    builder = _Builder()
    parser = builder.parser
    try:
        parser.Parse(content, True)
    except expat.ExpatError as error:
        raise XmlError(f"line {error.lineno}: this is not XML: {expat.ErrorString(error.code)}") from None
    except (ValueError, LookupError) as error:
        raise XmlError(f"the file cannot be read as XML: {error}") from None
    assert builder.root is not None  # noqa: S101  (well-formed XML has one)
    return builder.root


class _Builder:
    def __init__(self) -> None:
        self.parser = expat.ParserCreate(namespace_separator=" ")
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self.start
        self.parser.EndElementHandler = self.end
        self.parser.CharacterDataHandler = self.data
        self.parser.StartDoctypeDeclHandler = self.doctype
        self.root: Element | None = None
        self.open: list[Element] = []
        self.count = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self.count += 1
        line = self.parser.CurrentLineNumber
        if self.count > MOST_ELEMENTS or len(self.open) >= DEEPEST:
            what = "elements" if self.count > MOST_ELEMENTS else "levels"
            raise XmlError(f"line {line}: the file has too many {what}; split it")
        namespace, _, local = name.rpartition(" ")
        own = {key.rpartition(" ")[2]: value for key, value in attributes.items()}
        element = Element(local, namespace, own, line)
        if self.open:
            self.open[-1].children.append(element)
        else:
            self.root = element
        self.open.append(element)

    def end(self, _name: str) -> None:
        self.open.pop()

    def data(self, text: str) -> None:
        if self.open:
            self.open[-1].pieces.append(text)

    def doctype(self, *_declared: Any) -> None:
        line = self.parser.CurrentLineNumber
        raise XmlError(f"line {line}: a document type (`<!DOCTYPE`) is not read; take it out")
