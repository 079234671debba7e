"""Procedures nobody would write, at random: trees of `block_trees` as Hypothesis draws them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from block_trees import ANSWERS, CHOICES, MEMBERS, Asked, Branch, Node
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn


@dataclass
class _Made:
    """What stands around the steps that are made next."""

    draw: DrawFn
    left: list[int]
    rework: bool
    depth: int = 0
    loops: tuple[str, ...] = ()
    outer: tuple[str, ...] = ()
    catches: bool = False
    targets: tuple[str, ...] = ()
    count: list[int] = field(default_factory=lambda: [0])

    def chance(self, percent: int) -> bool:
        return self.draw(st.integers(0, 99)) >= 100 - percent  # shrinks to no

    def pick(self, *among: Any) -> Any:
        return self.draw(st.sampled_from(among))

    def name(self) -> str:
        self.count[0] += 1
        return f"s{self.count[0]}"


@st.composite
def procedures(draw: DrawFn, most: int = 14) -> tuple[Node, ...]:
    """The steps of a procedure, about `most` of them at most. They come to an end if every question is
    answered with `a` in the end, time passes and the preferred name becomes known.

    A procedure has work that goes back or blocks that are left, not both: what becomes of the clocks of a
    block that goes on again is a matter of its own.
    """
    made = _Made(draw, [most], rework=draw(st.booleans()))
    return _list(made, draw(st.integers(1, 4)))


def _list(made: _Made, count: int, *, first_waits: bool = False) -> tuple[Node, ...]:
    nodes: list[Node] = []
    for number in range(max(1, min(count, made.left[0]))):
        made.left[0] -= 1
        nodes.append(_node(made, nodes, plain=first_waits and number == 0))
    return tuple(nodes)


def _node(made: _Made, before: Sequence[Node], *, plain: bool) -> Node:
    """One step behind those of its list. A `plain` one is the first of a branch of `first_of`, which begins
    with the block.
    """
    name = made.name()
    needs = None if plain else _needs(made, before)
    kinds = ["note", "ask", "ask", "wait"] if not plain else ["ask", "wait", "ask", "note"]
    if made.catches and not plain:
        kinds.append("fails")
    if made.depth < 3 and made.left[0] > 0:
        kinds += ["group", "choose", "parallel", "first_of", "repeat"] + ([] if plain else ["for_each"])
    node = Node(name, made.pick(*kinds), needs=needs)
    when = _condition(made, before if needs is None else ()) if made.chance(20) else None
    node = replace(node, when=when, once=when is None and made.chance(8))
    chain = _chain(before) if node.needs is None else ()
    return _filled(made, node, before, chain)


def _needs(made: _Made, before: Sequence[Node]) -> tuple[str, ...] | None:
    if not made.chance(30):
        return None
    known = [*made.outer, *(node.id for node in before)]
    if not known or made.chance(30):
        return ()
    return tuple(dict.fromkeys(made.pick(*known) for _ in range(made.pick(1, 1, 2))))


def _chain(before: Sequence[Node]) -> tuple[Node, ...]:
    """The steps of a list that have surely ended when the next one begins: one after the other up to here."""
    found: list[Node] = []
    for node in reversed(before):
        found.append(node)
        if node.needs is not None:
            break
    return tuple(found)


def _condition(made: _Made, before: Sequence[Node]) -> Asked:
    names = [f"inputs.{name}" for name in CHOICES] + [*made.loops, *made.loops]
    if before and _surely_answered(before[-1]):
        names += [f"{before[-1].id}.answer"] * 3
    name = made.pick(*names)
    return Asked(name, made.pick(*(MEMBERS if name in made.loops else ANSWERS)))


def _surely_answered(node: Node) -> bool:
    return node.kind == "ask" and node.when is None and not node.needs and node.loop is None


def _filled(made: _Made, node: Node, before: Sequence[Node], chain: Sequence[Node]) -> Node:
    match node.kind:
        case "note":
            seen = [each for earlier in chain for each in _seen(earlier)]
            return replace(node, reads=made.pick(*seen)) if seen and made.chance(60) else node
        case "ask":
            return _asking(made, node, chain)
        case "wait":
            return replace(node, minutes=made.draw(st.integers(1, 300)))
        case "fails":
            return node
        case _:
            return _holding(made, node, before, chain)


def _asking(made: _Made, node: Node, chain: Sequence[Node]) -> Node:
    targets = [*made.targets, *(each.id for each in chain)] if node.needs is None else []
    if made.rework and targets and node.when is None and made.chance(35):
        return replace(node, back_to=made.pick(*targets), at_most=2)
    if node.when is None and node.needs is None and made.chance(12):
        return replace(node, loop=f"m_{node.id}")
    return node


def _seen(node: Node) -> Iterator[str]:
    """The questions in an ended step that later steps read by their ids."""
    if node.kind == "ask" and node.loop is None:
        yield node.id
    if node.kind in {"group", "choose", "parallel", "first_of"} and not node.finish:
        for those in node.lists():
            for inner in those:
                yield from _seen(inner)


def _holding(made: _Made, node: Node, before: Sequence[Node], chain: Sequence[Node]) -> Node:
    if not made.rework:
        node = replace(node, while_unknown=made.chance(8), minutes=made.draw(st.integers(1, 300)))
    leaves = not made.rework and made.chance(20)
    catches = not made.rework and made.chance(15)
    within = replace(
        made,
        depth=made.depth + 1,
        outer=(*made.outer, *(each.id for each in before)),
        catches=made.catches or catches,
        targets=(*made.targets, *(each.id for each in chain)) if node.kind in {"group", "choose"} else (),
    )
    node = _with_branches(made, within, node, before)
    around = replace(within, catches=made.catches, targets=())
    late = _list(around, 1) if leaves else ()
    caught = _list(around, 1) if catches else ()
    if node.finish and not caught and _goes_wrong(node):
        # the blocks around may have ended by then, and what goes wrong would be an incident
        node = replace(node, finish=False)
    return replace(node, late=late, caught=caught)


def _goes_wrong(node: Node) -> bool:
    """Whether a step in a block may go wrong without any block in there that says what to do then."""
    lists = [branch.steps for branch in node.branches] if not node.caught else []
    inner = [each for those in (*lists, node.late, node.caught) for each in those]
    return any(each.kind == "fails" or _goes_wrong(each) for each in inner)


def _with_branches(made: _Made, within: _Made, node: Node, before: Sequence[Node]) -> Node:
    def some(**more: Any) -> tuple[Node, ...]:
        return _list(within, made.draw(st.integers(1, 3)), **more)

    match node.kind:
        case "group":
            return replace(node, branches=(Branch(some()),))
        case "choose":
            conditions = [
                _condition(made, before if node.needs is None else ()) for _ in range(made.pick(1, 2))
            ]
            usual = [Branch(some(), when) for when in conditions]
            last = Branch(some() if made.chance(60) else (), otherwise=True)
            return replace(node, branches=(*usual, last))
        case "parallel" | "first_of":
            first = node.kind == "first_of"
            several = tuple(
                Branch(
                    some(first_waits=first), _condition(made, ()) if not first and made.chance(20) else None
                )
                for _ in range(made.pick(2, 2, 3))
            )
            return (
                _joined(made, replace(node, branches=several), len(several))
                if not first
                else replace(node, branches=several)
            )
        case "for_each":
            name = f"m_{node.id}"
            inner = replace(within, loops=(*within.loops, name))
            body = _list(inner, made.draw(st.integers(1, 3)))
            return _joined(made, replace(node, loop=name, branches=(Branch(body),)), len(MEMBERS))
        case _:
            return _repeated(within, node, some())


def _joined(made: _Made, node: Node, most: int) -> Node:
    if not made.chance(55):
        return node
    return replace(node, join=made.draw(st.integers(1, most)), finish=made.chance(40))


def _repeated(within: _Made, node: Node, body: tuple[Node, ...]) -> Node:
    asked = [each for each in body if _surely_answered(each) and each.needs is None]
    if asked and asked[0].back_to is None:
        return replace(node, branches=(Branch(body),), until=asked[0].id, at_most=3)
    last = Node(within.name(), "ask")
    return replace(node, branches=(Branch((*body, last)),), until=last.id, at_most=3)
