"""Casewright's public API, for scripts and plug-ins: everything here stays, whatever moves inside.

- Definitions: `load` or `check` a YAML file against a `Catalogue`; `explain` the `Plan` in words;
  `json_schema` for editors; `render` a `Diagnostic`.
- Running: `simulate` a plan in memory on a virtual clock, with a `Script` of what people do;
  `compile_flow` makes the Prefect flow of a plan.
- Step kinds: decorate a function with `step_kind`; its arguments are a `StepArguments` whose fields use the
  notations (`Value`, `Assigned`, `Condition`, `Text`, `Clock`, `Recipient`, `RecordName`, `TemplateName`,
  `ProcessName`), its result a `StepOutput`, or `Waiting`; it acts through `Call`. `DefiniteFailure` and
  `StepError` end it another way.
- Here: `load_installation` gives the catalogue and the step kinds of this installation, `load_settings` its
  settings.

A name is imported when it is asked for: `import casewright` costs nothing, and only `compile_flow` imports
Prefect.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from definitions import (
        Catalogue,
        Checked,
        DefinitionError,
        Diagnostic,
        Plan,
        check,
        explain,
        json_schema,
        load,
        render,
    )
    from definitions.arguments import (
        Assigned,
        Clock,
        Condition,
        ProcessName,
        Recipient,
        RecordName,
        StepArguments,
        StepOutput,
        TemplateName,
        Text,
        Value,
    )
    from flows.compiler import compile_flow
    from flows.script import Script
    from flows.simulation import Simulation, simulate
    from ops.catalogue import Installation, load_installation
    from ops.settings import Settings, load_settings
    from tasks.call import Call
    from tasks.registry import Handler, step_kind
    from tasks.result import DefiniteFailure, StepError, Waiting

__all__ = [
    "Assigned",
    "Call",
    "Catalogue",
    "Checked",
    "Clock",
    "Condition",
    "DefiniteFailure",
    "DefinitionError",
    "Diagnostic",
    "Handler",
    "Installation",
    "Plan",
    "ProcessName",
    "Recipient",
    "RecordName",
    "Script",
    "Settings",
    "Simulation",
    "StepArguments",
    "StepError",
    "StepOutput",
    "TemplateName",
    "Text",
    "Value",
    "Waiting",
    "check",
    "compile_flow",
    "explain",
    "json_schema",
    "load",
    "load_installation",
    "load_settings",
    "render",
    "simulate",
    "step_kind",
]

_WHERE = {
    "definitions": (
        "Catalogue",
        "Checked",
        "DefinitionError",
        "Diagnostic",
        "Plan",
        "check",
        "explain",
        "json_schema",
        "load",
        "render",
    ),
    "definitions.arguments": (
        "Assigned",
        "Clock",
        "Condition",
        "ProcessName",
        "Recipient",
        "RecordName",
        "StepArguments",
        "StepOutput",
        "TemplateName",
        "Text",
        "Value",
    ),
    "flows.compiler": ("compile_flow",),
    "flows.script": ("Script",),
    "flows.simulation": ("Simulation", "simulate"),
    "ops.catalogue": ("Installation", "load_installation"),
    "ops.settings": ("Settings", "load_settings"),
    "tasks.call": ("Call",),
    "tasks.registry": ("Handler", "step_kind"),
    "tasks.result": ("DefiniteFailure", "StepError", "Waiting"),
}
_MODULES = {name: module for module, names in _WHERE.items() for name in names}


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module `casewright` has no `{name}`; it offers {', '.join(__all__)}")
    return getattr(import_module(_MODULES[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)


if __name__ == "__main__":
    from ops.main import main

    main()
