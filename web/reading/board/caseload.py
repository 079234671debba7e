"""Who has how many open cases, and how heavy they are.

A case weighs by its risk: low 1, medium 2, high 3, critical 5. One whose risk nobody has assessed yet weighs
2 and is told apart: not assessed is not low.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import func
from sqlmodel import Session, col, select

from models import Case, RiskLevel, Staff
from web.reading.board.narrowed import Condition, Mine

NAME: Final = "cases"
NOT_ASSESSED: Final = "not assessed"
WEIGHTS: Final[Mapping[str, int]] = {"low": 1, "medium": 2, NOT_ASSESSED: 2, "high": 3, "critical": 5}
"""What a case of each risk weighs."""

LEVELS: Final = ("critical", "high", "medium", "low", NOT_ASSESSED)
"""In this order they are shown."""

NOBODY: Final = "-"
"""Stands in a key for cases that nobody has yet."""


@dataclass(frozen=True, slots=True)
class Load:
    """One worker's open cases by risk; `worker` is None for those that nobody has yet."""

    worker: str | None
    name: str
    by_risk: Mapping[str, int]

    @property
    def cases(self) -> int:
        """How many there are."""
        return sum(self.by_risk.values())

    @property
    def weight(self) -> int:
        """How heavy they are together."""
        return sum(WEIGHTS[level] * count for level, count in self.by_risk.items())


@dataclass(frozen=True, slots=True)
class Caseload:
    """All workers, the heaviest first."""

    rows: tuple[Load, ...]

    @property
    def cases(self) -> int:
        """How many open cases there are."""
        return sum(each.cases for each in self.rows)

    @property
    def by_risk(self) -> Mapping[str, int]:
        """How many there are of each risk."""
        return {level: sum(each.by_risk[level] for each in self.rows) for level in LEVELS}


def read(session: Session, mine: Mine) -> Caseload:
    """The open cases by worker and risk."""
    columns: Any = (Case.worker_id, Staff.name, Case.risk_level, func.count())
    query = (
        select(*columns)
        .outerjoin(Staff, col(Staff.id) == col(Case.worker_id))
        .where(mine.cases(mine.is_open()))
        .group_by(col(Case.worker_id), col(Staff.name), col(Case.risk_level))
    )
    found: dict[str | None, tuple[str, dict[str, int]]] = {}
    rows: Any = session.execute(query)
    for worker, name, risk, count in rows:
        _, counts = found.setdefault(worker, (name or "nobody yet", dict.fromkeys(LEVELS, 0)))
        counts[NOT_ASSESSED if risk is None else RiskLevel(risk).value] += count
    loads = [Load(worker, name, counts) for worker, (name, counts) in found.items()]
    return Caseload(tuple(sorted(loads, key=lambda each: (-each.weight, each.name))))


def opens(key: str, mine: Mine) -> Condition:
    """The open cases; `key` is empty, a worker or NOBODY, or one of those with `/` and a risk."""
    worker, _, risk = key.partition("/")
    among = [mine.is_open()]
    if worker:
        among.append(col(Case.worker_id).is_(None) if worker == NOBODY else col(Case.worker_id) == worker)
    if risk == NOT_ASSESSED:
        among.append(col(Case.risk_level).is_(None))
    elif risk:
        among.append(col(Case.risk_level) == RiskLevel(risk))
    return mine.cases(*among)


def words(key: str) -> str:
    """What those cases are."""
    worker, _, risk = key.partition("/")
    said = "open cases that nobody has yet" if worker == NOBODY else "open cases"
    if worker not in ("", NOBODY):
        said += " of one worker"
    return said + (f", risk {risk}" if risk else "")
