"""Tasks of open cases that are overdue or about to be, by who has them."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import and_, case, func
from sqlmodel import Session, col, select

from models import TASK_OPEN, Case, HumanTask, Staff
from web.reading.board.narrowed import Condition, Mine
from web.reading.work.open_tasks import SOON, UNTIL

NAME: Final = "due"
QUEUE: Final = "-"
"""Stands in a key for tasks that nobody has taken."""

WORDS: Final = {
    "overdue": "overdue tasks",
    "soon": "tasks that are due within a day",
    "week": "tasks that are due within a week",
}
_WEEK: Final = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Due:
    """One holder's tasks; `holder` is None for those that nobody has taken. `week` is what comes after
    `soon`.
    """

    holder: str | None
    name: str
    overdue: int
    soon: int
    week: int


@dataclass(frozen=True, slots=True)
class DueTasks:
    """All who have such tasks, the most overdue first."""

    rows: tuple[Due, ...]

    @property
    def overdue(self) -> int:
        """How many are overdue."""
        return sum(each.overdue for each in self.rows)

    @property
    def soon(self) -> int:
        """How many are due within a day."""
        return sum(each.soon for each in self.rows)

    @property
    def week(self) -> int:
        """How many are due later within the week."""
        return sum(each.week for each in self.rows)


def read(session: Session, mine: Mine) -> DueTasks:
    """Those that are due until a week from now, by holder."""
    sums = [func.sum(case((_due(each, mine), 1), else_=0)) for each in WORDS]
    columns: Any = (HumanTask.assignee_id, Staff.name, *sums)
    query = (
        select(*columns)
        .outerjoin(Staff, col(Staff.id) == col(HumanTask.assignee_id))
        .where(_of_open_cases(mine), mine.now + _WEEK >= UNTIL)
        .group_by(col(HumanTask.assignee_id), col(Staff.name))
    )
    found: Any = session.execute(query)
    rows = [Due(holder, name or "nobody yet", *map(int, counts)) for holder, name, *counts in found]
    return DueTasks(tuple(sorted(rows, key=lambda each: (-each.overdue, -each.soon, -each.week, each.name))))


def opens(key: str, mine: Mine) -> Condition:
    """The cases of those tasks; `key` is one of WORDS, with `/` and a holder or QUEUE where one is meant."""
    when, _, holder = key.partition("/")
    wanted = select(HumanTask.case_id).where(col(HumanTask.status).in_(TASK_OPEN), _due(when, mine))
    if holder:
        nobody = col(HumanTask.assignee_id).is_(None)
        wanted = wanted.where(nobody if holder == QUEUE else col(HumanTask.assignee_id) == holder)
    return mine.cases(mine.is_open(), col(Case.id).in_(wanted))


def words(key: str) -> str:
    """What those cases have."""
    when, _, holder = key.partition("/")
    whose = {"": "", QUEUE: " that nobody has taken"}.get(holder, " of one person")
    return f"cases with {WORDS[when]}{whose}"


def _of_open_cases(mine: Mine) -> Condition:
    return and_(col(HumanTask.status).in_(TASK_OPEN), col(HumanTask.case_id).in_(mine.opened))


def _due(when: str, mine: Mine) -> Condition:
    now = mine.now
    begin, end = {
        "overdue": (None, now),
        "soon": (now, now + SOON),
        "week": (now + SOON, now + _WEEK),
    }[when]
    before: Condition = end > UNTIL
    return before if begin is None else and_(before, begin <= UNTIL)
