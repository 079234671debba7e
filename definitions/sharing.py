"""What processes share by name: scorecards, checklists and decision tables, each in a file of its own."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from definitions.source import Document

if TYPE_CHECKING:
    from definitions.arguments import StepArguments
    from definitions.catalogue import Look

SharedName: TypeAlias = tuple[str, str]
"""What it is and its name: `("scorecard", "hardship")`."""

Shared: TypeAlias = Mapping[SharedName, Document]

FOLDERS: Final[Mapping[str, str]] = {
    "scorecard": "scorecards",
    "checklist": "checklists",
    "table": "decisions",
}
"""The folder of each kind of shared file, by the key that such a file begins with."""


@dataclass(frozen=True, slots=True)
class SharedKind:
    """One kind of shared file: the key that it begins with and by which a step names it, the model of the
    file, and what is checked of it besides its shape.
    """

    key: str
    model: "type[StepArguments]"
    check: "Callable[[Any, Look], object]"


def shared_name(document: Document) -> SharedName | None:
    """What a document shares, as far as it says; None for a process."""
    value = document.value()
    for key in FOLDERS:
        name = value.get(key) if isinstance(value, dict) else None
        if isinstance(name, str):
            return key, name
    return None


def shared_of(documents: Iterable[Document]) -> dict[SharedName, Document]:
    """The shared ones among some documents. Of two with one name the first one counts."""
    found: dict[SharedName, Document] = {}
    for document in documents:
        name = shared_name(document)
        if name is not None:
            found.setdefault(name, document)
    return found


def shared_files(folder: Path) -> tuple[Path, ...]:
    """The shared files that belong to the definitions of a folder, in the order of their names."""
    return tuple(file for each in FOLDERS.values() for file in sorted((folder / each).glob("*.yaml")))
