"""The notations in a step's own keys, each checked by what it is."""

from collections.abc import Iterator

from definitions.arguments import Assigned, Clock, Condition, Recipient, Reference, Text, Value
from definitions.checks.definition import DraftStep
from definitions.checks.look import StepLook
from definitions.checks.placing import place_all
from definitions.checks.walking import Found, notations
from definitions.problems import PlacedProblem, Problem


def check_notations(look: StepLook, step: DraftStep) -> None:
    """Report what is wrong with the notations of a step's arguments."""
    if step.arguments is not None:
        for each in notations(step.arguments):
            _check_notation(look, step, each)


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
            look.clock(value, path, has_due="due" in step.raw)
        case Recipient():
            look.recipient(value, path)
        case Reference():
            placed = [PlacedProblem(step.at(path), problem) for problem in _reference(look, value)]
            look.checking.found.extend(place_all(look.checking.document, placed))


def _reference(look: StepLook, name: Reference) -> Iterator[Problem]:
    if name.of != "step":
        yield from look.names.reference(name)
