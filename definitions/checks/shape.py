"""Plain YAML values against a closed Pydantic model: every problem with its path.

What has a problem is cut out and the rest is read, so that one run of the checker also finds what is wrong
further in.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import NoneType
from typing import Any, Final, Generic, TypeVar, get_args

from pydantic import BaseModel, ValidationError

from definitions.diagnostics import suggest
from definitions.problems import PlacedProblem, Problem

Path = tuple[str | int, ...]
M = TypeVar("M", bound=BaseModel)

ROUNDS: Final = 12
"""How often what is broken is cut out before the value is given up. Each round goes one level further out."""

MOST: Final = 100
"""Problems that are told of one group of keys. Somebody who made more of them made the same one often."""

BELONGS: Final = {
    "string_type": "text",
    "string_sub_type": "text",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "decimal_type": "a number",
    "is_instance_of": "a number",
    "bool_type": "true or false",
    "list_type": "a list",
    "tuple_type": "a list",
    "dict_type": "a group of keys",
    "mapping_type": "a group of keys",
    "model_type": "a group of keys",
    "model_attributes_type": "a group of keys",
}
SWITCHES: Final = {
    **dict.fromkeys(("yes", "y", "on"), "true"),
    **dict.fromkeys(("no", "n", "off"), "false"),
}
"""What people write for true and false."""

LIMITS: Final = {
    "greater_than": ("gt", "must be more than {}"),
    "greater_than_equal": ("ge", "must be at least {}"),
    "less_than": ("lt", "must be less than {}"),
    "less_than_equal": ("le", "must be at most {}"),
    "too_short": ("min_length", "needs at least {} entry"),
    "too_long": ("max_length", "has at most {} entries"),
    "string_too_short": ("min_length", "needs at least {} character"),
    "string_too_long": ("max_length", "has at most {} characters"),
}


@dataclass(frozen=True, slots=True)
class Shape(Generic[M]):
    """What was read. `value` is None when too little was left.

    `harmed` says that something besides unknown keys was cut out. `removed` lists which entries of which
    lists were cut out; `original` undoes the shift of the others.
    """

    value: M | None
    problems: tuple[PlacedProblem, ...]
    harmed: bool
    removed: Mapping[Path, frozenset[int]]

    def original(self, path: Path) -> Path:
        """The path in the plain values of a path in `value`."""
        found: Path = ()
        for part in path:
            if isinstance(part, int):
                gone = sorted(self.removed.get(found, ()))
                for index in gone:
                    part += index <= part  # noqa: PLW2901  (an entry before it was cut out)
            found = (*found, part)
        return found


def read_shape(model: type[M], raw: Mapping[str, Any], *, known: Collection[str] = ()) -> Shape[M]:
    """Read `raw` as `model`. `known` are keys that stand beside the model's own, named as allowed too."""
    left = {key: _copied(value) for key, value in raw.items()}
    problems: dict[PlacedProblem, None] = {}
    removed: dict[Path, set[int]] = {}
    cuts: set[Path] = set()
    harmed = False
    empty = [_Fault("empty", path, _EMPTY) for path in _empty(left)]
    for _ in range(ROUNDS):
        shape: Shape[M] = Shape(None, (), harmed, {path: frozenset(gone) for path, gone in removed.items()})
        try:
            value = model.model_validate(left) if not empty else None
        except ValidationError as error:
            faults = list(_faults(error, model, left, known))
        else:
            if not empty:
                return Shape(value, tuple(problems)[:MOST], harmed, shape.removed)
            faults, empty = empty, []
        placed = [_placed(fault, shape) for fault in faults if not _because_cut(fault, shape, raw, cuts)]
        problems.update(dict.fromkeys(placed))
        cuts.update(shape.original(fault.path) for fault in faults)
        harmed = harmed or any(fault.kind != "extra_forbidden" for fault in faults)
        if not _cut(left, faults, shape, removed):
            break
    return Shape(None, tuple(problems)[:MOST], True, {})


def _copied(value: Any) -> Any:
    """The same plain values, in lists and groups of their own."""
    if isinstance(value, dict):
        return {key: _copied(each) for key, each in value.items()}
    return [_copied(each) for each in value] if isinstance(value, list) else value


