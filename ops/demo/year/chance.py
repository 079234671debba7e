"""Chance that gives the same year again: everything that is drawn comes from one seed."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from random import Random
from typing import TypeVar

T = TypeVar("T")


class Chance:
    """Draws. The same seed gives the same draws in the same order; nothing secret hangs on them."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)  # noqa: S311  (synthetic people, no secrets)

    def happens(self, share: float) -> bool:
        """True for this share of the draws."""
        return self._random.random() < share

    def one(self, of: Sequence[T]) -> T:
        """One of these, each as likely as the others."""
        return self._random.choice(of)

    def weighed(self, weights: Mapping[T, float]) -> T:
        """One of the keys, as often as its weight says."""
        return self._random.choices(list(weights), list(weights.values()))[0]

    def some(self, of: Sequence[T], most: int) -> list[T]:
        """None to `most` of these, in their order."""
        wanted = set(self._random.sample(range(len(of)), min(len(of), self._random.randint(0, most))))
        return [each for place, each in enumerate(of) if place in wanted]

    def number(self, least: int, most: int) -> int:
        """A whole number, both ends included."""
        return self._random.randint(least, most)

    def length(self, least: timedelta, most: timedelta) -> timedelta:
        """A length of time between the two."""
        return least + (most - least) * self._random.random()
