"""Definition files that somebody sends: which of them is what, and what is refused unread."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from definitions import Document, is_scenario, parse, shared_name
from definitions.source import MOST_BYTES
from flows.errors import FlowError

MOST: Final = 12
"""Files that are sent together at most."""

TOGETHER: Final = 2 * MOST_BYTES
"""Bytes of all of them at most."""

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_. -]{0,110}\.ya?ml")


class SentFileError(FlowError):
    """Files are refused before anything in them is looked at."""


@dataclass(frozen=True, slots=True)
class SentFile:
    """One file as it was sent: its name without any folder, and its text."""

    name: str
    text: str

    def plain(self) -> dict[str, str]:
        """As it is kept."""
        return {"name": self.name, "text": self.text}


@dataclass(frozen=True, slots=True)
class SentFiles:
    """What was sent, sorted: one definition, shared files that it may use, scenarios about it."""

    definition: Document
    shared: tuple[Document, ...]
    scenarios: tuple[Document, ...]
    files: tuple[SentFile, ...]

    @property
    def plain(self) -> list[dict[str, str]]:
        """As they are kept."""
        return [each.plain() for each in self.files]


def sort_out(files: Iterable[SentFile]) -> SentFiles:
    """Tell definition, shared files and scenarios apart. SentFileError where there are too many, or one is
    too large or has no fit name, or where there is not exactly one definition.
    """
    given = tuple(files)
    _refuse_too_much(given)
    documents = [parsed(each.name, each.text) for each in given]
    scenarios = tuple(each for each in documents if is_scenario(Path(each.file)))
    shared = tuple(each for each in documents if each not in scenarios and shared_name(each) is not None)
    rest = [each for each in documents if each not in scenarios and each not in shared]
    if not rest:
        raise SentFileError("there is no process definition among these files; send the one it is about")
    if len(rest) > 1:
        names = ", ".join(each.file for each in rest)
        raise SentFileError(f"these are {len(rest)} definitions ({names}); send one after the other")
    return SentFiles(rest[0], shared, scenarios, given)


def kept(plain: Iterable[Mapping[str, Any]]) -> SentFiles:
    """What `SentFiles.plain` was."""
    return sort_out(SentFile(str(each["name"]), str(each["text"])) for each in plain)


@lru_cache(maxsize=128)
def parsed(name: str, text: str) -> Document:
    """The text with its positions; the same text is read once."""
    return parse(text.encode("utf-8", "surrogatepass"), name)


def _refuse_too_much(files: tuple[SentFile, ...]) -> None:
    if not files:
        raise SentFileError("no file was sent")
    if len(files) > MOST:
        raise SentFileError(f"at most {MOST} files are taken together")
    names = [each.name for each in files]
    for each in files:
        if not _NAME.fullmatch(each.name):
            raise SentFileError(
                "the name of a file has letters, digits, spaces, `-`, `_` and `.`, and ends in .yaml"
            )
        if names.count(each.name) > 1:
            raise SentFileError(f"two files are called {each.name}; give one of them another name")
    if sum(len(each.text.encode("utf-8", "surrogatepass")) for each in files) > TOGETHER:
        raise SentFileError(f"the files are too large; {TOGETHER // 1024} KB together are taken")
