"""Where open cases wait now, for how long, and by when the definition wants the step to be done."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import case, func, literal
from sqlmodel import Session, col, select

from definitions import Plan
from definitions.time.clocks import describe
from models import TASK_OPEN, Case, DefinitionVersion, HumanTask, Instance, StepRun, StepStatus, WaitsFor
from web.reading.board.narrowed import Condition, Mine

NAME: Final = "waiting"
LATE: Final = "late"
"""Stands at the end of a key for those that are past their due date."""

PlanOf = Callable[[DefinitionVersion], Plan]

_HELD: Final = (WaitsFor.CHILD, WaitsFor.ITERATIONS)
"""A step that waits for others of the same case: the case waits at those."""

FOR_WHAT: Final = {
    WaitsFor.PEOPLE: "people",
    WaitsFor.MESSAGE: "a message to arrive",
    WaitsFor.CONDITION: "something to become true",
    WaitsFor.TIMER: "a day to come",
    WaitsFor.SIGNAL: "news from elsewhere",
    WaitsFor.MOMENT: "a day to come",
}


@dataclass(frozen=True, slots=True)
class Waiting:
    """One step at which cases wait: how many, for how long (`half` of them longer than that, `tenth` the
    longest tenth), `late` past its due date. `target` is what the definition wants, in its words.
    """

    process: str
    step: str
    process_title: str
    title: str
    waits_for: str
    count: int
    half: timedelta
    tenth: timedelta
    late: int
    target: str

    @property
    def key(self) -> str:
        """What opens its cases."""
        return f"{self.process}/{self.step}"


def read(session: Session, mine: Mine, plan_of: PlanOf) -> tuple[Waiting, ...]:
    """The steps at which cases wait, the fullest first."""
    found = session.execute(_query(mine)).all()
    ids = {row.version_id for row in found}
    versions = {
        each.id: each
        for each in session.exec(select(DefinitionVersion).where(col(DefinitionVersion.id).in_(ids)))
    }
    rows = [_row(row, plan_of(versions[row.version_id]), mine.now) for row in found]
    return tuple(sorted(rows, key=lambda each: (-each.count, each.title)))


def opens(key: str, mine: Mine) -> Condition:
    """The open cases that wait at the step that the key names; with LATE, of those the ones that are past
    their due date.
    """
    process, step, *late = key.split("/")
    there = (
        select(Instance.case_id)
        .join(StepRun, col(StepRun.instance_id) == col(Instance.id))
        .where(
            col(StepRun.status) == StepStatus.WAITING,
            col(StepRun.waits_for).not_in(_HELD),
            col(StepRun.step) == step,
            Instance.process == process,
            col(Instance.case_id).is_not(None),
            *([_due() < mine.now] if late else []),
        )
    )
    return mine.cases(mine.is_open(), col(Case.id).in_(there))


def words(key: str) -> str:
    """What those cases do."""
    _, step, *late = key.split("/")
    return f"cases that wait at “{step.replace('_', ' ')}”" + (" past its due date" if late else "")


def _query(mine: Mine) -> Any:
    """For each step the count, and when the run began that half, and a tenth, of them have been waiting
    longer than. The nearest rank; both databases number the rows in the same way.
    """
    own: Any = (col(Instance.process), col(StepRun.step))
    columns: Any = (
        Instance.process,
        StepRun.step,
        StepRun.waits_for,
        StepRun.started_at,
        Instance.version_id,
        case((_late(mine), 1), else_=0).label("late"),
        func.row_number().over(partition_by=own, order_by=col(StepRun.started_at).desc()).label("place"),
        func.count().over(partition_by=own).label("count"),
    )
    each: Any = (
        select(*columns)
        .join(Instance, col(Instance.id) == col(StepRun.instance_id))
        .where(
            col(StepRun.status) == StepStatus.WAITING,
            col(StepRun.waits_for).not_in(_HELD),
            col(Instance.case_id).in_(mine.opened),
            *([Instance.process == mine.narrowed.process] if mine.narrowed.process else []),
        )
        .subquery()
    )
    half, tenth = (each.c.count + 1) // literal(2), (each.c.count * 9 + 9) // literal(10)
    began = each.c.started_at
    figures: Any = (
        each.c.process,
        each.c.step,
        func.max(each.c.waits_for).label("waits_for"),
        func.max(each.c.version_id).label("version_id"),
        func.count().label("count"),
        func.max(case((each.c.place == half, began))).label("half"),
        func.max(case((each.c.place == tenth, began))).label("tenth"),
        func.sum(each.c.late).label("late"),
    )
    return select(*figures).group_by(each.c.process, each.c.step)


def _due() -> Any:
    """By when the open task of a step run is due."""
    return (
        select(func.min(HumanTask.due_at))
        .where(col(HumanTask.step_run_id) == col(StepRun.id), col(HumanTask.status).in_(TASK_OPEN))
        .correlate(StepRun)
        .scalar_subquery()
    )


def _late(mine: Mine) -> Any:
    """Whether the open task of a step run is past its due date: of most cases all such tasks are found first,
    of few cases the tasks of each.
    """
    if not mine.wide:
        return _due() < mine.now
    tasks = select(HumanTask.step_run_id).where(
        col(HumanTask.status).in_(TASK_OPEN),
        col(HumanTask.due_at) < mine.now,
        col(HumanTask.step_run_id).is_not(None),
    )
    return col(StepRun.id).in_(tasks)


def _row(row: Any, plan: Plan, now: datetime) -> Waiting:
    step = plan.by_id.get(row.step)
    due = None if step is None else step.due
    return Waiting(
        process=row.process,
        step=row.step,
        process_title=plan.title,
        title=row.step.replace("_", " ") if step is None else step.title,
        waits_for=FOR_WHAT.get(row.waits_for, ""),
        count=row.count,
        half=max(timedelta(0), now - row.half),
        tenth=max(timedelta(0), now - row.tenth),
        late=int(row.late or 0),
        target="" if due is None else _target(describe(due.parsed)),
    )


def _target(clock: str) -> str:
    """The clock without the name of the value that it counts from."""
    length, _, origin = clock.partition(" after ")
    return length if origin == "the step starts" or "." in origin else clock
