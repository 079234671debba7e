"""Trying out the conditions of questions and of a scorecard with all answers that they can rest on."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from itertools import product
from math import prod
from typing import Final
from zoneinfo import ZoneInfo

from definitions.catalogue import StepFacts
from definitions.expressions import (
    MISSING,
    Constant,
    EvaluationError,
    Expression,
    MappingEnvironment,
    Name,
    Node,
    Path,
    decide,
    renamed,
    walk,
)
from definitions.types import Choice, Choices, Condition, Number, Struct, Type, YesNo
from tasks.people.form_items import FormItem

MOST_TRIALS: Final = 4_000
"""So many combinations of answers are tried; where there are more nothing is said."""

_ANY_MOMENT: Final = datetime(2026, 1, 5, 12, tzinfo=UTC)
_UTC: Final = ZoneInfo("UTC")

Answers = Mapping[Path, object]


@dataclass(frozen=True, slots=True)
class Gates:
    """What decides whether questions are asked. `items` gives the questions of a step, `facts` the types of
    its answers, `own` the names that a card has of its own, which can't be tried.
    """

    items: Callable[[str], Mapping[str, FormItem]]
    facts: Callable[[str], StepFacts | None]
    own: frozenset[str]

    def condition(self, path: Path) -> Node | None:
        """When a question is asked, in the names that later steps use; None where it always is."""
        items = self.items(path[0]) if len(path) == 2 else {}
        item = items.get(path[1]) if items else None
        if item is None or item.only_if is None:
            return None

        def lifted(name: Name) -> Node:
            head = name.path[0]
            return Name(name.start, name.end, (path[0], *name.path)) if head in items else name

        return renamed(item.only_if.expression.root, lifted)

    def type_of(self, path: Path) -> Type | None:
        """The type of an answer."""
        facts = self.facts(path[0]) if len(path) == 2 else None
        return facts.output.field(path[1]) if facts is not None and isinstance(facts.output, Struct) else None

    def closure(self, nodes: Iterable[Node]) -> frozenset[Path]:
        """All names that the nodes read, and those that decide whether these are asked."""
        found, left = set[Path](), list(nodes)
        while left:
            for path in _paths(left.pop()) - found:
                found.add(path)
                condition = self.condition(path)
                left.extend([] if condition is None else [condition])
        return frozenset(found)

    def trials(self, nodes: Sequence[Node]) -> Iterator[Answers]:
        """Every combination of answers that tell something, with nothing where a question is not asked;
        nothing at all where that can't be tried.
        """
        paths = sorted(self.closure(nodes))
        read = [*nodes, *(each for path in paths if (each := self.condition(path)) is not None)]
        if any(isinstance(each, Name) and each.path[0] in self.own for node in read for each in walk(node)):
            return
        numbers = {
            each.value
            for node in read
            for each in walk(node)
            if isinstance(each, Constant) and isinstance(each.value, Decimal)
        }
        domains = [_domain(self.type_of(path), numbers) for path in paths]
        if prod(map(len, domains)) > MOST_TRIALS:
            return
        for values in product(*domains):
            yield self._as_asked(dict(zip(paths, values, strict=True)))

    def _as_asked(self, answers: dict[Path, object]) -> Answers:
        """The answers without those to questions that are not asked: as often as one hangs on another."""
        for _ in answers:
            gone = [
                path
                for path, value in answers.items()
                if value is not MISSING
                and (condition := self.condition(path)) is not None
                and truth(condition, answers) is not True
            ]
            if not gone:
                break
            answers = {**answers, **dict.fromkeys(gone, MISSING)}
        return answers


def holds_unasked(gates: Gates, question: Path, guards: Iterable[Node]) -> bool:
    """Whether a question may be not asked while none of the guards is ruled out."""
    condition = gates.condition(question)
    if condition is None or not _paths(condition):
        return False
    near = _near(gates, condition, guards)
    if not near:
        return True
    return any(
        truth(condition, answers) is not True and all(truth(each, answers) is not False for each in near)
        for answers in gates.trials([condition, *near])
    )


def undecided_unasked(gates: Gates, question: Path, read: Node, guards: Iterable[Node]) -> bool:
    """Whether a condition may stay undecided because a question that it reads is not asked."""
    condition = gates.condition(question)
    if condition is None:
        return False
    near = _near(gates, condition, guards)
    return any(
        answers[question] is MISSING
        and not isinstance(truth(read, answers), bool)
        and all(truth(each, answers) is not False for each in near)
        for answers in gates.trials([read, *near])
    )


def truth(node: Node, answers: Answers) -> object:
    """True, False or neither; neither too where it can't be told."""
    values: dict[str, dict[str, object]] = {}
    for path, value in answers.items():
        values.setdefault(path[0], {})[path[-1]] = value
    environment = MappingEnvironment(values, _ANY_MOMENT, _UTC)
    try:
        return decide(Expression("", node, ()), environment, telling=True)[0]
    except EvaluationError:
        return None


def _near(gates: Gates, condition: Node, guards: Iterable[Node]) -> list[Node]:
    """Of the guards those that have to do with what decides whether the question is asked."""
    near, left = list[Node](), [each for each in guards if _paths(each)]
    names = gates.closure([condition])
    while found := [each for each in left if gates.closure([each]) & names]:
        near += found
        left = [each for each in left if each not in found]
        names |= gates.closure(found)
    return near


def _paths(node: Node) -> set[Path]:
    """The dotted names of a node; a bare word is an option."""
    return {each.path for each in walk(node) if isinstance(each, Name) and len(each.path) > 1}


def _domain(kind: Type | None, numbers: Iterable[Decimal]) -> Sequence[object]:
    """The answers to try for a type; none where it has too many."""
    match kind:
        case YesNo():
            return ("yes", "no")
        case Condition():
            return (True, False)
        case Choice(options):
            return options
        case Choices(options):
            return ((), *((each,) for each in options), options)
        case Number():
            near = {sign * each + by for each in numbers for sign in (1, -1) for by in (-1, 0, 1)}
            return sorted(near) or (Decimal(0),)
        case _:
            return ()
