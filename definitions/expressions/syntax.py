"""Text -> tree: `parse`. Python's grammar reads it, and every node of Python's tree is allowed one by one.

What reaches `ast.parse` has been masked by `scanner`: short ASCII text with few brackets, without quotes,
comments or statements. So it is fast, cannot warn, and its column offsets are offsets of the text.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final, cast

from definitions.expressions.nodes import (
    Arithmetic,
    ArithmeticSign,
    Call,
    Comparison,
    ComparisonSign,
    Constant,
    Expression,
    Items,
    Junction,
    Known,
    Name,
    NameRef,
    Negative,
    Node,
    Not,
    walk,
)
from definitions.expressions.scanner import MAX_DEPTH, MAX_LENGTH, Scan, Scanner
from definitions.problems import Problem, TextError

MAX_NODES: Final = 200

_SIGNS: Final[dict[type[ast.operator], ArithmeticSign]] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
}
_COMPARISONS: Final[dict[type[ast.cmpop], ComparisonSign]] = {
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.GtE: ">=",
    ast.Gt: ">",
    ast.Is: "is",
    ast.IsNot: "is not",
    ast.In: "in",
    ast.NotIn: "not in",
}


class ExpressionError(TextError):
    """An expression cannot be read. `problems` has everything that is wrong, with offsets into its text."""


def parse(text: str) -> Expression:
    """The expression that `text` writes.

    Takes time in proportion to the text, which has at most 1,000 characters, 200 parts and 20 levels. Names
    and types are not looked at: that is `infer`.

    Raises:
        ExpressionError: with every problem that could be found.
    """
    if len(text) > MAX_LENGTH:
        message = f"an expression has at most {MAX_LENGTH:,} characters; this one has {len(text):,}"
        raise ExpressionError([_limit(message, 0, len(text))])
    if not text.strip():
        message, advice = "the expression is empty", "write a value, such as `inputs.client`"
        raise ExpressionError([Problem("CW301", message, 0, len(text), advice=advice)])
    scanner = Scanner(text)
    scan = scanner.scan()
    if scanner.problems:
        raise ExpressionError(scanner.problems)
    root = _Builder(text, scan).build(_python_tree(scan.masked))
    names = tuple(NameRef(node.path, node.start, node.end) for node in walk(root) if isinstance(node, Name))
    return Expression(text, root, names)


def _python_tree(masked: str) -> ast.expr:
    """Python's tree of the masked text, put in brackets so that it may go over several lines."""
    try:
        return ast.parse(f"({masked}\n)", mode="eval").body
    except SyntaxError as error:
        start = min(max((error.offset or 1) - 2, 0), len(masked) - 1) if error.lineno == 1 else 0
        end = len(masked) if error.lineno != 1 else start + 1
        message, advice = "this cannot be read as an expression", "check the operators and brackets around it"
        raise ExpressionError([Problem("CW311", message, start, end, advice=advice)]) from None
    except (RecursionError, MemoryError, ValueError):
        raise ExpressionError([_limit("the expression is nested too deep", 0, len(masked))]) from None


def _limit(message: str, start: int, end: int) -> Problem:
    return Problem("CW302", message, start, end, advice="use several steps, or a value by rule with `first:`")


