"""The types of comparisons: what `is`, `==`, `<` and `in` take, with advice for everything else."""

from __future__ import annotations

from typing import Final, Protocol

from definitions.expressions import advice, rules
from definitions.expressions.nodes import Comparison, ComparisonSign, Constant, Items, Node
from definitions.expressions.scope import NOTHING, Scope
from definitions.types import Choice, Choices, Condition, ListOf, Type, Unknown, YesNo, describe

_RISING: Final = frozenset({"<", "<="})
_FALLING: Final = frozenset({">", ">="})
_EQUAL: Final[dict[str, str]] = {"==": "is", "!=": "is not", "is": "==", "is not": "!="}
_TRUTH: Final[dict[str, str]] = {"true": "yes", "false": "no"}


class Reader(Protocol):
    """What the rules of comparisons need of the inference."""

    def read(self, node: Node, scope: Scope, beside: Type | None = None) -> Type:
        """The type of a node that must be there; `beside` is the type that bare options belong to."""
        ...

    def word(self, node: Node, scope: Scope) -> str | None:
        """The bare word that a node is, when nothing in scope has that name."""
        ...

    def source(self, node: Node) -> str:
        """The text of a node."""
        ...

    def in_brackets(self, node: Node) -> bool:
        """Whether a bracket opens right before a node."""
        ...

    def report(
        self,
        code: str,
        message: str,
        node: Node,
        *,
        allowed: tuple[str, ...] = (),
        suggestion: str | None = None,
        advice: str | None = None,
    ) -> None:
        """Report a problem at a node."""
        ...


def compare(reader: Reader, node: Comparison, scope: Scope) -> None:
    """Report everything that is wrong with a comparison."""
    signs = frozenset(node.signs)
    if len(node.signs) > 1 and not (signs <= _RISING or signs <= _FALLING):
        way = "write each comparison alone and join them with `and`; only `18 <= x < 65` stands in one"
        reader.report("CW336", "these comparisons cannot stand in one chain", node, advice=way)
        return
    for left, sign, right in zip(node.operands, node.signs, node.operands[1:], strict=False):
        if sign in ("in", "not in"):
            _membership(reader, left, sign, right, scope)
        elif sign in ("is", "is not"):
            _identity(reader, left, sign, right, scope)
        else:
            _size(reader, left, sign, right, scope)


def _identity(reader: Reader, left: Node, sign: ComparisonSign, right: Node, scope: Scope) -> None:
    if _turned_round(reader, left, sign, right, scope):
        return
    kind = reader.read(left, scope)
    if _nothing(reader, kind, left, sign, right, scope) or isinstance(kind, Unknown):
        return
    shown, other = reader.source(left), reader.source(right)
    if isinstance(kind, Condition):
        _on_condition(reader, left, sign, right)
    elif isinstance(kind, rules.ORDERED):
        suggestion = f"{shown} {_EQUAL[sign]} {other}"
        reader.report("CW334", f"`{sign}` does not compare {describe(kind)}", left, suggestion=suggestion,
                      advice="values with a size compare with `==`, `<`, ...")  # fmt: skip
    elif isinstance(kind, Choices | ListOf):
        suggestion = f"{other} {'in' if sign == 'is' else 'not in'} {shown}"
        reader.report("CW334", f"`{shown}` may hold several values", left, suggestion=suggestion,
                      advice="ask whether one of them is `in` it")  # fmt: skip
    elif not isinstance(kind, rules.NAMED):
        reader.report(
            "CW334", f"`{sign}` does not compare {describe(kind)}", left, advice="compare one of its fields"
        )
    else:
        _beside(reader, left, kind, right, scope)


def _size(reader: Reader, left: Node, sign: ComparisonSign, right: Node, scope: Scope) -> None:
    equal = sign in ("==", "!=")
    if equal and _turned_round(reader, left, _is(sign), right, scope):
        return
    kind = reader.read(left, scope)
    if isinstance(kind, Unknown):
        return
    if equal and _nothing(reader, kind, left, _is(sign), right, scope):
        return
    if equal and isinstance(kind, Condition):
        _on_condition(reader, left, _is(sign), right)
    elif equal and isinstance(kind, rules.NAMED):
        _should_be_is(reader, left, kind, sign, right, scope)
    elif not isinstance(kind, rules.ORDERED):
        message = f"`{sign}` does not compare {describe(kind)}"
        reader.report("CW334", message, left, advice=advice.on_order(kind))
    else:
        _beside(reader, left, kind, right, scope)


def _should_be_is(
    reader: Reader, left: Node, kind: Type, sign: ComparisonSign, right: Node, scope: Scope
) -> None:
    other = reader.read(right, scope, kind)
    if not rules.alike(kind, other):
        _different(reader, left, kind, right, other)
        return
    shown = (
        right.value
        if isinstance(right, Constant) and isinstance(kind, Choice | YesNo)
        else reader.source(right)
    )
    suggestion = f"{reader.source(left)} {_EQUAL[sign]} {shown}"
    reader.report("CW334", f"`{sign}` does not compare {describe(kind)}", left, suggestion=suggestion,
                  advice="choices, answers, texts and records compare with `is` and `is not`")  # fmt: skip


