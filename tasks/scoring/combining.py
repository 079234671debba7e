"""How a scale makes one number of its members: fed one after the other, in any order, then finished.

Pure arithmetic on whole numbers. Scoring and the search for all numbers that can occur
(`tasks.scoring.reachable`) both go through it, so they can't differ.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias

from tasks.result import StepError
from tasks.scoring.bands import Band, holding, in_order

Open: TypeAlias = int | tuple[str | None, str | None] | None
"""What a scale has so far: a number, or the row and the column of a matrix."""


class Outcome(NamedTuple):
    """Points, and what they stand for: the answer of an item, the band of a scale, None for none."""

    points: int
    key: str | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """A scale, or the total, with everything settled that depends on something else.

    `cells` are those of a matrix, `ranks` the place of each band for `worst`, from 0. `points` are by the
    words of their bands. `better`: more points are better.
    """

    name: str
    way: str
    members: tuple[str, ...]
    less: frozenset[str] = frozenset()
    cells: Mapping[tuple[str, str], int] = field(default_factory=dict)
    ranks: Mapping[str, int] = field(default_factory=dict)
    points: Mapping[str, int] | None = None
    points_bands: Mapping[str, Band] = field(default_factory=dict)
    bands: Mapping[str, Band] | None = None
    better: bool = False

    @property
    def order(self) -> list[str]:
        """The names of the bands, the least worrying first."""
        names = in_order(self.bands or {})
        return names[::-1] if self.better else names

    def begin(self) -> Open:
        """The scale before any member is known."""
        match self.way:
            case "sum" | "count" | "any_of":
                return 0
            case "all_of":
                return 1
            case "matrix":
                return (None, None)
            case _:
                return None

    def feed(self, so_far: Open, member: str, outcome: Outcome) -> Open:  # noqa: PLR0911  (one return per way)
        """The scale with one more member known."""
        points = outcome.points
        if isinstance(so_far, tuple):
            row, column = self.members
            return (
                outcome.key if member == row else so_far[0],
                outcome.key if member == column else so_far[1],
            )
        if self.way == "worst":
            points = self.ranks.get(outcome.key or "", 0)
        if so_far is None:
            return points
        match self.way:
            case "sum":
                return so_far - points if member in self.less else so_far + points
            case "count":
                return so_far + (points > 0)
            case "any_of":
                return max(so_far, int(points > 0))
            case "all_of":
                return min(so_far, int(points > 0))
            case "minimum":
                return min(so_far, points)
            case "worst" if self.better:
                return min(so_far, points)
            case _:
                return max(so_far, points)

    def number(self, so_far: Open) -> int | None:
        """What came out, before `points`; None for a pair that a matrix does not have."""
        if isinstance(so_far, tuple):
            row, column = so_far
            return self.cells.get((row or "", column or ""))
        return so_far or 0

    def outcome(self, number: int) -> Outcome:
        """The points and the band of what came out. StepError where nothing holds it."""
        points = number
        if self.points is not None:
            key = holding(self.points_bands, number)
            if key is None:
                raise StepError(
                    "no_points", f"`{self.name}` has no points for {number}; add a band of its points"
                )
            points = self.points[key]
        if self.bands is None:
            return Outcome(points)
        band = holding(self.bands, points)
        if band is None:
            raise StepError(
                "no_band", f"no band holds {points} points of `{self.name}`; add one under `bands:`"
            )
        return Outcome(points, band)


def combine(rule: Rule, outcomes: Mapping[str, Outcome]) -> Outcome:
    """The outcome of a scale whose members are all known."""
    so_far = rule.begin()
    for member in dict.fromkeys(rule.members):
        so_far = rule.feed(so_far, member, outcomes[member])
    number = rule.number(so_far)
    if number is None:
        raise StepError("no_points", f"the matrix of `{rule.name}` has no cell for what its two sides say")
    return rule.outcome(number)
