"""The tree of an expression. Frozen; two trees are equal when they say the same, wherever they stand.

`start` and `end` are offsets in characters into the expression's text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Literal, TypeAlias

Path: TypeAlias = tuple[str, ...]

ArithmeticSign = Literal["+", "-", "*", "/"]
ComparisonSign = Literal["<", "<=", "==", "!=", ">=", ">", "is", "is not", "in", "not in"]


@dataclass(frozen=True, slots=True)
class _Placed:
    start: int = field(compare=False)
    end: int = field(compare=False)


@dataclass(frozen=True, slots=True)
class Constant(_Placed):
    """A number, a text in quotes or a date."""

    value: Decimal | str | date


@dataclass(frozen=True, slots=True)
class Name(_Placed):
    """A dotted name. One of a single part may also be an option that stands bare beside a choice."""

    path: Path

    @property
    def word(self) -> str | None:
        """The option that it is when nothing in scope has this name."""
        return self.path[0] if len(self.path) == 1 else None


@dataclass(frozen=True, slots=True)
class Call(_Placed):
    """A function with its arguments. `name_end` is where the function's name ends."""

    function: str
    arguments: tuple[Node, ...]
    name_end: int = field(compare=False)


@dataclass(frozen=True, slots=True)
class Negative(_Placed):
    """A minus before a number, an amount or a length of time."""

    operand: Node


@dataclass(frozen=True, slots=True)
class Arithmetic(_Placed):
    """Two operands and a sign. `word` is the hyphenated option (`food-insecurity`) that it may be instead."""

    sign: ArithmeticSign
    left: Node
    right: Node
    word: str | None = None


@dataclass(frozen=True, slots=True)
class Comparison(_Placed):
    """Operands with a sign between each two of them."""

    operands: tuple[Node, ...]
    signs: tuple[ComparisonSign, ...]


@dataclass(frozen=True, slots=True)
class Items(_Placed):
    """The values in brackets after `in`."""

    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Known(_Placed):
    """`x is known`, or `x is not known` when negated."""

    operand: Node
    negated: bool


@dataclass(frozen=True, slots=True)
class Not(_Placed):
    """A condition turned round."""

    operand: Node


@dataclass(frozen=True, slots=True)
class Junction(_Placed):
    """Conditions joined by `and` or by `or`."""

    sign: Literal["and", "or"]
    operands: tuple[Node, ...]


Node: TypeAlias = Constant | Name | Call | Negative | Arithmetic | Comparison | Items | Known | Not | Junction


@dataclass(frozen=True, slots=True)
class NameRef:
    """A name that an expression mentions, and where."""

    path: Path
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Expression:
    """A parsed expression: its text, its tree and every name in it.

    `names` has bare options too (`homeless`), in the order of the text: only the types tell them apart.
    """

    text: str
    root: Node
    names: tuple[NameRef, ...]


def children(node: Node) -> tuple[Node, ...]:
    """The parts of a node, in the order of the text."""
    match node:
        case (
            Call(arguments=parts) | Comparison(operands=parts) | Items(items=parts) | Junction(operands=parts)
        ):
            return parts
        case Arithmetic(left=left, right=right):
            return (left, right)
        case Negative(operand=part) | Known(operand=part) | Not(operand=part):
            return (part,)
        case _:
            return ()


def walk(node: Node) -> Iterator[Node]:
    """The node and everything below it, in the order of the text."""
    yield node
    for part in children(node):
        yield from walk(part)


def renamed(node: Node, named: Callable[[Name], Node]) -> Node:  # noqa: PLR0911  (a return for each sort of node)
    """The same tree with something else where each name stands."""
    match node:
        case Name():
            return named(node)
        case Call(arguments=parts):
            return replace(node, arguments=tuple(renamed(part, named) for part in parts))
        case Items(items=parts):
            return replace(node, items=tuple(renamed(part, named) for part in parts))
        case Comparison(operands=parts) | Junction(operands=parts):
            return replace(node, operands=tuple(renamed(part, named) for part in parts))
        case Arithmetic(left=left, right=right):
            return replace(node, left=renamed(left, named), right=renamed(right, named))
        case Negative(operand=part) | Known(operand=part) | Not(operand=part):
            return replace(node, operand=renamed(part, named))
        case _:
            return node


def conjuncts(node: Node) -> tuple[Node, ...]:
    """The conditions that must all hold for this one to hold."""
    if isinstance(node, Junction) and node.sign == "and":
        return tuple(part for operand in node.operands for part in conjuncts(operand))
    return (node,)


def implies(condition: Expression, guard: Expression) -> bool:
    """Whether `guard` certainly holds where `condition` holds: each of its parts stands among the other's."""
    stated = conjuncts(condition.root)
    return all(part in stated for part in conjuncts(guard.root))
