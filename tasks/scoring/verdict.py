"""The verdict: the band that counts, after the points, what overrides them, and what a professional judges.

Missing is not low (docs/language.md): while something is open the most worrying band that is still possible
counts, an override never lowers it, whether it holds or can't be decided, and a judgement does not either.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from definitions.expressions import UNDECIDED
from tasks.scoring.card import Card, Judgement, Override
from tasks.scoring.card_values import CardValues, known
from tasks.scoring.tally import Tally


@dataclass(frozen=True, slots=True)
class Judged:
    """A professional's judgement: the band, the written reason, and why it does not count, if so."""

    band: str
    because: str
    refused: str | None = None
    provisional: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """`band` counts; `calculated` is what points and overrides say without the judgement.

    `because` are the reasons of the overrides that chose the calculated band.
    """

    band: str
    calculated: str
    because: tuple[str, ...]
    provisional: bool
    judged: Judged | None = None


def verdict(card: Card, values: CardValues, tally: Tally) -> Verdict:
    """What counts in the end."""
    order = tally.rule.order
    truths = [(override, values.holds(override.when)) for override in card.overrides]
    open_ones = [override for override, truth in truths if truth is UNDECIDED]
    holding = [override for override, truth in truths if truth is True]
    calculated, because, still_open = _overridden(holding, open_ones, tally, order)
    provisional = tally.missing or still_open
    judged = None if card.judgement is None else _judged(card.judgement, values)
    if judged is None or judged.band not in order:
        return Verdict(calculated, calculated, because, provisional)
    floor = calculated if provisional else _highest(holding, order)
    judged = _weighed(card.judgement, judged, calculated, floor, order)
    band = calculated if judged.refused is not None else judged.band
    return Verdict(band, calculated, because, provisional or judged.provisional, judged)


def _overridden(
    holding: Sequence[Override], open_ones: Sequence[Override], tally: Tally, order: list[str]
) -> tuple[str, tuple[str, ...], bool]:
    """The band after the overrides, their reasons, and whether one that is open could still raise it.

    An override is the least that counts: points that say worse are not lowered by it.
    """
    band = tally.total.worst.key or order[0]
    band = max(band, _highest(holding, order) or band, key=order.index)
    raised = max(_highest(open_ones, order) or band, band, key=order.index)
    if raised != band:
        return (
            raised,
            tuple(f"{each.because} (not ruled out)" for each in open_ones if each.band == raised),
            True,
        )
    return band, tuple(each.because for each in holding if each.band == band), False


def _highest(overrides: Sequence[Override], order: list[str]) -> str | None:
    return max((each.band for each in overrides), key=order.index, default=None)


def _judged(judgement: Judgement, values: CardValues) -> Judged | None:
    band = values.value(judgement.band)
    if not known(band):
        return None
    because = values.value(judgement.because)
    return Judged(str(band), str(because).strip() if known(because) else "")


def _weighed(
    judgement: Judgement | None, judged: Judged, calculated: str, floor: str | None, order: list[str]
) -> Judged:
    """The judgement, with why it does not count where the card does not allow it."""
    assert judgement is not None  # noqa: S101  (there is a judgement only where the card asks for one)
    change = order.index(judged.band) - order.index(calculated)
    if change == 0:
        return judged
    refused = None
    if ("raise" if change > 0 else "lower") not in judgement.may:
        refused = f"a judgement may only {judgement.may} the band"
    elif judgement.levels is not None and abs(change) > judgement.levels:
        refused = f"a judgement may move the band by {judgement.levels} at most"
    elif change < 0 and floor is not None and order.index(judged.band) < order.index(floor):
        refused = "it may not lower what is provisional or overridden"
    elif change < 0 and not judged.because:
        refused = "no reason is written"
    unreasoned = refused is None and not judged.because
    return Judged(judged.band, judged.because, refused, unreasoned)
