"""The checker: a document and a catalogue in, a plan or every problem of the file out."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Final

from definitions.catalogue import Catalogue, StepFacts
from definitions.checks.advice import advised
from definitions.checks.alerts import check_alerts
from definitions.checks.beginnings import check_beginnings
from definitions.checks.blocks import close_blocks, names_around, open_block, parts_of
from definitions.checks.checking import MOST, Checking, Uses
from definitions.checks.definition import Definition, DraftStep, read_definition
from definitions.checks.frame import check_frame, loop_names
from definitions.checks.graph import build_graph
from definitions.checks.header import check_duty, check_header, check_outputs, input_types
from definitions.checks.lasting import read_again
from definitions.checks.look import StepLook
from definitions.checks.notations import check_notations
from definitions.checks.order import check_order
from definitions.checks.outputs import output_type, repeated
from definitions.checks.placing import in_order, place, without_consequences
from definitions.checks.presence import find_presence
from definitions.checks.rework import check_rework
from definitions.checks.saving import saved
from definitions.checks.sight import sight_of
from definitions.checks.soundness.faults import check_paths
from definitions.checks.undoing import check_undoing
from definitions.collecting import without_collecting
from definitions.diagnostics import Diagnostic
from definitions.linking import link
from definitions.plan import Plan, SaveTo
from definitions.problems import Problem
from definitions.source import Document, read
from definitions.step_places import with_steps
from definitions.types import PREVIOUS_ROUND, ListOf, MaybeAbsent, Open, Struct, Type, Unknown

TRIALS: Final = 3
"""So often the steps of a round are looked at to find out what they give to each other's next round."""


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


@without_collecting()
def check(document: Document, catalogue: Catalogue, *, published: bool = False) -> Checked:
    """Check a definition against a catalogue: all problems in one run, in the order of the file.

    A `published` one runs as it was published: what decides nothing is not checked again.
    """
    definition = read_definition(document, catalogue.kinds, catalogue.shared)
    if definition is None:
        found = with_steps(document, document.diagnostics or _no_definition(document))
        return Checked(None, tuple(advised(each) for each in found))
    checking = _begin(document, catalogue, definition, published=published)
    check_header(checking)
    if not published:
        check_duty(checking)
    saves = _check_steps(checking)
    check_outputs(checking)
    check_beginnings(checking)
    check_order(checking)
    if not published:
        check_paths(checking)
        check_alerts(checking)
    others = without_consequences(document.diagnostics, [*definition.diagnostics, *checking.found])
    problems = in_order([*document.diagnostics, *others], MOST)
    found = tuple(advised(each) for each in _sure(with_steps(document, problems)))
    if any(each.severity == "error" for each in found):
        return Checked(None, found)
    return Checked(link(checking, saves), found)


def output_types(document: Document, catalogue: Catalogue) -> Mapping[str, Type]:
    """The types of what a process gives; unknown where something is wrong with it. Nothing is reported."""
    definition = read_definition(document, catalogue.kinds, catalogue.shared)
    if definition is None:
        return {}
    checking = _begin(document, catalogue, definition)
    _check_steps(checking)
    check_outputs(checking)
    return checking.outputs


def _check_steps(checking: Checking) -> dict[str, SaveTo | None]:
    """All steps, each after what it needs; says where each saves its output."""
    saves: dict[str, SaveTo | None] = {}
    for key in checking.graph.order:
        saves[key] = _check_step(checking, key)
        close_blocks(checking, key)
    return saves


def _sure(found: Iterable[Diagnostic]) -> Iterator[Diagnostic]:
    """Without the warning that a step reads nothing of another, where errors hide what it reads."""
    found = tuple(found)
    wrong = {each.step for each in found if each.severity == "error"}
    return (each for each in found if each.code != "CW536" or each.step not in wrong)


def _no_definition(document: Document) -> tuple[Diagnostic, ...]:
    message = "a definition is a group of keys that begins with `process:`"
    advice = "begin with: casewright new NAME --from intake"
    return (document.diagnose("CW203", message, (), advice=advice),)


def _begin(
    document: Document, catalogue: Catalogue, definition: Definition, *, published: bool = False
) -> Checking:
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
    presence = find_presence(steps, graph, published=published)
    inputs = input_types(definition, catalogue)
    return Checking(
        document,
        catalogue,
        definition,
        steps,
        graph,
        presence,
        inputs,
        found=[*found, *problems],
        published=published,
    )


def _check_step(checking: Checking, key: str) -> SaveTo | None:
    """One step, after all that it needs: its loop, frame and arguments; its type goes into the checking. The
    type of a block follows when all steps in it are known (`close_blocks`).
    """
    step = checking.steps[key]
    if not checking.published:
        checking.presence.follow(key, partial(read_again, checking))
    around = names_around(checking, key)
    outside = StepLook(checking, sight_of(checking, key, around), key)
    loop = checking.loops[key] = loop_names(outside, step)
    if step.block is not None:
        open_block(outside, step)
        if step.block == "repeat":
            checking.loops[key] = {**loop, **_round_before(checking, key)}
        return None
    look = StepLook(checking, sight_of(checking, key, {**around, **loop}), key)
    check_frame(look, step)
    check_undoing(checking, step)
    output: Type = Unknown()
    if step.kind is not None and step.arguments is not None:
        check_notations(look, step)
        output = (
            step.kind.outputs(step.arguments, look) if step.kind.outputs else output_type(step.kind.output)
        )
    if step.harmed:
        output = Unknown()
    save = saved(look, step, output)
    for name, member in loop.items():
        output = repeated(output, name, member)
    checking.types[key] = output
    checking.facts[key] = StepFacts(step.frame.do, step.arguments, output, step.ends)
    check_rework(look, step, output)
    return save


def _round_before(checking: Checking, key: str) -> dict[str, Type]:
    """The name by which the steps of a `repeat` read the round before. Its type is that of the steps, which
    are looked at beforehand where somebody reads it, until they are found; nothing is reported of that.
    """
    if PREVIOUS_ROUND in checking.steps or PREVIOUS_ROUND not in checking.document.text:
        return {}
    if checking.trial:
        return {PREVIOUS_ROUND: Open()}
    found: Type = Open()
    for _ in range(TRIALS):
        before, found = found, _opened(_types_of_round(checking, key, found))
        if found == before:
            break
    return {PREVIOUS_ROUND: MaybeAbsent(found, PREVIOUS_ROUND)}


def _types_of_round(checking: Checking, key: str, before: Type) -> Type:
    trial = replace(
        checking,
        types=dict(checking.types),
        facts=dict(checking.facts),
        found=[],
        uses=Uses(),
        reads={},
        loops={**checking.loops, key: {PREVIOUS_ROUND: MaybeAbsent(before, PREVIOUS_ROUND)}},
        trial=True,
    )
    inside = frozenset(checking.graph.tree.inside(key))
    for name in (each for each in checking.graph.order if each in inside):
        _check_step(trial, name)
        close_blocks(trial, name)
    return Struct(tuple(parts_of(trial, key)))


def _opened(kind: Type) -> Type:
    """The same type; what is unknown of it may still be found out."""
    match kind:
        case Unknown():
            return Open()
        case Struct(fields):
            return Struct(tuple((name, _opened(each)) for name, each in fields))
        case ListOf(item):
            return ListOf(_opened(item))
        case MaybeAbsent(of, step):
            return MaybeAbsent(_opened(of), step)
        case _:
            return kind
