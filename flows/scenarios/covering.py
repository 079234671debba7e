"""Which steps ran and which ways a scenario's processes went, by the points of `definitions.branches`."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from sqlmodel import Session, col, select

from definitions.arguments import Assigned, Condition
from definitions.branches import (
    ANSWERED,
    ASKED,
    AT_ONCE,
    DECIDED,
    DEFAULT,
    FAILS,
    HOLDS,
    LEFT,
    MANY,
    NEEDED,
    NONE,
    NOT_ASKED,
    NOT_NEEDED,
    ONE,
    OTHERWISE,
    REFUSED,
    RUNS,
    SILENT,
    SKIPPED,
    STAYED,
    WAITED,
    Point,
    branch_name,
    branches,
)
from definitions.plan import Plan
from flows.steps.scopes import BRANCHES, EXIT, ROUND, WINNER
from flows.steps.stepping import HANDOVER
from flows.versions import Plans
from models import (
    DefinitionVersion,
    HumanTask,
    Instance,
    StepRun,
    StepStatus,
    Store,
    TaskKind,
    TaskStatus,
    Timer,
    TimerPurpose,
)
from tasks.outputs import MEMBERS
from tasks.people.answers import current_answers, values_of
from tasks.people.due_work import GO_ON
from tasks.people.forms import is_asked

STEP: Final = ""
"""The place of a step itself: it ran."""


@dataclass(frozen=True, slots=True, order=True)
class Taken:
    """A way that was taken: process, step, place, way. Place and way are empty where the step itself ran."""

    process: str
    step: str
    place: str = STEP
    way: str = ""


@dataclass(frozen=True, slots=True)
class Uncovered:
    """A step that never ran, or a way that no scenario went. `place` is empty for a step."""

    point: Point | None
    step: str
    way: str = ""


@dataclass(frozen=True, slots=True)
class Coverage:
    """What scenarios have covered of one plan."""

    plan: Plan
    steps: int
    steps_run: int
    ways: int
    ways_taken: int
    uncovered: tuple[Uncovered, ...]

    @classmethod
    def of(cls, plan: Plan, taken: Iterable[Taken]) -> "Coverage":
        """How much of the plan these were, and what is left, in the order of the plan."""
        went = {(each.step, each.place, each.way) for each in taken if each.process == plan.process}
        points = {step.id: [] for step in plan.all_steps}  # type: dict[str, list[Point]]
        for point in branches(plan):
            points[point.step].append(point)
        left: list[Uncovered] = []
        for step in plan.all_steps:
            if (step.id, STEP, "") not in went:
                left.append(Uncovered(None, step.id))
            left += [
                Uncovered(point, step.id, way)
                for point in points[step.id]
                for way in point.ways
                if (step.id, point.place, way) not in went
            ]
        ways = sum(len(point.ways) for each in points.values() for point in each)
        steps_left = sum(1 for each in left if each.point is None)
        ways_left = len(left) - steps_left
        return cls(plan, len(points), len(points) - steps_left, ways, ways - ways_left, tuple(left))


@dataclass(slots=True)
class Watching:
    """Looks on while a scenario is played (`Runtime.watch`), and says afterwards which ways were taken."""

    seen: dict[int, list[tuple[str, object]]] = field(default_factory=dict)

    def note(self, run: StepRun, subject: Condition | Assigned, went: object) -> None:
        """A condition or a value by rule was evaluated in this step run."""
        self.seen.setdefault(id(subject), []).append((run.id, went))

    def ways(self, session: Session, plan: Plan) -> Callable[[Point], set[str]]:
        """Which ways the points of a plan have gone so far."""
        looks: list[_Look] = []

        def ways(point: Point) -> set[str]:
            if not looks:
                instances = session.exec(select(Instance.id).where(Instance.process == plan.process))
                looks.append(_Look(session, plan, list(instances), self.seen))
            return _ways(looks[0], point)

        return ways

    def forget(self) -> None:
        """Before the next scenario."""
        self.seen.clear()

    def taken(self, store: Store, plans: Plans, refused: Iterable[tuple[str, str, str]]) -> frozenset[Taken]:
        """Everything that the instances in this database did. `refused` are the questions without an answer
        for which a form was refused, as process, step and item.
        """
        with store.read() as session:
            found = {Taken(*each[:2], f"{each[2]}.required", REFUSED) for each in refused}
            for process, plan, instances in _by_plan(session, plans):
                look = _Look(session, plan, instances, self.seen)
                for run in look.runs:
                    if run.status is not StepStatus.SKIPPED or any(run.outputs.values()):
                        found.add(Taken(process, run.step))
                for point in branches(plan):
                    ways = _ways(look, point)
                    found |= {Taken(process, point.step, point.place, way) for way in ways}
        return frozenset(found)


def _by_plan(session: Session, plans: Plans) -> Iterator[tuple[str, Plan, list[str]]]:
    by_version: dict[str, list[str]] = {}
    for instance_id, version_id in session.exec(select(Instance.id, Instance.version_id)):
        by_version.setdefault(version_id, []).append(instance_id)
    for version_id, instances in by_version.items():
        plan = plans.of(session.get_one(DefinitionVersion, version_id))
        yield plan.process, plan, instances


@dataclass(slots=True)
class _Look:
    """The rows of the instances of one plan."""

    session: Session
    plan: Plan
    instances: list[str]
    seen: Mapping[int, list[tuple[str, object]]]
    runs: list[StepRun] = field(init=False)
    tasks: list[HumanTask] = field(init=False)

    def __post_init__(self) -> None:
        runs = select(StepRun).where(col(StepRun.instance_id).in_(self.instances))
        tasks = select(HumanTask).where(col(HumanTask.instance_id).in_(self.instances))
        self.runs = list(self.session.exec(runs))
        self.tasks = list(self.session.exec(tasks))

    def every(self, step: str) -> list[StepRun]:
        """The runs of a step and of its iterations."""
        return [run for run in self.runs if run.step == step]


def _ways(look: _Look, point: Point) -> set[str]:
    if point.place == "once":
        return set(_once(look, point))
    if point.subject is not None:
        return set(_evaluated(look, point))
    first, _, last = point.place.rpartition(".")
    return set(_FOUND[first if first == "exits" else last](look, point)) & set(point.ways)


def _evaluated(look: _Look, point: Point) -> Iterator[str]:
    for _, went in look.seen.get(id(point.subject), ()):
        if isinstance(point.subject, Assigned):
            yield OTHERWISE if went is None else f"rule {int(str(went)) + 1}"
        else:
            yield FAILS if went is False else HOLDS  # undecided counts as holding (docs/language.md)


def _once(look: _Look, point: Point) -> Iterator[str]:
    answers: dict[str, list[bool]] = {}
    for run, went in look.seen.get(id(point.subject), ()):
        answers.setdefault(run, []).append(went is True)
    for truths in answers.values():
        if truths[0]:
            yield AT_ONCE
        elif True in truths:
            yield WAITED
    for task in look.tasks:
        outcome = (task.outcome or {}).get("answers", {})
        if task.step == point.step and task.kind is TaskKind.DECISION and outcome.get("decision") == GO_ON:
            yield DECIDED


def _when(look: _Look, point: Point) -> Iterator[str]:
    for run in look.every(point.step):
        if run.status is StepStatus.SKIPPED and (run.reason or "").endswith("does not hold"):
            yield FAILS
        elif not _skipped_with_needs(run):
            yield HOLDS


def _needs(look: _Look, point: Point) -> Iterator[str]:
    for run in look.every(point.step):
        yield SKIPPED if _skipped_with_needs(run) else RUNS


def _skipped_with_needs(run: StepRun) -> bool:
    return run.status is StepStatus.SKIPPED and run.reason == "every step it needs was skipped"


def _for_each(look: _Look, point: Point) -> Iterator[str]:
    for run in look.every(point.step):
        members: Any = run.outputs.get(MEMBERS, {})
        if members:
            yield ONE if len(members) == 1 else MANY
        elif run.status is StepStatus.SKIPPED and run.reason == "there is nothing to do it for":
            yield NONE


def _otherwise(look: _Look, point: Point) -> Iterator[str]:
    handed = {
        task.step_run_id
        for task in look.tasks
        if task.step == point.step and task.kind in (TaskKind.HANDOVER, TaskKind.REVIEW)
    }
    silent = set(
        look.session.exec(
            select(Timer.step_run_id).where(
                Timer.purpose == TimerPurpose.SILENCE, col(Timer.fired_at).is_not(None)
            )
        )
    )
    for run in look.every(point.step):
        if run.id in handed:
            yield SILENT if run.id in silent and run.outputs.get("failure") is None else NEEDED
        elif run.status is StepStatus.COMPLETED and HANDOVER not in run.outputs:
            yield NOT_NEEDED


def _branches(look: _Look, point: Point) -> Iterator[str]:
    """The branches that ran; of a race the one that won."""
    block = look.plan.step(point.step).block
    if block is None:
        return
    for run in look.every(point.step):
        won = run.outputs.get(WINNER)
        for index in run.outputs.get(BRANCHES, []) if won is None else [won]:
            yield branch_name(block, int(index))


def _rounds(look: _Look, point: Point) -> Iterator[str]:
    for run in look.every(point.step):
        if ROUND in run.outputs and run.status is StepStatus.COMPLETED:
            yield ONE if int(run.outputs[ROUND]) == 1 else MANY


def _exits(look: _Look, point: Point) -> Iterator[str]:
    kind = point.place.partition(".")[2]
    for run in look.every(point.step):
        left = run.outputs.get(EXIT)
        if left is not None and left["kind"] == kind:
            yield LEFT
        elif run.status is StepStatus.COMPLETED:
            yield STAYED


def _only_if(look: _Look, point: Point) -> Iterator[str]:
    for _, asked, _ in _forms(look, point):
        if asked is not None:
            yield ASKED if asked else NOT_ASKED


def _required(look: _Look, point: Point) -> Iterator[str]:
    for _, asked, given in _forms(look, point):
        if asked and given:
            yield ANSWERED


def _forms(look: _Look, point: Point) -> Iterator[tuple[HumanTask, bool | None, bool]]:
    """Each form with this question that was sent: whether it was asked, and whether it was answered."""
    item = point.place.rpartition(".")[0]
    for task in look.tasks:
        if task.status is not TaskStatus.COMPLETED or task.completed_at is None:
            continue
        for entry in task.form:
            if (entry["step"], entry["id"]) == (point.step, item):
                known = values_of(current_answers(look.session, task))
                asked = is_asked(task.form, entry, known, task.completed_at)
                yield task, asked, known.get((point.step, item)) is not None


def _rows(look: _Look, point: Point) -> Iterator[str]:
    for run in look.every(point.step):
        if run.status is StepStatus.COMPLETED and "rows" in run.outputs:
            yield from (f"row {number}" for number in run.outputs["rows"])
            if not run.outputs["rows"] and not run.outputs.get("open_rows"):
                yield DEFAULT


_FOUND: Final[Mapping[str, Callable[[_Look, Point], Iterator[str]]]] = {
    "when": _when,
    "needs": _needs,
    "for_each": _for_each,
    "otherwise": _otherwise,
    "rows": _rows,
    "only_if": _only_if,
    "required": _required,
    "branches": _branches,
    "rounds": _rounds,
    "exits": _exits,
}
"""How the ways of a place without a notation of its own are found, by the last part of its name."""
