"""The workflow patterns of docs/patterns.md as the page writes them, and what became of an instance of one,
moment by moment.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

from procedure import Procedure, procedure
from written_docs import DOCS

from models import StepRun, StepStatus

HEADING = re.compile(r"^### (\d+)\. (.+)$", re.MULTILINE)
YAML = re.compile(r"```yaml\n(.*?)```", re.DOTALL)
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Pattern:
    """One pattern of the page: what it claims, its definition ('' where there is none), and its test."""

    number: int
    name: str
    verdict: str
    steps: str
    test: str | None


@cache
def patterns() -> tuple[Pattern, ...]:
    """All patterns of the page in its order; a number that stands twice is there twice."""
    _, *parts = HEADING.split(page())
    found = zip(parts[::3], parts[1::3], parts[2::3], strict=True)
    return tuple(_pattern(int(number), name, text) for number, name, text in found)


def page() -> str:
    """The page's text."""
    return (DOCS / "patterns.md").read_text(encoding="utf-8")


def _pattern(number: int, name: str, text: str) -> Pattern:
    verdict = re.search(r"^\*\*(Yes|Partly|No)\.\*\*", text, re.MULTILINE)
    steps, test = YAML.search(text), re.search(r"^Test: `(\w+)`$", text, re.MULTILINE)
    assert verdict is not None, f"pattern {number} claims nothing"
    return Pattern(
        number, name, verdict[1], "" if steps is None else steps[1], None if test is None else test[1]
    )


@contextmanager
def written(number: int) -> Iterator[Procedure]:
    """An instance of the definition that the page has for a pattern."""
    (steps,) = (each.steps for each in patterns() if each.number == number)
    form = YAML.search(page())
    assert form is not None
    with procedure(form[1] + steps if "form." in steps or "form]" in steps else steps) as case:
        yield case


def answers(case: Procedure, *names: str, **given: object) -> None:
    """People do the open tasks of these steps in this order, a minute after each other; `given` are the
    answers to the last one.
    """
    for name in names:
        case.clock[0] += MINUTE
        case.answer(name, **(given if name == names[-1] else {}))


def trace(case: Procedure) -> list[str]:
    """What happened at each moment at which something did, in the order of the definition: `a+` began, `a-`
    ended, `a` both at once, `a~` was skipped, `a!` was withdrawn, `a*` was superseded. In a loop `a@path`.
    """
    order = {step.id: step.index for step in case.plan.steps}
    told: dict[datetime, list[tuple[int, str, int, str]]] = {}
    for run in case.runs():
        name = run.step + (f"@{run.iteration}" if run.iteration else "")
        for at, mark in _marks(run):
            told.setdefault(at, []).append((order[run.step], run.iteration, run.attempt, name + mark))
    return [" ".join(each[-1] for each in sorted(told[at])) for at in sorted(told)]


def _marks(run: StepRun) -> Iterator[tuple[datetime, str]]:
    ends = {
        StepStatus.COMPLETED: "-",
        StepStatus.SKIPPED: "~",
        StepStatus.CANCELLED: "!",
        StepStatus.SUPERSEDED: "*",
        StepStatus.INCIDENT: "?",
    }
    mark = ends.get(run.status, "")
    at_once = run.ended_at == run.started_at
    if run.status is StepStatus.SKIPPED or (mark == "-" and at_once):
        yield run.ended_at or run.started_at, "" if mark == "-" else mark
        return
    yield run.started_at, "+"
    if run.ended_at is not None:
        yield run.ended_at, mark
