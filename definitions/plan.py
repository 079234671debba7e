"""A plan: one checked definition, linked to its step kinds, immutable, named by the hash of its content.

The runner, the compiler and `explain` read plans and nothing else of this package.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import time
from typing import Literal

from definitions.arguments import Clock, Condition, StepArguments, Value
from definitions.beginnings import Event, On
from definitions.catalogue import ProcessSignature, StepKind, Template
from definitions.diagnostics import Span
from definitions.schema import Deadline, Escalation, NotAccepted, Otherwise, Retry
from definitions.sharing import Shared
from definitions.time.recurrence import Recurrence
from definitions.types import Type
from definitions.vocabulary import Vocabulary


@dataclass(frozen=True, slots=True)
class Need:
    """A step, or one item of a checklist, that must have ended or been answered first. `written` needs can
    skip; the implied one (the step before in the file) only orders. `depth` says in how many loops the
    needed step lies."""

    step: str
    item: str | None = None
    written: bool = True
    depth: int = 0


@dataclass(frozen=True, slots=True)
class Read:
    """An output of an earlier step that a step's expressions read; `output` is None when the step as a
    whole is read. `guarded`: the reader says what happens when it is absent.
    `previous`: it is what the step gave in the round before.
    """

    step: str
    output: str | None
    guarded: bool = False
    previous: bool = False


@dataclass(frozen=True, slots=True)
class ForEach:
    """The step runs once for each member of `over`, which it reads as `name`."""

    name: str
    over: Value


BlockKind = Literal["group", "choose", "parallel", "first_of", "for_each", "repeat"]
Rest = Literal["withdraw", "finish"]


@dataclass(frozen=True, slots=True)
class Branch:
    """One branch of a block: the steps that stand in it, by id in document order. The body of a loop is its
    only branch. `name` is None for a branch without an id.
    """

    steps: tuple[str, ...]
    name: str | None = None
    title: str | None = None
    when: Condition | None = None


ExitKind = Literal["deadline", "on_error", "condition"]


@dataclass(frozen=True, slots=True)
class Exit:
    """A way to leave a block early: what is open in it is withdrawn, and the steps of `branch` run, if there
    is one. A `deadline` counts `after`; a `condition` is left when it does not hold any more.
    """

    kind: ExitKind
    branch: int | None = None
    after: Clock | None = None
    condition: Condition | None = None


@dataclass(frozen=True, slots=True)
class Block:
    """What makes a step a block: it holds steps, and ends when enough of its branches or members have.

    `join` is how many that is, None for all that began; `rest` what becomes of the others then. `until` and
    `at_most` belong to a `repeat`. The branches of `exits` are among the others and run only when the block
    is left by them.
    """

    kind: BlockKind
    branches: tuple[Branch, ...]
    join: int | None = None
    rest: Rest = "withdraw"
    until: Condition | None = None
    at_most: int = 1
    exits: tuple[Exit, ...] = ()

    @property
    def loops(self) -> bool:
        """Whether its steps run once for each member or round."""
        return self.kind in {"for_each", "repeat"}

    @property
    def usual(self) -> tuple[int, ...]:
        """The branches that are not for leaving the block early."""
        special = {each.branch for each in self.exits}
        return tuple(index for index in range(len(self.branches)) if index not in special)

    def exit(self, kind: ExitKind) -> Exit | None:
        """The way out of this kind, if the block has it."""
        return next((each for each in self.exits if each.kind == kind), None)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a step inside a block stands: the block, the branch, and in how many loops (`depth`).

    `loops`: whether each part of the block (a member, a round) runs its steps anew. `follows`: whether the
    step begins only when its branch of a `first_of` has come first.
    """

    block: str
    branch: int
    depth: int
    loops: bool = False
    follows: bool = False


@dataclass(frozen=True, slots=True)
class Rework:
    """After the step: while `when` holds the work goes back to the step `back_to`, at most so many times;
    then `otherwise` takes over. `because` is what those who do it again are told.
    """

    when: Condition
    back_to: str
    at_most: int
    because: Value | None = None


