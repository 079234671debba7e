"""`calculate`: values by expression or by rule, for steps that need them under a name."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from definitions.arguments import Assigned, CheckedByKind, StepArguments
from definitions.catalogue import Look
from definitions.runtime_values import Singleton
from definitions.types import Condition, Struct, Type
from tasks.call import Call
from tasks.outputs import NamedOutput
from tasks.registry import step_kind

_TAKEN = ("value", "provisional")


class Calculate(StepArguments):
    """`value:` one value, `set:` values under names of their own; each is a value or a value by rule.

    `provisional` holds when one of them is missing or rests on a rule that could not be decided.
    """

    value: Annotated[Assigned | None, CheckedByKind()] = None
    set: Annotated[dict[str, Assigned], CheckedByKind(), Field(default_factory=dict)]

    @model_validator(mode="after")
    def _something(self) -> Self:
        if self.value is None and not self.set:
            raise ValueError("give a `value`, or values with names under `set`")
        return self


def _outputs(arguments: Calculate, look: Look) -> Type:
    fields: list[tuple[str, Type]] = []
    if arguments.value is not None:
        fields.append(("value", look.value(arguments.value, ("value",))))
    for name, assigned in arguments.set.items():
        kind = look.value(assigned, ("set", name))
        if name in _TAKEN or not name.isidentifier() or not name.isascii() or name != name.lower():
            advice = f"use lower_snake_case, and none of {', '.join(_TAKEN)}"
            look.report("CW408", f"`{name}` can't be the name of a value", ("set", name), advice=advice)
            continue
        fields.append((name, kind))
    return Struct((*fields, ("provisional", Condition())))


def _explain(arguments: Calculate) -> list[str]:
    named = {"value": arguments.value, **arguments.set}
    return [
        f"Calculates {name}: {_words(assigned)}." for name, assigned in named.items() if assigned is not None
    ]


def _words(assigned: Assigned) -> str:
    if assigned.value is None:
        return f"the first of {len(assigned.rules)} rules that holds"
    return assigned.value.expression.text if assigned.value.expression else str(assigned.value.literal)


@step_kind(
    "calculate",
    number=1,
    summary="Calculates values",
    arguments=Calculate,
    output=NamedOutput,
    main="value",
    outputs=_outputs,
    explain=_explain,
)
def calculate(call: Call, arguments: Calculate) -> NamedOutput:
    """The values. What can't be calculated stays missing, and the whole is provisional."""
    named = {"value": arguments.value, **arguments.set}
    decisions = {name: call.decide(assigned) for name, assigned in named.items() if assigned is not None}
    unsure = any(each.provisional or isinstance(each.value, Singleton) for each in decisions.values())
    return NamedOutput(**{name: each.value for name, each in decisions.items()}, provisional=unsure)
