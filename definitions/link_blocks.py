"""Linking blocks: the branches of each, and where each step stands in them."""

from collections.abc import Iterator
from dataclasses import replace

from definitions.arguments import StepArguments
from definitions.blocks import BlockArguments, Choose, Each, Parallel, Repeat, branch_keys, exit_keys
from definitions.checks.checking import Checking
from definitions.checks.definition import DraftStep
from definitions.plan import Block, BlockKind, Branch, Exit, Need, Place, Rework

KINDS: dict[str, BlockKind] = {
    "group": "group",
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
    arguments = step.arguments
    usual, lists = branch_keys(arguments), tree.branches(key)
    branches = [
        Branch(names, keys.id, keys.title, getattr(keys, "when", None))
        for keys, names in zip(usual, lists, strict=False)
    ]
    branches += [Branch(names) for names in lists[len(usual) :]]
    if isinstance(arguments, Choose) and isinstance(arguments.otherwise, str):
        branches.append(Branch(()))
    join = _join(arguments) if isinstance(arguments, Parallel | Each) else None
    rest = arguments.rest if isinstance(arguments, Parallel | Each) else "withdraw"
    repeat = arguments.repeat if isinstance(arguments, Repeat) else None
    until, most = (repeat.until, repeat.at_most) if repeat is not None else (None, 1)
    return Block(KINDS[step.block], tuple(branches), join, rest, until, most, tuple(_exits(arguments)))


def _exits(arguments: StepArguments | None) -> Iterator[Exit]:
    first = len(branch_keys(arguments))
    if not isinstance(arguments, BlockArguments):
        return
    for number, name in enumerate(exit_keys(arguments), first):
        if name == "on_error":
            yield Exit("on_error", number)
        elif arguments.deadline is not None:
            yield Exit("deadline", number, after=arguments.deadline.after)
    if arguments.while_ is not None:
        yield Exit("condition", condition=arguments.while_)


def _join(arguments: Parallel | Each) -> int | None:
    match arguments.join:
        case "all":
            return None
        case "any":
            return 1
        case int(number):
            return number


def place_of(checking: Checking, key: str) -> Place | None:
    """Where a step stands in a block; None outside of blocks. What undoes a step stands where that one
    does.
    """
    tree = checking.graph.tree
    block, branch = tree.spots[tree.undone_by(key) or key]
    if block is None:
        return None
    holder = checking.steps[block]
    decides = holder.block == "first_of" and branch < len(branch_keys(holder.arguments))
    follows = decides and tree.before[key] is not None
    return Place(block, branch, tree.depth(key), tree.in_parts(block, branch), follows)


def needs_of(checking: Checking, key: str) -> tuple[Need, ...]:
    """The needs of a step, each with the number of loops around the needed one."""
    needs, tree = checking.graph.needs[key], checking.graph.tree
    return tuple(replace(need, depth=tree.depth(need.step)) for need in needs) if tree.nested else needs


def rework_of(step: DraftStep) -> Rework | None:
    """Where the step sends work back to."""
    keys = step.frame.rework
    return None if keys is None else Rework(keys.when, keys.back_to, keys.at_most, keys.because)