@dataclass(frozen=True, slots=True)
class SaveTo:
    """After the step: output `output` goes into `field` of the record that `owner` (a dotted name) leads
    to.
    """

    owner: tuple[str, ...]
    field: str
    output: str


@dataclass(frozen=True, slots=True)
class Input:
    """One input of the process."""

    name: str
    title: str
    type: Type
    required: bool


@dataclass(frozen=True, slots=True)
class PlanBeginning:
    """One way in which the process begins. `key` is its phrase, the same from version to version.

    `name` is the signal, or the record that `event` happens to; `of` the kind of record that a date rule
    goes over; `position` is `file:line:column`. `fields` are the fields of the record that `when` reads:
    only a change of one of them counts; None where every change does. `at` is the local time of a date rule,
    None for when work begins. While an instance of this process for the same case has not ended the step
    `unless_open`, none is begun.
    """

    key: str
    on: On
    name: str = ""
    event: Event | None = None
    recurrence: Recurrence | None = None
    of: str | None = None
    where: Condition | None = None
    when: Condition | None = None
    inputs: Mapping[str, Value] = field(default_factory=dict)
    fields: frozenset[str] | None = None
    position: str = ""
    at: time | None = None
    unless_open: str | None = None


@dataclass(frozen=True, slots=True)
class PlanStep:
    """One step, linked. `output` is the type under which later steps read it: a `Struct`, or a `Record`
    whose fields they read.

    With `for_each`, `output` is `Struct(each: list of Struct(outputs of one iteration + the loop's name))`.
    `block` is set where the step holds steps, `place` where it stands in one. `undo` are the steps that undo
    this one; each of them says with `undoes` which it is, and has the place of that one.
    """

    id: str
    title: str
    index: int
    kind: StepKind
    arguments: StepArguments
    span: Span
    needs: tuple[Need, ...]
    output: Type
    when: Condition | None = None
    once: Condition | None = None
    deadline: Deadline | None = None
    due: Clock | None = None
    remind: tuple[Clock, ...] = ()
    escalate: tuple[Escalation, ...] = ()
    not_accepted: tuple[NotAccepted, ...] = ()
    ends: str | None = None
    otherwise: Otherwise | None = None
    retry: Retry | None = None
    time_limit: Clock | None = None
    save: SaveTo | None = None
    for_each: ForEach | None = None
    critical: bool = False
    reads: frozenset[Read] = frozenset()
    block: Block | None = None
    place: Place | None = None
    rework: Rework | None = None
    undo: tuple[str, ...] = ()
    undoes: str | None = None

    @property
    def depth(self) -> int:
        """In how many loops the step stands: so many parts has the iteration path of its run."""
        return 0 if self.place is None else self.place.depth

    @property
    def position(self) -> str:
        """`file:line:column` of the step in its YAML."""
        return f"{self.span.file}:{self.span.line}:{self.span.column}"


