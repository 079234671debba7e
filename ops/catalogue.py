"""The catalogue of this installation: step kinds, records, vocabulary, templates and processes, put
together.

A department's folder (`CASEWRIGHT_DEFINITIONS`) may hold processes (`*.yaml`), a `vocabulary.yaml` that
stands in place of the shipped one, `templates/*.j2` that stand in place of shipped ones of the same
name, and what its processes share: `scorecards/*.yaml` and `checklists/*.yaml`.
"""

import importlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from definitions import (
    PROCESSES,
    SHIPPED,
    Catalogue,
    Document,
    Template,
    Vocabulary,
    load_vocabulary,
    output_types,
    parse,
    process_files,
    shared_files,
    shared_name,
    shared_of,
    signatures,
)
from notifications import BUILT_IN, TemplateFile, count_segments, load_templates
from notifications.templates import fill
from ops.errors import OpsError
from ops.settings import Settings
from tasks.records.record_catalogue import record_types
from tasks.registry import Handler, load_kinds

VOCABULARY: Final = "vocabulary.yaml"
LONG_NAME: Final = 24
"""Characters of a name that leave room for nearly everybody's; used to foresee the length of an SMS."""

LONG_PHONE: Final = "+1 212 555 0100 ext"


@dataclass(frozen=True, slots=True)
class Installation:
    """What definitions are checked and run with here. `documents` are the processes that are known, `shipped`
    those of them that come with Casewright.
    """

    catalogue: Catalogue
    handlers: Mapping[str, Handler[Any]]
    documents: tuple[Document, ...]
    shipped: tuple[Document, ...] = ()

    @property
    def own(self) -> tuple[str, ...]:
        """The names of the processes that do not come with Casewright."""
        return names_of(each for each in self.documents if not self.is_shipped(each))

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all processes that are known."""
        return names_of(self.documents)

    def is_shipped(self, document: Document) -> bool:
        """Whether this very document comes with Casewright; a copy of it is one's own."""
        return any(each is document for each in self.shipped)

    def with_documents(self, documents: Iterable[Document]) -> "Installation":
        """The same with more processes and shared files, in front of known ones of the same name."""
        added = tuple(documents)
        together = (*(each for each in added if shared_name(each) is None), *self.documents)
        shared = {**self.catalogue.shared, **shared_of(added)}
        catalogue = replace(self.catalogue, shared=shared)
        shown = signatures(together, catalogue.vocabulary, lambda each: output_types(each, catalogue))
        catalogue = replace(catalogue, processes=shown)
        return replace(self, catalogue=catalogue, documents=together)

    def document_of(self, process: str) -> Document | None:
        """The document that defines a process; None if no file does."""
        return next((each for each in self.documents if name_of(each) == process), None)


def load_installation(settings: Settings) -> Installation:
    """Everything that definitions may name here.

    Raises DefinitionError for a faulty vocabulary, TemplateError for a faulty template, OpsError for a
    plug-in that can't be imported.
    """
    handlers = load_handlers(settings)
    folders = [] if settings.definitions is None else [settings.definitions]
    vocabulary = load_vocabulary(_own(settings, VOCABULARY) or SHIPPED)
    found = load_templates([BUILT_IN, *(folder / "templates" for folder in folders)])
    templates = {name: _template(each, vocabulary) for name, each in found.items()}
    files = list(own_files(settings.definitions)) if settings.definitions else []
    files += [file for folder in (*folders, PROCESSES.parent) for file in shared_files(folder)]
    shipped = tuple(_named(file) for file in process_files(PROCESSES))
    kinds = {name: handler.kind for name, handler in handlers.items()}
    catalogue = Catalogue(kinds, record_types(), vocabulary, templates)
    bare = Installation(catalogue, handlers, (), shipped)
    return bare.with_documents([*(_named(file) for file in files), *shipped])


def _named(file: Path) -> Document:
    """A process under its file's name alone: positions go into the journal, into Prefect and onto other
    machines.
    """
    return parse(file.read_bytes(), file.name)


def load_handlers(settings: Settings) -> Mapping[str, Handler[Any]]:
    """All step kinds, those of plug-ins included."""
    for plugin in settings.plugins:
        try:
            importlib.import_module(plugin)
        except ImportError as error:
            raise OpsError(
                f"the plug-in `{plugin}` can't be imported ({error})",
                action="install it, or take it out of CASEWRIGHT_PLUGINS",
            ) from error
    return load_kinds()


def own_files(folder: Path) -> tuple[Path, ...]:
    """The process files of a department's folder."""
    return tuple(file for file in process_files(folder) if file.name != VOCABULARY)


def name_of(document: Document) -> str | None:
    """The process that a document defines, as far as it says."""
    value = document.value()
    name = value.get("process") if isinstance(value, dict) else None
    return name if isinstance(name, str) else None


def names_of(documents: Iterable[Document]) -> tuple[str, ...]:
    """The processes that these definitions, or scenario files, say that they are about."""
    return tuple(name for each in documents if (name := name_of(each)) is not None)


def _own(settings: Settings, name: str) -> Path | None:
    file = None if settings.definitions is None else settings.definitions / name
    return file if file is not None and file.is_file() else None


def _template(found: TemplateFile, vocabulary: Vocabulary) -> Template:
    parts = _parts(found, vocabulary) if found.channel == "sms" else {}
    return Template(found.name, found.channel, found.texts, found.variables, parts)


def _parts(found: TemplateFile, vocabulary: Vocabulary) -> Mapping[str, int]:
    """The SMS that the template takes in each language when its variables are long."""
    team = max((title for title in vocabulary.groups.values()), key=len, default="")
    name = "n" * LONG_NAME
    values = dict.fromkeys(found.variables, name) | {"phone": LONG_PHONE, "organisation": team or name}
    return {
        language: count_segments(fill(text, values)).segments
        for (part, language), text in found.texts.items()
        if part == "body"
    }
