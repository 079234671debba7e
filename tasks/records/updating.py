"""`update_record`: set fields of a record, by rule; the old values are kept in the chronology."""

from collections.abc import Mapping, Sequence
from typing import Annotated

from pydantic import Field

from definitions.arguments import Assigned, CheckedByKind, StepArguments, Text, Value
from definitions.catalogue import Look
from definitions.runtime_values import RecordView
from definitions.types import Condition, Date, Record, Struct, Type, Unknown, describe
from models import Priority, RiskLevel
from tasks.call import Call, Decision
from tasks.outputs import NamedOutput
from tasks.records.case_status import today
from tasks.records.changes import apply_update
from tasks.records.creating import check_set
from tasks.registry import step_kind
from tasks.result import StepError

_LEVELS: Mapping[str, Sequence[object]] = {
    "risk_level": tuple(level.value for level in RiskLevel),
    "priority": tuple(level.value for level in Priority),
}
"""The fields with an order, the least first: where something is missing they are never the lowest."""


class UpdateRecord(StepArguments):
    """`record:` which one (`= case`); `set:` its fields, each a value or a value by rule. `reason:` says why.

    A rule that can't be decided counts as holding, and the field is marked provisional; a risk and a
    priority are then the highest that may be right: missing is never low. A risk is lowered, a case closed
    and a referral put on hold, rejected or cancelled only with a `reason`.
    """

    record: Annotated[Value, CheckedByKind()]
    set: Annotated[dict[str, Assigned], CheckedByKind(), Field(min_length=1)]
    reason: Text | None = None


def _outputs(arguments: UpdateRecord, look: Look) -> Type:
    kind = look.value(arguments.record, ("record",))
    if isinstance(kind, Unknown):
        return Unknown()
    if not isinstance(kind, Record):
        advice = "write `= case`, or another step that gives a record"
        look.report(
            "CW408", f"`record` is {describe(kind)}; only a record can be changed", ("record",), advice=advice
        )
        return Unknown()
    if kind.name not in look.catalogue.records:
        return Unknown()
    types = check_set(arguments.set, kind.name, look)
    return Struct((*types.items(), ("provisional", Condition()), ("changed_on", Date())))


def _explain(arguments: UpdateRecord) -> list[str]:
    what = arguments.record.expression.text if arguments.record.expression else arguments.record.literal
    lines = []
    for name, assigned in arguments.set.items():
        if assigned.value is not None:
            lines.append(f"Sets {name} of {what} to {_words(assigned.value)}.")
            continue
        lines += [
            f"Sets {name} of {what} to {_words(rule.use)} when {rule.when.expression.text}."
            for rule in assigned.rules
        ]
        if assigned.otherwise is not None:
            lines.append(f"Otherwise sets it to {_words(assigned.otherwise)}.")
    return lines


def _words(value: Value) -> str:
    return value.expression.text if value.expression else str(value.literal)


@step_kind(
    "update_record",
    number=1,
    summary="Changes fields of a record",
    arguments=UpdateRecord,
    output=NamedOutput,
    outputs=_outputs,
    explain=_explain,
)
def update_record(call: Call, arguments: UpdateRecord) -> NamedOutput:
    """Set the fields; gives their values as they are now, whether one is provisional, and the day."""
    view = call.value(arguments.record)
    if not isinstance(view, RecordView):
        raise StepError("no_record", "there is no record to change: what `record:` leads to is missing")
    decisions = {name: call.decide(assigned) for name, assigned in arguments.set.items()}
    provisional = [name for name, decision in decisions.items() if decision.provisional]
    apply_update(
        call,
        view,
        {name: _careful(name, decision) for name, decision in decisions.items()},
        _reason(call, arguments, decisions),
        provisional=provisional,
    )
    now = {name: view.field(name) for name in decisions}
    return NamedOutput(**now, provisional=bool(provisional), changed_on=today(call))


def _careful(field: str, decision: Decision) -> object:
    """The value to set. Of a risk or a priority that can't be decided, the highest that may be right."""
    levels = _LEVELS.get(field)
    possible = [each for each in decision.possible if levels and each in levels]
    return max(possible, key=levels.index) if levels and possible else decision.value


def _reason(call: Call, arguments: UpdateRecord, decisions: Mapping[str, Decision]) -> str | None:
    """The reason that the definition gives, with the rule that decided."""
    if arguments.reason is None:
        return None
    rules = [
        arguments.set[name].rules[decision.rule].when.expression.text
        for name, decision in decisions.items()
        if decision.rule is not None
    ]
    given = call.text(arguments.reason)
    return f"{given} (by the rule: {'; '.join(rules)})" if rules else given
