"""Expressions: the subset of Python's in which conditions and values are written.

`parse` reads the text, `infer` finds its type and every fault, `evaluate` and `decide` compute it. Running
text with `{{ expression }}` has the same three: `parse_running_text`, `infer_running_text`, `fill`.
"""

from definitions.expressions.computation import EvaluationError
from definitions.expressions.evaluation import Environment, Evaluation, MappingEnvironment, decide, evaluate
from definitions.expressions.functions import CLOCK, FUNCTIONS, Function, by_calendar
from definitions.expressions.inference import infer
from definitions.expressions.nodes import (
    Call,
    Comparison,
    Constant,
    Expression,
    Junction,
    Name,
    NameRef,
    Node,
    Path,
    conjuncts,
    implies,
    renamed,
    walk,
)
from definitions.expressions.rules import fits
from definitions.expressions.scope import Scope
from definitions.expressions.syntax import ExpressionError, parse
from definitions.expressions.template import (
    Insert,
    RunningText,
    fill,
    infer_running_text,
    parse_running_text,
)
from definitions.runtime_values import ABSENT, MISSING, UNDECIDED

__all__ = [
    "ABSENT",
    "CLOCK",
    "FUNCTIONS",
    "MISSING",
    "UNDECIDED",
    "Call",
    "Comparison",
    "Constant",
    "Environment",
    "Evaluation",
    "EvaluationError",
    "Expression",
    "ExpressionError",
    "Function",
    "Insert",
    "Junction",
    "MappingEnvironment",
    "Name",
    "NameRef",
    "Node",
    "Path",
    "RunningText",
    "Scope",
    "by_calendar",
    "conjuncts",
    "decide",
    "evaluate",
    "fill",
    "fits",
    "implies",
    "infer",
    "infer_running_text",
    "parse",
    "parse_running_text",
    "renamed",
    "walk",
]
