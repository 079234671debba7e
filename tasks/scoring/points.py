"""What one item of a scorecard gives: its answer's points, or all that it may still give.

Missing, not knowing and refusing are apart from no: each has points of its own where the scorecard lists it
(`not_collected`, `doesnt_know`, `prefers_not_to_answer`), and is otherwise open.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from definitions.expressions import UNDECIDED
from definitions.runtime_values import Singleton
from definitions.types import NO_ANSWER
from tasks.result import StepError
from tasks.scoring.bands import holding, parse_bands
from tasks.scoring.combining import Outcome

NOT_ASKED: Final = Outcome(0, "not asked")


@dataclass(frozen=True, slots=True)
class Answer:
    """The value of an item as it was read.

    `asked` is True, False or UNDECIDED. `no_answer` says why there is no value, where somebody said so.
    `several`: it is a number of choices, which can't be seen while it is missing.
    """

    value: object
    asked: object = True
    no_answer: str | None = None
    several: bool = False


@dataclass(frozen=True, slots=True)
class Points:
    """What an item gives: `given`, or None while it is open; `may_be` is all that it may still give."""

    given: Outcome | None
    may_be: tuple[Outcome, ...]

    @property
    def why(self) -> str:
        """What the points are for, in words."""
        return "missing" if self.given is None else self.given.key or ""

    @property
    def could_add(self) -> int:
        """The most that an open item can add; 0 for one that is not open."""
        return 0 if self.given is not None else max(0, *(each.points for each in self.may_be))

    @property
    def least(self) -> Outcome:
        """The outcome that is taken while the item is open: the one nearest to no points."""
        return min(self.may_be, key=lambda each: (abs(each.points), each.points))


def points_of(answer: Answer, points: Mapping[str, int]) -> Points:
    """The points of an answer. StepError for a value that has none."""
    if answer.asked is False:
        return Points(NOT_ASKED, (NOT_ASKED,))
    found = _outcome(answer, points)
    if answer.asked is UNDECIDED:
        may_be = (found,) if found is not None else _all(points, several=answer.several)
        return Points(None, (*may_be, NOT_ASKED))
    if found is not None:
        return Points(found, (found,))
    return Points(None, _all(points, several=answer.several))


def every_outcome(points: Mapping[str, int], *, several: bool, skippable: bool) -> tuple[Outcome, ...]:
    """All that an item can give, whatever is answered."""
    return (*_all(points, several=several), *((NOT_ASKED,) if skippable else ()))


def _outcome(answer: Answer, points: Mapping[str, int]) -> Outcome | None:
    """The points of the value, or of the reason why there is none; None where neither has any."""
    value = answer.value
    if isinstance(value, tuple):
        keys = [_key(each, points) for each in value]
        return Outcome(sum(points[key] for key in keys), " and ".join(keys) or "none")
    if isinstance(value, Singleton) or value in NO_ANSWER:
        reason = answer.no_answer or (value if isinstance(value, str) else NO_ANSWER[-1])
        return Outcome(points[reason], reason) if reason in points else None
    key = _key(value, points)
    return Outcome(points[key], key)


def _all(points: Mapping[str, int], *, several: bool) -> tuple[Outcome, ...]:
    if not several:
        return tuple(Outcome(each, key) for key, each in points.items())
    sums = {0}
    for key, each in points.items():
        sums |= set() if key in NO_ANSWER else {before + each for before in sums}
    return tuple(Outcome(each, "") for each in sorted(sums))


def _key(value: object, points: Mapping[str, int]) -> str:
    if isinstance(value, str) and value in points:
        return value
    if isinstance(value, Decimal | int | date):
        words = banded(points)
        band = holding(dict(zip(words, parse_bands(words), strict=True)), value)
        if band is not None:
            return band
    raise StepError("no_points", "a value has no points: neither an option nor a band of the item holds it")


def banded(points: Iterable[str]) -> list[str]:
    """The keys that are bands: all but the reasons for not answering."""
    return [key for key in points if key not in NO_ANSWER]
