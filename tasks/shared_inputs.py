"""Filling the inputs that a shared file declares: by name, or from the answers of a step."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from definitions.arguments import Value
from definitions.catalogue import Look
from definitions.expressions import Name, parse
from definitions.types import MaybeAbsent, Struct, Type, Unknown


@dataclass(frozen=True, slots=True)
class Declared:
    """The inputs of a shared file with their types. `needed` are those that must be given.

    `what` is what people call the file, `key` names it in the step, `code` is that of an input not given.
    """

    types: Mapping[str, Type]
    needed: frozenset[str]
    what: str
    key: str
    code: str


def check_filling(given: Mapping[str, Value], answers: Value | None, declared: Declared, look: Look) -> None:
    """Report inputs that the file does not have, that do not fit, and needed ones that are not given."""
    types = declared.types
    for name, value in given.items():
        if look.choose(name, tuple(types), ("inputs", name), f"input of the {declared.what}"):
            look.value(value, ("inputs", name), types[name])
    of = _fields(answers, declared, look)
    for name in types:
        if name in given:
            continue
        if answers is not None and of is None:
            continue  # what is wrong with it is reported already
        if of is not None and name in of:
            look.value(_member(answers, name), ("from",), types[name])
        elif name in declared.needed:
            advice = f"add it under `inputs:`, such as `{name}: = form.{name}`"
            message = f"the {declared.what}'s input `{name}` is not given"
            look.report(declared.code, message, (declared.key,), advice=advice)


def filled(
    given: Mapping[str, Value],
    answers: Value | None,
    names: Iterable[str],
    type_of: Callable[[tuple[str, ...]], Type | None],
) -> dict[str, Value]:
    """The value of each input that is given, those taken from `answers` included."""
    found = dict(given)
    root = answers.expression.root if answers is not None and answers.expression is not None else None
    for name in names:
        if name not in found and isinstance(root, Name) and type_of((*root.path, name)) is not None:
            found[name] = _member(answers, name)
    return found


def _fields(answers: Value | None, declared: Declared, look: Look) -> frozenset[str] | None:
    """The names of the values that a step gives; None where it is no step, which is reported."""
    if answers is None:
        return frozenset()
    kind = look.value(answers, ("from",))
    kind = kind.of if isinstance(kind, MaybeAbsent) else kind
    if isinstance(kind, Struct):
        return frozenset(name for name, _ in kind.fields)
    if not isinstance(kind, Unknown):
        message = "`from` takes the answers of a step"
        look.report(declared.code, message, ("from",), advice="write `from: = form`")
    return None


def _member(answers: Value | None, name: str) -> Value:
    """`= form.housing` for `= form` and `housing`."""
    assert answers is not None and answers.expression is not None  # noqa: S101, PT018  (a group is never a literal)
    return Value(expression=parse(f"{answers.expression.text}.{name}"), offset=answers.offset)
