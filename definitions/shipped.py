"""The definitions that come with Casewright, and what the files of a folder show to each other."""

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import Final

from definitions.catalogue import ProcessSignature
from definitions.checks.definition import read_definition
from definitions.checks.header import signature
from definitions.process_outputs import ProcessOutputs
from definitions.source import Document
from definitions.types import Type
from definitions.vocabulary import Vocabulary

PROCESSES: Final = Path(__file__).parent / "processes"
"""The folder of the shipped definitions."""


SCENARIO_SUFFIX: Final = ".scenario.yaml"
"""How the name of a scenario file ends; it stands beside its definition."""


def process_files(folder: Path = PROCESSES) -> tuple[Path, ...]:
    """The definition files of a folder, in the order of their names."""
    return tuple(file for file in sorted(folder.glob("*.yaml")) if not is_scenario(file))


def scenario_files(folder: Path = PROCESSES) -> tuple[Path, ...]:
    """The scenario files of a folder, in the order of their names."""
    return tuple(file for file in sorted(folder.glob("*.yaml")) if is_scenario(file))


def is_scenario(file: Path) -> bool:
    """Whether a file is named like one of scenarios."""
    return file.name.endswith(SCENARIO_SUFFIX)


def signatures(
    documents: Iterable[Document],
    vocabulary: Vocabulary,
    types: Callable[[Document], Mapping[str, Type]] = lambda _: {},
) -> Mapping[str, ProcessSignature]:
    """What each process shows to the others, also when something else is wrong with its file. `types` finds
    out the types of what a process gives; it is asked when somebody reads one.

    Of two files with the same process the first one counts; `casewright check` reports the other.
    """
    found: dict[str, ProcessSignature] = {}
    for document in documents:
        definition = read_definition(document, {})
        if definition is not None and definition.header.process:
            header = definition.header
            outputs = ProcessOutputs(header.outputs, partial(types, document)) if header.outputs else {}
            shown = signature(header, vocabulary, outputs)
            found.setdefault(shown.name, shown)
    return found
