"""The spans of time that a figure over time has: weeks, or four weeks each where that would be too many."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from web.reading.board.narrowed import Mine

MOST: Final = 14


@dataclass(frozen=True, slots=True)
class Span:
    """From this day on to before that one."""

    begin: date
    end: date

    @property
    def key(self) -> str:
        """How it is named in an address."""
        return self.begin.isoformat()


def spans(mine: Mine) -> tuple[Span, ...]:
    """The spans of the time that is looked back over; the last one has not ended and holds today."""
    first, today = mine.since.date(), mine.now.astimezone(mine.zone).date()
    weeks = 1 if mine.narrowed.days // 7 <= MOST else 4
    length = timedelta(weeks=weeks)
    found = []
    end = today + timedelta(days=1)
    while end > first + timedelta(days=1):
        found.append(Span(max(end - length, first), end))
        end -= length
    return tuple(reversed(found))


def span_of(found: tuple[Span, ...], key: str) -> Span | None:
    """The span with this key."""
    return next((each for each in found if each.key == key), None)