_EMPTY: Final = Problem("CW203", "a value is missing here", 0, 0, advice="write one, or leave the key out")


def _empty(value: Any, path: Path = ()) -> Iterator[Path]:
    """Where nothing stands behind a key or in a list: that is forgotten, not left out."""
    if isinstance(value, dict | list):
        for key, each in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _empty(each, (*path, key))
    elif value is None:
        yield path


@dataclass(frozen=True, slots=True)
class _Fault:
    """One complaint of Pydantic's: where it lies in the values that were read, and the problem made of it."""

    kind: str
    path: Path
    problem: Problem


def _placed(fault: _Fault, shape: Shape[Any]) -> PlacedProblem:
    path = shape.original(fault.path)
    if fault.kind == "missing":
        return PlacedProblem(path[:-1], fault.problem)
    return PlacedProblem(path, fault.problem, "key" if fault.kind == "extra_forbidden" else "value")


def _because_cut(fault: _Fault, shape: Shape[Any], raw: Mapping[str, Any], cuts: set[Path]) -> bool:
    """Whether something is wrong only because something else was cut out before."""
    path = shape.original(fault.path)
    if fault.kind == "missing":
        return _exists(raw, path)
    whole = fault.kind in {"too_short", "value_error", "assertion_error"}
    return whole and any(cut[: len(path)] == path for cut in cuts)


def _cut(
    left: dict[str, Any], faults: Sequence[_Fault], shape: Shape[Any], removed: dict[Path, set[int]]
) -> bool:
    """Take out what has faults; False when the outermost keys themselves are missing."""
    paths = {fault.path[:-1] if fault.kind == "missing" else fault.path for fault in faults}
    if () in paths:
        paths.discard(())
        if not paths:
            return False
    order = sorted(
        paths, key=lambda path: [(isinstance(part, int), str(part).zfill(9)) for part in path], reverse=True
    )
    for path in order:
        holder, last = _at(left, path[:-1]), path[-1]
        if isinstance(holder, list) and isinstance(last, int) and last < len(holder):
            removed.setdefault(shape.original(path[:-1]), set()).add(_last_int(shape.original(path)))
            del holder[last]
        elif isinstance(holder, dict):
            holder.pop(last, None)
    return True


def _last_int(path: Path) -> int:
    last = path[-1]
    assert isinstance(last, int)  # noqa: S101  (`original` keeps the kind of each part)
    return last


def _at(value: Any, path: Path) -> Any:
    for part in path:
        try:
            value = value[part]
        except (KeyError, IndexError, TypeError):
            return None
    return value


def _exists(raw: Any, path: Path) -> bool:
    holder = _at(raw, path[:-1])
    return isinstance(holder, Mapping) and path[-1] in holder


def _faults(
    error: ValidationError, model: type[BaseModel], raw: Any, known: Collection[str]
) -> Iterator[_Fault]:
    """Pydantic's complaints, those about the branches of one union joined into one."""
    found: dict[Path, list[dict[str, Any]]] = {}
    for each in error.errors(include_url=False):
        detail = dict(each)
        found.setdefault(_path(detail, raw), []).append(detail)
    above = {path[:length] for path in found for length in range(len(path))}
    for number, (path, details) in enumerate(found.items()):
        kinds = {detail["type"] for detail in details}
        if number > MOST:  # cut out like the others, but nobody is told
            yield _Fault(details[0]["type"], path, Problem("CW206", "", 0, 0))
            continue
        if path in above and not kinds & {"missing", "extra_forbidden", "notation"}:
            continue
        keys = {*_keys(model, path[:-1]), *(known if len(path) == 1 else ())}
        yield from _explained(path, details, keys, _at(raw, path))


def _path(detail: Mapping[str, Any], raw: Any) -> Path:
    """Pydantic's location without the names of union branches."""
    location: Sequence[str | int] = detail["loc"]
    path: list[str | int] = []
    value = raw
    for index, part in enumerate(location):
        if detail["type"] == "missing" and index == len(location) - 1:
            path.append(part)
        elif (isinstance(value, dict) and part in value) or (
            isinstance(value, list) and isinstance(part, int) and part < len(value)
        ):
            path.append(part)
            value = value[part]  # type: ignore[index]  # an int where it is a list
    return tuple(path)


