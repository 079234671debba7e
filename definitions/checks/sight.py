"""What the expressions of one step can see, and why they cannot see the rest."""

from collections.abc import Mapping
from dataclasses import dataclass

from definitions.checks.checking import Checking
from definitions.expressions import Expression, Scope
from definitions.expressions.scope import established
from definitions.problems import Problem
from definitions.types import MaybeAbsent, Struct, Type, Unknown

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
            if name.start <= problem.start < name.end and name.path[0] in self.checking.steps:
                return self._too_late(name.path, problem)
        return problem

    def _too_late(self, path: tuple[str, ...], problem: Problem) -> Problem:
        step, graph = path[0], self.checking.graph
        me = self.checking.steps[self.key].id if self.key in self.checking.steps else ""
        start, end = problem.start, problem.end
        if step in graph.ended.get(self.key, frozenset()):
            return problem
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
    scope = _scope(checking, {**_visible(checking, key, presence.ran[key]), **extra})
    early = _scope(checking, {**_visible(checking, key, presence.before_when[key]), **extra})
    for fact in presence.facts[key]:
        paths = established(fact, holds=True)
        scope = Scope(scope.names, scope.records, scope.functions, scope.known | paths)
    return Sight(checking, key, scope, early)


def sight_at_end(checking: Checking) -> Sight:
    """What the outputs of the process see: every step, of which some may have been skipped."""
    always = checking.presence.always
    names = {key: _maybe(checking, key, always) for key in checking.steps}
    scope = _scope(checking, {**names, "inputs": checking.inputs})
    return Sight(checking, "", scope, scope)


def _scope(checking: Checking, names: Mapping[str, Type]) -> Scope:
    """A scope of names that expressions can write; a refused id is known as it should be spelt."""
    known: dict[str, Type] = {}
    for name, kind in names.items():
        if "#" not in name:
            known[name] = kind
            if not name.isidentifier():
                known.setdefault(name.replace("-", "_"), Unknown())
    return Scope(known, checking.catalogue.records)


def _visible(checking: Checking, key: str, ran: frozenset[str]) -> dict[str, Type]:
    graph = checking.graph
    names: dict[str, Type] = {"inputs": checking.inputs}
    for step in checking.steps:
        if step in graph.ended[key]:
            names[step] = _maybe(checking, step, ran)
        elif items := {item for of, item in graph.answered[key] if of == step}:
            names[step] = _only(_maybe(checking, step, ran), items)
    return names


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
