"""Which names keep their value while the process runs, apart from corrections: inputs and outputs do, what is
read of a record does not.
"""

from definitions.checks.checking import Checking
from definitions.expressions.nodes import Name
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
