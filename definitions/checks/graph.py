"""Which step starts after which: needs, what has surely ended before a step, needs that go in a circle.

Steps are known here by a key: their id, or a stand-in for a step without one or with one that is taken.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from definitions.checks.definition import DraftStep
from definitions.checks.placing import place
from definitions.checks.tree import Tree
from definitions.diagnostics import Diagnostic, suggest
from definitions.plan import Need
from definitions.problems import Problem
from definitions.source import Document

Item = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Graph:
    """The needs of all steps. `order` has each step after all that it needs, where there is such an order.

    `ended` are the steps that have surely ended when a step starts; `answered` the items that have surely
    been answered then, of checklists that may still be open. `loose` steps have needs that could not be read,
    or that go in a circle: nothing is known about what comes before them. `tree` says which step stands in
    which block.
    """

    tree: Tree
    order: tuple[str, ...]
    needs: Mapping[str, tuple[Need, ...]]
    ended: Mapping[str, frozenset[str]]
    answered: Mapping[str, frozenset[Item]]
    loose: frozenset[str]

    def comes_after(self, step: str, other: str) -> bool:
        """Whether `step` starts only when `other` has ended, directly or through others."""
        return other in self.ended[step]


def build_graph(steps: Mapping[str, DraftStep], document: Document) -> tuple[Graph, tuple[Diagnostic, ...]]:
    """The graph of the steps, keyed in document order, and what is wrong with their needs."""
    builder = _Builder(steps, document)
    for key, before in builder.tree.before.items():
        builder.read(key, before)
    builder.find_circles()
    return builder.graph(), tuple(builder.found)


class _Builder:
    def __init__(self, steps: Mapping[str, DraftStep], document: Document) -> None:
        self.steps = steps
        self.tree = Tree(steps)
        self.places = {key: place for place, key in enumerate(steps)}
        self.document = document
        self.needs: dict[str, tuple[Need, ...]] = {}
        self.loose: set[str] = set()
        self.circled: set[str] = set()
        self.found: list[Diagnostic] = []

    def read(self, key: str, before: str | None) -> None:
        """The needs of one step."""
        step = self.steps[key]
        written = step.frame.needs
        if "needs" in step.broken:
            self.loose.add(key)
            self.needs[key] = ()
        elif written is None:
            self.needs[key] = () if before is None else (Need(before, written=False),)
        else:
            self.needs[key] = tuple(self._written(key, step, written))

    def _written(self, key: str, step: DraftStep, texts: Sequence[str]) -> Iterator[Need]:
        seen: set[str] = set()
        for index, text in enumerate(texts):
            path = step.at(("needs", index))
            if text in seen:
                self._report(path, Problem("CW540", f"`{text}` stands twice", 0, len(text)))
            elif (need := self._need(key, text, path)) is not None:
                yield need
            else:
                self.loose.add(key)
            seen.add(text)

    def _need(self, key: str, text: str, path: tuple[str | int, ...]) -> Need | None:
        name, _, item = text.partition(".")
        end = len(text)
        if name == key:
            self._report(path, Problem("CW532", f"`{name}` needs itself", 0, end, advice="leave it out"))
            return None
        if name not in self.steps:
            others = tuple(each for each in self.steps if each != key and not each.startswith("#"))
            message = f"there is no step `{name}` to need"
            advice = "a need is the id of a step, or one item of a checklist: `findings.immediate_danger`"
            problem = Problem("CW530", message, 0, len(name), others, suggest(name, others), advice)
            self._report(path, problem)
            return None
        if self.tree.nested and not self._reachable(key, name, path):
            return None
        if item and not self._item(self.steps[name], item, path, len(name) + 1):
            return None
        return Need(name, item or None)

    def _reachable(self, key: str, name: str, path: tuple[str | int, ...]) -> bool:
        """Whether a step may need another one as blocks stand; reports why not."""
        end = len(name)
        reachable = frozenset(self.tree.reachable(key))
        if name not in reachable and (self.steps[key].undoes or self.steps[name].undoes):
            self._report(path, undoing_problem(self.tree, key, name, 0, end))
            return False
        if name in self.tree.around(key):
            message = f"`{key}` stands in `{name}`, which ends only after it"
            self._report(path, Problem("CW532", message, 0, end, advice="leave the need out"))
            return False
        if name in reachable:
            return True
        outer = next(block for block in self.tree.around(name) if block in reachable)
        message = f"`{name}` stands inside the block `{outer}`"
        if outer in self.tree.around(key):
            advice = f"it runs beside `{key}` or in another branch; put the two into one list of steps"
        else:
            advice = f"need the block as a whole: write `{outer}`"
        self._report(path, Problem("CW550", message, 0, end, advice=advice))
        return False

    def _item(self, step: DraftStep, item: str, path: tuple[str | int, ...], start: int) -> bool:
        """Whether `item` is an item of the step that counts as soon as it is answered; reports why not."""
        items = items_of(step)
        end = start + len(item)
        if item not in items:
            message = f"`{step.id}` has no item `{item}` to wait for"
            advice = None if items else f"need the step as a whole: write `{step.id}`"
            problem = Problem("CW531", message, start, end, tuple(items), suggest(item, items), advice)
            self._report(path, problem)
            return False
        index, raw = items[item]
        if raw.get("submit") == "on_answer":
            return True
        place_of_item = self.document.span((*step.path, "items", index, "id"))
        message = f"`{item}` counts only when the whole form is sent"
        advice = f"write `submit: on_answer` in that item, or need the step: `{step.id}`"
        problem = Problem("CW531", message, start, end, advice=advice)
        related = ((place_of_item, "the item is here"),)
        self.found.append(place(self.document, path, problem, related=related))
        return False

    def find_circles(self) -> None:
        """Report each circle once, at its first step in the document, and make its steps loose."""
        state: dict[str, int] = {}
        for key in self.steps:
            self._visit(key, state, [])

    def _visit(self, key: str, state: dict[str, int], trail: list[str]) -> None:
        """Depth first, on a trail of our own: a definition may have thousands of steps."""
        stack: list[tuple[str, Iterator[Need]]] = []
        if key not in state:
            stack.append((key, self._waited(key)))
            state[key] = 1
            trail.append(key)
        while stack:
            current, needs = stack[-1]
            need = next(needs, None)
            if need is None:
                state[current] = 2
                stack.pop()
                trail.pop()
            elif state.get(need.step) == 1:
                self._circle(trail[trail.index(need.step) :])
            elif need.step not in state:
                state[need.step] = 1
                trail.append(need.step)
                stack.append((need.step, self._waited(need.step)))

    def _waited(self, key: str) -> Iterator[Need]:
        """What must have ended before a step can end: its needs, and the steps in it."""
        yield from self.needs[key]
        yield from (Need(child) for child in self.tree.children(key)) if self.tree.nested else ()

    def _circle(self, members: list[str]) -> None:
        if self.circled & set(members):
            return
        self.circled.update(members)
        first = min(range(len(members)), key=lambda place: self.places[members[place]])
        circle = [*members[first:], *members[:first]]
        self.loose.update(circle)
        words = " needs ".join(f"`{name}`" for name in [*circle, circle[0]])
        step = self.steps[circle[0]]
        others = tuple(
            (
                self.document.span(self.steps[name].at(("needs",)), of="key"),
                f"`{name}` needs the next one here",
            )
            for name in circle[1:]
            if self.steps[name].frame.needs is not None
        )
        where = self.document.span(step.at(("needs",)), of="key")
        advice = "take one of the needs out: none of these steps could ever start"
        message = f"steps need each other in a circle: {words}"
        diagnostic = self.document.diagnose("CW532", message, where, advice=advice, related=others)
        self.found.append(diagnostic)

    def graph(self) -> Graph:
        """What has surely ended before each step, in an order that has needs first."""
        ended: dict[str, frozenset[str]] = {}
        answered: dict[str, frozenset[Item]] = {}
        order, stuck = _needs_first({key: self._known_first(key) for key in self.needs})
        for key in order:
            before, items = set[str](), set[Item]()
            block = self.tree.spots[key][0]
            if block is not None:
                before |= ended.get(block, frozenset())
                items |= answered.get(block, frozenset())
            if self.steps[key].undoes and block is not None:
                before.add(block)
                items.clear()  # forms that were open are withdrawn by then, with what lies on them
            for need in self.needs[key]:
                before |= ended.get(need.step, frozenset())
                items |= answered.get(need.step, frozenset())
                if need.item is None:
                    before.add(need.step)
                    before.update(self.tree.through(need.step) if self.tree.nested else ())
                else:
                    items.add((need.step, need.item))
            ended[key], answered[key] = frozenset(before), frozenset(items)
        self.loose |= stuck
        loose = self.loose | {key for key in ended if not self.loose.isdisjoint(ended[key])}
        loose |= {key for key in ended if self.tree.nested and loose & set(self.tree.around(key))}
        return Graph(self.tree, tuple(ended), self.needs, ended, answered, frozenset(loose))

    def _known_first(self, key: str) -> set[str]:
        """The steps whose outputs must be known before a step is looked at: its needs with all that stands in
        them, and its block.
        """
        found = {need.step for need in self.needs[key]}
        if self.tree.nested:
            found |= {inner for need in self.needs[key] for inner in self.tree.inside(need.step)}
            block = self.tree.spots[key][0]
            found |= {block} if block is not None else set()
        return found - {key}

    def _report(self, path: tuple[str | int, ...], problem: Problem) -> None:
        self.found.append(place(self.document, path, problem))


def undoing_problem(tree: Tree, key: str, name: str, start: int, end: int) -> Problem:
    """Why a step does not wait for another one, or read it, where one of them undoes a step."""
    of = tree.undone_by(name)
    if of is not None:
        message = f"`{name}` undoes `{of}`: it begins after a cancel, when nothing waits for it or reads it"
        return Problem("CW573", message, start, end, advice="name a step of the process itself")
    message = f"`{key}` undoes `{tree.undone_by(key)}`; `{name}` may not have run by then"
    advice = "name the step that is undone, what had ended before it, or steps of the same `undo`"
    return Problem("CW573", message, start, end, advice=advice)


def _needs_first(needs: Mapping[str, Collection[str]]) -> tuple[list[str], set[str]]:
    """Each step after all that it needs, and the steps in circles and behind them, which have no such place.

    The order goes in layers, each in document order; where every step that is left waits for another, the
    first one in the document is next.
    """
    waits = {key: set(each) for key, each in needs.items()}
    behind: dict[str, list[str]] = {key: [] for key in needs}
    for key, waited in waits.items():
        for each in waited:
            behind[each].append(key)
    places = {key: place for place, key in enumerate(needs)}
    left, order, stuck = dict.fromkeys(needs), list[str](), set[str]()
    layer = [key for key in needs if not waits[key]]
    while left:
        if not layer:
            stuck.update(left)
            layer = [next(iter(left))]
        order.extend(layer)
        freed: set[str] = set()
        for key in layer:
            del left[key]
            for each in behind[key]:
                waits[each].discard(key)
                if not waits[each] and each in left:
                    freed.add(each)
        layer = sorted(freed, key=places.__getitem__)
    return order, stuck


def items_of(step: DraftStep) -> dict[str, tuple[int, Mapping[str, Any]]]:
    """The items of a step's form by id, as they were written, with their places in the list."""
    raw = step.raw.get("items")
    listed = enumerate(raw) if isinstance(raw, list) else ()
    return {
        each["id"]: (index, each)
        for index, each in listed
        if isinstance(each, dict) and isinstance(each.get("id"), str)
    }