@dataclass(frozen=True, slots=True)
class Plan:
    """A checked definition. `hash` covers the YAML, the vocabulary entries, templates and shared files it
    uses, and the kinds' numbers (R5). `steps` are those of the process, `undo_steps` what undoes them after a
    cancel.
    """

    process: str
    title: str
    purpose: str
    owner: str
    hash: str
    steps: tuple[PlanStep, ...]
    source: str
    file: str
    vocabulary: Vocabulary
    scope: str | None = None
    responsible: str | None = None
    references: tuple[str, ...] = ()
    beginnings: tuple[PlanBeginning, ...] = (PlanBeginning("by hand", On.HAND),)
    inputs: tuple[Input, ...] = ()
    outcomes: tuple[str, ...] = ()
    outputs: Mapping[str, Value] = field(default_factory=dict)
    calendar: str | None = None
    review_every: Clock | None = None
    templates: Mapping[str, Template] = field(default_factory=dict)
    processes: Mapping[str, ProcessSignature] = field(default_factory=dict)
    shared: Shared = field(default_factory=dict)
    undo_steps: tuple[PlanStep, ...] = ()
    by_id: Mapping[str, PlanStep] = field(init=False, repr=False, compare=False)
    before: Mapping[str, frozenset[str]] = field(init=False, repr=False, compare=False)
    blocks: bool = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_id", {step.id: step for step in self.all_steps})
        object.__setattr__(self, "before", _before(self))
        object.__setattr__(self, "blocks", any(step.block is not None for step in self.steps))

    @property
    def all_steps(self) -> tuple[PlanStep, ...]:
        """The steps of the process and what undoes them, in document order."""
        if not self.undo_steps:
            return self.steps
        return tuple(sorted((*self.steps, *self.undo_steps), key=lambda step: step.index))

    @property
    def starts(self) -> str:
        """How the process begins, as it is written."""
        return "; ".join(each.key for each in self.beginnings)

    @property
    def by_hand(self) -> bool:
        """Whether a person may start it."""
        return any(each.on is On.HAND for each in self.beginnings)

    def beginning(self, key: str) -> PlanBeginning | None:
        """The beginning with this phrase; None if the process has none like it."""
        return next((each for each in self.beginnings if each.key == key), None)

    def step(self, name: str) -> PlanStep:
        """The step with this id; KeyError if there is none."""
        return self.by_id[name]

    def inside(self, block: str) -> tuple[PlanStep, ...]:
        """All steps in a block, those of the blocks in it included, in document order."""
        return tuple(step for step in self.steps if block in self.around(step))

    def around(self, step: PlanStep) -> tuple[str, ...]:
        """The blocks in which a step stands, the innermost first."""
        found: list[str] = []
        place = step.place
        while place is not None:
            found.append(place.block)
            place = self.by_id[place.block].place
        return tuple(found)

    def loops_around(self, step: PlanStep) -> tuple[str, ...]:
        """The loops in whose parts a step runs, the innermost first."""
        found: list[str] = []
        place = step.place
        while place is not None:
            if place.loops:
                found.append(place.block)
            place = self.by_id[place.block].place
        return tuple(found)


def _before(plan: Plan) -> Mapping[str, frozenset[str]]:
    """The steps that may be read when each one begins: those that have surely ended, by needs and implied
    order, and what stood in their branches.
    """
    needs = {
        step.id: {need.step for each in (step, *map(plan.step, plan.around(step))) for need in each.needs}
        for step in plan.steps
    }
    before: dict[str, frozenset[str]] = {}
    waiting, seen = list(needs), set[str]()
    while waiting:
        name = waiting[-1]
        unknown = [need for need in needs[name] if need in needs and need not in before]
        if name not in seen and unknown:
            seen.add(name)
            waiting.extend(unknown)
            continue
        waiting.pop()
        ended = frozenset(needs[name]).union(*(_through(plan, need) for need in needs[name] if need in needs))
        before[name] = ended.union(*(before.get(need, ()) for need in ended))
    before.update(_before_undoing(plan, before))
    return before


def _before_undoing(plan: Plan, before: Mapping[str, frozenset[str]]) -> Iterator[tuple[str, frozenset[str]]]:
    """What undoes a step reads that step, what that one could read, and what it needs itself."""
    for step in plan.undo_steps:
        found, ahead = set[str](), [step]
        while ahead:
            fresh = {need.step for need in ahead.pop().needs} - found
            found |= fresh
            ahead += [plan.step(name) for name in fresh]
        of = step.undoes or ""
        yield step.id, before[of] | {of} | found


def _through(plan: Plan, name: str) -> Iterator[str]:
    """The steps in an ended block that later steps read by their own ids."""
    block = plan.by_id[name].block
    if block is not None and seen_through(block):
        for inner in (each for branch in block.branches for each in branch.steps):
            yield inner
            yield from _through(plan, inner)


def seen_through(block: Block) -> bool:
    """Whether later steps read the steps of an ended block by their own ids: they ran at most once, and none
    is still under way.
    """
    return block.kind in {"group", "choose", "parallel", "first_of"} and block.rest == "withdraw"