@dataclass(slots=True)
class _Builder:
    """Turns Python's nodes into ours. The first thing that is not allowed ends it."""

    text: str
    scan: Scan
    count: int = 0
    makers: dict[type[ast.expr], Callable[[ast.expr, int], Node]] = field(default_factory=dict)

    def build(self, tree: ast.expr) -> Node:
        self.makers = {
            ast.Constant: self._number,
            ast.Name: self._name,
            ast.Attribute: self._dotted,
            ast.Call: self._call,
            ast.UnaryOp: self._unary,
            ast.BinOp: self._arithmetic,
            ast.BoolOp: self._junction,
            ast.Compare: self._comparison,
        }
        return self._node(tree, 1)

    def _node(self, tree: ast.expr, depth: int) -> Node:
        self.count += 1
        start, end = self._place(tree)
        if self.count > MAX_NODES:
            raise ExpressionError([_limit(f"an expression has at most {MAX_NODES} parts", start, end)])
        if depth > MAX_DEPTH:
            message = f"an expression has at most {MAX_DEPTH} levels"
            raise ExpressionError([_limit(message, start, end)])
        maker = self.makers.get(type(tree))
        if maker is None:
            raise self._refused("CW310", "this construct cannot stand in an expression", tree)
        return maker(tree, depth)

    def _nodes(self, trees: Sequence[ast.expr], depth: int) -> tuple[Node, ...]:
        return tuple(self._node(tree, depth + 1) for tree in trees)

    def _number(self, tree: ast.expr, _depth: int) -> Node:
        start, end = self._place(tree)
        return Constant(start, end, Decimal(self.text[start:end]))

    def _name(self, tree: ast.expr, _depth: int) -> Node:
        start, end = self._place(tree)
        if start in self.scan.literals:
            return Constant(start, end, self.scan.literals[start])
        return Name(start, end, (self.text[start:end],))

    def _dotted(self, tree: ast.expr, _depth: int) -> Node:
        start, end = self._place(tree)
        inner = tree
        while isinstance(inner, ast.Attribute):
            inner = inner.value
        if not isinstance(inner, ast.Name) or self._place(inner)[0] in self.scan.literals:
            raise self._refused("CW310", "only a name has fields", inner)
        return Name(start, end, tuple(part.strip() for part in self.text[start:end].split(".")))

    def _call(self, tree: ast.expr, depth: int) -> Node:
        call = cast("ast.Call", tree)
        start, end = self._place(call)
        name_end = self._place(call.func)[1]
        if not isinstance(call.func, ast.Name) or start in self.scan.literals:
            advice = "call a function with the value in its brackets, such as count(findings.needs)"
            raise self._refused(
                "CW310", "only the functions of the language can be called", call.func, advice
            )
        if call.keywords:
            raise self._refused("CW310", "values of a function have no names", call.keywords[0].value)
        name = self.text[start:name_end]
        return Call(start, end, name, self._nodes(call.args, depth), name_end)

    def _unary(self, tree: ast.expr, depth: int) -> Node:
        unary = cast("ast.UnaryOp", tree)
        operand = self._node(unary.operand, depth + 1)
        start, end = self._place(unary)
        if isinstance(unary.op, ast.Not):
            return Not(start, end, operand)
        if isinstance(unary.op, ast.USub):
            return Negative(start, end, operand)
        raise self._refused("CW309", "this operator cannot stand in an expression", unary)

    def _arithmetic(self, tree: ast.expr, depth: int) -> Node:
        binary = cast("ast.BinOp", tree)
        sign = _SIGNS.get(type(binary.op))
        if sign is None:
            raise self._refused("CW309", "this operator cannot stand in an expression", binary)
        left, right = self._nodes((binary.left, binary.right), depth)
        start, end = self._place(binary)
        word = self.text[start:end] if sign == "-" and _is_hyphened(self.text[start:end]) else None
        return Arithmetic(start, end, sign, left, right, word)

    def _junction(self, tree: ast.expr, depth: int) -> Node:
        junction = cast("ast.BoolOp", tree)
        start, end = self._place(junction)
        sign = "and" if isinstance(junction.op, ast.And) else "or"
        return Junction(start, end, "and" if sign == "and" else "or", self._nodes(junction.values, depth))

    def _comparison(self, tree: ast.expr, depth: int) -> Node:
        comparison = cast("ast.Compare", tree)
        start, end = self._place(comparison)
        signs = tuple(_COMPARISONS[type(each)] for each in comparison.ops)
        asked = comparison.comparators[0]
        if len(signs) == 1 and signs[0] in ("is", "is not") and self._is_word(asked, "known"):
            operand = self._node(comparison.left, depth + 1)
            return Known(start, end, operand, negated=signs[0] == "is not")
        operands = [self._node(comparison.left, depth + 1)]
        for sign, operand_tree in zip(signs, comparison.comparators, strict=True):
            operands.append(self._operand(sign, operand_tree, depth + 1))
        return Comparison(start, end, tuple(operands), signs)

    def _operand(self, sign: ComparisonSign, tree: ast.expr, depth: int) -> Node:
        if sign in ("in", "not in") and isinstance(tree, ast.Tuple):
            start, end = self._place(tree)
            return Items(start, end, self._nodes(tree.elts, depth))
        return self._node(tree, depth)

    def _is_word(self, tree: ast.expr, word: str) -> bool:
        return isinstance(tree, ast.Name) and self.text[slice(*self._place(tree))] == word

    def _place(self, tree: ast.expr) -> tuple[int, int]:
        """Offsets into the text; Python saw it behind one bracket and in one line."""
        return tree.col_offset - 1, (tree.end_col_offset or tree.col_offset) - 1

    def _refused(self, code: str, message: str, tree: ast.expr, advice: str | None = None) -> ExpressionError:
        start, end = self._place(tree)
        return ExpressionError([Problem(code, message, start, end, advice=advice)])


def _is_hyphened(text: str) -> bool:
    """Whether a subtraction could be a hyphenated word: no spaces or brackets, and a letter in front."""
    return text.replace("-", "").replace("_", "").isalnum() and text[0].isalpha()
