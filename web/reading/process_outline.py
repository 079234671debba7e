"""A definition as an outline: its steps in their order, what blocks hold inside of them, each in words."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from definitions import Plan, PlanStep, StepWords, explain
from definitions.plan import Block, Branch

KINDS: Mapping[str, str] = {
    "group": "together",
    "choose": "one of these",
    "parallel": "side by side",
    "first_of": "whichever comes first",
    "for_each": "for each of them",
    "repeat": "again and again",
}
"""What a block does with its branches, in words."""

LEFT: Mapping[str, str] = {
    "deadline": "if the deadline passes",
    "on_error": "if a step of it goes wrong for good",
    "condition": "as soon as its condition does not hold any more",
}


@dataclass(frozen=True, slots=True)
class OutlineBranch:
    """One branch of a block: what it is called, when it is taken, and its steps."""

    title: str
    when: str
    items: "tuple[OutlineItem, ...]"


@dataclass(frozen=True, slots=True)
class OutlineItem:
    """A step: its words, and its branches where it is a block. `waiting` and `stuck` are how many cases wait
    there or stand still.
    """

    words: StepWords
    kind: str = ""
    branches: tuple[OutlineBranch, ...] = ()
    waiting: int = 0
    stuck: int = 0


@dataclass(frozen=True, slots=True)
class Outline:
    """The steps of the process, and those that undo it when it is cancelled."""

    items: tuple[OutlineItem, ...]
    undoing: tuple[OutlineItem, ...] = field(default=())


Counts = Mapping[str, tuple[int, int]]
"""By step how many cases wait there, and how many stand still."""


def outline(plan: Plan, counts: Counts) -> Outline:
    """The outline of a plan, with how many cases are at each step."""
    words = {each.id: each for each in explain(plan)}
    top = [step for step in plan.steps if step.place is None]
    return Outline(
        tuple(_items(plan, top, words, counts)),
        tuple(_items(plan, plan.undo_steps, words, counts)),
    )


def _items(
    plan: Plan, steps: Sequence[PlanStep], words: Mapping[str, StepWords], counts: Counts
) -> Iterator[OutlineItem]:
    for step in steps:
        waiting, stuck = counts.get(step.id, (0, 0))
        block = step.block
        branches = () if block is None else tuple(_branches(plan, block, words, counts))
        kind = "" if block is None else KINDS[block.kind]
        yield OutlineItem(words[step.id], kind, branches, waiting, stuck)


def _branches(
    plan: Plan, block: Block, words: Mapping[str, StepWords], counts: Counts
) -> Iterator[OutlineBranch]:
    leaving = {each.branch: each.kind for each in block.exits if each.branch is not None}
    for number, branch in enumerate(block.branches):
        steps = [plan.step(each) for each in branch.steps]
        when = LEFT[leaving[number]] if number in leaving else _when(branch, block, number)
        yield OutlineBranch(_title(branch), when, tuple(_items(plan, steps, words, counts)))


def _when(branch: Branch, block: Block, number: int) -> str:
    if branch.when is not None:
        return f"if {branch.when.expression.text}"
    return "otherwise" if block.kind == "choose" and number > 0 else ""


def _title(branch: Branch) -> str:
    return branch.title or (branch.name or "").replace("_", " ")
