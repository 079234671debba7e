"""The checker: a document and a catalogue in, a plan or every problem of the file out."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from definitions.arguments import Assigned, Clock, Condition, Recipient, Reference, Text, Value
from definitions.catalogue import Catalogue, StepFacts
from definitions.checks.beginnings import check_beginnings
from definitions.checks.checking import MOST, Checking
from definitions.checks.definition import Definition, DraftStep, read_definition
from definitions.checks.frame import check_frame, loop_names
from definitions.checks.graph import build_graph
from definitions.checks.header import check_duty, check_header, check_outputs, input_types
from definitions.checks.look import StepLook
from definitions.checks.order import check_order
from definitions.checks.outputs import output_type, repeated
from definitions.checks.placing import in_order, place, place_all
from definitions.checks.presence import find_presence
from definitions.checks.saving import saved
from definitions.checks.sight import sight_of
from definitions.checks.walking import Found, notations
from definitions.diagnostics import Diagnostic
from definitions.linking import link
from definitions.plan import Plan, SaveTo
from definitions.problems import PlacedProblem, Problem
from definitions.source import Document, read
from definitions.step_places import with_steps
from definitions.types import Type, Unknown


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check found. `plan` is None where `diagnostics` has an error; warnings leave it whole."""

    plan: Plan | None
    diagnostics: tuple[Diagnostic, ...]

    @property
    def errors(self) -> tuple[Diagnostic, ...]:
        """The diagnostics that keep the definition from running."""
        return tuple(each for each in self.diagnostics if each.severity == "error")


def load(path: Path, catalogue: Catalogue) -> Checked:
    """Read and check the definition at `path`."""
    return check(read(path), catalogue)


def check(document: Document, catalogue: Catalogue, *, published: bool = False) -> Checked:
    """Check a definition against a catalogue: all problems in one run, in the order of the file.

    A `published` one runs as it was published: what decides nothing is not checked again.
    """
    definition = read_definition(document, catalogue.kinds)
    if definition is None:
        return Checked(None, with_steps(document, document.diagnostics or _no_definition(document)))
    checking = _begin(document, catalogue, definition)
    check_header(checking)
    if not published:
        check_duty(checking)
    saves: dict[str, SaveTo | None] = {}
    loops: dict[str, Mapping[str, Type]] = {}
    for key in checking.graph.order:
        loops[key], saves[key] = _check_step(checking, key)
    check_outputs(checking)
    check_beginnings(checking)
    check_order(checking)
    problems = in_order([*document.diagnostics, *definition.diagnostics, *checking.found], MOST)
    found = with_steps(document, problems)
    if any(each.severity == "error" for each in found):
        return Checked(None, found)
    return Checked(link(checking, loops, saves), found)


def _no_definition(document: Document) -> tuple[Diagnostic, ...]:
    message = "a definition is a group of keys that begins with `process:`"
    advice = "begin with: casewright new NAME --from intake"
    return (document.diagnose("CW203", message, (), advice=advice),)


def _begin(document: Document, catalogue: Catalogue, definition: Definition) -> Checking:
    """Keys, order and presence of all steps; repeated ids are reported here."""
    steps: dict[str, DraftStep] = {}
    found: list[Diagnostic] = []
    for step in definition.steps:
        if step.id in steps:
            first = document.span((*steps[step.id].path, "id"))
            problem = Problem("CW226", f"there is a step `{step.id}` already", 0, len(step.id))
            found.append(place(document, (*step.path, "id"), problem, related=((first, "the first one"),)))
        taken = not step.id or step.id in steps
        steps[f"#{step.index}" if taken else step.id] = step
    graph, problems = build_graph(steps, document)
    presence = find_presence(steps, graph)
    inputs = input_types(definition, catalogue)
    return Checking(
        document, catalogue, definition, steps, graph, presence, inputs, found=[*found, *problems]
    )


def _check_step(checking: Checking, key: str) -> tuple[Mapping[str, Type], SaveTo | None]:
    """One step, after all that it needs: its loop, frame and arguments; its type goes into the checking."""
    step = checking.steps[key]
    outside = StepLook(checking, sight_of(checking, key, {}), key)
    loop = loop_names(outside, step)
    look = StepLook(checking, sight_of(checking, key, loop), key)
    check_frame(look, step)
    output: Type = Unknown()
    if step.kind is not None and step.arguments is not None:
        for each in notations(step.arguments):
            _check_notation(look, step, each)
        output = (
            step.kind.outputs(step.arguments, look) if step.kind.outputs else output_type(step.kind.output)
        )
    if step.harmed:
        output = Unknown()
    save = saved(look, step, output)
    for name, member in loop.items():
        output = repeated(output, name, member)
    checking.types[key] = output
    checking.facts[key] = StepFacts(step.frame.do, step.arguments, output, ends_of(step))
    return loop, save


def ends_of(step: DraftStep) -> str | None:
    """What ends a step: what it says, or its kind's first choice."""
    if step.frame.ends is not None or step.kind is None:
        return step.frame.ends
    return step.kind.ends[0] if step.kind.ends else None


def _check_notation(look: StepLook, step: DraftStep, found: Found) -> None:
    """One notation of the arguments, by what it is."""
    path, value = found.path, found.value
    match value:
        case Value() | Assigned():
            look.value(value, path, found.wants)
        case Condition():
            look.condition(value, path)
        case Text():
            look.text(value, path)
        case Clock():
            look.clock(value, path, has_due=step.frame.due is not None)
        case Recipient():
            look.recipient(value, path)
        case Reference():
            placed = [PlacedProblem(step.at(path), problem) for problem in _reference(look, value)]
            look.checking.found.extend(place_all(look.checking.document, placed))


def _reference(look: StepLook, name: Reference) -> Iterator[Problem]:
    if name.of != "step":
        yield from look.names.reference(name)
