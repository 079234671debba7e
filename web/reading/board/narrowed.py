"""What the board was asked for: whose cases, of which process, over which time; and whose board it is."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, tzinfo
from typing import Any, Final, Self

from sqlalchemy import ColumnElement, CompoundSelect, Select, or_, union_all
from sqlmodel import col, select

from models import CASE_OPEN, Case, CaseStatus, Instance
from web.access import scope
from web.access.actor import Actor

Condition = ColumnElement[bool]

PERIODS: Final = {28: "4 weeks", 91: "13 weeks", 364: "52 weeks"}
"""Over how many days one may look back, with their words. Whole weeks, so that no week is cut."""

USUAL: Final = 91
ENDED: Final = frozenset(CaseStatus) - CASE_OPEN
"""The statuses of a case that nobody works on."""

LONGEST: Final = 80


@dataclass(frozen=True, slots=True)
class Narrowed:
    """What was asked for: a team, a worker (staff id), a process, and for how many days back."""

    team: str = ""
    worker: str = ""
    process: str = ""
    days: int = USUAL

    @classmethod
    def read(cls, query: Mapping[str, str]) -> Self:
        """From the query of an address. What it says otherwise than it can counts as not said."""
        return cls(
            team=query.get("team", "")[:LONGEST],
            worker=query.get("worker", "")[:LONGEST],
            process=query.get("process", "")[:LONGEST],
            days=next((each for each in PERIODS if str(each) == query.get("days")), USUAL),
        )

    def said(self, **changed: Any) -> dict[str, str]:
        """The query that asks for the same, with these changes."""
        other = replace(self, **changed)
        days = "" if other.days == USUAL else str(other.days)
        found = {"team": other.team, "worker": other.worker, "process": other.process, "days": days}
        return {name: value for name, value in found.items() if value}


@dataclass(frozen=True, slots=True)
class Mine:
    """Whose board it is, when, at which office (`zone`), and what it is narrowed to."""

    actor: Actor
    now: datetime
    zone: tzinfo
    narrowed: Narrowed = field(default_factory=Narrowed)

    @property
    def since(self) -> datetime:
        """Where the time that is looked back over begins: at midnight of the office."""
        today = self.now.astimezone(self.zone).replace(hour=0, minute=0, second=0, microsecond=0)
        return today - timedelta(days=self.narrowed.days)

    def cases(self, *among: Condition) -> Condition:
        """The condition on a row of `cases`: it counts here, and is among those."""
        return scope.answered_for(self.actor, self.now, among=(*among, *self._narrowing()))

    def ids(self, *among: Condition) -> Select[Any]:
        """The ids of those cases."""
        return select(Case.id).where(self.cases(*among))

    @property
    def opened(self) -> Select[Any]:
        """The ids of those that somebody works on."""
        return self.ids(self.is_open())

    @property
    def lately(self) -> CompoundSelect[Any]:
        """The ids of those that somebody works on, or did within the time that is looked back over."""
        if not self.wide:
            return union_all(self.ids(self.was_open()))
        ended = col(Case.status).in_(ENDED)
        return union_all(self.ids(self.is_open()), self.ids(ended, col(Case.closed_at) >= self.since))

    def among(self, case_id: Any, ids: Select[Any] | CompoundSelect[Any]) -> Condition:
        """The condition that a row's case is one of these. Of somebody who sees most cases, the rows are not
        looked up case by case: what else is asked for finds them.
        """
        found: Condition = (col(case_id).concat("") if self.wide else col(case_id)).in_(ids)
        return found

    @property
    def wide(self) -> bool:
        """Whether most cases count here: then they are gone through by their status; else each tie finds its
        few by an index of its own, and the status is looked at afterwards.
        """
        return scope.sees_widely(self.actor) and not (self.narrowed.team or self.narrowed.worker)

    def is_open(self) -> Condition:
        """The condition on a row of `cases`: somebody works on it."""
        status = col(Case.status)
        return status.in_(CASE_OPEN) if self.wide else status.not_in(ENDED)

    def was_open(self) -> Condition:
        """The condition on a row of `cases`: somebody works on it, or did within that time."""
        return or_(self.is_open(), col(Case.closed_at) >= self.since)

    def _narrowing(self) -> list[Condition]:
        wanted = self.narrowed
        found: list[Condition] = []
        if wanted.team:
            found.append(col(Case.team) == wanted.team)
        if wanted.worker:
            found.append(col(Case.worker_id) == wanted.worker)
        if wanted.process:
            ran = select(Instance.case_id).where(
                Instance.process == wanted.process, col(Instance.case_id).is_not(None)
            )
            found.append(col(Case.id).in_(ran))
        return found