def _membership(reader: Reader, left: Node, sign: ComparisonSign, right: Node, scope: Scope) -> None:
    if isinstance(right, Items):
        kind = reader.read(left, scope)
        if isinstance(kind, Choices | ListOf):
            _one_by_one(reader, left, right)
        else:
            for item in right.items:
                _beside(reader, left, kind, item, scope)
        return
    if reader.word(right, scope) is not None or isinstance(right, Constant):
        _in_one(reader, left, sign, right, scope)
        return
    kind = reader.read(right, scope)
    match kind:
        case Unknown():
            return
        case Choices(options):
            _beside(reader, right, Choice(options), left, scope)
        case ListOf(item_kind):
            _beside(reader, right, item_kind, left, scope)
        case _:
            same = "is" if sign == "in" else "is not"
            suggestion = (
                f"{reader.source(right)} {same} {reader.source(left)}" if isinstance(kind, Choice) else None
            )
            way = "`in` looks into choices, lists, or values in brackets: `x in (a, b)`"
            reader.report(
                "CW334", f"`in` cannot look into {describe(kind)}", right, suggestion=suggestion, advice=way
            )


def _in_one(reader: Reader, left: Node, sign: ComparisonSign, right: Node, scope: Scope) -> None:
    """`x in (a)`, which is allowed, and `x in a`, which is not."""
    kind = reader.read(left, scope)
    _beside(reader, left, kind, right, scope)
    if not reader.in_brackets(right):
        same = "is" if sign == "in" else "is not"
        same = _EQUAL[same] if isinstance(kind, rules.ORDERED) else same
        suggestion = f"{reader.source(left)} {same} {reader.source(right)}"
        way = "several values stand in brackets: `x in (a, b)`"
        reader.report("CW334", f"`{sign}` needs several values", right, suggestion=suggestion, advice=way)


def _one_by_one(reader: Reader, left: Node, right: Items) -> None:
    shown = reader.source(left)
    suggestion = " or ".join(f"{reader.source(item)} in {shown}" for item in right.items[:4])
    way = "ask for each option alone; join with `or` or `and`"
    reader.report(
        "CW334", f"`{shown}` may hold several values itself", left, suggestion=suggestion, advice=way
    )


def _beside(reader: Reader, left: Node, kind: Type, right: Node, scope: Scope) -> None:
    """Read `right` beside a value of `kind` and report when the two cannot be equal."""
    other = reader.read(right, scope, kind)
    if not rules.alike(kind, other):
        _different(reader, left, kind, right, other)


def _different(reader: Reader, left: Node, kind: Type, right: Node, other: Type) -> None:
    message = f"`{reader.source(left)}` is {describe(kind)}, `{reader.source(right)}` is {describe(other)}"
    reader.report("CW333", message, right, advice=advice.on_comparison(kind, other))


def _turned_round(reader: Reader, left: Node, sign: str, right: Node, scope: Scope) -> bool:
    """Whether an option or a text stands on the left of what it is compared with; reports it."""
    word = reader.word(left, scope)
    text = left.value if isinstance(left, Constant) and isinstance(left.value, str) else None
    plain = isinstance(right, Constant) or reader.word(right, scope) is not None
    if (word is None and text is None) or plain:
        return False
    kind = reader.read(right, scope)
    if word is not None and not isinstance(kind, Choice | YesNo):
        return False
    shown = text if isinstance(kind, Choice | YesNo) and text is not None else reader.source(left)
    suggestion = None if isinstance(kind, Unknown) else f"{reader.source(right)} {sign} {shown}"
    message = f"`{reader.source(left)}` stands on the wrong side"
    reader.report("CW334", message, left, suggestion=suggestion, advice="write what is asked about first")
    return True


def _nothing(reader: Reader, kind: Type, left: Node, sign: str, right: Node, scope: Scope) -> bool:
    """Whether somebody compares with a word for nothing (`x is null`); reports it."""
    word = reader.word(right, scope)
    options = kind.options if isinstance(kind, Choice) else ()
    if word is None or word.lower() not in NOTHING or word in options:
        return False
    suggestion = f"{reader.source(left)} {'is not known' if sign == 'is' else 'is known'}"
    way = "whether a value is there is asked with `is known` or `is not known`"
    reader.report("CW334", f"`{word}` is not a value", right, suggestion=suggestion, advice=way)
    return True


def _on_condition(reader: Reader, left: Node, sign: str, right: Node) -> None:
    shown, other = reader.source(left), reader.source(right).lower()
    affirmed = _TRUTH.get(other, other) == "yes"
    suggestion = None
    if _TRUTH.get(other, other) in ("yes", "no"):
        suggestion = shown if affirmed == (sign == "is") else f"not {shown}"
    way = "a condition needs no comparison: write it alone, or `not` before it"
    reader.report("CW334", f"`{shown}` is a condition already", left, suggestion=suggestion, advice=way)


def _is(sign: str) -> str:
    return "is" if sign == "==" else "is not"
