"""The ways in which each step comes to run: what was answered on them, and the shortest one by titles.

The order in which steps run beside each other changes nothing about which of them run, so one order stands
for all: every step after what it needs, each list of steps inside the ways of its branch. Members and rounds
count as one and many: what holds in a loop is asked once, and nothing of it is known outside.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import product
from typing import Final

from definitions.arguments import Condition
from definitions.blocks import Choose, branch_keys
from definitions.checks.checking import Checking
from definitions.checks.lasting import lasting
from definitions.checks.soundness.claims import (
    ANYTHING,
    MOST,
    Claims,
    alternatives,
    in_common,
    together,
)
from definitions.expressions.nodes import Name
from definitions.types import Type

SHOWN: Final = 6
"""So many stops of a path are told, the last ones."""


@dataclass(frozen=True, slots=True)
class Trail:
    """One stop of a path, a step or a decision, and those before it."""

    words: str
    before: "Trail | None" = None
    length: int = 1

    def told(self) -> str:
        """`1 Form, 2 danger is yes, 3 Route`; of a long path its end."""
        stops: list[str] = []
        stop: Trail | None = self
        while stop is not None and len(stops) < SHOWN:
            stops.append(f"{stop.length} {stop.words}")
            stop = stop.before
        return ("… " if stop is not None else "") + ", ".join(reversed(stops))


@dataclass(frozen=True, slots=True)
class Way:
    """What is claimed on one way, and the shortest path that goes it."""

    claims: Claims = field(default_factory=dict)
    trail: Trail | None = None

    def on(self, words: str) -> "Way":
        """The same way, one stop further."""
        length = self.trail.length + 1 if self.trail else 1
        return Way(self.claims, Trail(words, self.trail, length))


Ways = tuple[Way, ...]
BEGINNING: Final[Ways] = (Way(),)


def shortest(ways: Iterable[Way]) -> Way:
    """The way with the fewest stops."""
    return min(ways, key=lambda way: way.trail.length if way.trail else 0)


def told(way: Way) -> str:
    """The path of a way in words."""
    return way.trail.told() if way.trail else "the beginning"


@dataclass(slots=True)
class Explored:
    """`steps` are the ways to each step, `branches` those to each branch of a block; none where nothing
    leads there. `before` are the ways to the moment at which a step's own `when` is asked.
    """

    checking: Checking
    steps: dict[str, Ways] = field(default_factory=dict)
    before: dict[str, Ways] = field(default_factory=dict)
    branches: dict[tuple[str | None, int], Ways] = field(default_factory=dict)

    def around(self, key: str) -> Ways:
        """The ways to the list in which a step stands."""
        spot = self.checking.graph.tree.spots[key]
        return self.branches[spot] if spot in self.branches or spot[0] is None else self.steps[spot[0]]

    def fixed(self, key: str, name: Name) -> Type | None:
        """The type of a name as step `key` reads it, if its value does not change while the process runs."""
        return lasting(self.checking, key, name)

    def holding(self, key: str, condition: Condition, *, holds: bool = True) -> tuple[Claims, ...]:
        """The claims under which a condition of step `key` holds, or does not. What can't be decided lets an
        alert run, so nothing is claimed there.
        """
        if self._critical(key):
            return (ANYTHING,)
        return alternatives(condition.expression.root, lambda name: self.fixed(key, name), holds=holds)

    def _critical(self, key: str) -> bool:
        """Whether a step is critical, or holds one that is."""
        inside = (key, *self.checking.graph.tree.inside(key))
        return any(self.checking.steps[each].frame.priority == "critical" for each in inside)


def explore(checking: Checking) -> Explored:
    """The ways to every step and branch of a definition in order."""
    found = Explored(checking)
    found.branches[None, 0] = BEGINNING
    for key in checking.graph.order:
        step = checking.steps[key]
        found.before[key] = before = _before(found, key)
        when = step.frame.when
        ways = before if when is None else decided(before, found.holding(key, when), when.expression.text)
        found.steps[key] = tuple(way.on(step.frame.title) for way in ways)
        if step.block is not None:
            _branches(found, key)
    return found


def decided(ways: Ways, claims: Iterable[Claims], words: str) -> Ways:
    """The ways on which a condition can hold, with that decision as a stop."""
    found = (
        Way(joint, way.trail).on(f"`{words}`")
        for way, each in product(ways, claims)
        if (joint := together(way.claims, each)) is not None
    )
    return _few(found)


def _before(found: Explored, key: str) -> Ways:
    graph = found.checking.graph
    base = found.around(key)
    needs = graph.needs[key]
    if not any(need.written for need in needs):
        before = [way for need in needs for way in found.steps[need.step]]
        trail = shortest(before).trail if before else None
        return tuple(Way(way.claims, trail or way.trail) for way in base)
    spots = graph.tree.spots
    return _few(
        Way(joint, way.trail if spots[need.step] == spots[key] else start.trail or way.trail)
        for need in needs
        if need.written
        for start, way in product(base, found.steps[need.step])
        if (joint := together(start.claims, way.claims)) is not None
    )


def _branches(found: Explored, key: str) -> None:
    """The ways to each branch of a block."""
    arguments, ways = found.checking.steps[key].arguments, found.steps[key]
    for number, branch in enumerate(branch_keys(arguments)):
        when: Condition | None = getattr(branch, "when", None)
        if when is None:
            found.branches[key, number] = ways
            continue
        words = when.expression.text
        found.branches[key, number] = decided(ways, found.holding(key, when), words)
        if isinstance(arguments, Choose):
            ways = decided(ways, found.holding(key, when, holds=False), f"not ({words})")


def _few(ways: Iterable[Way]) -> Ways:
    """Without ways that claim all that a shorter one does; of too many, one with what all of them claim."""
    several = tuple(ways)
    if len(several) < 2:
        return several
    found: list[Way] = []
    for way in sorted(several, key=lambda way: way.trail.length if way.trail else 0):
        for each in found:
            if not each.claims or each.claims.items() <= way.claims.items():
                break
        else:
            found.append(way)
    if len(found) > MOST:
        return (Way(in_common(way.claims for way in found), found[0].trail),)
    return tuple(found)
