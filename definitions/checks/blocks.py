"""Blocks while they are checked: what the steps in them see, and under which type later steps read them."""

from collections.abc import Iterator
from typing import Final

from definitions.blocks import Choose, Parallel, Repeat, branch_keys, may_be_left
from definitions.catalogue import StepFacts
from definitions.checks.checking import Checking
from definitions.checks.definition import DraftStep
from definitions.checks.frame import check_frame
from definitions.checks.ids import id_problem
from definitions.checks.look import StepLook
from definitions.checks.notations import check_notations
from definitions.checks.placing import place
from definitions.checks.sight import sight_of
from definitions.expressions.functions import FUNCTIONS
from definitions.problems import Problem
from definitions.types import Choice, Choices, ListOf, MaybeAbsent, Number, Struct, Type, Unknown

ENDED_BY: Final = ("steps", "deadline", "on_error", "condition")
"""How a block that may be left early has ended."""


def names_around(checking: Checking, key: str) -> dict[str, Type]:
    """The names that the loops around a step give to their members."""
    found: dict[str, Type] = {}
    for block in reversed([*checking.graph.tree.loops_around(key)] if checking.graph.tree.nested else ()):
        found.update(checking.loops.get(block, {}))
    return found


def open_block(look: StepLook, step: DraftStep) -> None:
    """Report what is wrong with a block's own keys, before the steps in it are looked at."""
    check_frame(look, step)
    check_notations(look, step)
    for problem, path in _branch_problems(step):
        look.checking.found.append(place(look.checking.document, step.at(path), problem))
    look.checking.facts[look.key] = StepFacts(step.frame.do, step.arguments, Unknown(), None)


def close_blocks(checking: Checking, key: str) -> None:
    """Give each block its type whose last step this is."""
    if not checking.graph.tree.nested:
        return
    for block in (key, *checking.graph.tree.around(key)):
        if checking.steps[block].block is None or block in checking.types:
            continue
        if any(inner not in checking.types for inner in checking.graph.tree.children(block)):
            return
        checking.types[block] = _type_of(checking, block)
        _check_until(checking, block)


def _branch_problems(step: DraftStep) -> Iterator[tuple[Problem, tuple[str | int, ...]]]:
    arguments = step.arguments
    if isinstance(arguments, Parallel) and isinstance(arguments.join, int):
        count = len(arguments.parallel)
        if arguments.join > count:
            message = f"`join` waits for {arguments.join} branches, and there are {count}"
            yield Problem("CW551", message, 0, 0, advice="lower the number, or write `all`"), ("join",)
    seen: set[str] = set()
    for index, branch in enumerate(branch_keys(arguments)):
        if branch.id is None or arguments is None:
            continue
        last = isinstance(arguments, Choose) and index == len(arguments.choose)
        path = ("otherwise", "id") if last else (step.frame.do, index, "id")
        problem = id_problem(branch.id, FUNCTIONS)
        if problem is None and branch.id in seen:
            problem = Problem("CW226", f"`{branch.id}` stands twice", 0, len(branch.id))
        seen.add(branch.id)
        if problem is not None:
            yield problem, path


def _type_of(checking: Checking, block: str) -> Type:
    step = checking.steps[block]
    if step.harmed:
        return Unknown()
    names = [branch.id for branch in branch_keys(step.arguments)]
    known = tuple(name for name in names if name is not None)
    named = bool(names) and len(known) == len(names)
    how = (("ended_by", Choice(ENDED_BY)),) if may_be_left(step.arguments) else ()
    match step.block:
        case "choose" | "first_of":
            return Struct((*((("branch", Choice(known)),) if named else ()), *how))
        case "parallel":
            return Struct((*((("ended", Choices(known)),) if named else ()), *how))
        case "repeat":
            return Struct((*parts_of(checking, block), ("count", Number()), *how))
        case "for_each":
            loop = checking.loops.get(block, {})
            one = Struct(
                (*(part for part in parts_of(checking, block) if part[0] not in loop), *loop.items())
            )
            return Struct((("each", ListOf(one)), *how))
        case _:
            return Struct(how)


def parts_of(checking: Checking, block: str) -> Iterator[tuple[str, Type]]:
    """What the steps of a loop give in one of its parts, by their ids."""
    for key in checking.graph.tree.lists.get((block, 0), ()):
        kind = checking.types.get(key, Unknown())
        if "#" not in key:
            surely = checking.presence.in_each_part(key) or isinstance(kind, Unknown)
            yield key, kind if surely else MaybeAbsent(kind, key)


def _check_until(checking: Checking, block: str) -> None:
    """`until` is asked after a round: it reads the steps of that round."""
    step = checking.steps[block]
    if not isinstance(step.arguments, Repeat):
        return
    around = {**names_around(checking, block), **checking.loops.get(block, {})}
    names = {**around, **dict(parts_of(checking, block))}
    look = StepLook(checking, sight_of(checking, block, names), block)
    look.condition(step.arguments.repeat.until, ("repeat", "until"))
