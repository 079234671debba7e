"""Linking blocks: the branches of each, and where each step stands in them."""

from dataclasses import replace

from definitions.blocks import Each, Parallel, Repeat, branch_keys
from definitions.checks.checking import Checking
from definitions.checks.definition import DraftStep
from definitions.plan import Block, BlockKind, Branch, Need, Place, Rework

KINDS: dict[str, BlockKind] = {
    "choose": "choose",
    "parallel": "parallel",
    "first_of": "first_of",
    "for_each": "for_each",
    "repeat": "repeat",
}


def block_of(checking: Checking, key: str) -> Block | None:
    """The block that a step is; None where it holds no steps."""
    step, tree = checking.steps[key], checking.graph.tree
    if step.block is None:
        return None
    branches = [
        Branch(names, keys.id, keys.title, getattr(keys, "when", None))
        for keys, names in zip(branch_keys(step.arguments), tree.branches(key), strict=True)
    ]
    if step.block == "choose" and len(branches) == len(step.raw["choose"]):
        branches.append(Branch(()))  # `otherwise: nothing`
    arguments = step.arguments
    join = _join(arguments) if isinstance(arguments, Parallel | Each) else None
    rest = arguments.rest if isinstance(arguments, Parallel | Each) else "withdraw"
    repeat = arguments.repeat if isinstance(arguments, Repeat) else None
    until, most = (repeat.until, repeat.at_most) if repeat is not None else (None, 1)
    return Block(KINDS[step.block], tuple(branches), join, rest, until, most)


def _join(arguments: Parallel | Each) -> int | None:
    match arguments.join:
        case "all":
            return None
        case "any":
            return 1
        case int(number):
            return number


def place_of(checking: Checking, key: str) -> Place | None:
    """Where a step stands in a block; None outside of blocks."""
    tree = checking.graph.tree
    block, branch = tree.spots[key]
    return None if block is None else Place(block, branch, tree.depth(key), tree.loops(block))


def needs_of(checking: Checking, key: str) -> tuple[Need, ...]:
    """The needs of a step, each with the number of loops around the needed one."""
    needs, tree = checking.graph.needs[key], checking.graph.tree
    return tuple(replace(need, depth=tree.depth(need.step)) for need in needs) if tree.nested else needs


def rework_of(step: DraftStep) -> Rework | None:
    """Where the step sends work back to."""
    keys = step.frame.rework
    return None if keys is None else Rework(keys.when, keys.back_to, keys.at_most, keys.because)
