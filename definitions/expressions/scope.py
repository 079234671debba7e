"""What an expression can see: names with their types, the fields of records, functions, and what is there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from definitions.diagnostics import suggest
from definitions.expressions.functions import FUNCTIONS, Function
from definitions.expressions.nodes import Expression, Junction, Known, Name, Node, Not, Path
from definitions.problems import Problem
from definitions.types import Choices, ListOf, MaybeAbsent, Record, Struct, Text, Type, Unknown, describe

INSTEAD: Final[dict[str, str]] = {
    "nan": "a number is missing or it is there: ask whether it `is known`",
    "inf": "write a number",
    "infinity": "write a number",
    "true": "a condition needs no `true`: write it alone, or `not` before it; an answer `is yes`",
    "false": "a condition needs no `false`: write `not` before it; an answer `is no`",
    "self": "write a name of the process, such as a step or an input",
}
"""Words of other languages that are no names here."""

NOTHING: Final = ("null", "none", "nil", "undefined", "missing", "empty", "blank", "na", "unknown")
"""Words that people write for a value that is not there."""


@dataclass(frozen=True, slots=True)
class Scope:
    """The names in sight of an expression. `known` has the paths that a guard has shown to be there."""

    names: Mapping[str, Type]
    records: Mapping[str, Mapping[str, Type]] = field(default_factory=dict)
    functions: Mapping[str, Function] = field(default_factory=lambda: FUNCTIONS)
    known: frozenset[Path] = frozenset()

    def with_names(self, names: Mapping[str, Type]) -> Scope:
        """The same scope with more names; a new one hides an old one."""
        return replace(self, names=_Layered(self.names, names))

    def assuming(self, condition: Expression) -> Scope:
        """The scope of what is only read where the condition holds, such as the keys beside a `when:`."""
        return replace(self, known=self.known | established(condition.root, holds=True))


class _Layered(Mapping[str, Type]):
    """Names over names, without a copy of either: there may be hundreds below, of which few are read."""

    def __init__(self, below: Mapping[str, Type], above: Mapping[str, Type]) -> None:
        self._below = below
        self._above = dict(above)

    def __getitem__(self, name: str) -> Type:
        return self._above[name] if name in self._above else self._below[name]

    def __iter__(self) -> Iterator[str]:
        yield from self._below
        yield from (name for name in self._above if name not in self._below)

    def __len__(self) -> int:
        return sum(1 for _ in self)


def established(node: Node, *, holds: bool) -> frozenset[Path]:
    """The paths that are there when the condition holds, or when it does not."""
    match node:
        case Known(operand=Name(path=path), negated=negated) if negated != holds:
            return frozenset(path[:length] for length in range(1, len(path) + 1))
        case Not(operand=operand):
            return established(operand, holds=not holds)
        case Junction(sign=sign, operands=operands) if (sign == "and") == holds:
            return frozenset().union(*(established(operand, holds=holds) for operand in operands))
        case _:
            return frozenset()


def resolve(name: Name, scope: Scope, text: str) -> Type | Problem:
    """The type of a dotted name whose first part is in scope; `text` is the expression it stands in."""
    kind, absent = _present(scope.names[name.path[0]], name.path[:1], scope)
    spans = _parts(name, text)
    next(spans)
    for length, (part, start, end) in enumerate(spans, start=2):
        owner = ".".join(name.path[: length - 1])
        found = _field(kind, part, owner, (start, end), scope)
        if isinstance(found, Problem):
            return found
        kind, step = _present(found, name.path[:length], scope)
        absent = step if step is not None else absent
        if name.path[:length] in scope.known:
            absent = None
    return kind if absent is None or isinstance(kind, Unknown) else MaybeAbsent(kind, absent)


def unknown_name(name: str, start: int, end: int, scope: Scope) -> Problem:
    """The problem of a name that nothing in scope has."""
    message = f"`{name}` is not known here"
    names = tuple(scope.names)
    if name.lower() in INSTEAD:
        return Problem("CW321", message, start, end, advice=INSTEAD[name.lower()])
    if len(name) == 3 and name.isupper():
        return Problem("CW321", message, start, end, (), f'"{name}"', "a currency stands in quotes")
    if name.lower() in NOTHING:
        advice = "whether a value is there is asked with `is known` or `is not known`"
        return Problem("CW321", message, start, end, advice=advice)
    if name in scope.functions:
        advice = f"it is a function: {scope.functions[name].signature}"
        return Problem("CW321", message, start, end, advice=advice)
    return Problem("CW321", message, start, end, names, suggest(name, names))


def _present(kind: Type, path: Path, scope: Scope) -> tuple[Type, str | None]:
    """The type as it is when it is there, and the step whose skipping makes it absent."""
    step = None
    while isinstance(kind, MaybeAbsent):
        step, kind = kind.step, kind.of
    return kind, None if path in scope.known else step


def _field(kind: Type, part: str, owner: str, span: tuple[int, int], scope: Scope) -> Type | Problem:
    start, end = span
    fields: Mapping[str, Type]
    match kind:
        case Unknown():
            return kind
        case Struct(named):
            fields = dict(named)
        case Record(record):
            if record not in scope.records:  # the checker reports unknown records where they are named
                return Text() if part == "id" else Unknown()
            fields = {"id": Text(), **scope.records[record]}
        case ListOf() | Choices():
            message = f"`{owner}` is {describe(kind)}; only one of them has `{part}`"
            advice = "take them one by one with `for_each:`, or use count(...)"
            return Problem("CW322", message, start, end, advice=advice)
        case _:
            return Problem("CW322", f"`{owner}` is {describe(kind)}; it has no fields", start, end)
    if part in fields:
        return fields[part]
    names = tuple(fields)
    return Problem("CW322", f"`{owner}` has no `{part}`", start, end, names, suggest(part, names))


def _parts(name: Name, text: str) -> Iterator[tuple[str, int, int]]:
    """Each part of a dotted name with its place in the text."""
    place = name.start
    for part in name.path:
        start = text.index(part, place)
        place = start + len(part)
        yield part, start, place
