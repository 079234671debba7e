"""The board as rows: one for each of its figures."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from web.pages.wording import plain
from web.reading.board.whole import Board


@dataclass(frozen=True, slots=True)
class Figure:
    """One number of the board: which figure, of whom or what, which part of it, since when."""

    figure: str
    of: str
    part: str
    count: int
    since: date | None = None


def figures(board: Board) -> Iterator[Figure]:
    """All of them, in the order of the board."""
    for load in board.caseload.rows:
        yield Figure("Caseload", load.name, "weight", load.weight)
        for level, count in load.by_risk.items():
            yield Figure("Caseload", load.name, f"open cases, risk {level}", count)
    for each in board.due.rows:
        yield Figure("Tasks", each.name, "overdue", each.overdue)
        yield Figure("Tasks", each.name, "due within a day", each.soon)
        yield Figure("Tasks", each.name, "due later within a week", each.week)
    for handed in board.ready:
        yield Figure("Ready to hand over", handed.name, "ready", handed.ready)
        yield Figure("Ready to hand over", handed.name, "not ready", handed.missing)
    for step in board.waiting:
        where = f"{step.process_title}: {step.title}"
        yield Figure("Waiting", where, "cases", step.count)
        yield Figure("Waiting", where, "past their due date", step.late)
        yield Figure("Waiting", where, "hours that half of them exceed", _hours(step.half))
        yield Figure("Waiting", where, "hours that a tenth of them exceed", _hours(step.tenth))
    for state in board.referrals.rows:
        yield Figure("Referrals", state.words, "referrals", state.count)
    yield from _over_time(board)
    for stopped in board.incidents:
        yield Figure("Stand still", stopped.title, "cases", stopped.count)
    for lost in board.messages:
        yield Figure("Messages", lost.channel_words, lost.words, lost.count)


def _over_time(board: Board) -> Iterator[Figure]:
    for state, counts in board.visits.counts.items():
        for span, count in zip(board.visits.spans, counts, strict=True):
            yield Figure("Visits", "all", state, count, span.begin)
    for score in board.bands:
        for band, counts in score.counts.items():
            for span, count in zip(score.spans, counts, strict=True):
                yield Figure("Score bands", score.title, plain(band), count, span.begin)


def _hours(length: timedelta) -> int:
    return round(length.total_seconds() / 3600)
