"""Bands of numbers or days, as people write them: `under 6`, `6 to 64`, `65 and over`, `before 2000-01-01`.

Bounds are numbers or dates and belong to their band. All bands of one value count in the finest steps that
any of them names: whole ones beside `6 to 64`, tenths beside `18.5 to 20`; a number between two steps belongs
to the lower, so that 64.5 is in `6 to 64`. Beside `over 10` a band ends where it says. Bands that leave a gap
or overlap are refused when the definition is checked, with the numbers named.
"""

import math
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache

from tasks.result import TaskError

_NUMBER = r"-?\d{1,9}(?:\.\d{1,4})?"
_BOUND = rf"({_NUMBER}|\d{{4}}-\d{{2}}-\d{{2}})"
_SHAPES = (
    re.compile(rf"(?:under|before) (?P<under>{_BOUND})"),
    re.compile(rf"(?P<over>{_BOUND}) and (?:over|later)"),
    re.compile(rf"over (?P<above>{_NUMBER})"),
    re.compile(rf"(?P<low>{_BOUND}) to (?P<high>{_BOUND})"),
    re.compile(rf"(?P<only>{_BOUND})"),
)
_ABOVE = re.compile(r"\s*over\s")
FINEST = 4
"""Decimals that count where a band begins right above a number, as `over 10` does."""

_DECIMALS = re.compile(r"\d\.(\d+)")
EXAMPLES = "`under 6`, `6 to 64`, `65 and over`"


class BandError(TaskError):
    """A band can't be read; the message says why, `advice` what to do where that is not plain."""

    def __init__(self, message: str, advice: str | None = None) -> None:
        super().__init__(message)
        self.advice = advice


@dataclass(frozen=True, slots=True)
class Band:
    """The numbers (dates as ordinals) from `low` to `high`, both included; None is without end. They are
    counted in steps of one, or with `places` decimals: 185 is 18.5 with one.
    """

    words: str
    low: int | None
    high: int | None
    dates: bool = False
    places: int = 0

    def holds(self, value: Decimal | int | date) -> bool:
        """Whether a number, or a day, lies in the band."""
        place = value.toordinal() if isinstance(value, date) else math.floor(value * 10**self.places)
        return (self.low is None or self.low <= place) and (self.high is None or place <= self.high)


def parse_bands(words: Iterable[str]) -> list[Band]:
    """The bands of one value, all in the same steps. BandError for one that can't be read."""
    said = tuple(words)
    places = places_in(said)
    return [parse_band(each, places) for each in said]


def places_in(words: Sequence[str]) -> int:
    """The most decimals that a bound has; the finest where one band is all that is over a number."""
    if any(_ABOVE.match(each) for each in words):
        return FINEST
    return max((len(found) for each in words for found in _DECIMALS.findall(each)), default=0)


@lru_cache(maxsize=1_000)
def parse_band(words: str, places: int | None = None) -> Band:
    """The band that `words` say, with this many decimals, or its own; BandError for anything else, for 9 to
    3, and for a number beside a date.
    """
    plain = " ".join(str(words).split())
    found = next((match for shape in _SHAPES if (match := shape.fullmatch(plain))), None)
    if found is None:
        raise BandError(f"`{words}` is no band; write {EXAMPLES}")
    bounds = {name: text for name, text in found.groupdict().items() if text is not None}
    dates = {"-" in text[1:] for text in bounds.values()}
    if len(dates) > 1:
        raise BandError(f"`{words}` mixes a number with a date")
    shown = 0 if True in dates else places_in([plain]) if places is None else places
    ends = {name: _bound(text, words, shown) for name, text in bounds.items()}
    low = ends["above"] + 1 if "above" in ends else ends.get("low", ends.get("over", ends.get("only")))
    high = ends["under"] - 1 if "under" in ends else ends.get("high", ends.get("only"))
    if low is not None and high is not None and low > high:
        raise BandError(f"`{words}` runs backwards; write the smaller one first")
    return Band(plain, low, high, dates.pop(), shown)


def holding(bands: Mapping[str, Band], value: Decimal | int | date) -> str | None:
    """The name of the band that a number or a day lies in, or None."""
    return next((name for name, band in bands.items() if band.holds(value)), None)


def in_order(bands: Mapping[str, Band]) -> list[str]:
    """The names of the bands, the lowest first."""
    return sorted(bands, key=lambda name: _low(bands[name]))


def faults(
    bands: Sequence[Band], low: int | None, high: int | None, numbers: Collection[int] | None = None
) -> Iterator[str]:
    """What keeps the bands from covering `low` to `high` (None: without end) exactly once, in words. The ends
    are counted in the bands' steps.

    With `numbers`, only these can occur: a gap between them does no harm.
    """
    if len({band.dates for band in bands}) > 1:
        yield "some bands are of numbers and some of dates"
        return
    ordered = sorted(bands, key=_low)
    first, last = ordered[0], max(ordered, key=_high)
    if first.low is not None and (low is None or first.low > low):
        yield f"no band holds what is under {_named(first.low, first)}"
    reached = ordered[0]
    for after in ordered[1:]:
        yield from _between(reached, after, numbers)
        reached = max(reached, after, key=_high)
    if last.high is not None and (high is None or last.high < high):
        yield f"no band holds what is over {_named(last.high, last)}"


def _between(before: Band, after: Band, numbers: Collection[int] | None) -> Iterator[str]:
    if before.high is not None and after.low is not None and after.low > before.high:
        gap = _gap(before.high + 1, after.low - 1, numbers)
        if gap is not None:
            words = _range(*gap, after)
            yield f"no band holds {words}, between `{before.words}` and `{after.words}`"
        return
    start = after.low if after.low is not None else before.low
    end = min((band.high for band in (before, after) if band.high is not None), default=None)
    both = "" if start is None else f": {_range(start, end, after)} is in both"
    yield f"`{before.words}` and `{after.words}` overlap{both}"


def _gap(low: int, high: int, numbers: Collection[int] | None) -> tuple[int, int] | None:
    """What of `low` to `high` can occur; None when nothing of it can."""
    if numbers is None or isinstance(numbers, range):
        return (low, high) if low <= high else None
    inside = [each for each in numbers if low <= each <= high]
    return (min(inside), max(inside)) if inside else None


def _range(low: int, high: int | None, band: Band) -> str:
    if high is None:
        return f"{_named(low, band)} and over"
    return _named(low, band) if low == high else f"{_named(low, band)} to {_named(high, band)}"


def _bound(text: str, words: str, places: int) -> int:
    if "-" not in text[1:]:
        return int(Decimal(text).scaleb(places))
    try:
        return date.fromisoformat(text).toordinal()
    except ValueError:
        advice = f"correct `{text}`: the calendar has no such day"
        raise BandError(f"`{words}` names a day that does not exist", advice) from None


def _named(place: int, band: Band) -> str:
    return date.fromordinal(place).isoformat() if band.dates else str(Decimal(place).scaleb(-band.places))


def _low(band: Band) -> float:
    return -math.inf if band.low is None else band.low


def _high(band: Band) -> float:
    return math.inf if band.high is None else band.high
