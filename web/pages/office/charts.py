"""Charts that are drawn here and sent as markup: columns over time, made of stacked parts.

The drawing has no words of its own and stretches with its place; what it says stands beside it as text, and
once more as a table for those who don't see it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

WIDE: Final = 100.0
"""The chart's width and height in its own units, which are stretched to its place."""

GAP: Final = 0.22
"""The part of a column's place that stays empty."""


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a column: where it stands, in percent from above and from the left, and what it opens."""

    x: float
    y: float
    width: float
    height: float
    kind: str
    words: str
    address: str


@dataclass(frozen=True, slots=True)
class Series:
    """What one colour stands for."""

    name: str
    title: str
    kind: str
    counts: tuple[int, ...]

    @property
    def total(self) -> int:
        """All of it."""
        return sum(self.counts)


@dataclass(frozen=True, slots=True)
class Columns:
    """A chart. `top` is what its full height stands for; the series are in the order of the stack, the lowest
    first.
    """

    begins: tuple[date, ...]
    series: tuple[Series, ...]
    parts: tuple[Part, ...]
    top: int
    addresses: Mapping[tuple[str, date], str]

    @property
    def empty(self) -> bool:
        """Whether there is nothing to draw."""
        return not self.parts


def columns(
    begins: Sequence[date],
    counts: Mapping[str, Sequence[int]],
    kinds: Mapping[str, str],
    address: Callable[[str, date], str],
    titles: Mapping[str, str] | None = None,
) -> Columns:
    """The chart of these counts, one for each beginning; what is to be drawn at the bottom comes first."""
    named = titles or {}
    series = [Series(name, named.get(name, name), kinds[name], tuple(each)) for name, each in counts.items()]
    sums = [sum(each.counts[at] for each in series) for at in range(len(begins))]
    top = max(sums, default=0)
    place = WIDE / max(len(begins), 1)
    parts = []
    addresses = {}
    for at, begin in enumerate(begins):
        below = 0
        for each in series:
            count = each.counts[at]
            if not count:
                continue
            below += count
            addresses[each.name, begin] = address(each.name, begin)
            parts.append(
                Part(
                    x=round(at * place + place * GAP / 2, 2),
                    y=round(WIDE - WIDE * below / top, 2),
                    width=round(place * (1 - GAP), 2),
                    height=round(WIDE * count / top, 2),
                    kind=each.kind,
                    words=f"{count} {each.title}",
                    address=addresses[each.name, begin],
                )
            )
    return Columns(tuple(begins), tuple(series), tuple(parts), top, addresses)
