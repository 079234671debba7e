"""Recurring visits that were to be: kept, missed, and those of which nobody has said what became of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import and_, func
from sqlmodel import Session, col, select

from models import Case, Visit, VisitStatus
from web.reading.board.narrowed import Condition, Mine
from web.reading.board.spans import Span, span_of, spans

NAME: Final = "visits"
KEPT, MISSED, UNKNOWN, NOT_DUE = "kept", "missed", "not recorded", "called off"
STATES: Final[Mapping[str, tuple[VisitStatus, ...]]] = {
    KEPT: (VisitStatus.DONE,),
    MISSED: (VisitStatus.MISSED,),
    UNKNOWN: (VisitStatus.PLANNED,),
    NOT_DUE: (VisitStatus.EXEMPTED, VisitStatus.CANCELLED, VisitStatus.RESCHEDULED),
}
"""What became of a visit whose time has come. Not recorded is not missed."""

_OF: Final = {status: state for state, statuses in STATES.items() for status in statuses}


@dataclass(frozen=True, slots=True)
class Visits:
    """How many there were of each state, by span of time."""

    spans: tuple[Span, ...]
    counts: Mapping[str, tuple[int, ...]]

    def of(self, state: str) -> int:
        """How many there were of a state."""
        return sum(self.counts[state])

    @property
    def kept(self) -> int | None:
        """How many of a hundred that were kept or missed were kept; None where there was none."""
        known = self.of(KEPT) + self.of(MISSED)
        return round(100 * self.of(KEPT) / known) if known else None


def read(session: Session, mine: Mine) -> Visits:
    """The visits of the time that is looked back over, until now."""
    found = spans(mine)
    columns: Any = (Visit.local_date, Visit.status, func.count())
    query = (
        select(*columns)
        .where(_due(mine), mine.among(Visit.case_id, mine.lately))
        .group_by(col(Visit.local_date), col(Visit.status))
    )
    counts = {state: [0] * len(found) for state in STATES}
    rows: Any = session.execute(query)
    for day, status, count in rows:
        at = next((place for place, span in enumerate(found) if span.begin <= day < span.end), None)
        if at is not None:
            counts[_OF[VisitStatus(status)]][at] += count
    return Visits(found, {state: tuple(each) for state, each in counts.items()})


def opens(key: str, mine: Mine) -> Condition:
    """The cases of those visits; `key` is a state, with `/` and the first day of a span where one is
    meant.
    """
    state, _, begin = key.partition("/")
    wanted = select(Visit.case_id).where(_due(mine), col(Visit.status).in_(STATES[state]))
    found = spans(mine)
    span = span_of(found, begin) if begin else Span(found[0].begin, found[-1].end)
    if span is None:
        raise KeyError(begin)
    wanted = wanted.where(col(Visit.local_date) >= span.begin, col(Visit.local_date) < span.end)
    return mine.cases(mine.was_open(), col(Case.id).in_(wanted))


def words(key: str) -> str:
    """What those cases have."""
    state, _, begin = key.partition("/")
    return f"cases with a visit that was {state}" + (" in one of the weeks" if begin else "")


def _due(mine: Mine) -> Condition:
    return and_(col(Visit.starts_at) >= mine.since, col(Visit.starts_at) <= mine.now)
