"""Expressions: the subset of Python's that conditions and values are written in. Pure."""

from definitions.expressions.nodes import Expression, NameRef, implies
from definitions.expressions.syntax import ExpressionError, parse
from definitions.expressions.template import Insert, RunningText, parse_running_text

__all__ = [
    "Expression",
    "ExpressionError",
    "Insert",
    "NameRef",
    "RunningText",
    "implies",
    "parse",
    "parse_running_text",
]
