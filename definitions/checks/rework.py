"""`rework:`, where a reviewer sends work back to: a step that has surely ended before."""

from definitions.catalogue import Path
from definitions.checks.definition import DraftStep
from definitions.checks.look import StepLook
from definitions.checks.placing import place
from definitions.diagnostics import suggest
from definitions.problems import Problem
from definitions.types import Type

BACK_TO: Path = ("rework", "back_to")


def check_rework(look: StepLook, step: DraftStep, output: Type) -> None:
    """Report a condition that the step's own outputs can't decide, and a step that the work can't go back
    to.
    """
    rework = step.frame.rework
    if rework is None:
        return
    names = {step.id: output} if step.id else {}
    look.condition(rework.when, ("rework", "when"), names)
    if rework.because is not None:
        look.value(rework.because, ("rework", "because"), names=names)
    if (problem := _problem(look, step, rework.back_to)) is not None:
        look.checking.found.append(place(look.checking.document, step.at(BACK_TO), problem))


def _problem(look: StepLook, step: DraftStep, name: str) -> Problem | None:
    graph, steps, end = look.checking.graph, look.checking.steps, len(name)
    ended = graph.ended[look.key]
    allowed = tuple(each for each in graph.tree.reachable(look.key) if each in ended and "#" not in each)
    if name not in steps:
        near = suggest(name, allowed)
        return Problem("CW530", f"there is no step `{name}` to go back to", 0, end, allowed, near)
    if name in allowed or look.key in graph.loose:
        return None
    message = f"the work can't go back from `{step.id}` to `{name}`"
    advice = "go back to a step that has surely ended before, in the same list of steps or in one around it"
    return Problem("CW552", message, 0, end, allowed, advice=advice)
