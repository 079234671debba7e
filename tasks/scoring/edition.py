"""Editions: a scorecard in which everything that depends on something has been settled, one way or another.

A card on which nothing depends on anything has one edition. When a definition is checked all editions are
looked at; when somebody is scored there is one, or one for each answer that is still possible.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, TypeAlias

from definitions.arguments import Value
from definitions.types import NO_ANSWER
from tasks.result import TaskError
from tasks.scoring.bands import Band, BandError, parse_band, places_in
from tasks.scoring.card import Card, Combination, Scale
from tasks.scoring.combining import Rule
from tasks.scoring.dependent import Dependent

TOTAL: Final = "total"
MOST: Final = 200

Choose: TypeAlias = Callable[[Value, Sequence[str]], Sequence[str]]
"""Which keys of a dependent entry may be right: one when what it depends on is known."""


class TooManyEditionsError(TaskError):
    """More things depend on more things than can be looked at."""


@dataclass(frozen=True, slots=True)
class Edition:
    """`items` has the points of each item by answer, reversed ones turned round; `rules` the scales in their
    order, the total last. `where` says in words which edition it is; empty where nothing depends on anything.
    """

    items: Mapping[str, Mapping[str, int]]
    rules: Mapping[str, Rule]
    where: str = ""

    @property
    def total(self) -> Rule:
        """The total."""
        return self.rules[TOTAL]


class _OpenChoice(Exception):  # noqa: N818  (taken up by `editions` at once, never seen outside)
    def __init__(self, dependent: Dependent) -> None:
        self.dependent = dependent


def editions(card: Card, choose: Choose) -> list[Edition]:
    """Every edition that may be right. TooManyEditionsError beyond 200.

    Entries that depend on the same expression and have the same keys go together.
    """
    left: list[dict[tuple[str, ...], str]] = [{}]
    found: list[Edition] = []
    while left:
        picked = left.pop()
        try:
            found.append(_Settling(card, picked).edition())
        except _OpenChoice as each:
            keys = tuple(each.dependent.entries)
            chosen = choose(each.dependent.by, keys)
            left.extend({**picked, _name(each.dependent): key} for key in reversed(chosen))
        if len(found) + len(left) > MOST:
            raise TooManyEditionsError(
                "too much depends on something else: there are more than 200 combinations"
            )
    return found


def _name(dependent: Dependent) -> tuple[str, ...]:
    by = dependent.by.expression
    return (by.text if by is not None else str(dependent.by.literal), *dependent.entries)


class _Settling:
    """One card and what was picked for each thing that others depend on."""

    def __init__(self, card: Card, picked: Mapping[tuple[str, ...], str]) -> None:
        self.card = card
        self.picked = picked

    def edition(self) -> Edition:
        """The edition; _OpenChoice for the first thing that was not picked."""
        items = {name: self._points(item.points) for name, item in self.card.items.items()}
        for name, item in self.card.items.items():
            if item.reversed:
                items[name] = turned(items[name])
        rules = {name: self._scale(name, scale) for name, scale in self.card.scales.items()}
        where = " and ".join(f"{by[0]} is {key}" for by, key in self.picked.items())
        return Edition(items, {**rules, TOTAL: self._total()}, where)

    def _leaf(self, tree: Any) -> Any:
        while isinstance(tree, Dependent):
            key = self.picked.get(_name(tree))
            if key is None:
                raise _OpenChoice(tree)
            tree = tree.entries[key]
        return tree

    def _points(self, points: Any) -> Mapping[str, int]:
        leaf = self._leaf(points)
        if isinstance(leaf, str):
            leaf = self._leaf(self.card.points.get(leaf, {}))
        return leaf if isinstance(leaf, Mapping) else {}

    def _bands(self, bands: Any) -> Mapping[str, Band] | None:
        return None if bands is None else read_bands(self._leaf(bands))

    def _scale(self, name: str, scale: Scale) -> Rule:
        return self._rule(name, scale, self._bands(scale.bands), better=scale.higher_is == "better")

    def _total(self) -> Rule:
        total = self.card.total or Combination(sum=list(self.card.items) or ["none"])
        return self._rule(
            TOTAL, total, self._bands(self.card.bands) or {}, better=self.card.higher_is == "better"
        )

    def _rule(self, name: str, made: Combination, bands: Mapping[str, Band] | None, *, better: bool) -> Rule:
        ranks = {
            each: index for index, each in enumerate(sorted(bands or {}, key=lambda band: _low(bands, band)))
        }
        points = None if made.points is None else self._points(made.points)
        return Rule(
            name,
            made.way,
            made.members,
            frozenset(made.less or ()),
            _cells(made, ranks),
            ranks,
            points,
            {} if points is None else read_bands({words: words for words in points}),
            bands,
            better,
        )


def read_bands(bands: Mapping[str, str | int] | Sequence[str]) -> dict[str, Band]:
    """The bands by name, those that can't be read left out; a list of names stands for 0, 1, 2 ..."""
    named = dict(bands) if isinstance(bands, Mapping) else {name: index for index, name in enumerate(bands)}
    places = places_in([str(words) for words in named.values()])
    return {name: band for name, words in named.items() if (band := _read(str(words), places)) is not None}


def turned(points: Mapping[str, int]) -> dict[str, int]:
    """Points turned round: the most becomes the fewest. Reasons for not answering keep theirs."""
    given = [each for key, each in points.items() if key not in NO_ANSWER]
    both = max(given, default=0) + min(given, default=0)
    return {key: each if key in NO_ANSWER else both - each for key, each in points.items()}


@lru_cache(maxsize=2_000)
def _read(words: str, places: int) -> Band | None:
    try:
        return parse_band(words, places)
    except BandError:
        return None


def _low(bands: Mapping[str, Band] | None, name: str) -> float:
    low = (bands or {})[name].low
    return float("-inf") if low is None else low


def _cells(made: Combination, ranks: Mapping[str, int]) -> dict[tuple[str, str], int]:
    if made.matrix is None:
        return {}
    return {
        (row, column): cell if isinstance(cell, int) else ranks.get(cell, 0)
        for row, cells in made.matrix.cells.items()
        for column, cell in cells.items()
    }
