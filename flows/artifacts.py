"""What a flow run leaves in Prefect's pages: which instances went from which step to which, as Markdown.

Pure, free of personal data, and of bounded size however many instances a pass has.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from definitions.plan import Plan
from flows.passes.report import PassReport
from flows.steps.state import State
from models import InstanceStatus, StepRun, StepStatus, WaitsFor

MOST_WAYS: Final = 20
"""Rows of the table at most; the ways that most instances took come first."""

MOST_IDS: Final = 25
"""Instances that a row names; of the others it says how many they are."""

MOST_RUNS: Final = 3
"""Earlier flow runs that a row links to."""

WAITS: Final[Mapping[WaitsFor, str]] = {
    WaitsFor.PEOPLE: "waits for people",
    WaitsFor.MESSAGE: "waits for a receipt",
    WaitsFor.CONDITION: "waits for a condition",
    WaitsFor.CHILD: "waits for another process",
    WaitsFor.TIMER: "is tried again later",
    WaitsFor.ITERATIONS: "waits for its parts",
    WaitsFor.SIGNAL: "waits for a signal",
    WaitsFor.MOMENT: "waits for its time",
}
"""What a waiting step run waits for, in words."""


@dataclass(frozen=True, slots=True)
class Stand:
    """Where an instance stands at a step: waiting for something, or with an incident."""

    step: str
    words: str


@dataclass(frozen=True, slots=True)
class Journey:
    """An instance before and after a pass: the last step that had begun before, the flow run that had carried
    it, and where it stands now.
    """

    instance_id: str
    came_from: str | None
    came_by: str | None
    status: InstanceStatus
    stands: tuple[Stand, ...]


def journey_of(state: State, lease_id: str) -> Journey:
    """The journey of an instance in the pass of this lease."""
    runs = list(state.live().values())
    before = [run for run in runs if run.lease_id != lease_id]
    last = max(before, key=lambda run: (run.started_at, run.id), default=None)
    return Journey(
        instance_id=state.id,
        came_from=None if last is None else last.step,
        came_by=None if last is None else last.carrier_run_id,
        status=state.instance.status,
        stands=tuple(_stands(runs)),
    )


def _stands(runs: Iterable[StepRun]) -> Iterator[Stand]:
    """Where an instance stands: what is open inside of blocks and loops, and these only where nothing in them
    is. Members of a loop are counted and not named, since their names may say something of people.
    """
    waiting = [run for run in runs if run.status in (StepStatus.WAITING, StepStatus.INCIDENT)]
    held = [run for run in waiting if run.waits_for is not WaitsFor.ITERATIONS] or waiting
    found = Counter((run.step, _words(run), bool(run.iteration)) for run in held)
    for (step, words, inside), count in found.items():
        parts = f" ({count} {'part' if count == 1 else 'parts'})" if inside else ""
        yield Stand(step, words + parts)


def _words(run: StepRun) -> str:
    return "needs a decision" if run.waits_for is None else WAITS[run.waits_for]


@dataclass(frozen=True, slots=True)
class _Way:
    came_from: str | None
    through: tuple[str, ...]
    status: InstanceStatus
    stands: tuple[Stand, ...]


def markdown(
    plan: Plan,
    through: Mapping[str, Sequence[str]],
    journeys: Iterable[Journey],
    address: str = "",
) -> str:
    """The table of the ways that instances took, those that most took first; `through` names the steps that
    each went through. Links lead to earlier flow runs in the same pages and, where `address` says
    where our own are, to the case of each instance.
    """
    ways: dict[_Way, list[Journey]] = {}
    for each in journeys:
        way = _Way(each.came_from, tuple(through.get(each.instance_id, ())), each.status, each.stands)
        ways.setdefault(way, []).append(each)
    ordered = sorted(ways.items(), key=lambda item: (-len(item[1]), item[1][0].instance_id))
    numbers = {step.id: step.index + 1 for step in plan.all_steps}
    lines = [_row(plan, numbers, way, those, address) for way, those in ordered[:MOST_WAYS]]
    rest = sum(len(those) for _, those in ordered[MOST_WAYS:])
    if rest:
        lines.append(f"| | | {len(ordered) - MOST_WAYS} other ways | {rest} instances |")
    head = ["| Before | Steps of this run | Now | Instances |", "|---|---|---|---|"]
    return "\n".join([*head, *lines, "", "One case: `casewright show ID`", ""])


def through(report: PassReport) -> dict[str, list[str]]:
    """By instance the steps that a pass did for it, in order, each once."""
    found: dict[str, list[str]] = {}
    for done in report.done:
        for instance_id in done.instances if done.work.step else ():
            steps = found.setdefault(instance_id, [])
            if done.work.step not in steps:
                steps.append(done.work.step)
    return found


def _row(plan: Plan, numbers: Mapping[str, int], way: _Way, those: Sequence[Journey], address: str) -> str:
    before = "start" if way.came_from is None else _titled(plan, numbers, way.came_from)
    links = [f"[run](/runs/flow-run/{run_id})" for run_id in _runs(those)]
    steps = ", ".join(_span(sorted(numbers[step] for step in way.through if step in numbers)))
    ids = ", ".join(_linked(each.instance_id, address) for each in those[:MOST_IDS])
    more = f" and {len(those) - MOST_IDS} more" if len(those) > MOST_IDS else ""
    now = "; ".join(_now(plan, numbers, way))
    return f"| {' '.join([before, *links])} | {steps or 'none'} | {now} | {len(those)}: {ids}{more} |"


def _linked(instance_id: str, address: str) -> str:
    """An instance, leading to the page of its case where there is one."""
    named = f"`{instance_id}`"
    return f"[{named}]({address}/instances/{instance_id})" if address else named


def _now(plan: Plan, numbers: Mapping[str, int], way: _Way) -> Iterator[str]:
    if not way.stands:
        yield "goes on in another run" if way.status is InstanceStatus.RUNNING else way.status.value
    for stand in way.stands:
        yield f"{_titled(plan, numbers, stand.step)} {stand.words}"


def _titled(plan: Plan, numbers: Mapping[str, int], step: str) -> str:
    if step not in numbers:
        return f"`{step}`"
    return f"{numbers[step]} {plan.step(step).title}".replace("|", "\\|")


def _runs(those: Sequence[Journey]) -> list[str]:
    return list(dict.fromkeys(each.came_by for each in those if each.came_by is not None))[:MOST_RUNS]


def _span(numbers: Sequence[int]) -> Iterator[str]:
    """`4-9, 12` of the numbers 4 to 9 and 12."""
    start = 0
    for index, number in enumerate(numbers):
        if index + 1 == len(numbers) or numbers[index + 1] != number + 1:
            first = numbers[start]
            yield str(first) if first == number else f"{first}-{number}"
            start = index + 1
