"""What a scenario says of records: what is given, changed and put into the process."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from definitions.checks.shape import Path
from definitions.diagnostics import suggest
from definitions.scenarios.looking import Look
from definitions.scenarios.shape import Records, Signalling
from definitions.scenarios.times import local_moment
from definitions.types import (
    YES_NO_CODES,
    Choice,
    Choices,
    Condition,
    Date,
    DateTime,
    ListOf,
    Money,
    Number,
    Record,
    Text,
    Type,
    YesNo,
    describe,
)

GROUPS: Final = "groups"
"""What a scenario says of a member of staff besides the fields: the groups, each with the role in it."""

ROLES: Final = ("member", "lead", "supervisor", "manager")
RECORDED: Final = "recorded"
"""What stands for any value in an expectation."""

CALLED: Final[Mapping[str, str]] = {
    "Staff": "worker",
    "VisitSchedule": "schedule",
    "Involvement": "guardian",
    "ContactPoint": "phone",
    "Income": "wage",
}
"""What the usual record of a kind is called, where it is not called like the kind."""

NOT_RECORDED: Final = "not recorded"
"""What stands for an empty field."""

CASE: Final = "case"
"""The case that the process has opened or is about, by which name a scenario speaks of it."""


def check_given(look: Look, given: Records, path: Path) -> None:
    """Kinds, fields and values of given records."""
    for kind, records in given.items():
        fields = look.catalogue.records.get(kind)
        if fields is None:
            names = sorted(look.catalogue.records)
            message = f"there is no kind of record `{kind}`"
            look.report("CW601", message, (*path, kind), allowed=names, word=kind, key=True)
            continue
        for name, content in records.items():
            at = (*path, kind, name)
            known = look.records.get(name, kind)
            if known != kind:
                look.report("CW904", f"`{name}` is a {known} record", at, key=True)
            elif isinstance(content, dict):
                check_fields(look, kind, content, at)


def check_changes(look: Look, changes: Mapping[str, Mapping[str, Any]], path: Path) -> None:
    """Names of records with fields that get new values."""
    for name, content in changes.items():
        at = (*path, name)
        if name == CASE and name not in look.records:
            check_fields(look, "Case", content, at)
        elif look.knows_record(name, at, key=True):
            check_fields(look, look.records[name], content, at)


def check_fields(
    look: Look, kind: str, content: Mapping[str, Any], path: Path, *, expected: bool = False
) -> None:
    """The fields of one record and their values; an `expected` one may also be `recorded` or empty."""
    fields = look.catalogue.records.get(kind, {})
    for name, value in content.items():
        at = (*path, name)
        if kind == "Staff" and name == GROUPS and not expected:
            _check_groups(look, value, at)
            continue
        if name == "id" or name not in fields:
            allowed = [*fields, *([GROUPS] if kind == "Staff" else [])]
            message = f"a {kind} has no `{name}`"
            look.report("CW602", message, at, allowed=allowed, word=name, key=True)
            continue
        if value != NOT_RECORDED and not (expected and value == RECORDED):
            check_value(look, fields[name], value, at)


def _check_groups(look: Look, value: Any, path: Path) -> None:
    known = look.catalogue.vocabulary.groups
    if not isinstance(value, dict):
        look.report("CW203", "a group of keys belongs here: the groups, each with the role in it", path)
        return
    for group, role in value.items():
        if group not in known:
            look.report(
                "CW605", f"there is no group `{group}`", (*path, group), allowed=known, word=group, key=True
            )
        if role not in ROLES:
            look.report(
                "CW204", f"`{role}` is no role in a group", (*path, group), allowed=ROLES, word=str(role)
            )


def check_inputs(
    look: Look,
    inputs: Mapping[str, Any],
    path: Path,
    *,
    complete: bool,
    together: Mapping[str, Any] | None = None,
) -> None:
    """Names and values of inputs; with `complete` those that are needed are there or have a default."""
    known = {each.name: each for each in look.plan.inputs}
    for name, value in inputs.items():
        if name not in known:
            message = f"`{look.plan.process}` has no input `{name}`"
            look.report("CW906", message, (*path, name), allowed=known, word=name, key=True)
        else:
            check_value(look, known[name].type, value, (*path, name))
    for each in known.values() if complete else ():
        if each.required and each.name not in (together or inputs) and default_input(look, each.type) is None:
            message = f"`{look.plan.process}` needs the input `{each.name}`, {describe(each.type)}"
            look.report("CW906", message, path[:-1], advice=f"add `inputs: {{{each.name}: ...}}`", key=True)


def check_signal(look: Look, signal: Signalling, path: Path) -> None:
    """The name of a signal, what it carries, and who sends it."""
    known = look.catalogue.vocabulary.signals
    words = known.get(signal.name)
    if words is None:
        message = f"there is no signal `{signal.name}`"
        look.report("CW617", message, (*path, "name"), allowed=known, word=signal.name)
        return
    for name, value in signal.values.items():
        at = (*path, "values", name)
        if name not in words.carries:
            message = f"`{signal.name}` carries no `{name}`"
            look.report("CW617", message, at, allowed=words.carries, word=name, key=True)
        else:
            check_value(look, words.carries[name], value, at)
    if signal.by is not None:
        look.knows_record(signal.by, (*path, "by"), ("Staff",))


def default_input(look: Look, kind: Type) -> str | None:
    """What stands for an input that a scenario does not give; None where there is nothing."""
    return default_of(kind, look.records)


def default_of(kind: Type, records: Mapping[str, str]) -> str | None:
    """A record of that kind that is called like it (`client`, `visit`), `starts_at` for a moment."""
    if isinstance(kind, DateTime):
        return "starts_at"
    if isinstance(kind, Record):
        name = CALLED.get(kind.name, kind.name.lower())
        return name if records.get(name) == kind.name else None
    return None


def check_value(look: Look, kind: Type, value: Any, path: Path) -> None:
    """Report a value that is not of its type."""
    match kind:
        case Record(name):
            if isinstance(value, str):
                look.knows_record(value, path, (name,))
            else:
                look.report("CW403", f"the name of a {name} record belongs here", path)
        case Choice(options) | Choices(options) if options:
            for each in value if isinstance(kind, Choices) and isinstance(value, list) else [value]:
                _check_option(look, each, options, path)
        case YesNo():
            _check_option(look, value, YES_NO_CODES, path)
        case _ if not _fits(kind, value):
            look.report("CW403", f"{describe(kind)} belongs here", path, advice=_EXAMPLES.get(type(kind)))


def _check_option(look: Look, value: Any, options: tuple[str, ...], path: Path) -> None:
    if value not in options:
        near = suggest(str(value), options)
        message = f"`{value}` is none of the options"
        look.report("CW403", message, path, allowed=options, word=str(value) if near else None)


_EXAMPLES: Final[Mapping[type, str]] = {
    Date: "write it as `2026-03-02`",
    DateTime: "write it as `2026-03-02T10:00`",
    Money: "write it as `250.00 USD`",
    Condition: "write `true` or `false`",
}


def _fits(kind: Type, value: Any) -> bool:  # noqa: PLR0911  (one return per type)
    match kind:
        case Text():
            return isinstance(value, str)
        case Number():
            return isinstance(value, int | Decimal) and not isinstance(value, bool)
        case Condition():
            return isinstance(value, bool)
        case Money():
            return money_of(value) is not None
        case Date():
            return isinstance(value, str) and _is_date(value)
        case DateTime():
            return isinstance(value, str) and local_moment(value) is not None
        case ListOf(item):
            return isinstance(value, list) and all(_fits(item, each) for each in value)
        case _:
            return True


def _is_date(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def money_of(value: Any) -> tuple[Decimal, str] | None:
    """`250.00 USD` as amount and currency; None for anything else."""
    parts = value.split() if isinstance(value, str) else []
    if len(parts) != 2 or len(parts[1]) != 3 or not parts[1].isupper():
        return None
    try:
        return Decimal(parts[0]), parts[1]
    except InvalidOperation:
        return None
