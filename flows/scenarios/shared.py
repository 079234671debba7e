"""What several scenarios begin with is played once: its state is kept, and the others go on from there.

A scenario is the same each time: the same records, acts and expectations lead to the same rows, ids and
times. So those that begin alike, which most of a file do, need not do it again. An expectation that held is a
part of such a beginning; one that did not ends it.
"""

from collections import Counter, OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from definitions.scenarios import ReadScenario, Scenarios
from models import Image

MOST: Final = 48
"""States that are kept at most; each takes about a megabyte."""


@dataclass(frozen=True, slots=True)
class Kept:
    """The database after a beginning, and what is known besides (`flows.scenarios.bench`)."""

    image: Image
    besides: object


class SharedBeginnings:
    """The states after beginnings that at least two of these scenarios have in common."""

    def __init__(self, plays: Iterable[tuple[Scenarios, ReadScenario]] = ()) -> None:
        self._wanted = Counter(key for each in plays for key in keys_of(*each))
        self._kept: OrderedDict[str, Kept] = OrderedDict()

    def longest(self, keys: Sequence[str]) -> tuple[int, Kept | None]:
        """The longest beginning of a scenario that is kept: how many acts it has, and the state after it."""
        for done in reversed(range(len(keys))):
            kept = self._kept.get(keys[done])
            if kept is not None:
                self._kept.move_to_end(keys[done])
                return done, kept
        return 0, None

    def wants(self, key: str) -> bool:
        """Whether another scenario will begin like this, and the state is not kept yet."""
        return self._wanted[key] > 1 and key not in self._kept

    def keep(self, key: str, kept: Kept) -> None:
        """Keep a state; the one that was not asked for longest goes."""
        self._kept[key] = kept
        if len(self._kept) > MOST:
            self._kept.popitem(last=False)[1].image.close()

    def close(self) -> None:
        """Let go of all states."""
        for kept in self._kept.values():
            kept.image.close()
        self._kept.clear()


def keys_of(scenarios: Scenarios, scenario: ReadScenario) -> list[str]:
    """A name for each beginning of a scenario: before its first act, after its first, after its second ..."""
    said = (scenario.given, scenario.inputs, scenario.starts_at, scenario.by_itself)
    keys = [_next(scenarios.plan.hash, said)]
    for act in scenario.acts:
        keys.append(_next(keys[-1], (act.kind, act.value)))
    return keys


def _next(before: str, said: object) -> str:
    return sha256(f"{before}{said!r}".encode()).hexdigest()
