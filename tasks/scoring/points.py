"""The points of one item of a score: by answer, by each of several choices, by band."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from definitions.catalogue import Look, Path
from definitions.runtime_values import Singleton
from definitions.types import (
    YES_NO_CODES,
    Choice,
    Choices,
    Date,
    DateTime,
    Number,
    Type,
    Unknown,
    YesNo,
    describe,
)
from tasks.result import StepError
from tasks.scoring.bands import Band, BandError, faults, holding, parse_band

_UNANSWERED = frozenset({"doesnt_know", "prefers_not_to_answer", "not_collected"})


@dataclass(frozen=True, slots=True)
class Points:
    """What an item gives: `given` points, for the keys in `why`.

    `given` is None when the value is missing, which could add up to `could_add`.
    """

    given: int | None
    why: str
    could_add: int


def check_points(kind: Type, points: Mapping[str, int], look: Look, path: Path) -> None:
    """Report keys that the value can't have, values without points, and bands that leave a gap or overlap."""
    match kind:
        case Unknown():
            return
        case Choice(options) | Choices(options):
            _check_options(points, options, options, look, path)
        case YesNo():
            _check_options(points, YES_NO_CODES, ("yes", "no"), look, path)
        case Number() | Date() | DateTime():
            low = 0 if isinstance(kind, Number) else None
            check_bands(
                {words: words for words in points}, low, None, look, path, dates=not isinstance(kind, Number)
            )
        case _:
            advice = "a choice, a yes/no answer, a number or a date has points"
            look.report("CW408", f"{describe(kind)} has no points", path, advice=advice)


def check_bands(
    bands: Mapping[str, str],
    low: int | None,
    high: int | None,
    look: Look,
    path: Path,
    *,
    dates: bool = False,
) -> dict[str, Band]:
    """The bands by name, as far as they can be read.

    Reports the others, and gaps and overlaps from `low` to `high`.
    """
    read: dict[str, Band] = {}
    for name, words in bands.items():
        try:
            read[name] = parse_band(words)
        except BandError as error:
            look.report("CW408", str(error), (*path, name))
    if read and len(read) == len(bands):
        if any(band.dates is not dates for band in read.values()):
            look.report(
                "CW408", f"the bands are of {'numbers' if dates else 'dates'}, the value is not", path
            )
        else:
            for fault in faults(list(read.values()), low, high):
                look.report("CW408", fault, path, advice="let each band begin where the one before ends")
    return read


def _check_options(
    points: Mapping[str, int], known: tuple[str, ...], needed: tuple[str, ...], look: Look, path: Path
) -> None:
    for name in points:
        look.choose(name, known, (*path, name), "answer")
    without = [name for name in needed if name not in points]
    if without:
        look.report(
            "CW408", f"no points for {', '.join(without)}", path, advice="give 0 where it does not count"
        )


def highest(points: Mapping[str, int], *, several: bool) -> int:
    """The most that an item can add; of `several` choices all may be made."""
    positive = [each for each in points.values() if each > 0]
    return sum(positive) if several else max(positive, default=0)


def points_of(value: object, points: Mapping[str, int], *, several: bool = False) -> Points:
    """The points of a value; one that is missing or refused could still add the most.

    `several` says that the value is a number of choices, which can't be seen while it is missing.
    """
    if isinstance(value, tuple):
        found = [_one(each, points) for each in value]
        return Points(sum(points[key] for key in found), " and ".join(found) or "none", 0)
    unanswered = value in _UNANSWERED and value not in points
    if isinstance(value, Singleton) or unanswered:
        return Points(None, "missing", highest(points, several=several))
    key = _one(value, points)
    return Points(points[key], key, 0)


def _one(value: object, points: Mapping[str, int]) -> str:
    if isinstance(value, str) and value in points:
        return value
    if isinstance(value, Decimal | int | date):
        band = holding({words: parse_band(words) for words in points}, value)
        if band is not None:
            return band
    raise StepError("no_points", "a value has no points: neither an option nor a band of the item holds it")
