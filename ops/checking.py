"""Checking what lies on the disk: files and folders of definitions, each file once, in one run."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from definitions import (
    Checked,
    Diagnostic,
    Document,
    check,
    check_shared,
    circles,
    read,
    read_vocabulary,
    shared_files,
    shared_name,
    suggest,
)
from definitions.collecting import without_collecting
from definitions.sharing import SharedName
from definitions.shipped import SCENARIO_SUFFIX, is_scenario
from ops.catalogue import VOCABULARY, Installation, load_installation, name_of, names_of
from ops.errors import NotThereError
from ops.fitting import unfit
from ops.settings import load_settings

ENDINGS = frozenset({".yaml", ".yml"})


@dataclass(frozen=True, slots=True)
class Found:
    """What a check of some paths found: the files that were read and every problem, in their order."""

    files: tuple[str, ...]
    diagnostics: tuple[Diagnostic, ...]


def check_paths(paths: Iterable[Path]) -> Found:
    """Check every definition at these paths, each against the others and against what is known here.

    A folder with a vocabulary or templates of its own is checked with them. NotThereError when there is
    nothing to check.
    """
    with without_collecting():
        return _check_paths(list(paths))


def _check_paths(paths: list[Path]) -> Found:
    files = list(dict.fromkeys(file for path in paths for file in files_at(path)))
    vocabularies = [file for file in files if file.name == VOCABULARY]
    diagnostics = [each for file in vocabularies for each in read_vocabulary(file).diagnostics]
    scenarios = [file for file in files if is_scenario(file)]
    documents = [read(file) for file in files if file not in (*vocabularies, *scenarios)]
    known = [*documents, *shared_beside(files)]
    installation = installation_for(paths, broken=bool(diagnostics)).with_documents(known)
    diagnostics += _checked(installation, documents)
    played = [read(file) for file in scenarios]
    diagnostics += unfit(installation, names_of([*documents, *played]))
    if played:
        from ops.scenarios.loading import check_all

        beside = [*documents, *_beside(scenarios, files)]
        diagnostics += check_all(installation.with_documents(beside), played)
    return Found(tuple(str(file) for file in files), tuple(dict.fromkeys(diagnostics)))


def check_document(installation: Installation, document: Document) -> Checked:
    """Check one document, which itself counts as known, as do the shared files beside it."""
    path = Path(document.file)
    beside = shared_beside([path]) if path.is_file() else ()
    return check(document, installation.with_documents([document, *beside]).catalogue)


def shared_beside(files: Iterable[Path]) -> tuple[Document, ...]:
    """The shared scorecards and checklists in the folders beside these files."""
    folders = dict.fromkeys(file.parent for file in files)
    return tuple(read(file) for folder in folders for file in shared_files(folder))


def find_document(installation: Installation, name: str) -> Document:
    """The definition that a person means: a file, or the name of a known process."""
    known = installation.document_of(name)
    path = Path(name)
    if known is not None and not path.is_file():
        return known
    if path.is_file() or path.suffix in ENDINGS:
        return read(path)
    names = sorted(installation.names)
    meant = suggest(name, names)
    action = f"did you mean {meant}?" if meant else f"the known ones are {', '.join(names)}"
    raise NotThereError(f"there is no file and no process `{name}`", action=action)


def files_at(path: Path) -> Iterator[Path]:
    """The file, or every YAML file of a folder. NotThereError for a folder without any."""
    if not path.is_dir():
        yield path  # one that does not exist is a problem of the file, with a place (CW100)
        return
    found = sorted(file for file in path.rglob("*") if file.suffix in ENDINGS and file.is_file())
    if not found:
        raise NotThereError(
            f"{path} holds no definitions", action="name a folder or a file with the ending .yaml"
        )
    yield from found


def _beside(scenarios: list[Path], known: Iterable[Path]) -> Iterator[Document]:
    """The definitions that the scenario files stand beside, as far as they are not checked themselves."""
    for file in scenarios:
        definition = file.with_name(file.name.removesuffix(SCENARIO_SUFFIX) + ".yaml")
        if definition.is_file() and definition not in known:
            yield read(definition)


def installation_for(paths: list[Path], *, broken: bool = False) -> Installation:
    """What the definitions are checked with: the vocabulary and the templates of their folder, if it has
    some. A broken vocabulary is replaced by the shipped one, and reported.
    """
    settings = load_settings()
    own = list(dict.fromkeys(folder for path in paths if (folder := _own_words(path)) is not None))
    if broken:
        return load_installation(replace(settings, definitions=None))
    return load_installation(settings if len(own) != 1 else replace(settings, definitions=own[0]))


def _own_words(path: Path) -> Path | None:
    """The folder of a path, where words or messages of a department's own lie in it."""
    folder = path if path.is_dir() else path.parent
    has = (folder / VOCABULARY).is_file() or (folder / "templates").is_dir()
    return folder.resolve() if has and path.exists() else None


def _checked(installation: Installation, documents: list[Document]) -> Iterator[Diagnostic]:
    first: dict[str, Document] = {}
    shared: dict[SharedName, Document] = {}
    for document in documents:
        common = shared_name(document)
        if common is not None:
            yield from check_shared(document, installation.catalogue)
            if shared.setdefault(common, document) is not document:
                yield _shared_twice(document, common, shared[common])
            continue
        yield from check(document, installation.catalogue).diagnostics
        name = name_of(document)
        if name is not None and name in first:
            yield _twice(document, name, first[name])
        elif name is not None:
            first[name] = document
    yield from circles(installation.documents, documents, installation.catalogue)


def _shared_twice(document: Document, common: SharedName, first: Document) -> Diagnostic:
    key, name = common
    return document.diagnose(
        "CW715",
        f"another file is the {key} `{name}` too",
        (key,),
        advice="give one of them another name",
        related=((first.span((key,)), "the first one, which counts"),),
    )


def _twice(document: Document, name: str, first: Document) -> Diagnostic:
    return document.diagnose(
        "CW616",
        f"another file defines the process `{name}` too",
        ("process",),
        advice="give one of them another name",
        related=((first.span(("process",)), "the first one, which counts"),),
    )
