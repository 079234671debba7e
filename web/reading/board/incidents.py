"""Processes that stand still until somebody decides: open incidents, by process."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import func, text
from sqlmodel import Session, col, select

from models import TASK_OPEN, Case, DefinitionVersion, HumanTask, Instance
from web.reading.board.narrowed import Condition, Mine

NAME: Final = "incidents"

_INCIDENT: Final[Any] = text("human_tasks.kind = 'incident'")
"""In the words of the partial index, so that the databases see that it serves."""


@dataclass(frozen=True, slots=True)
class Incidents:
    """How many of one process stand still, the first since when."""

    process: str
    title: str
    count: int
    since: datetime


def read(session: Session, mine: Mine) -> tuple[Incidents, ...]:
    """The incidents by process, the most first."""
    columns: Any = (
        Instance.process,
        func.max(DefinitionVersion.title),
        func.count(),
        func.min(HumanTask.created_at),
    )
    stopped = col(Case.id).in_(select(HumanTask.case_id).where(_open()))
    query = (
        select(*columns)
        .join(Instance, col(Instance.id) == col(HumanTask.instance_id))
        .join(DefinitionVersion, col(DefinitionVersion.id) == col(Instance.version_id))
        .where(_open(), col(HumanTask.case_id).in_(mine.ids(stopped)), *_of_process(mine))
        .group_by(col(Instance.process))
    )
    found: Any = session.execute(query)
    rows = [Incidents(*row) for row in found]
    return tuple(sorted(rows, key=lambda each: (-each.count, each.title)))


def opens(key: str, mine: Mine) -> Condition:
    """The cases that stand still; `key` is a process, or empty for all."""
    wanted = select(HumanTask.case_id).where(_open())
    if key:
        wanted = wanted.join(Instance, col(Instance.id) == col(HumanTask.instance_id)).where(
            Instance.process == key
        )
    return mine.cases(col(Case.id).in_(wanted))


def words(key: str) -> str:
    """What those cases do."""
    return "cases of which a process stands still" if not key else f"cases whose “{key}” stands still"


def _open() -> Condition:
    return _INCIDENT & col(HumanTask.status).in_(TASK_OPEN)  # type: ignore[no-any-return]


def _of_process(mine: Mine) -> list[Condition]:
    return [col(Instance.process) == mine.narrowed.process] if mine.narrowed.process else []
