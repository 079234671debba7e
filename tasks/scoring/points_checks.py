"""Checks of points and bands: answers without points, bands that can't be read, gaps and overlaps."""

from collections.abc import Collection, Iterator, Mapping

from definitions.catalogue import Look, Path
from definitions.types import (
    NO_ANSWER,
    YES_NO_CODES,
    Choice,
    Choices,
    Condition,
    Date,
    DateTime,
    MaybeAbsent,
    Number,
    Type,
    Unknown,
    YesNo,
    describe,
)
from tasks.scoring.bands import Band, BandError, faults, parse_band, parse_bands
from tasks.scoring.points import banded

CLOSE = "let each band begin where the one before ends"


def check_points(kind: Type, points: Mapping[str, int], look: Look, path: Path) -> None:
    """Report keys that the value can't have, values without points, and bands that leave a gap or overlap."""
    match kind:
        case Unknown() | MaybeAbsent():
            return
        case Choice(options) | Choices(options):
            _check_options(points, options, options, look, path)
        case YesNo():
            _check_options(points, YES_NO_CODES, ("yes", "no"), look, path)
        case Condition():
            _check_options(points, ("yes", "no"), ("yes", "no"), look, path)
        case Number() | Date() | DateTime():
            _check_bands(points, look, path, dates=not isinstance(kind, Number))
        case _:
            advice = "a choice, a yes/no answer, a condition, a number or a date has points"
            look.report("CW704", f"{describe(kind)} has no points", path, advice=advice)


def readable(
    bands: Mapping[str, str], look: Look, path: Path, *, dates: bool = False, whole: bool = False
) -> list[str]:
    """The names of bands that can't be read, or are of something else than the value, of which all are
    `whole`; they are reported.
    """
    bad = []
    for name, words in bands.items():
        try:
            band = parse_band(words)
        except BandError as error:
            look.report("CW702", str(error), (*path, name), advice=error.advice, key=name == words)
            bad.append(name)
            continue
        if whole and band.places:
            advice = "let it begin or end at a whole number"
            look.report(
                "CW702",
                f"`{words}` is a band of points, which are whole numbers",
                (*path, name),
                advice=advice,
                key=name == words,
            )
            bad.append(name)
        elif band.dates is not dates:
            what = "numbers" if dates else "dates"
            look.report("CW702", f"the bands are of {what}, the value is not", path)
            bad.append(name)
    return bad


def band_faults(bands: Mapping[str, Band], numbers: Collection[int]) -> Iterator[str]:
    """What keeps the bands from holding each of these numbers exactly once."""
    if bands and numbers:
        ends = (numbers[0], numbers[-1]) if isinstance(numbers, range) else (min(numbers), max(numbers))
        yield from faults(list(bands.values()), *ends, numbers)


def _check_bands(points: Mapping[str, int], look: Look, path: Path, *, dates: bool) -> None:
    words = {each: each for each in banded(points)}
    if not words or readable(words, look, path, dates=dates):
        return
    bands = parse_bands(words)
    for fault in faults(bands, None if dates else 0, None):
        look.report("CW701", fault, path, advice=CLOSE)


def _check_options(
    points: Mapping[str, int], known: tuple[str, ...], needed: tuple[str, ...], look: Look, path: Path
) -> None:
    for name in points:
        look.choose(name, tuple(dict.fromkeys((*known, *NO_ANSWER))), (*path, name), "answer")
    without = [name for name in needed if name not in points]
    if without:
        advice = "give 0 where it does not count"
        look.report("CW703", f"no points for {', '.join(without)}", path, advice=advice)
