"""Procedures nobody would write: trees of blocks, as values and as the YAML of a definition.

The steps in them do something at once (`note`), ask a person (`ask`), wait for a time (`wait`) or go wrong
(`fails`). Conditions are about the inputs, the member of a loop, or the answer just given.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from typing import Any, Final

import yaml

ANSWERS: Final = ("a", "b")
CHOICES: Final = ("first", "second", "third", "fourth", "fifth", "sixth")
MEMBERS: Final = ("ana", "ben", "cas")
BLOCKS: Final = frozenset({"group", "choose", "parallel", "first_of", "for_each", "repeat"})
KNOWN: Final = "inputs.client.preferred_name is known"
"""What a `once` waits for; a `while` goes on until it holds. It becomes true at most once."""

HEADER: Final = {
    "process": "try-it",
    "title": "A procedure at random",
    "purpose": "Try blocks in blocks",
    "owner": "intake_team",
    "inputs": {
        "client": {"type": "Client", "title": "Client"},
        **{
            name: {
                "type": "choice",
                "title": name.title(),
                "options": {each: each.upper() for each in ANSWERS},
            }
            for name in CHOICES
        },
        "members": {
            "type": "choices",
            "title": "Members",
            "options": {each: each.title() for each in MEMBERS},
        },
    },
}


@dataclass(frozen=True, slots=True)
class Asked:
    """The condition `name is value`."""

    name: str
    value: str

    def __str__(self) -> str:
        return f"{self.name} is {self.value}"


@dataclass(frozen=True, slots=True)
class Branch:
    """A list of steps in a block. `otherwise` is the last one of a `choose`; without steps `nothing`."""

    steps: tuple["Node", ...]
    when: Asked | None = None
    otherwise: bool = False


@dataclass(frozen=True, slots=True, repr=False)
class Node:
    """A step or a block. `needs` is None where it has none written; `loop` names the members of a loop.

    `minutes` is how long a `wait` waits, or a block may last before `late` runs; `caught` runs when a step of
    it goes wrong. `reads` is an earlier question of which a note says whether it was answered.
    """

    id: str
    kind: str
    needs: tuple[str, ...] | None = None
    when: Asked | None = None
    once: bool = False
    loop: str | None = None
    branches: tuple[Branch, ...] = ()
    join: int | None = None
    finish: bool = False
    until: str | None = None
    at_most: int = 1
    minutes: int = 0
    late: tuple["Node", ...] = ()
    caught: tuple["Node", ...] = ()
    while_unknown: bool = False
    back_to: str | None = None
    reads: str | None = None

    def __repr__(self) -> str:
        """What is said of it besides what is usual."""
        told = {each.name: getattr(self, each.name) for each in fields(self)[2:] if each.init}
        usual = {each.name: each.default for each in fields(self)}
        more = [f"{name}={value!r}" for name, value in told.items() if value != usual[name]]
        return f"Node({', '.join([repr(self.id), repr(self.kind), *more])})"

    @property
    def is_block(self) -> bool:
        """Whether it holds steps."""
        return self.kind in BLOCKS

    @property
    def may_be_left(self) -> bool:
        """Whether it says `ended_by`."""
        return bool(self.late or self.caught or self.while_unknown)

    def lists(self) -> Iterator[tuple["Node", ...]]:
        """The lists of steps in it, in document order."""
        yield from (branch.steps for branch in self.branches)
        yield from (those for those in (self.late, self.caught) if those)


def everything(nodes: Iterable[Node]) -> Iterator[Node]:
    """All steps in document order."""
    for node in nodes:
        yield node
        for those in node.lists():
            yield from everything(those)


# -- as a definition


def definition(nodes: Sequence[Node]) -> str:
    """The YAML of a process with these steps."""
    return yaml.safe_dump({**HEADER, "steps": _steps(nodes)}, sort_keys=False, width=1000)


def _steps(nodes: Sequence[Node]) -> list[dict[str, Any]]:
    return [_step(node) for node in nodes]


def _step(node: Node) -> dict[str, Any]:
    made: dict[str, Any] = {"id": node.id, "title": f"The {node.kind} {node.id}"}
    made |= {"needs": list(node.needs)} if node.needs is not None else {}
    made |= {"when": str(node.when)} if node.when is not None else {}
    made |= {"once": KNOWN} if node.once else {}
    made |= {"for_each": {node.loop: "= inputs.members"}} if node.loop is not None else {}
    made |= _block(node) if node.is_block else _LEAVES[node.kind](node)
    made |= {"while": KNOWN.replace("is known", "is not known")} if node.while_unknown else {}
    if node.late:
        made["deadline"] = {"after": f"{node.minutes} minutes", "then": {"steps": _steps(node.late)}}
    if node.caught:
        made["on_error"] = {"steps": _steps(node.caught)}
    return made


def _block(node: Node) -> dict[str, Any]:
    if node.kind in {"choose", "parallel", "first_of"}:
        usual = [each for each in node.branches if not each.otherwise]
        made: dict[str, Any] = {
            node.kind: [
                {
                    "id": f"way_{number}",
                    **({"when": str(each.when)} if each.when is not None else {}),
                    "steps": _steps(each.steps),
                }
                for number, each in enumerate(usual)
            ]
        }
        for last in node.branches[len(usual) :]:
            steps = _steps(last.steps)
            made["otherwise"] = {"id": f"way_{len(usual)}", "steps": steps} if steps else "nothing"
    else:
        made = {"steps": _steps(node.branches[0].steps)}
    if node.kind == "repeat":
        made["repeat"] = {"until": f"{node.until}.answer is a", "at_most": node.at_most}
    if node.join is not None:
        made["join"] = node.join
    if node.finish:
        made["rest"] = "finish"
    return made


def _note(node: Node) -> dict[str, Any]:
    if node.reads is None:
        return {"do": "calculate", "value": "noted"}
    seen = {"when": f"{node.reads}.answer is known", "use": "answered"}
    return {"do": "calculate", "value": {"first": [seen], "otherwise": "open"}}


def _ask(node: Node) -> dict[str, Any]:
    options = {each: each.upper() for each in ANSWERS}
    item = {"id": "answer", "ask": "Which?", "type": "choice", "options": options, "required": True}
    made: dict[str, Any] = {
        "do": "assign_task",
        "to": "group intake_team",
        "ends": "completed",
        "items": [item],
    }
    if node.back_to is not None:
        when = f"{node.id}.answer is b"
        made["rework"] = {"when": when, "back_to": node.back_to, "at_most": node.at_most}
    return made


def _wait(node: Node) -> dict[str, Any]:
    return {"do": "wait", "for": f"{node.minutes} minutes"}


def _fails(_node: Node) -> dict[str, Any]:
    """There is no case to visit."""
    return {
        "do": "schedule_visits",
        "to": "caseworker",
        "every": "month",
        "day": "last_day",
        "starts": "welfare-check",
        "ends": "never",
    }


_LEAVES: Final = {"note": _note, "ask": _ask, "wait": _wait, "fails": _fails}


def ids_of(node: Node) -> set[str]:
    """A step and all in it."""
    return {node.id} | {each.id for those in node.lists() for each in everything(those)}


def all_needs(nodes: Sequence[Node]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """What each step waits for: what it names, else the step before it in its list."""
    before: str | None = None
    for node in nodes:
        yield node.id, node.needs if node.needs is not None else () if before is None else (before,)
        for those in node.lists():
            yield from all_needs(those)
        before = node.id
