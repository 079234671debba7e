"""Which step stands in which block. Steps are known by their keys, as in `definitions.checks.graph`."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from definitions.blocks import Each, Parallel, branch_keys, exit_keys
from definitions.checks.definition import DraftStep

Spot = tuple[str | None, int]
"""A list of steps: the block that holds it (None: the process itself) and the branch."""


@dataclass(frozen=True, slots=True)
class Tree:
    """`spots` says in which list each step stands, `lists` which steps each list has, in document order."""

    steps: Mapping[str, DraftStep]
    spots: Mapping[str, Spot] = field(init=False)
    lists: Mapping[Spot, tuple[str, ...]] = field(init=False)
    before: Mapping[str, str | None] = field(init=False)
    numbers: Mapping[str, list[int]] = field(init=False)
    nested: bool = field(init=False)

    def __post_init__(self) -> None:
        """`before` is the step before each one in its list, `numbers` the branches of a block
        that have steps; `nested` whether steps stand in steps.
        """
        keys = {step.index: key for key, step in self.steps.items()}
        spots: dict[str, Spot] = {}
        lists: dict[Spot, list[str]] = {}
        before: dict[str, str | None] = {}
        numbers: dict[str, list[int]] = {}
        for key, step in self.steps.items():
            spot = (None if step.inside is None else keys[step.inside], step.branch)
            spots[key] = spot
            mine = lists.setdefault(spot, [])
            if not mine and spot[0] is not None:
                numbers.setdefault(spot[0], []).append(step.branch)
            before[key] = mine[-1] if mine else None
            mine.append(key)
        object.__setattr__(self, "spots", spots)
        object.__setattr__(self, "lists", {spot: tuple(those) for spot, those in lists.items()})
        object.__setattr__(self, "before", before)
        object.__setattr__(self, "numbers", numbers)
        nested = any(step.block is not None or step.undoes for step in self.steps.values())
        object.__setattr__(self, "nested", nested)

    def around(self, key: str) -> tuple[str, ...]:
        """The blocks around a step, the innermost first."""
        found: list[str] = []
        block = self.spots[key][0]
        while block is not None:
            found.append(block)
            block = self.spots[block][0]
        return tuple(found)

    def undone_by(self, key: str) -> str | None:
        """The step that a step undoes, in which it stands; None for all others."""
        return self.spots[key][0] if self.steps[key].undoes else None

    def undoing(self, key: str) -> tuple[str, ...]:
        """The steps that undo a step."""
        return self.lists.get((key, 0), ()) if self.steps[key].block is None else ()

    def branches(self, block: str) -> tuple[tuple[str, ...], ...]:
        """The steps of each branch of a block."""
        arguments = self.steps[block].arguments
        count = len(branch_keys(arguments)) + len(exit_keys(arguments))
        return tuple(self.lists.get((block, number), ()) for number in range(count))

    def children(self, block: str) -> Iterator[str]:
        """The steps that stand directly in a block."""
        if self.steps[block].block is None:
            return
        for number in self.numbers.get(block, ()):
            yield from self.lists[block, number]

    def inside(self, block: str) -> Iterator[str]:
        """All steps in a block, those in blocks of it included."""
        for child in self.children(block):
            yield child
            yield from self.inside(child)

    def through(self, block: str) -> Iterator[str]:
        """The steps of a block that later steps read by their own ids, when the block has ended."""
        if self.sees_through(block):
            for child in self.children(block):
                yield child
                yield from self.through(child)

    def sees_through(self, block: str) -> bool:
        """Whether the steps of a block ran at most once, and none is under way when it has ended."""
        arguments = self.steps[block].arguments
        finishes = isinstance(arguments, Parallel) and arguments.rest == "finish"
        return self.steps[block].block in {"group", "choose", "parallel", "first_of"} and not finishes

    def depth(self, key: str) -> int:
        """In how many loops a step stands."""
        return sum(1 for _ in self.loops_around(key))

    def loops_around(self, key: str) -> Iterator[str]:
        """The loops in whose parts a step runs, the innermost first."""
        for inner in (key, *self.around(key)):
            block, number = self.spots[inner]
            if block is not None and self.in_parts(block, number):
                yield block

    def in_parts(self, block: str, number: int) -> bool:
        """Whether the steps of a branch run once for each member or round; those that run when the loop is
        left early do not.
        """
        return self.steps[block].block in {"for_each", "repeat"} and number == 0

    def waits_for_all(self, block: str) -> bool:
        """Whether every branch that began has ended when the block has."""
        arguments = self.steps[block].arguments
        return not isinstance(arguments, Parallel | Each) or arguments.join == "all"

    def reachable(self, key: str) -> Iterator[str]:
        """The steps that one may need: those of its own list and of the lists around it. What undoes a step
        begins after a cancel, when nothing around it goes on.
        """
        if self.steps[key].undoes:
            yield from self.lists[self.spots[key]]
            return
        for spot in (self.spots[key], *(self.spots[block] for block in self.around(key))):
            yield from self.lists[spot]
