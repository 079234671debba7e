"""A definition as an outline: its steps in their order, what blocks hold inside of them, each in words."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from definitions import Plan, PlanStep, StepWords, explain
from definitions.plan import Block, Branch
from web.reading.process.words import ProcessWords

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
    """A step: its words, and its branches where it is a block of this kind, called `label`. `waiting` and
    `stuck` are how many cases wait there or stand still.
    """

    words: StepWords
    kind: str = ""
    label: str = ""
    critical: bool = False
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


@dataclass(frozen=True, slots=True)
class _Drawing:
    """What an outline is made from."""

    plan: Plan
    plain: ProcessWords
    words: Mapping[str, StepWords]
    counts: Counts


def outline(plan: Plan, counts: Counts, groups: Mapping[str, str]) -> Outline:
    """The outline of a plan, with how many cases are at each step; `groups` are the titles of the groups."""
    plain = ProcessWords(plan, groups)
    drawing = _Drawing(plan, plain, {each.id: each for each in in_words(plan, plain)}, counts)
    top = [step for step in plan.steps if step.place is None]
    return Outline(tuple(_items(drawing, top)), tuple(_items(drawing, plan.undo_steps)))


def in_words(plan: Plan, plain: ProcessWords) -> Iterator[StepWords]:
    """What `explain` says of the steps, with titles and questions in the place of ids."""
    for each in explain(plan):
        yield replace(
            each,
            does=_said(each.does, plain),
            starts_after=_said(each.starts_after, plain),
            runs_when=_said(each.runs_when, plain),
            ends_when=plain.said(each.ends_when),
            due=_said(each.due, plain),
            who=_said(each.who, plain),
            if_not=_said(each.if_not, plain),
            notes=_said(each.notes, plain),
        )


def _said(sentences: Sequence[str], plain: ProcessWords) -> tuple[str, ...]:
    return tuple(plain.said(each) for each in sentences)


def _items(drawing: _Drawing, steps: Sequence[PlanStep]) -> Iterator[OutlineItem]:
    for step in steps:
        waiting, stuck = drawing.counts.get(step.id, (0, 0))
        block = step.block
        yield OutlineItem(
            words=drawing.words[step.id],
            kind="" if block is None else block.kind,
            label="" if block is None else KINDS[block.kind],
            critical=step.critical,
            branches=() if block is None else tuple(_branches(drawing, block)),
            waiting=waiting,
            stuck=stuck,
        )


def _branches(drawing: _Drawing, block: Block) -> Iterator[OutlineBranch]:
    leaving = {each.branch: each.kind for each in block.exits if each.branch is not None}
    for number, branch in enumerate(block.branches):
        steps = [drawing.plan.step(each) for each in branch.steps]
        when = LEFT[leaving[number]] if number in leaving else _when(drawing, branch, block, number)
        yield OutlineBranch(_title(branch), when, tuple(_items(drawing, steps)))


def _when(drawing: _Drawing, branch: Branch, block: Block, number: int) -> str:
    if branch.when is not None:
        return f"if {drawing.plain.said(branch.when.expression.text)}"
    return "otherwise" if block.kind == "choose" and number > 0 else ""


def _title(branch: Branch) -> str:
    return branch.title or (branch.name or "").replace("_", " ")
