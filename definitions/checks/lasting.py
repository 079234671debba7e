"""Which names keep their value while the process runs, apart from corrections: inputs and outputs do, what is
read of a record does not, nor does the clock.
"""

from definitions.checks.checking import Checking
from definitions.expressions.functions import CLOCK
from definitions.expressions.nodes import Call, Known, Name, Node, walk
from definitions.types import PREVIOUS_ROUND, MaybeAbsent, Record, Struct, Type, Unknown


def lasting(checking: Checking, key: str, name: Name) -> Type | None:
    """The type of a name as step `key` reads it, if its value does not change while the process runs."""
    kind = _named(checking, key, name.path[0])
    for part in name.path[1:]:
        kind = kind.of if isinstance(kind, MaybeAbsent) else kind
        kind = kind.field(part) if isinstance(kind, Struct) else None
    kind = kind.of if isinstance(kind, MaybeAbsent) else kind
    return None if isinstance(kind, Record | Unknown) else kind


def _named(checking: Checking, key: str, name: str) -> Type | None:
    """What a name stands for at a step: a member of a loop around it, the inputs, a step."""
    tree, loops = checking.graph.tree, checking.loops
    if name == PREVIOUS_ROUND and name not in checking.steps:
        return None
    for block in (key, *(tree.around(key) if tree.nested else ())):
        if name in loops.get(block, {}):
            return loops[block][name]
    return checking.inputs if name == "inputs" else checking.types.get(name)


def read_again(checking: Checking, key: str, node: Node) -> str:
    """Where a condition of step `key` has to be read again to be surely the same
    (`definitions.checks.presence.Reading`).
    """
    if any(isinstance(part, Call) and part.function in CLOCK for part in walk(node)):
        return key
    if isinstance(node, Known) and isinstance(node.operand, Name):
        return _of_name(checking, key, node.operand, known=True)
    places = {_of_name(checking, key, part) for part in walk(node) if isinstance(part, Name)} - {""}
    return next(iter(places)) if len(places) == 1 else key if places else ""


def _of_name(checking: Checking, key: str, name: Name, *, known: bool = False) -> str:
    """The same for one name. `known`: it is only asked whether it is there, as a record stays."""
    loop = _loop(checking, key, name.path[0])
    kind = checking.loops[loop][name.path[0]] if loop else _named(checking, key, name.path[0])
    if kind is None:
        return "" if name.word is not None and name.word not in checking.steps else key
    for part in name.path[1:]:
        kind = kind.of if isinstance(kind, MaybeAbsent) else kind
        if isinstance(kind, Record):
            return key
        kind = (kind.field(part) if isinstance(kind, Struct) else None) or Unknown()
    kind = kind.of if isinstance(kind, MaybeAbsent) else kind
    return key if isinstance(kind, Record) and not known else loop


def _loop(checking: Checking, key: str, name: str) -> str:
    """The loop around a step that gives a name to the steps in it; "" where none does."""
    tree = checking.graph.tree
    around = (key, *(tree.around(key) if tree.nested else ()))
    return next((block for block in around if name in checking.loops.get(block, {})), "")
