"""Which steps have surely run, and not been skipped, when another one runs; and which can never run.

A step runs when its `when` holds and at least one of its written needs ran. So what is known to hold in a
step is its own condition and whatever holds after every one of its written needs; a step whose condition is
among that has run.

Two steps with the same condition have both run only if it was the same when it was read twice. What is read
of a record may change in between, and so may the clock: such a condition, and one that reads the member or
the round of a loop, proves something only where it was read together: within the step, the branches of a
block, the loop.

A loop without members is skipped. Its list can be read all the same, so it counts as there; but a step that
needs nothing else is skipped with it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias, TypeVar

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
Proof = frozenset[tuple[str, Node]]
"""Conditions, each with where it was read; with nothing if it is the same wherever it is read."""

Reading: TypeAlias = Callable[[str, Node], str]
"""Where a condition has to be read again to be surely the same: "" for anywhere in the process, the key of a
loop for anywhere in the same part of it, the key of the step that reads it for nowhere else.
"""

_NOTHING: tuple[Proof, Proof] = (frozenset(), frozenset())

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Presence:
    """`ran` are the steps that have surely run whenever a step runs; `facts` the conditions that held then,
    or when a step that it needs began.

    `before_when` is the same at the moment when the step's own `when` is evaluated. `never` maps a step that
    cannot run to the two conditions that exclude each other. A step is in them once it has been looked at
    (`follow`), which needs the types of what comes before it.
    """

    ran: Mapping[str, frozenset[str]]
    facts: Mapping[str, Facts]
    before_when: Mapping[str, frozenset[str]]
    always: frozenset[str]
    never: Mapping[str, tuple[Node, Node]]
    finder: "_Finder"

    def follow(self, key: str, reading: Reading) -> None:
        """Look at one step, after all that it needs; what was found out before is forgotten."""
        self.finder.follow(key, reading)

    def in_each_part(self, key: str) -> bool:
        """Whether a step of a loop runs for every member, or in every round."""
        return key in self.finder.bound and self.finder.surely_inside(key)


def find_presence(steps: Mapping[str, DraftStep], graph: Graph, *, published: bool = False) -> Presence:
    """What surely ran before what, of which nothing is known before it is followed. Steps whose needs are in
    disorder count as always there.

    For a `published` definition every loop counts as one with members, and every condition as one that does
    not change: it runs as it was published. It is followed at once.
    """
    loops = () if published else (key for key, step in steps.items() if step.frame.for_each)
    finder = _Finder(steps, graph, frozenset(loops))
    found = Presence(finder.ran, finder.facts, finder.before_when, finder.always, finder.never, finder)
    if published:
        follow_all(found, graph)
    return found


def follow_all(presence: Presence, graph: Graph) -> None:
    """Look at every step as if nothing that a condition reads could change."""
    for key in graph.order:
        presence.follow(key, lambda _key, _node: "")


class _Finder:
    """What is found out step by step. `parts` are the conditions that a step states itself, `bound` those of
    its branch; `proof` is what is known to hold for it, each condition with where it was read.
    """

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
        self.behind = self._readers()
        self.stating: dict[tuple[str, Node], list[str]] = {}
        self.stated: dict[str, tuple[Proof, Proof]] = {}
        self.proof: dict[str, Proof] = {}
        self.always = frozenset(self._always())
        self.ran: dict[str, frozenset[str]] = {}
        self.facts: dict[str, Facts] = {}
        self.before_when: dict[str, frozenset[str]] = {}
        self.never: dict[str, tuple[Node, Node]] = {}

    def follow(self, key: str, reading: Reading) -> None:
        """One step, after all that it needs."""
        written, parts = self.written[key], self.parts[key]
        stated = bool(parts or self.bound.get(key))
        own, bound = self.stated[key] = self._read(key, reading) if stated else _NOTHING
        ran = self.always | _shared([self.ran.get(need, frozenset()) for need in written])
        facts = _shared([self.facts.get(need, frozenset()) for need in written])
        proof = _shared([self.proof.get(need, frozenset()) for need in written]) if facts else frozenset()
        filled = _shared([self._filled(need) for need in written])
        block = self.tree.spots[key][0]
        if block is not None:
            ran |= self.ran.get(block, frozenset())
            facts |= self.facts.get(block, frozenset()) | self.bound[key]
            proof |= self.proof.get(block, frozenset()) | bound
            filled |= self._filled(block)
        self.filled[key] = filled
        self.before_when[key] = self._with_implied(ran, proof, filled)
        facts |= parts
        self.facts[key], self.proof[key] = facts, proof | own
        self.ran[key] = self._with_implied(ran | {key}, self.proof[key], filled)
        pair = self._contradiction(parts, facts) if parts else None
        if pair is not None and not any(need in self.never for need in written):
            self.never[key] = pair

    def _read(self, key: str, reading: Reading) -> tuple[Proof, Proof]:
        """What a step states itself and by its branch, each with where it was read."""
        block = self.tree.spots[key][0]
        own = frozenset((reading(key, part), part) for part in self.parts[key])
        bound = frozenset((reading(block or key, part), part) for part in self.bound.get(key, frozenset()))
        for part in own | bound:
            stating = self.stating.setdefault(part, [])
            if key not in stating:
                stating.append(key)
        return own, bound

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

    def _readers(self) -> Mapping[str, list[str]]:
        """The steps that need each step, or stand in it."""
        behind: dict[str, list[str]] = {key: [] for key in self.steps}
        for key in self.graph.order:
            for need in self.written[key]:
                behind[need].append(key)
            block = self.tree.spots[key][0]
            if block is not None:
                behind[block].append(key)
        return behind

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

    def _with_implied(self, ran: frozenset[str], proof: Proof, filled: frozenset[str]) -> frozenset[str]:
        """`ran` and every step looked at whose condition is proved and of whose needs one has run. Of loops
        those that are `filled` have.

        Looks only at steps that state one of the facts or stand behind one that ran; what follows without a
        condition from those that always run always runs itself.
        """
        found = set(ran)
        left = [key for fact in proof for key in self.stating.get(fact, ())]
        left.extend(key for each in (ran - self.always) | filled for key in self.behind[each])
        empty = self.loops - filled
        while left:
            key = left.pop()
            if key in found or key in self.skips_itself or key not in self.stated:
                continue
            own, bound = self.stated[key]
            block = self.tree.spots[key][0]
            if not own <= proof or (block is not None and not (block in found and bound <= proof)):
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


def _shared(sets: Sequence[frozenset[T]]) -> frozenset[T]:
    """What all of the sets have; nothing when there is none."""
    return frozenset.intersection(*sets) if sets else frozenset()
