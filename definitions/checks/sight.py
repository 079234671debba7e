"""What the expressions of one step can see, and why they cannot see the rest."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from definitions.checks.checking import Checking
from definitions.checks.graph import undoing_problem
from definitions.expressions import Expression, Scope
from definitions.expressions.scope import established
from definitions.problems import Problem
from definitions.types import PREVIOUS_ROUND, MaybeAbsent, Struct, Type, Unknown

Extra = Mapping[str, Type]


@dataclass(frozen=True, slots=True)
class Sight:
    """The names in sight of a step: `scope` for what is read once the step runs, `early` for its `when`."""

    checking: Checking
    key: str
    scope: Scope
    early: Scope

    def with_names(self, names: Extra) -> "Sight":
        """The same sight with more names."""
        scope, early = self.scope.with_names(names), self.early.with_names(names)
        return Sight(self.checking, self.key, scope, early)

    def explained(self, problem: Problem, expression: Expression) -> Problem:
        """A problem of an unknown name, told better where the name is a step that comes too late."""
        if problem.code not in {"CW321", "CW322"}:
            return problem
        for name in expression.names:
            if name.start <= problem.start < name.end and name.path[0] == PREVIOUS_ROUND:
                return self._no_round(problem)
            if name.start <= problem.start < name.end and name.path[0] in self.checking.steps:
                return self._too_late(name.path, problem)
        return problem

    def _no_round(self, problem: Problem) -> Problem:
        """A problem with the round before, told better outside of rounds."""
        if problem.code != "CW321":
            return problem
        message = f"`{PREVIOUS_ROUND}` means something in the steps of a `repeat` only, and in its `until`"
        return Problem("CW575", message, problem.start, problem.end, advice="read the step itself")

    def _too_late(self, path: tuple[str, ...], problem: Problem) -> Problem:
        step, graph = path[0], self.checking.graph
        me = self.checking.steps[self.key].id if self.key in self.checking.steps else ""
        start, end = problem.start, problem.end
        if step in graph.ended.get(self.key, frozenset()):
            return problem
        mine = graph.tree.undone_by(self.key) if self.key in self.checking.steps else None
        if mine != graph.tree.undone_by(step):
            return undoing_problem(graph.tree, self.key, step, start, end)
        if step == self.key:
            return Problem("CW533", f"`{step}` reads itself", start, end, advice="read an earlier step")
        items = sorted(item for of, item in graph.answered.get(self.key, frozenset()) if of == step)
        if items:
            allowed = tuple(f"{step}.{item}" for item in items)
            message = (
                f"only {', '.join(f'`{each}`' for each in allowed)} is surely answered when `{me}` starts"
            )
            return Problem(
                "CW533", message, start, end, allowed, advice=f"to read more, need `{step}` as a whole"
            )
        if self.key in graph.ended.get(step, frozenset()):
            message = f"`{step}` starts only after `{me}`, so `{me}` cannot read it"
            return Problem("CW533", message, start, end, advice="change the `needs` of one of the two")
        message = f"`{step}` has not surely ended when `{me}` starts"
        return Problem("CW533", message, start, end, advice=f"add it to the step's `needs`: `{step}`")


def sight_of(checking: Checking, key: str, extra: Extra) -> Sight:
    """What step `key` sees: inputs, steps that have surely ended, answered items, and the `extra` names."""
    presence, loose = checking.presence, checking.graph.loose
    if key in loose:
        names = {other: checking.types.get(other, Unknown()) for other in checking.steps if other != key}
        scope = _scope(checking, {**names, "inputs": checking.inputs, **extra})
        return Sight(checking, key, scope, scope)
    scope = _visible(checking, key, presence.ran[key])
    early = _visible(checking, key, presence.before_when[key])
    known = scope.known.union(*(established(fact, holds=True) for fact in presence.facts[key]))
    sight = Sight(checking, key, replace(scope, known=known), early)
    return sight.with_names(_writable(extra)) if extra else sight


def sight_at_end(checking: Checking) -> Sight:
    """What the outputs of the process see: every step, of which some may have been skipped."""
    always = checking.presence.always
    tree = checking.graph.tree
    top = [key for key in checking.steps if tree.spots[key][0] is None]
    seen = [*top, *(inner for key in top if tree.nested for inner in tree.through(key))]
    names = {key: _maybe(checking, key, always) for key in seen}
    scope = _scope(checking, {**names, "inputs": checking.inputs})
    return Sight(checking, "", scope, scope)


def _scope(checking: Checking, names: Mapping[str, Type]) -> Scope:
    return Scope(_writable(names), checking.catalogue.records)


def _writable(names: Mapping[str, Type]) -> dict[str, Type]:
    """The names that expressions can write; a refused id is known as it should be spelt."""
    known: dict[str, Type] = {}
    for name, kind in names.items():
        if "#" not in name:
            known[name] = kind
            if not name.isidentifier():
                known.setdefault(name.replace("-", "_"), Unknown())
    return known


def _visible(checking: Checking, key: str, ran: frozenset[str]) -> Scope:
    """What step `key` sees of the others, looked up name by name: most steps read few of them."""
    names = _Earlier(checking, key, ran)
    if checking.plain_ids:
        return Scope(names, checking.catalogue.records)
    return _scope(checking, names)


class _Earlier(Mapping[str, Type]):
    """The inputs, the steps that have surely ended, and the items that are surely answered."""

    def __init__(self, checking: Checking, key: str, ran: frozenset[str]) -> None:
        self._checking = checking
        self._ran = ran
        self._ended = checking.graph.ended[key]
        self._items: dict[str, set[str]] = {}
        for step, item in checking.graph.answered[key]:
            self._items.setdefault(step, set()).add(item)

    def __getitem__(self, name: str) -> Type:
        if name in self._ended:
            return _maybe(self._checking, name, self._ran)
        if name in self._items:
            return _only(_maybe(self._checking, name, self._ran), self._items[name])
        if name == "inputs":
            return self._checking.inputs
        raise KeyError(name)

    def __iter__(self) -> Iterator[str]:
        yield "inputs"
        for step in self._checking.steps:
            if step != "inputs" and (step in self._ended or step in self._items):
                yield step

    def __len__(self) -> int:
        return sum(1 for _ in self)


def _maybe(checking: Checking, step: str, ran: frozenset[str]) -> Type:
    kind = checking.types.get(step, Unknown())
    if step in ran or isinstance(kind, Unknown):
        return kind
    return MaybeAbsent(kind, step)


def _only(kind: Type, items: set[str]) -> Type:
    match kind:
        case MaybeAbsent(of, step):
            return MaybeAbsent(_only(of, items), step)
        case Struct(fields):
            return Struct(tuple((name, of) for name, of in fields if name in items))
        case _:
            return kind
