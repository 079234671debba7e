"""Critical steps in blocks that may withdraw them: a safety alert must come to its end, whatever else is
quicker.
"""

from collections.abc import Iterator
from typing import NamedTuple

from definitions.blocks import BlockArguments, Each, FirstOf, Parallel, branch_keys
from definitions.checks.checking import Checking
from definitions.checks.definition import DraftStep
from definitions.diagnostics import Diagnostic


class Threat(NamedTuple):
    """What may withdraw a step: the key of its block, the words, and what to do."""

    key: str
    words: str
    advice: str


def check_alerts(checking: Checking) -> None:
    """Report critical steps that a block around them may withdraw."""
    for key, step in checking.steps.items():
        if step.frame.priority != "critical" or step.block is not None:
            continue
        for block, threat in _threats(checking, key):
            checking.found.append(_told(checking, step, block, threat))
            break


def _told(checking: Checking, step: DraftStep, block: DraftStep, threat: Threat) -> Diagnostic:
    message = f"`{step.id}` is critical and may be withdrawn before it has ended: {threat.words}"
    key = checking.document.span((*block.path, threat.key), of="key")
    return checking.document.diagnose(
        "CW563",
        message,
        step.at(("priority",)),
        advice=threat.advice,
        related=((key, "this may withdraw it"),),
    )


def _threats(checking: Checking, key: str) -> Iterator[tuple[DraftStep, Threat]]:
    """What may withdraw a step, from the innermost block outwards."""
    tree, inner = checking.graph.tree, key
    for name in tree.around(key):
        block, branch = checking.steps[name], tree.spots[inner][1]
        usual = branch < len(branch_keys(block.arguments))  # a way out is withdrawn by nothing
        threat = _threat(block, first=tree.before[inner] is None) if usual else None
        if threat is not None:
            yield block, threat
        inner = name


def _threat(block: DraftStep, *, first: bool) -> Threat | None:
    """What of a block may withdraw one of its steps; `first`: the first one of its branch."""
    arguments, name = block.arguments, f"`{block.id}`"
    if not isinstance(arguments, BlockArguments):
        return None
    outside = f"put the step before {name}, or beside it in a branch of its own"
    ways = {
        "while": (arguments.while_, "as soon as `while` does not hold any more"),
        "deadline": (arguments.deadline, "when its `deadline` has run out"),
        "on_error": (arguments.on_error, "when another step of it goes wrong"),
    }
    for key, (way, when) in ways.items():
        if way is not None:
            return Threat(key, f"{name} is left {when}", outside)
    if isinstance(arguments, Parallel | Each) and arguments.join != "all" and arguments.rest == "withdraw":
        words = f"{name} ends when enough others have ended (`join: {arguments.join}`)"
        return Threat("join", words, f"write `rest: finish` in {name}, or put the step outside of {name}")
    if isinstance(arguments, FirstOf) and first:
        words = f"another branch of {name} may come first"
        return Threat("first_of", words, "begin the branch with what is waited for, then this step")
    return None
