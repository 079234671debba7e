"""The engine: plans compiled into Prefect flows, run in batches, journalled step by step.

Exports are lazy, so that pages and the command line don't pay for `import prefect` (it takes two seconds).
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from flows.carrier import PrefectCarrier, use
    from flows.compiler import compile_flow
    from flows.dispatch import run_until_quiet
    from flows.errors import FlowError
    from flows.faults import FAULT_POINTS
    from flows.instances import start
    from flows.limits import Limits
    from flows.runtime import Runtime
    from flows.script import Script, apply_script
    from flows.simulation import Simulation, VirtualClock, simulate
    from flows.timers import tick
    from flows.versions import Plans, publish

_HOMES: Final = {
    "FAULT_POINTS": "flows.faults",
    "FlowError": "flows.errors",
    "Limits": "flows.limits",
    "Plans": "flows.versions",
    "PrefectCarrier": "flows.carrier",
    "Runtime": "flows.runtime",
    "Script": "flows.script",
    "Simulation": "flows.simulation",
    "VirtualClock": "flows.simulation",
    "apply_script": "flows.script",
    "compile_flow": "flows.compiler",
    "publish": "flows.versions",
    "run_until_quiet": "flows.dispatch",
    "simulate": "flows.simulation",
    "start": "flows.instances",
    "tick": "flows.timers",
    "use": "flows.carrier",
}

__all__ = [
    "FAULT_POINTS",
    "FlowError",
    "Limits",
    "Plans",
    "PrefectCarrier",
    "Runtime",
    "Script",
    "Simulation",
    "VirtualClock",
    "apply_script",
    "compile_flow",
    "publish",
    "run_until_quiet",
    "simulate",
    "start",
    "tick",
    "use",
]


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module `flows` has no attribute `{name}`")
    return getattr(import_module(home), name)
