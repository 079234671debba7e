"""What `casewright test` plays: scenario files at some paths, with the definitions that they are about."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from definitions import (
    SCENARIO_SUFFIX,
    Diagnostic,
    Document,
    Plan,
    check,
    is_scenario,
    read,
    scenario_files,
)
from definitions.scenarios import Scenarios, check_scenarios
from flows.scenarios import prepared
from ops.catalogue import VOCABULARY, Installation, load_installation, name_of, names_of
from ops.checking import files_at, installation_for, shared_beside
from ops.errors import NotThereError
from ops.fitting import errors_of, unfit
from ops.settings import Settings


@dataclass(frozen=True, slots=True)
class Loaded:
    """What was found. `plans` are all processes that can be run, `asked` the names of those whose coverage
    counts. With `diagnostics` that are errors nothing can be played.
    """

    installation: Installation
    plans: Mapping[str, Plan]
    asked: tuple[str, ...]
    sets: tuple[Scenarios, ...]
    diagnostics: tuple[Diagnostic, ...]

    @property
    def broken(self) -> bool:
        """Whether a file has an error."""
        return any(each.severity == "error" for each in self.diagnostics)


def load(paths: list[Path], settings: Settings) -> Loaded:
    """Everything at these paths; without paths what this installation knows, the shipped definitions
    included as far as they fit a department's own words. NotThereError where there is no scenario at all.
    """
    if not paths:
        return _known(settings)
    files = list(dict.fromkeys(file for path in paths for file in _wanted(path)))
    scenarios = [file for file in files if is_scenario(file)]
    documents = [read(file) for file in files if not is_scenario(file)]
    if not scenarios:
        names = ", ".join(str(path) for path in paths)
        action = f"put a file NAME{SCENARIO_SUFFIX} beside the definition"
        raise NotThereError(f"there are no scenarios at {names}", action=action)
    installation = installation_for(paths).with_documents([*documents, *shared_beside(files)])
    return _loaded(installation, names_of(documents), scenarios)


def _known(settings: Settings) -> Loaded:
    installation = load_installation(settings)
    if settings.definitions is None:
        return _loaded(installation, installation.names, scenario_files())
    fitting = {each.file for each in installation.shipped if not errors_of(each, installation)}
    played = [file for file in scenario_files() if _partner(file).name in fitting]
    names = names_of(each for each in installation.shipped if each.file in fitting)
    own = scenario_files(settings.definitions)
    return _loaded(installation, [*installation.own, *names], [*own, *played])


def _wanted(path: Path) -> Iterator[Path]:
    """The files of a path: with a definition its scenarios, with scenarios their definition."""
    for file in files_at(path) if path.exists() else [path]:
        if file.name == VOCABULARY:
            continue
        partner = _partner(file)
        if not is_scenario(file):
            yield file
            if partner.is_file():
                yield partner
        else:
            if partner.is_file():
                yield partner
            yield file


def _partner(file: Path) -> Path:
    if is_scenario(file):
        return file.with_name(file.name.removesuffix(SCENARIO_SUFFIX) + ".yaml")
    return file.with_name(file.stem + SCENARIO_SUFFIX)


def _loaded(installation: Installation, asked: Iterable[str], files: Iterable[Path]) -> Loaded:
    plans, diagnostics = checked_plans(installation)
    wanted, documents = list(asked), [read(file) for file in files]
    diagnostics += unfit(installation, [*wanted, *names_of(documents)])
    sets: list[Scenarios] = []
    for document in documents:
        found = check_scenarios(document, plans, installation.catalogue, prepared(installation.catalogue))
        diagnostics += found.diagnostics
        if found.scenarios is not None:
            sets.append(found.scenarios)
            wanted.append(found.scenarios.plan.process)
    names = tuple(dict.fromkeys(name for name in wanted if name in plans))
    return Loaded(installation, plans, names, tuple(sets), tuple(diagnostics))


def checked_plans(installation: Installation) -> tuple[Mapping[str, Plan], list[Diagnostic]]:
    """The plans of everything that is known, and the errors of what has no plan; those of the shipped
    processes are told by `unfit`.
    """
    plans: dict[str, Plan] = {}
    errors: list[Diagnostic] = []
    for document in installation.documents:
        name = name_of(document)
        if name is not None and name in plans:
            continue
        checked = check(document, installation.catalogue)
        if checked.plan is not None:
            plans[checked.plan.process] = checked.plan
        elif not installation.is_shipped(document):
            errors += [each for each in checked.diagnostics if each.severity == "error"]
    return plans, errors


def check_all(installation: Installation, scenarios: Iterable[Document]) -> list[Diagnostic]:
    """Everything that is wrong with scenario files; the errors of definitions are told by their own check."""
    plans, _ = checked_plans(installation)
    names = prepared(installation.catalogue)
    return [
        each
        for document in scenarios
        for each in check_scenarios(document, plans, installation.catalogue, names).diagnostics
    ]
