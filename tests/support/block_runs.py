"""What is under way in a procedure of blocks, as the interpreter (`block_model`) keeps it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from block_trees import Node

Key = tuple[str, str]
"""A step and the path of its run."""

OVER = frozenset({"completed", "skipped", "cancelled"})


@dataclass(eq=False)
class Part:
    """A list of steps under way: the procedure itself, a branch, a member, a round, what runs after a block
    was left. Nothing begins in one that is not `open`.
    """

    nodes: tuple[Node, ...]
    path: str
    key: str = ""
    owner: "Run | None" = None
    open: bool = True
    runs: dict[str, "Run"] = field(default_factory=dict)

    @property
    def over(self) -> bool:
        """Whether all of its steps have ended."""
        return all(node.id in self.runs and self.runs[node.id].status in OVER for node in self.nodes)


@dataclass(eq=False)
class Run:
    """A step under way or ended, with the parts of a block. `waits` is what it waits for."""

    node: Node
    part: Part
    path: str
    attempt: int
    begun: int
    status: str = "waiting"
    waits: str = ""
    due: datetime | None = None
    answer: str | None = None
    value: str | None = None
    members: dict[str, "Run"] = field(default_factory=dict)
    parts: list[Part] = field(default_factory=list)
    won: Part | None = None
    left_by: str | None = None
    way_out: Part | None = None
    done: list[Part] = field(default_factory=list)
    ended: int = 0

    @property
    def is_over(self) -> bool:
        """Whether it has ended."""
        return self.status in OVER

    @property
    def all_parts(self) -> list[Part]:
        """Its parts, with what runs after it was left."""
        return [*self.parts, *([self.way_out] if self.way_out is not None else [])]

    @property
    def counted(self) -> list[Part]:
        """The parts that the end of a block depends on."""
        if self.won is not None:
            return [self.won]
        return self.parts[-1:] if self.node.kind == "repeat" else self.parts


def live(part: Part) -> Iterator[Run]:
    """All runs in a part, those of members and in blocks included."""
    for run in part.runs.values():
        yield run
        yield from run.members.values()
        for inner in run.all_parts:
            yield from live(inner)


def open_parts(part: Part) -> Iterator[Part]:
    """A part and those in it in which steps may begin."""
    if part.open:
        yield part
    for run in part.runs.values():
        for inner in run.all_parts:
            yield from open_parts(inner)


def around(name: str, part: Part | None) -> Run | None:
    """The run of a step of this list, or of one around it."""
    while part is not None:
        if name in part.runs:
            return part.runs[name]
        part = part.owner.part if part.owner is not None else None
    return None


def is_out(run: Run, part: Part) -> bool:
    """Whether a branch takes no part in a `first_of`: its first step was skipped."""
    first = part.runs.get(part.nodes[0].id)
    return run.node.kind == "first_of" and first is not None and first.status == "skipped"


def may_follow(node: Node, part: Part) -> bool:
    """Whether a step of a branch of `first_of` is its first one, or its branch has come first."""
    owner = part.owner
    if owner is None or owner.node.kind != "first_of" or part is owner.way_out:
        return True
    return node is part.nodes[0] or owner.won is part


def gives(run: Run) -> Any:
    """What later steps read of a completed step."""
    node = run.node
    if node.loop is not None and not node.is_block:
        if run.members:
            return {"each": [gives(child) | {node.loop: key} for key, child in run.members.items()]}
        return {"answer": run.value}
    how = {"ended_by": run.left_by or "steps"} if node.may_be_left else {}
    match node.kind:
        case "ask":
            return {"answer": run.value}
        case "note":
            return {"value": run.value}
        case "wait" | "fails" | "group":
            return how
        case "choose" | "first_of":
            taken = run.won if node.kind == "first_of" else next(iter(run.parts), None)
            return {"branch": _named(node, taken), **how}
        case "parallel":
            return {"ended": [_named(node, part) for part in run.done], **how}
        case "for_each":
            loop = node.loop or ""
            return {"each": [_of_part(part) | {loop: part.key} for part in run.done], **how}
        case _:
            return {**_of_part(run.parts[-1]), "count": str(len(run.parts)), **how}


def _of_part(part: Part) -> dict[str, Any]:
    runs = {node.id: part.runs.get(node.id) for node in part.nodes}
    return {
        name: gives(run) if run is not None and run.status == "completed" else None
        for name, run in runs.items()
    }


def _named(node: Node, part: Part | None) -> str | None:
    """The id of a branch, which `nothing` has not."""
    if part is None:
        return None
    branch = node.branches[int(part.key)]
    return f"way_{part.key}" if branch.steps else None
