"""The bands of the scores that were calculated, over time."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any, Final

from sqlalchemy import case, func
from sqlmodel import Session, col, select

from models import Case, Score
from web.reading.board.narrowed import Condition, Mine
from web.reading.board.spans import Span, span_of, spans

NAME: Final = "bands"


@dataclass(frozen=True, slots=True)
class Bands:
    """One score: how often each of its bands came out, by span of time, the lowest band first. `provisional`
    says how many of them all rest on something that nobody knew.
    """

    name: str
    title: str
    spans: tuple[Span, ...]
    counts: Mapping[str, tuple[int, ...]]
    provisional: int

    @property
    def total(self) -> int:
        """How often it was calculated."""
        return sum(map(sum, self.counts.values()))


def read(session: Session, mine: Mine) -> tuple[Bands, ...]:
    """The scores, the one that is calculated most often first. What was corrected counts as often as it was
    calculated.
    """
    found = spans(mine)
    place = _place(found, mine).label("place")
    columns: Any = (
        Score.name,
        Score.band,
        place,
        func.count(),
        func.sum(case((col(Score.provisional), 1), else_=0)),
        func.avg(Score.points),
        func.max(Score.title),
    )
    query = (
        select(*columns)
        .where(
            col(Score.calculated_at) >= mine.since,
            col(Score.calculated_at) <= mine.now,
            col(Score.case_id).in_(mine.lately),
        )
        .group_by(col(Score.name), col(Score.band), place)
    )
    scores: dict[str, list[Any]] = {}
    for row in session.execute(query):
        scores.setdefault(row[0], []).append(row)
    made = [_bands(name, rows, found) for name, rows in scores.items()]
    return tuple(sorted(made, key=lambda each: (-each.total, each.title)))


def opens(key: str, mine: Mine) -> Condition:
    """The cases with those scores; `key` is the score and the band, and the first day of a span."""
    name, band, begin = key.split("/")
    wanted = select(Score.case_id).where(
        Score.name == name,
        Score.band == band,
        col(Score.calculated_at) >= mine.since,
        col(Score.calculated_at) <= mine.now,
    )
    if begin:
        span = span_of(spans(mine), begin)
        if span is None:
            raise KeyError(begin)
        wanted = wanted.where(
            col(Score.calculated_at) >= _midnight(span, mine),
            col(Score.calculated_at) < _midnight(span, mine, end=True),
        )
    return mine.cases(mine.was_open(), col(Case.id).in_(wanted))


def words(key: str) -> str:
    """What those cases have."""
    name, band, begin = key.split("/")
    when = " in one of the weeks" if begin else ""
    return f"cases whose {name.replace('_', ' ')} was {band.replace('_', ' ')}{when}"


def _place(found: tuple[Span, ...], mine: Mine) -> Any:
    """In which span a score was calculated, as a number."""
    ends = [(col(Score.calculated_at) < _midnight(each, mine, end=True), at) for at, each in enumerate(found)]
    return case(*ends, else_=len(found) - 1)


def _midnight(span: Span, mine: Mine, *, end: bool = False) -> datetime:
    return datetime.combine(span.end if end else span.begin, time(), mine.zone)


def _bands(name: str, rows: list[Any], found: tuple[Span, ...]) -> Bands:
    points: dict[str, list[float]] = {}
    counts: dict[str, list[int]] = {}
    for _, band, place, count, _, average, _ in rows:
        points.setdefault(band, []).append(float(average))
        counts.setdefault(band, [0] * len(found))[place] += count
    lowest_first = sorted(counts, key=lambda band: (sum(points[band]) / len(points[band]), band))
    return Bands(
        name=name,
        title=max(row[6] for row in rows),
        spans=found,
        counts={band: tuple(counts[band]) for band in lowest_first},
        provisional=sum(int(row[4]) for row in rows),
    )
