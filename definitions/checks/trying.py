"""The keys about trying again and about how long a step may take: `retry` and `time_limit`."""

from collections.abc import Iterator

from definitions.catalogue import Path
from definitions.checks.checking import Checking
from definitions.checks.definition import DraftStep
from definitions.checks.placing import place_all
from definitions.diagnostics import suggest
from definitions.problems import PlacedProblem, Problem
from definitions.schema import Retry
from definitions.step_errors import STEP_ERRORS


def check_trying(checking: Checking, step: DraftStep) -> None:
    """Report what contradicts itself in `retry` and `time_limit`, and errors that do not exist."""
    found = [*_retry(step), *_time_limit(step)]
    moved = [PlacedProblem(step.at(each.path), each.problem, each.of) for each in found]
    checking.found.extend(place_all(checking.document, moved))


def _retry(step: DraftStep) -> Iterator[PlacedProblem]:
    retry = step.frame.retry
    if retry is None:
        return
    if retry.longest is not None and retry.factor == 1:
        message = "`longest` means nothing while every wait is as long as the first"
        advice = "add `factor: 2`, or leave `longest` out"
        yield _at(("retry", "longest"), "CW209", message, advice, of="key")
    elif retry.longest is not None and _shorter(retry):
        message = "`longest` is shorter than `wait`, the first wait"
        yield _at(("retry", "longest"), "CW206", message, "no wait is longer than `longest`")
    known = tuple(sorted({*STEP_ERRORS, *(step.kind.errors if step.kind is not None else ())}))
    for index, code in enumerate(retry.only or ()):
        if code not in known:
            message = f"there is no error `{code}`"
            problem = Problem("CW204", message, 0, len(code), known, suggest(code, known))
            yield PlacedProblem(("retry", "only", index), problem)


def _shorter(retry: Retry) -> bool:
    longest, wait = retry.longest, retry.wait.parsed
    return longest is not None and longest.parsed.unit is wait.unit and longest.parsed.amount < wait.amount


def _time_limit(step: DraftStep) -> Iterator[PlacedProblem]:
    limit, otherwise = step.frame.time_limit, step.frame.otherwise
    if limit is None:
        return
    if limit.parsed.amount == 0:
        message = "a limit of 0 ends the step before it can do anything"
        yield _at(("time_limit",), "CW206", message, "give it some time, or leave `time_limit` out")
    if otherwise is not None and otherwise.after is not None:
        message = "a step has `time_limit` or `otherwise: {after: ...}`, not both"
        advice = "keep `otherwise: {after: ...}` where a person takes over when nothing comes back"
        yield _at(("time_limit",), "CW208", message, advice, of="key")


def _at(path: Path, code: str, message: str, advice: str, *, of: str = "value") -> PlacedProblem:
    return PlacedProblem(path, Problem(code, message, 0, 0, advice=advice), "key" if of == "key" else "value")
