"""Which steps have surely run, and not been skipped, when another one runs; and which can never run.

A step runs when its `when` holds and at least one of its written needs ran. So what is known to hold in a
step is its own condition and whatever holds after every one of its written needs; a step whose condition is
among that has run.

A loop without members is skipped. Its list can be read all the same, so it counts as there; but a step that
needs nothing else is skipped with it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from definitions.arguments import Condition
from definitions.blocks import Choose, Group, Parallel, Repeat, branch_keys, may_be_left
from definitions.checks.definition import DraftStep
from definitions.checks.graph import Graph
from definitions.expressions.nodes import (
    Arithmetic,
    Comparison,
    Constant,
    Expression,
    Known,
    Name,
    Node,
    Not,
    conjuncts,
)

Facts = frozenset[Node]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Presence:
    """`ran` are the steps that have surely run whenever a step runs; `facts` the conditions that hold then.

    `before_when` is the same at the moment when the step's own `when` is evaluated. `never` maps a step that
    cannot run to the two conditions that exclude each other. `in_each_part` are the steps of loops that run
    for every member, or in every round.
    """

    ran: Mapping[str, frozenset[str]]
    facts: Mapping[str, Facts]
    before_when: Mapping[str, frozenset[str]]
    always: frozenset[str]
    never: Mapping[str, tuple[Node, Node]] = field(default_factory=dict)
    in_each_part: frozenset[str] = frozenset()


def find_presence(steps: Mapping[str, DraftStep], graph: Graph, *, published: bool = False) -> Presence:
    """What surely ran before what. Steps whose needs are in disorder count as always there.

    For a `published` definition every loop counts as one with members: it runs as it was published.
    """
    loops = () if published else (key for key, step in steps.items() if step.frame.for_each)
    finder = _Finder(steps, graph, frozenset(loops))
    for key in graph.order:
        finder.follow(key)
    surely = frozenset(key for key in finder.bound if finder.surely_inside(key))
    return Presence(finder.ran, finder.facts, finder.before_when, finder.always, finder.never, surely)


class _Finder:
    def __init__(self, steps: Mapping[str, DraftStep], graph: Graph, loops: frozenset[str]) -> None:
        self.steps = steps
        self.graph = graph
        self.loops = loops
        self.filled: dict[str, frozenset[str]] = {}
        self.parts = {key: _stated(step.frame.when) for key, step in steps.items()}
        self.skips_itself = {key for key, step in steps.items() if may_skip_itself(step)}
        self.written = {
            key: tuple(need.step for need in graph.needs[key] if need.written) for key in graph.order
        }
        self.tree = graph.tree
        self.bound = {key: self._bound(key) for key in steps} if self.tree.nested else {}
        self.behind, self.stating = self._readers()
        self.always = frozenset(self._always())
        self.ran: dict[str, frozenset[str]] = {}
        self.facts: dict[str, Facts] = {}
        self.before_when: dict[str, frozenset[str]] = {}
        self.never: dict[str, tuple[Node, Node]] = {}

    def follow(self, key: str) -> None:
        """One step, after all that it needs."""
        written, parts = self.written[key], self.parts[key]
        ran = self.always | _shared(self.ran.get(need, frozenset()) for need in written)
        facts = _shared(self.facts.get(need, frozenset()) for need in written)
        filled = _shared(self._filled(need) for need in written)
        block = self.tree.spots[key][0]
        if block is not None:
            ran |= self.ran.get(block, frozenset())
            facts |= self.facts.get(block, frozenset()) | self.bound[key]
            filled |= self._filled(block)
        self.filled[key] = filled
        self.before_when[key] = self._with_implied(ran, facts, filled)
        facts |= parts
        self.ran[key] = self._with_implied(ran | {key}, facts, filled)
        self.facts[key] = facts
        pair = self._contradiction(parts, facts)
        if pair is not None and not any(need in self.never for need in written):
            self.never[key] = pair

    def _filled(self, key: str) -> frozenset[str]:
        """The loops that surely have members where a step has run, itself included."""
        return self.filled.get(key, frozenset()) | ({key} & self.loops)

    def _bound(self, key: str) -> Facts:
        """What holds when the branch of a step runs, besides what holds for its block. Where a branch runs or
        not by its own course, that is something which no other step can state.
        """
        block, number = self.tree.spots[key]
        if block is None:
            return frozenset()
        by_course = frozenset[Node]({Constant(0, 0, f"#{block}.{number}")})
        arguments = self.steps[block].arguments
        if number >= len(branch_keys(arguments)):
            return by_course
        return self._of_branch(block, number, by_course) | (by_course if may_be_left(arguments) else set())

    def _of_branch(self, block: str, number: int, by_course: Facts) -> Facts:
        arguments = self.steps[block].arguments
        match arguments:
            case Choose(choose=branches):
                earlier = {_not(branch.when) for branch in branches[:number]}
                own = _stated(branches[number].when) if number < len(branches) else frozenset[Node]()
                return frozenset(earlier) | own
            case Parallel(parallel=branches) if self.tree.waits_for_all(block):
                return _stated(branches[number].when)
            case Repeat() | Group():
                return frozenset()
            case _:
                return by_course

    def surely_inside(self, key: str) -> bool:
        """Whether a step runs in every part of its loop."""
        block = self.tree.spots[key][0]
        written = self.written[key]
        if self.parts[key] or key in self.skips_itself or block is None:
            return False
        inside = [need for need in written if self.tree.spots[need][0] == block]
        outside = [need for need in written if need not in inside]
        return (
            not written
            or any(
                need in self.ran[block] - (self.loops - self.filled.get(block, frozenset()))
                for need in outside
            )
            or any(self.surely_inside(need) and need not in self.loops for need in inside)
        )

    def _readers(self) -> tuple[Mapping[str, list[str]], Mapping[Node, list[str]]]:
        """The steps that need each step, and those whose condition states each fact."""
        behind: dict[str, list[str]] = {key: [] for key in self.steps}
        stating: dict[Node, list[str]] = {}
        for key in self.graph.order:
            for need in self.written[key]:
                behind[need].append(key)
            block = self.tree.spots[key][0]
            if block is not None:
                behind[block].append(key)
            for part in self.parts[key] | self.bound.get(key, frozenset()):
                stating.setdefault(part, []).append(key)
        return behind, stating

    def _always(self) -> set[str]:
        """The steps that are never skipped."""
        always: set[str] = set()
        for key in self.graph.order:
            written = self.written[key]
            skips = bool(self.parts[key] or self.bound.get(key)) or key in self.skips_itself
            block = self.tree.spots[key][0]
            skips = skips or (block is not None and block not in always)
            surely = any(need in always and need not in self.loops for need in written)
            if not skips and (not written or surely or key in self.graph.loose):
                always.add(key)
        return always

    def _with_implied(self, ran: frozenset[str], facts: Facts, filled: frozenset[str]) -> frozenset[str]:
        """`ran` and every step whose condition is among the facts and of whose needs one has run. Of loops
        those that are `filled` have.

        Looks only at steps that state one of the facts or stand behind one that ran; what follows without a
        condition from those that always run always runs itself.
        """
        found = set(ran)
        left = [key for fact in facts for key in self.stating.get(fact, ())]
        left.extend(key for each in (ran - self.always) | filled for key in self.behind[each])
        empty = self.loops - filled
        while left:
            key = left.pop()
            if key in found or key in self.skips_itself or not self.parts[key] <= facts:
                continue
            block = self.tree.spots[key][0]
            if block is not None and not (block in found and self.bound[key] <= facts):
                continue
            written = self.written[key]
            if not written or any(need in found and need not in empty for need in written):
                found.add(key)
                left.extend(self.behind[key])
        return frozenset(found) if len(found) > len(ran) else ran

    def _contradiction(self, parts: Facts, facts: Facts) -> tuple[Node, Node] | None:
        """The first part of a condition that something known excludes; another part of it before a fact."""
        own = sorted(parts, key=lambda part: part.start)
        others = facts - parts
        return next(((a, b) for a in own for b in (*own, *others) if self._exclude(a, b)), None)

    def _exclude(self, one: Node, other: Node) -> bool:
        """Whether two conditions can never hold together."""
        match one, other:
            case (Not(operand=inner), _) if inner == other:
                return True
            case (_, Not(operand=inner)) if inner == one:
                return True
            case Known(), Known():
                return one.operand == other.operand and one.negated != other.negated
            case Comparison(), Comparison():
                return self._compare(one, other)
            case _:
                return False

    def _compare(self, one: Comparison, other: Comparison) -> bool:
        if len(one.signs) != 1 or len(other.signs) != 1 or one.operands[0] != other.operands[0]:
            return False
        signs, same = {one.signs[0], other.signs[0]}, one.operands[1] == other.operands[1]
        if same:
            return signs in ({"is", "is not"}, {"==", "!="}, {"<", ">="}, {">", "<="}, {"<", ">"})
        words = self._word(one.operands[1]), self._word(other.operands[1])
        return signs in ({"is"}, {"=="}) and None not in words

    def _word(self, node: Node) -> object:
        """The literal that a node writes, or None when it may be the name of a value."""
        match node:
            case Name(path=(word,)) if word not in self.steps:
                return word
            case Constant(value=value):
                return value
            case Arithmetic(word=word):
                return word
            case _:
                return None


def may_skip_itself(step: DraftStep) -> bool:
    """Whether the step's kind can end it as skipped, whatever its `when` says."""
    if step.kind is None or step.kind.may_skip is None or step.arguments is None:
        return False
    return step.kind.may_skip(step.arguments)


def _stated(condition: object) -> Facts:
    expression = getattr(condition, "expression", None)
    return frozenset(conjuncts(expression.root)) if isinstance(expression, Expression) else frozenset()


def _not(condition: Condition) -> Node:
    root = condition.expression.root
    return Not(root.start, root.end, root)


def _shared(sets: Iterable[frozenset[T]]) -> frozenset[T]:
    """What all of the sets have; nothing when there is none."""
    found = list(sets)
    return frozenset.intersection(*found) if found else frozenset()
