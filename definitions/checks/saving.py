"""`save:`, where a step's output goes: into the field of a record that has its type."""

from definitions.catalogue import Path
from definitions.checks.definition import DraftStep
from definitions.checks.look import StepLook
from definitions.checks.placing import place_all
from definitions.diagnostics import suggest
from definitions.expressions import ExpressionError, fits, parse
from definitions.plan import SaveTo
from definitions.problems import PlacedProblem, Problem
from definitions.types import Record, Struct, Type, Unknown, describe

TO: Path = ("save", "to")


def saved(look: StepLook, step: DraftStep, output: Type) -> SaveTo | None:
    """Where the step's output goes; None without `save`, or where something is wrong with it."""
    save = step.frame.save
    if save is None or step.kind is None:
        return None
    owner, _, field = save.to.rpartition(".")
    name, given = _output(look, step, output)
    takes = _field(look, step, owner, field)
    if name is None or takes is None:
        return None
    if not fits(given, takes):
        message = f"`{save.to}` takes {describe(takes)}; `{name}` is {describe(given)}"
        _refuse(look, step, TO, Problem("CW403", message, 0, len(save.to)))
    return SaveTo(tuple(owner.split(".")), field, name)


def _field(look: StepLook, step: DraftStep, owner: str, field: str) -> Type | None:
    """The type of the field that is saved to; reports a place that is none."""
    if not owner:
        advice = "name the record and its field, such as `case.priority`"
        message = f"`{field}` is not a field of a record"
        _refuse(look, step, TO, Problem("CW406", message, 0, len(field), advice=advice))
        return None
    try:
        kind = look.expression_type(parse(owner), TO)
    except ExpressionError as error:
        _refuse(look, step, TO, *error.problems)
        return None
    if isinstance(kind, Unknown):
        return Unknown()
    if not isinstance(kind, Record):
        message = f"`{owner}` is {describe(kind)}, not a record"
        _refuse(look, step, TO, Problem("CW406", message, 0, len(owner)))
        return None
    fields = look.catalogue.records.get(kind.name, {field: Unknown()})
    if field not in fields:
        start = len(owner) + 1
        message = f"{kind.name} has no field `{field}`"
        near = suggest(field, fields)
        _refuse(look, step, TO, Problem("CW602", message, start, start + len(field), tuple(fields), near))
    return fields.get(field)


def _output(look: StepLook, step: DraftStep, output: Type) -> tuple[str | None, Type]:
    """The name and type of the output that is saved; reports one that the step does not have."""
    save, kind = step.frame.save, step.kind
    named = save.output if save is not None else None
    name = named or (kind.main if kind is not None else None)
    outputs = dict(output.fields) if isinstance(output, Struct) else {}
    if isinstance(output, Unknown):
        return name or "", Unknown()
    if name in outputs:
        return name, outputs[name]
    if name is None:
        message = "say which output is saved: `output: ...`"
        _refuse(look, step, ("save",), Problem("CW407", message, 0, 0, tuple(outputs)))
        return None, Unknown()
    near = suggest(name, outputs)
    problem = Problem("CW407", f"the step has no output `{name}`", 0, len(name), tuple(outputs), near)
    _refuse(look, step, ("save", "output") if named else ("save",), problem)
    return None, Unknown()


def _refuse(look: StepLook, step: DraftStep, path: Path, *problems: Problem) -> None:
    placed = [PlacedProblem(step.at(path), problem) for problem in problems]
    look.checking.found.extend(place_all(look.checking.document, placed))
