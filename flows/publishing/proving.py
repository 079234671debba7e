"""Proving a definition before anybody puts it forward: everything that is wrong with it, and what comes of
its scenarios. Nothing of it touches the database of the office.

A text from outside is bounded in every direction: size and nesting by the reader, the number of problems and
of paths by the checker, the time of its scenarios here. One proof is made at a time, so that who drops files
again and again does not keep the pages from others.
"""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from definitions import Diagnostic, Document, Plan, check, check_shared, circles
from definitions.scenarios import ReadScenario, Scenarios, check_scenarios
from flows.errors import FlowError
from flows.publishing.known import Known
from flows.publishing.sent_files import SentFiles
from flows.runtime import Runtime
from flows.scenarios import Bench, Coverage, Outcome, SharedBeginnings, prepared

LONGEST: Final = 20.0
"""Seconds that scenarios may take together."""

PATIENCE: Final = 10.0
"""Seconds that one waits for the proof of somebody else's file."""

COLLECTED: Final = "batch.collected"
"""Where a scenario is asked whether it has time left: between two passes, outside of any transaction."""

_one_at_a_time: Final = threading.Lock()


class BusyError(FlowError):
    """Somebody else's file is being checked; try again in a moment."""


class OutOfTimeError(Exception):
    """The time for scenarios is over."""


@dataclass(frozen=True, slots=True)
class Proof:
    """What came of it. `plan` is None where the definition has an error. `left_out` are the names of
    scenarios for which there was no time, or that could not be played; `coverage` is None where none was.
    """

    files: SentFiles
    plan: Plan | None
    diagnostics: tuple[Diagnostic, ...]
    outcomes: tuple[Outcome, ...] = ()
    coverage: Coverage | None = None
    left_out: tuple[str, ...] = ()

    @property
    def errors(self) -> tuple[Diagnostic, ...]:
        """The problems that keep it from being published."""
        return tuple(each for each in self.diagnostics if each.severity == "error")

    @property
    def failed(self) -> tuple[Outcome, ...]:
        """The scenarios that did not come out as they say."""
        return tuple(each for each in self.outcomes if not each.passed)


def prove(
    runtime: Runtime, known: Known, files: SentFiles, *, stopwatch: Callable[[], float] = time.monotonic
) -> Proof:
    """Check a definition with what was sent beside it, and play its scenarios where it is sound."""
    with _alone():
        around = known.with_documents([files.definition, *files.shared])
        plan, diagnostics = checked(around, files)
        if plan is None or not files.scenarios:
            return Proof(files, plan, diagnostics)
        plans = around.plans_with(plan)
        sets, more = _read(around, plans, files.scenarios)
        diagnostics = (*diagnostics, *more)
        outcomes, left_out = _played(runtime, around, plans, sets, stopwatch)
    taken = frozenset().union(*(each.taken for each in outcomes))
    coverage = Coverage.of(plan, taken) if outcomes else None
    return Proof(files, plan, diagnostics, tuple(outcomes), coverage, tuple(left_out))


def checked(around: Known, files: SentFiles) -> tuple[Plan | None, tuple[Diagnostic, ...]]:
    """The plan of what was sent, and every problem of it; without a plan where there is an error."""
    found = check(files.definition, around.catalogue)
    problems = [each for document in files.shared for each in check_shared(document, around.catalogue)]
    problems += [*found.diagnostics, *circles(around.documents, [files.definition], around.catalogue)]
    diagnostics = tuple(dict.fromkeys(problems))
    sound = not any(each.severity == "error" for each in diagnostics)
    return (found.plan if sound else None), diagnostics


@contextmanager
def _alone() -> Iterator[None]:
    if not _one_at_a_time.acquire(timeout=PATIENCE):
        raise BusyError("another file is being checked at this moment; try again in a moment")
    try:
        yield
    finally:
        _one_at_a_time.release()


def _read(
    around: Known, plans: dict[str, Plan], documents: Sequence[Document]
) -> tuple[list[Scenarios], list[Diagnostic]]:
    names = prepared(around.catalogue)
    sets: list[Scenarios] = []
    found: list[Diagnostic] = []
    for document in documents:
        read = check_scenarios(document, plans, around.catalogue, names)
        found += read.diagnostics
        if read.scenarios is not None:
            sets.append(read.scenarios)
    return sets, found


def _played(
    runtime: Runtime,
    around: Known,
    plans: dict[str, Plan],
    sets: Sequence[Scenarios],
    stopwatch: Callable[[], float],
) -> tuple[list[Outcome], list[str]]:
    """What came of the scenarios, in their order, and the names of those that were left out."""
    plays: list[tuple[Scenarios, ReadScenario]] = [
        (of_file, each) for of_file in sets for each in of_file.all
    ]
    outcomes: list[Outcome] = []
    if not plays:
        return outcomes, []
    deadline = stopwatch() + LONGEST

    def reach(point: str) -> None:
        if point == COLLECTED and stopwatch() > deadline:
            raise OutOfTimeError

    shared = SharedBeginnings(plays)
    with Bench(runtime.handlers, around.catalogue, plans, shared, reach=reach) as bench:
        for of_file, scenario in plays:
            if stopwatch() > deadline:
                break
            try:
                outcomes.append(bench.play(of_file, scenario))
            except OutOfTimeError:
                break
    return outcomes, [each.name for _, each in plays[len(outcomes) :]]