def _explained(
    path: Path, details: Sequence[Mapping[str, Any]], keys: Collection[str], value: Any
) -> Iterator[_Fault]:
    """The problems of one place, in the words of the language."""
    first = details[0]
    kind, context = first["type"], first.get("ctx", {})
    if kind == "notation":
        for problem in context["problems"]:
            yield _Fault(kind, path, problem)
        return
    length = len(value) if isinstance(value, str) else 0
    name = str(path[-1]) if path else ""
    if kind == "missing":
        problem = Problem("CW202", f"the key `{name}` is missing", 0, 0)
    elif kind == "extra_forbidden":
        allowed = tuple(sorted(keys))
        problem = Problem("CW201", f"unknown key `{name}`", 0, len(name), allowed, suggest(name, allowed))
    elif kind in {"literal_error", "enum", "union_tag_invalid"}:
        expected = str(context.get("expected", context.get("expected_tags", "")))
        allowed = tuple(re.findall(r"'([^']*)'", expected))
        problem = Problem(
            "CW204",
            f"`{value}` is not one of the words of `{name}`",
            0,
            length,
            allowed,
            _near(value, allowed),
        )
    elif kind in LIMITS:
        key, words = LIMITS[kind]
        problem = Problem("CW205", f"`{name}` {words.format(context.get(key))}", 0, length)
    elif kind in BELONGS:
        problem = _misplaced(details, name, value, length)
    else:
        message = str(context.get("error", first["msg"]))
        problem = Problem("CW206", message, 0, length)
    yield _Fault(kind, path, problem)


def _misplaced(details: Sequence[Mapping[str, Any]], name: str, value: Any, length: int) -> Problem:
    """Text where a list belongs, and the like."""
    wanted = list(dict.fromkeys(BELONGS[detail["type"]] for detail in details if detail["type"] in BELONGS))
    advice, suggestion = _instead(wanted, name, value)
    message = f"{' or '.join(wanted)} belongs here"
    return Problem("CW203", message, 0, length, suggestion=suggestion, advice=advice)


def _instead(  # noqa: PLR0911  (one return per slip)
    wanted: Sequence[str], name: str, value: Any
) -> tuple[str | None, str | None]:
    """What to write, in words, and what can stand in place of the value."""
    if "true or false" in wanted and isinstance(value, str) and value.lower() in SWITCHES:
        return f"write `{SWITCHES[value.lower()]}`", SWITCHES[value.lower()]
    if "a list" in wanted and isinstance(value, str):
        return f"write `[{value}]`", None
    if "a list" in wanted and isinstance(value, dict) and value:
        return f"put a dash in front of each entry: `- {next(iter(value))}: ...`", None
    if name == "for_each" and isinstance(value, str):
        return f"say what one of them is called: `for_each: {{one: = {value.lstrip('= ')}}}`", None
    if name == "expect" and isinstance(value, str):
        return f"say of what: `expect: {{process: {value}}}`", None
    if name == "options" and isinstance(value, list) and value:
        return f"give each code its title: `{value[0]}: TITLE`", None
    if "text" in wanted and not isinstance(value, dict | list | NoneType):
        return "put it in quotes", None
    return None, None


def _near(value: Any, allowed: Sequence[str]) -> str | None:
    return suggest(value, allowed) if isinstance(value, str) else None


def _keys(model: type[BaseModel], path: Path) -> set[str]:
    """The keys that the group at `path` may have."""
    models = [model]
    for part in path:
        if isinstance(part, int):
            continue
        inner: list[type[BaseModel]] = []
        for each in models:
            for name, info in each.model_fields.items():
                if part == (info.alias or name):
                    inner.extend(_models_in(info.annotation))
        models = inner or models
    return {info.alias or name for each in models for name, info in each.model_fields.items()}


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    """The models that an annotation mentions: `list[Escalation] | None` gives `Escalation`."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from _models_in(part)
