"""A tally: what the points of one person come to, in each scale and in all, as far as they are known."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tasks.result import StepError
from tasks.scoring.combining import Outcome, Rule, combine
from tasks.scoring.edition import TOTAL, Edition
from tasks.scoring.points import Points
from tasks.scoring.reachable import MOST_WORK, outcomes_of, reachable


@dataclass(frozen=True, slots=True)
class Standing:
    """Where one scale, or the total, stands.

    `points` are those known, `known` the band that is right if what is open adds as little as it can, `worst`
    the most worrying band that is still possible, with its points. Open while more than one thing is
    possible: what is missing and can't change anything leaves nothing open.
    """

    points: int
    known: str | None
    worst: Outcome
    open: bool


@dataclass(frozen=True, slots=True)
class Tally:
    """What each item gave, where each scale and the total stand, and the editions that may be right."""

    items: Mapping[str, Points]
    standings: Mapping[str, Standing]
    editions: Sequence[Edition]

    @property
    def total(self) -> Standing:
        """Where the total stands."""
        return self.standings[TOTAL]

    @property
    def missing(self) -> bool:
        """Whether anything is open on which the total rests."""
        return self.total.open

    @property
    def rule(self) -> Rule:
        """The total of the first edition, whose order of bands is that of all."""
        return self.editions[0].total


def tally(each_edition: Sequence[tuple[Edition, Mapping[str, Points]]]) -> Tally:
    """The tally over all editions that may be right, with the points that each of them gives."""
    first, items = each_edition[0]
    zero = evaluate(first, {name: each.given or Outcome(0) for name, each in items.items()}, items)
    least = evaluate(first, {name: each.given or each.least for name, each in items.items()}, items)
    standings = {name: _standing(name, zero[name], least[name], each_edition) for name in first.rules}
    return Tally(items, standings, [edition for edition, _ in each_edition])


def evaluate(
    edition: Edition, outcomes: Mapping[str, Outcome], items: Mapping[str, Points]
) -> dict[str, Outcome]:
    """The outcome of every scale and of the total.

    Where nothing holds what came out, because an open item was taken for no points, it is taken for the least
    that it can give.
    """
    found: dict[str, Outcome] = dict(outcomes)
    for rule in edition.rules.values():
        try:
            found[rule.name] = combine(rule, found)
        except StepError:
            if all(each.given is not None for each in items.values()):
                raise
            found[rule.name] = combine(rule, {**found, **_least(rule, items)})
    return {name: found[name] for name in edition.rules}


def _least(rule: Rule, items: Mapping[str, Points]) -> dict[str, Outcome]:
    return {name: items[name].given or items[name].least for name in rule.members if name in items}


def _standing(
    name: str, zero: Outcome, least: Outcome, each_edition: Sequence[tuple[Edition, Mapping[str, Points]]]
) -> Standing:
    first, items = each_edition[0]
    rule = first.rules[name]
    if len(each_edition) == 1 and all(each.given is not None for each in items.values()):
        return Standing(zero.points, zero.key, zero, open=False)
    possible = {
        outcome
        for edition, points in each_edition
        for outcome in outcomes_of(
            edition.rules[name],
            reachable(
                edition,
                name,
                {item: each.may_be for item, each in points.items()},
                most_work=MOST_WORK // len(first.rules),
            ),
        )
    } or {least}
    order = rule.order
    towards = -1 if rule.better else 1
    worst = max(
        possible,
        key=lambda each: (order.index(each.key) if each.key in order else -1, towards * each.points),
    )
    return Standing(zero.points, least.key, worst, open=len(possible) > 1)
