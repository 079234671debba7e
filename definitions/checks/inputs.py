"""Declared inputs, of a process or of a shared scorecard: their types, and what is wrong with them."""

from collections.abc import Iterator

from definitions.catalogue import Catalogue, Path
from definitions.checks.references import CatalogueNames
from definitions.diagnostics import suggest
from definitions.problems import PlacedProblem, Problem
from definitions.schema import InputSpec
from definitions.types import TYPE_WORDS, Choice, Choices, Record, Type, Unknown, meant, type_from_words
from definitions.vocabulary import Vocabulary


def input_type(spec: InputSpec, vocabulary: Vocabulary) -> Type:
    """The type of one input; Unknown where its words name none."""
    options: tuple[str, ...] = ()
    if isinstance(spec.options, str):
        options = vocabulary.options(spec.options) or ()
    elif spec.options is not None:
        options = tuple(spec.options)
    return type_from_words(spec.type, options) or Unknown()


def input_faults(
    catalogue: Catalogue, names: CatalogueNames, spec: InputSpec, path: Path
) -> Iterator[PlacedProblem]:
    """An unknown type, an unknown record, options that do not belong or are missing."""
    kind = type_from_words(spec.type)
    words = (*TYPE_WORDS, "choice", "choices")
    at = (*path, "type")
    if kind is None:
        allowed = (*words, *catalogue.records)
        problem = Problem(
            "CW401",
            f"there is no type `{spec.type}`",
            0,
            len(spec.type),
            allowed,
            meant(spec.type, allowed),
        )
        yield PlacedProblem(at, problem)
    elif isinstance(kind, Record) and spec.type not in TYPE_WORDS and kind.name not in catalogue.records:
        records = tuple(catalogue.records)
        message = f"there is no record `{kind.name}`"
        yield PlacedProblem(
            at, Problem("CW601", message, 0, len(spec.type), records, suggest(kind.name, (*words, *records)))
        )
    elif isinstance(kind, Choice | Choices) and not spec.options:
        advice = "list codes with their titles under `options:`, or name a value set"
        yield PlacedProblem(
            at, Problem("CW402", f"`{spec.type}` needs options", 0, len(spec.type), advice=advice)
        )
    elif not isinstance(kind, Choice | Choices) and spec.options is not None:
        problem = Problem("CW402", f"`{spec.type}` has no options", 0, 0, advice="leave them out")
        yield PlacedProblem((*path, "options"), problem, "key")
    if isinstance(spec.options, str):
        for problem in names.value_set(spec.options):
            yield PlacedProblem((*path, "options"), problem)
