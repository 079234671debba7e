"""The header of a definition: inputs and their types, owner, calendar, references, outputs of the process."""

from collections.abc import Iterator, Mapping

from definitions.arguments import ROLES
from definitions.catalogue import Catalogue, ProcessSignature
from definitions.checks.checking import Checking
from definitions.checks.definition import Definition
from definitions.checks.inputs import input_faults, input_type
from definitions.checks.look import StepLook
from definitions.checks.placing import place_all
from definitions.checks.references import CatalogueNames
from definitions.checks.sight import sight_at_end
from definitions.diagnostics import suggest
from definitions.problems import PlacedProblem, Problem
from definitions.schema import Header
from definitions.types import Struct, Type, Unknown
from definitions.vocabulary import Vocabulary


def input_types(definition: Definition, catalogue: Catalogue) -> Type:
    """The type of `inputs`; Unknown where one of them could not be read."""
    if "inputs" in definition.header_broken:
        return Unknown()
    inputs = definition.header.inputs
    return Struct(tuple((name, input_type(spec, catalogue.vocabulary)) for name, spec in inputs.items()))


def signature(header: Header, vocabulary: Vocabulary, outputs: Mapping[str, Type]) -> ProcessSignature:
    """What a process shows to others."""
    inputs = {name: input_type(spec, vocabulary) for name, spec in header.inputs.items()}
    required = frozenset(name for name, spec in header.inputs.items() if spec.required)
    return ProcessSignature(header.process, inputs, required, outputs)


def check_header(checking: Checking) -> None:
    """Everything about the header but its shape and the outputs."""
    header = checking.definition.header
    found = [*_names(checking, header)]
    for name, spec in header.inputs.items():
        names = CatalogueNames(checking)
        found.extend(input_faults(checking.catalogue, names, spec, ("inputs", name)))
    review = header.review_every
    if review is not None and review.parsed.origin.kind != "step_start":
        start = review.parsed.origin.offset
        end = start + len(review.parsed.origin.text)
        problem = Problem("CW539", "only a length belongs here, such as `12 months`", start, end)
        found.append(PlacedProblem(("review_every",), problem))
    checking.found.extend(place_all(checking.document, found))


def check_duty(checking: Checking) -> None:
    """What the header says to people: who is responsible, and for what. Nothing is decided by it, so that a
    published version runs whatever it says.
    """
    header, found = checking.definition.header, list[PlacedProblem]()
    if header.scope is not None and not header.scope.strip():
        advice = "say for whom or what the process is, or leave the key out"
        found.append(PlacedProblem(("scope",), Problem("CW203", "`scope` is empty", 0, 0, advice=advice)))
    if header.responsible is not None:
        responsible = _responsible(checking, header.responsible)
        found.extend(PlacedProblem(("responsible",), problem) for problem in responsible)
    checking.found.extend(place_all(checking.document, found))


def _responsible(checking: Checking, text: str) -> Iterator[Problem]:
    """A role of the staff, or a group of the vocabulary."""
    roles = tuple(role for role in ROLES if role not in {"client", "guardian"})
    groups = checking.catalogue.vocabulary.groups
    words = text.split()
    if len(words) == 2 and words[0] == "group":
        if words[1] not in groups:
            start, known = text.index(words[1], 5), tuple(groups)
            message = f"there is no group `{words[1]}`"
            near = suggest(words[1], known)
            yield Problem("CW605", message, start, start + len(words[1]), known, near)
    elif text not in roles:
        advice = "write a role such as `caseworker`, or `group NAME`"
        if text in groups:
            advice = f"to name the group write `group {text}`"
        message = f"`{text}` is neither a role nor a group, so nobody is responsible"
        yield Problem("CW606", message, 0, len(text), roles, suggest(text, roles), advice)


def check_outputs(checking: Checking) -> None:
    """The values that the process gives at its end."""
    look = StepLook(checking, sight_at_end(checking), "")
    for name, value in checking.definition.header.outputs.items():
        checking.outputs[name] = look.value(value, ("outputs", name))


def _names(checking: Checking, header: Header) -> Iterator[PlacedProblem]:
    names = CatalogueNames(checking)
    if header.owner:
        yield from (PlacedProblem(("owner",), problem) for problem in names.group(header.owner))
    yield from (PlacedProblem(("calendar",), problem) for problem in names.calendar(header.calendar))
    for index, name in enumerate(header.references):
        yield from (PlacedProblem(("references", index), problem) for problem in names.reference(name))
