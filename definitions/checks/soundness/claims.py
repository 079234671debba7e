"""Conditions as claims on answers that do not change, so that it shows which of them exclude each other.

A claim says which words an answer can be, or which it can't. What is read of a record changes while the
process runs, and so nothing is claimed about it; nor about anything else that is not understood here. So a
set of claims that can't hold is certain; one that seems to hold may still be impossible.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Final, TypeAlias

from definitions.expressions.nodes import (
    Arithmetic,
    Call,
    Comparison,
    Constant,
    Items,
    Junction,
    Known,
    Name,
    Node,
    Not,
    walk,
)
from definitions.types import Choice, Date, DateTime, Number, Text, Type, YesNo

MOST: Final = 16
"""So many ways of one step are told apart; of more, only what all of them have is kept."""

TURNED: Final = {"is not": "is", "!=": "is", "==": "is", "not in": "in", ">=": "<", ">": "<="}
NEGATED: Final = frozenset({"is not", "!=", "not in", ">=", ">"})
PLAIN: Final = (YesNo, Choice, Number, Text, Date, DateTime)


@dataclass(frozen=True, slots=True)
class Claim:
    """What an answer is one of; `other`: what it is none of."""

    words: frozenset[object]
    other: bool = False

    def both(self, claim: "Claim") -> "Claim | None":
        """The claim that says both; None when they exclude each other."""
        match self.other, claim.other:
            case True, True:
                return Claim(self.words | claim.words, other=True)
            case False, False:
                left = self.words & claim.words
            case False, True:
                left = self.words - claim.words
            case _:
                left = claim.words - self.words
        return Claim(left) if left else None


Claims: TypeAlias = Mapping[Node, Claim]
Fixed: TypeAlias = Callable[[Name], Type | None]
"""The type of a name whose value does not change once it is there; None for every other name."""

ANYTHING: Final[Claims] = {}


def together(one: Claims, other: Claims) -> Claims | None:
    """All claims of both; None when some of them exclude each other."""
    if not one or not other:
        return one or other
    found = dict(one)
    for subject, claim in other.items():
        mine = found.get(subject)
        joint = claim if mine is None else mine.both(claim)
        if joint is None:
            return None
        found[subject] = joint
    return found


def alternatives(node: Node, fixed: Fixed, *, holds: bool = True) -> tuple[Claims, ...]:
    """The ways in which a condition holds, or does not: none when it can't."""
    match node:
        case Not(operand=inner):
            return alternatives(inner, fixed, holds=not holds)
        case Junction(sign=sign, operands=operands):
            parts = [alternatives(each, fixed, holds=holds) for each in operands]
            if (sign == "and") != holds:
                return few(claims for part in parts for claims in part)
            found: tuple[Claims, ...] = (ANYTHING,)
            for part in parts:
                joined = (together(one, other) for one, other in product(found, part))
                found = few(claims for claims in joined if claims is not None)
            return found
        case Known(operand=inner, negated=negated) if unchanging(inner, fixed):
            return ({Known(0, 0, inner, negated=False): Claim(frozenset({holds != negated}))},)
        case Comparison(operands=(_, _), signs=(_,)) if unchanging(node, fixed):
            return (_compared(node, fixed, holds=holds),)
        case _:
            return (ANYTHING,)


def unchanging(node: Node, fixed: Fixed) -> bool:
    """Whether nothing that a condition reads changes while the process runs, but by a correction."""
    parts = list(walk(node))
    names = [each for each in parts if isinstance(each, Name)]
    return not any(isinstance(each, Call) for each in parts) and all(
        fixed(name) is not None or (name.word is not None) for name in names
    )


def few(ways: Iterable[Claims]) -> tuple[Claims, ...]:
    """The different ones; of too many, what they have in common."""
    found: list[Claims] = []
    for claims in ways:
        if not claims:
            return (ANYTHING,)
        if claims not in found:
            found.append(claims)
        if len(found) > MOST:
            return (in_common(found),)
    return tuple(found)


def in_common(ways: Iterable[Claims]) -> Claims:
    """The claims that stand in all of them."""
    first, *rest = ways
    return {key: claim for key, claim in first.items() if all(each.get(key) == claim for each in rest)}


def _compared(node: Comparison, fixed: Fixed, *, holds: bool) -> Claims:
    (subject, value), sign = node.operands, node.signs[0]
    holds = holds != (sign in NEGATED)
    sign = TURNED.get(sign, sign)  # type: ignore[assignment]
    listed = value.items if isinstance(value, Items) else (value,)
    words = [_word(each, fixed) for each in listed]
    kind = fixed(subject) if isinstance(subject, Name) else None
    if sign in {"is", "in"} and isinstance(kind, PLAIN) and None not in words:
        return {subject: Claim(frozenset(words), other=not holds)}
    whole = Comparison(0, 0, node.operands, (sign,))
    return {whole: Claim(frozenset({holds}))}


def _word(node: Node, fixed: Fixed) -> object:
    """What a literal says, or None where it is no literal."""
    match node:
        case Constant(value=value):
            return value
        case Name(path=(word,)) if fixed(node) is None:
            return word
        case Arithmetic(word=word):
            return word
        case _:
            return None
