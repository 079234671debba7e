"""Shipped processes that do not fit a department's own words: they matter only where something needs them."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from definitions import Diagnostic, Document, Span, check
from ops.catalogue import Installation

Errors = Callable[[Document], Sequence[Diagnostic]]


@dataclass(frozen=True, slots=True)
class Mention:
    """A place that starts or refers to a process."""

    process: str
    where: Span


def unfit(
    installation: Installation, named: Collection[str], errors: Errors | None = None
) -> list[Diagnostic]:
    """The errors of shipped processes that are named, that a named one refers to, or that are started on the
    way, at any remove; each says that it is a shipped one, who needs it and what to do. All others stay
    untold. `errors` gives those of a document that was checked before.
    """
    found = errors or (lambda document: errors_of(document, installation))
    needed = _needed(installation, named)
    return [
        _told(each, name, needed[name])
        for name in needed
        if (document := installation.document_of(name)) is not None and installation.is_shipped(document)
        for each in found(document)
    ]


def errors_of(document: Document, installation: Installation) -> Sequence[Diagnostic]:
    """What keeps a document of this installation from becoming a plan."""
    checked = check(document, installation.catalogue)
    if checked.plan is not None:
        return ()
    return [each for each in checked.diagnostics if each.severity == "error"]


def _needed(installation: Installation, named: Collection[str]) -> Mapping[str, Mention | None]:
    """The named processes and what they need, each with the first place that mentions it. The shipped ones
    all refer to one another, which alone needs nothing.
    """
    found: dict[str, Mention | None] = dict.fromkeys(named)
    ahead = list(found)
    while ahead:
        name = ahead.pop(0)
        document = installation.document_of(name)
        for mention in () if document is None else _mentions(document, references=name in named):
            if mention.process not in found:
                found[mention.process] = mention
                ahead.append(mention.process)
    return found


def _mentions(document: Document, *, references: bool) -> Iterator[Mention]:
    value = document.value()
    listed = value.get("references") if references and isinstance(value, dict) else None
    for index, name in enumerate(listed if isinstance(listed, list) else ()):
        if isinstance(name, str):
            yield Mention(name, document.span(("references", index)))
    for path, name in _started(value, ()):
        yield Mention(name, document.span(path))


def _started(value: Any, path: tuple[str | int, ...]) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """The `process` of every step, wherever it stands."""
    if isinstance(value, dict):
        if "do" in value and isinstance(value.get("process"), str):
            yield (*path, "process"), value["process"]
        for key, each in value.items():
            yield from _started(each, (*path, key))
    elif isinstance(value, list):
        for index, each in enumerate(value):
            yield from _started(each, (*path, index))


def _told(error: Diagnostic, process: str, mention: Mention | None) -> Diagnostic:
    own = f"add it to your vocabulary, or put a file of your own for `{process}` in your folder"
    return replace(
        error,
        message=f"{error.message} (in `{process}`, which comes with Casewright)",
        advice=own,
        related=() if mention is None else ((mention.where, f"`{process}` is needed here"),),
    )
